// Files that the build turned into constants (cmake/embed.cmake).
#pragma once

namespace ridge::embedded {

extern const char* const report_template;  // report.mustache.html
extern const char* const bench_template;   // bench.mustache.html
extern const char* const report_style;     // report.css
extern const char* const report_script;    // report.js

}  // namespace ridge::embedded
