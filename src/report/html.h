// The report: one HTML file that opens anywhere, offline, for ever. No fonts and no reference to anything outside; a
// content security policy inside it says so to the browser, and lets nothing run but the page's own few lines of script
// (by their hash), without which it is complete all the same. Everything that a candidate, a task or a compiler wrote
// is escaped.
//
// Its size is bounded (below 1 MB for 10,000 candidates): curves are thinned to what their pixels can show, lists and
// sources are cut and say so.
#pragma once

#include <string>

#include "report/run_data.h"

namespace ridge {

std::string render_html(const RunData& run);
// Writes <folder>/report.html, or `file`.
Result<std::string> write_report(const RunData& run, const std::string& file = "");

}  // namespace ridge
