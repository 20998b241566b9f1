#include "report/internal/svg.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "report/format.h"
#include "report/highlight.h"

namespace ridge::svg {

std::string open(int width, int height, const std::string& label) {
  return fmt::format(
      "<svg class=\"plot\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\" aria-label=\"{2}\">",
      width, height, escape_html(label));
}

std::string text(double x, double y, const char* style, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\">{}</text>", x, y, style, escape_html(text));
}

std::string line(double x1, double y1, double x2, double y2, const char* style) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>", x1, y1, x2, y2,
                     style);
}

std::string circle(double x, double y, double r, const char* style, const std::string& title) {
  const std::string head = fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" class=\"{}\"", x, y, r, style);
  return title.empty() ? head + "/>" : fmt::format("{}><title>{}</title></circle>", head, escape_html(title));
}

std::string number(double v) {
  // "1e+04" is for programs.
  return v >= 1e4 && v < 1e9 ? grouped(std::llround(v)) : fmt::format("{:.4g}", v);
}

std::string meter(double share) {
  const double filled = 100 * std::clamp(share, 0.0, 1.0);
  return fmt::format(
      "<svg class=\"meter\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect "
      "class=\"track\" width=\"100\" height=\"8\"/><rect class=\"fill\" width=\"{:.1f}\" height=\"8\"/></svg>",
      filled);
}

double round_step(double span, int most) {
  const double raw = std::max(span, 1e-12) / most;
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  for (const double m : {1.0, 2.0, 5.0})
    if (m * power >= raw) return m * power;
  return 10 * power;
}

std::vector<double> log_marks(double low, double high) {
  std::vector<double> marks;
  if (high / low < 3) {
    const double step = round_step(high - low, 4);
    for (double v = std::ceil(low / step) * step; v <= high * 1.0001; v += step) marks.push_back(v);
    return marks;
  }
  const bool coarse = high / low > 200;
  for (double power = std::pow(10.0, std::floor(std::log10(low))); power <= high; power *= 10)
    for (const double m : {1.0, 2.0, 5.0})
      if (m * power >= low * 0.9999 && m * power <= high * 1.0001 && (!coarse || m == 1.0)) marks.push_back(m * power);
  return marks;
}

double LogAxis::at(double value) const {
  if (!(value > 0)) return from;
  return from + (to - from) * std::clamp(std::log(value / low) / std::log(high / low), 0.0, 1.0);
}

}  // namespace ridge::svg
