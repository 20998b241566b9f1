#include "report/html.h"

#include <kainjow/mustache.hpp>

#include "base/text.h"
#include "report/highlight.h"
#include "report/internal/embedded.h"
#include "report/internal/report_view.h"

namespace ridge {

std::string render_html(const RunData& run) {
  kainjow::mustache::mustache page{std::string(embedded::report_template)};
  page.set_custom_escape([](const std::string& text) { return escape_html(text); });
  RIDGE_CHECK(page.is_valid(), page.error_message());
  return page.render(report_view(run));
}

Result<std::string> write_report(const RunData& run, const std::string& file) {
  const std::string path = file.empty() ? run.folder + "/report.html" : file;
  RIDGE_TRY_VOID(write_file(path, render_html(run)));
  return path;
}

}  // namespace ridge
