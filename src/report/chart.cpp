#include "report/chart.h"

#include <algorithm>
#include <cmath>

#include "report/format.h"
#include "report/highlight.h"
#include "report/internal/svg.h"

namespace ridge {
namespace {

struct Frame {
  double left, top, right, bottom;
  double t_max, low, high;
  double x(double t) const { return left + (right - left) * std::clamp(t / t_max, 0.0, 1.0); }
  double y(double v) const {
    return bottom - (bottom - top) * std::clamp(std::log(v / low) / std::log(high / low), 0.0, 1.0);
  }
};

Frame frame_for(const RunData& run, int width, int height) {
  Frame f{44, 14, double(width) - 12, double(height) - 30, std::max(run.elapsed_s, 1e-3), 1, 1};
  double low = 1, high = 1;
  for (const CurvePoint& p : run.judged) {
    if (!(p.score > 0) || !std::isfinite(p.score)) continue;
    low = std::min(low, p.score);
    high = std::max(high, p.score);
  }
  // A few very slow candidates would squeeze what matters: dots below a quarter of the seed lie on the axis.
  f.low = std::max(low, 0.25) * 0.95;
  f.high = std::max(high, 1.2) * 1.08;
  return f;
}

std::string axes(const Frame& f, int width) {
  std::string out;
  for (const double v : svg::log_marks(f.low, f.high)) {
    out += svg::line(f.left, f.y(v), f.right, f.y(v), std::fabs(v - 1) < 1e-9 ? "one" : "grid");
    out += svg::text(f.left - 8, f.y(v) + 4, "end tick", svg::number(v) + "×");
  }
  const double step = svg::round_step(f.t_max, width < 500 ? 4 : 8);
  for (double t = 0; t <= f.t_max * 1.0001; t += step)
    out += svg::text(f.x(t), f.bottom + 19, t == 0 ? "tick" : "mid tick", svg::number(t) + " s");
  return out;
}

// At most one dot in a cell of three by three pixels: ten thousand candidates stay a few hundred dots that look the
// same.
std::string dots(const RunData& run, const Frame& f) {
  const int columns = int((f.right - f.left) / 4) + 1, rows = int((f.bottom - f.top) / 4) + 1;
  std::vector<char> taken(std::size_t(columns) * std::size_t(rows), 0);
  std::string path;
  for (const CurvePoint& p : run.judged) {
    if (!(p.score > 0) || !std::isfinite(p.score)) continue;
    const double x = f.x(p.elapsed_s), y = f.y(p.score);
    const int c = std::clamp(int((x - f.left) / 4), 0, columns - 1), r = std::clamp(int((y - f.top) / 4), 0, rows - 1);
    char& cell = taken[std::size_t(r) * std::size_t(columns) + std::size_t(c)];
    if (cell) continue;
    cell = 1;
    path += fmt::format("M{:.0f} {:.0f}h0", x, y);
  }
  return path.empty() ? "" : fmt::format("<path class=\"dots\" d=\"{}\"/>", path);
}

// A staircase, one corner for each improvement of at least half a pixel.
std::string best_line(const RunData& run, const Frame& f) {
  if (run.judged.empty()) return "";
  double best = 1, drawn = f.y(1);  // the search begins with the seed
  std::string path = fmt::format("M{:.1f} {:.1f}", f.left, drawn);
  for (const CurvePoint& p : run.judged) {
    if (!(p.score > best) || !std::isfinite(p.score)) continue;
    best = p.score;
    const double x = f.x(p.elapsed_s), y = f.y(best);
    if (drawn - y < 0.5) continue;
    path += fmt::format("H{:.1f}V{:.1f}", x, y);
    drawn = y;
  }
  path += fmt::format("V{:.1f}H{:.1f}", f.y(best), f.right);
  return fmt::format("<path class=\"best\" d=\"{}\"/>", path);
}

std::string rings(const RunData& run, const Frame& f) {
  std::string out;
  const std::size_t n = run.promotions.size(), stride = n / 200 + 1;
  for (std::size_t i = 0; i < n; ++i) {
    const PromotionMark& p = run.promotions[i];
    if (!(p.score > 0) || (i % stride != 0 && i + 1 != n)) continue;
    out += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\" class=\"{}\"><title>{}</title></circle>",
                       f.x(p.elapsed_s), f.y(p.score), p.demoted ? "ring lost" : "ring",
                       escape_html(fmt::format("{:.1f} s: {} {}", p.elapsed_s, ratio_text(p.score), fit(p.why, 80))));
  }
  return out;
}

}  // namespace

