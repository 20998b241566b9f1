// The report's two pictures as inline SVG. They take their colours from the page's style (so they follow light and
// dark), contain no script and no reference to anything outside, and are drawn for a given width in CSS pixels: text
// keeps its size on a small screen.
#pragma once

#include <string>
#include <vector>

#include "report/run_data.h"

namespace ridge {

struct SpeedupBar {
  std::string label, detail;
  Interval ratio;
  bool total = false;   // stands apart from the rows below it
  bool hidden = false;  // a workload that the search never saw
};
std::string speedup_chart(const std::vector<SpeedupBar>& bars, int width);

// Best so far over time (a line), every right candidate (dots, thinned out) and promotions (rings). The vertical axis
// is logarithmic: equal steps are equal factors.
std::string progress_chart(const RunData& run, int width);

}  // namespace ridge
