// The report's pictures as inline SVG. They take their colours from the page's style (so they follow light and
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
  bool other = false;   // over something else than the seed
};
std::string speedup_chart(const std::vector<SpeedupBar>& bars, int width);

// Best so far over time (a line), every right candidate (dots, thinned out) and promotions (rings). The vertical axis
// is logarithmic: equal steps are equal factors.
std::string progress_chart(const RunData& run, int width);

// One workload's place, by the task's work convention: operations per byte, operations per second before and after.
struct RooflineMark {
  std::string label;
  double intensity = 0, before = 0, after = 0;  // before 0: unknown
  double fraction = 0;                          // of its ceiling
  std::string ceiling;
};
// False: no arithmetic or no memory ceiling is known, or nothing stands under them.
bool can_draw_roofline(const RunCeilings& ceilings, const std::vector<RooflineMark>& marks);
std::string roofline_chart(const RunCeilings& ceilings, const std::vector<RooflineMark>& marks, int width);

// Score by value of each parameter: middle half, median, best.
std::string effects_chart(const std::vector<ParameterEffect>& parameters, int width);

}  // namespace ridge
