#include <algorithm>
#include <cmath>

#include "report/chart.h"
#include "report/format.h"
#include "report/internal/svg.h"

namespace ridge {
namespace {

constexpr std::size_t most_values = 16;  // of one parameter; a plot of more cannot be read

struct Range {
  double low = 1e300, high = 0;
  void take(double v) {
    if (v > 0) low = std::min(low, v), high = std::max(high, v);
  }
};

}  // namespace

std::string effects_chart(const std::vector<ParameterEffect>& parameters, int width) {
  const bool narrow = width < 500;
  Range range;
  double height = 8;
  for (const ParameterEffect& p : parameters) {
    height += 26 + 20.0 * double(std::min(p.values.size(), most_values)) + 8;
    for (const ValueEffect& v : p.values)
      for (const double s : {v.q1, v.q3, v.best, v.median}) range.take(s);
  }
  if (!(range.high > 0)) return "";
  height += 26;
  const double label = narrow ? 78 : 190;
  const svg::LogAxis x{range.low / 1.04, range.high * 1.04, label, double(width) - 46};
  std::string spoken = "Screened speed-up by value of each parameter.";
  for (const ParameterEffect& p : parameters) spoken += fmt::format(" {}: the winner has {}.", p.name, p.chosen);
  std::string out = svg::open(width, int(height), spoken);
  double last = -100;
  for (const double v : svg::log_marks(x.low, x.high)) {
    if (x.at(v) - last < 34) continue;
    last = x.at(v);
    out += svg::line(x.at(v), 8, x.at(v), height - 24, "grid") +
           svg::text(x.at(v), height - 8, "mid tick", svg::number(v) + "×");
  }
  double y = 8;
  for (const ParameterEffect& p : parameters) {
    y += 22;
    out += svg::text(0, y - 4, "strong", fit(p.name, narrow ? 24 : 40));
    std::size_t shown = 0;
    for (const ValueEffect& v : p.values) {
      if (++shown > most_values) break;
      y += 20;
      const double middle = y - 8;
      out += svg::text(label - 12, middle + 4, v.chosen ? "end strong" : "end value", fit(v.value, narrow ? 9 : 24));
      if (v.count == 0) {
        out += svg::text(label, middle + 4, "tick halo", fmt::format("all {} failed", v.failed));
        continue;
      }
      out += svg::line(x.at(v.q1), middle, x.at(v.q3), middle, "range");
      out += svg::line(x.at(v.median), middle - 6, x.at(v.median), middle + 6, "median");
      out += svg::circle(x.at(v.best), middle, 3.4, "chosen",
                         fmt::format("{} = {}: {} right, median {}, best {}", p.name, v.value, v.count,
                                     ratio_text(v.median), ratio_text(v.best)));
      out += svg::text(double(width), middle + 4, "end tick", grouped(v.count));
    }
    y += 12;
  }
  out += svg::text(double(width), 22, "end tick", "tried");
  return out + "</svg>";
}

}  // namespace ridge