std::string speedup_chart(const std::vector<SpeedupBar>& bars, int width) {
  const bool narrow = width < 500;
  const double label = narrow ? 0 : 190, value = narrow ? 0 : 150, row = narrow ? 44 : 32, thick = 12;
  const double left = label, right = double(width) - value - (narrow ? 4 : 0);
  double most = 1.1;
  for (const SpeedupBar& b : bars) most = std::max(most, std::max(b.ratio.estimate, b.ratio.upper));
  most *= 1.02;
  const auto x = [&](double r) { return left + (right - left) * std::clamp(r / most, 0.0, 1.0); };
  const double height = double(bars.size()) * row + 34;
  std::string spoken = "Times as fast, with intervals:";
  for (const SpeedupBar& b : bars) spoken += fmt::format(" {} {};", b.label, interval_text(b.ratio));
  std::string out = svg::open(width, int(height), spoken);

  const double step = svg::round_step(most, narrow ? 4 : 7);
  for (double t = 0; t <= most; t += step) {
    out += svg::line(x(t), 4, x(t), height - 24, "grid");
    out += svg::text(x(t), height - 8, t == 0 && narrow ? "tick" : "mid tick", svg::number(t) + "×");
  }
  // Bars, then the line of the seed, then what must stay legible on top of both.
  std::string marks;
  double y = 8;
  for (const SpeedupBar& b : bars) {
    const double middle = narrow ? y + 26 : y + row / 2 - 4;
    const std::string interval = interval_text(b.ratio);
    const double text_y = narrow ? y + 13 : middle + 4.5;
    const std::string anchor = narrow ? "" : "end ", weight = b.total ? "strong" : "name";
    marks += svg::text(narrow ? 0 : label - 14, text_y, (anchor + weight).c_str(), fit(b.label, narrow ? 22 : 25));
    marks += svg::text(width, text_y, "end value", interval);
    const double a = x(b.ratio.lower), z = std::max(x(b.ratio.upper), a + 1);
    marks += svg::line(a, middle, z, middle, "whisker") + svg::line(a, middle - 5, a, middle + 5, "whisker") +
             svg::line(z, middle - 5, z, middle + 5, "whisker");
    out += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.0f}\" rx=\"2\" "
        "class=\"{}\"><title>{}</title></rect>",
        x(0), middle - thick / 2, std::max(1.0, x(b.ratio.estimate) - x(0)), thick,
        b.total    ? "bar total"
        : b.other  ? "bar other"
        : b.hidden ? "bar hidden"
                   : "bar",
        escape_html(b.label + ": " + interval + (b.detail.empty() ? "" : ", " + b.detail)));
    y += row;
  }
  return out + svg::line(x(1), 4, x(1), height - 24, "one") + marks + "</svg>";
}

std::string progress_chart(const RunData& run, int width) {
  const int height = width < 500 ? 240 : 300;
  const Frame f = frame_for(run, width, height);
  double best = 0;
  for (const CurvePoint& p : run.judged) best = std::max(best, p.score);
  return svg::open(width, height,
                   fmt::format("Best speed-up so far over the time of the search: from 1 to {} in {}", ratio_text(best),
                               duration_text(run.elapsed_s))) +
         axes(f, width) + dots(run, f) + best_line(run, f) + rings(run, f) + "</svg>";
}

}  // namespace ridge
