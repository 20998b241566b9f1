// The roofline (Williams, Waterman and Patterson, 2009): operations per second over operations per byte, both axes
// logarithmic.
#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"
#include "report/chart.h"
#include "report/format.h"
#include "report/internal/svg.h"

namespace ridge {
namespace {

struct Plane {
  svg::LogAxis x, y;
  double top = 0;  // the highest level ceiling
};

double highest_bandwidth(const RunCeilings& c) {
  double most = 0;
  for (const auto& b : c.bandwidth) most = std::max(most, b.bytes_per_s);
  return most;
}

Plane plane_for(const RunCeilings& c, const std::vector<RooflineMark>& marks, int width, int height) {
  const bool narrow = width < 500;
  const double top = std::max(c.flops_f32, c.flops_f64), ridge = top / highest_bandwidth(c);
  double x_low = ridge / 8, x_high = ridge * 8, y_low = top, y_high = top;
  for (const RooflineMark& m : marks) {
    x_low = std::min(x_low, m.intensity / 2);
    x_high = std::max(x_high, m.intensity * 2);
    for (const double v : {m.before, m.after})
      if (v > 0) y_low = std::min(y_low, v / 1.6), y_high = std::max(y_high, v);
  }
  // Room below, so that some of the slopes can be seen.
  y_low = std::min(y_low, top / 60);
  const double left = narrow ? 52 : 92, right = double(width) - (narrow ? 10 : 116);
  return {{x_low, x_high, left, right}, {y_low, y_high * 1.9, double(height) - 44, 14}, top};
}

std::string roof(const Plane& p, double bandwidth, double flops, const char* style) {
  // From where the slope enters the picture to the knee, and level from there on.
  const double enter = std::max(p.x.low, p.y.low / bandwidth), knee = std::max(flops / bandwidth, enter);
  return fmt::format("<path class=\"{}\" d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}H{:.1f}\"/>", style, p.x.at(enter),
                     p.y.at(enter * bandwidth), p.x.at(knee), p.y.at(std::min(flops, knee * bandwidth)), p.x.to);
}

// Where text stands already.
class Taken {
 public:
  // False where it would cover another; `y` is the base line.
  bool take(double x, double y, double width) {
    for (const auto& [other_x, other_y, other_width] : rows_)
      if (x < other_x + other_width && other_x < x + width && std::fabs(y - other_y) < 13) return false;
    rows_.push_back({x, y, width});
    return true;
  }

 private:
  std::vector<std::array<double, 3>> rows_;
};

}  // namespace

bool can_draw_roofline(const RunCeilings& c, const std::vector<RooflineMark>& marks) {
  return !marks.empty() && std::max(c.flops_f32, c.flops_f64) > 0 && highest_bandwidth(c) > 0;
}

std::string roofline_chart(const RunCeilings& c, const std::vector<RooflineMark>& marks, int width) {
  if (!can_draw_roofline(c, marks)) return "";
  const bool narrow = width < 500;
  const int height = narrow ? 300 : 380;
  const Plane p = plane_for(c, marks, width, height);
  std::string spoken = fmt::format("Roofline: highest ceiling {}.", human_rate(p.top, "FLOP/s"));
  for (const RooflineMark& m : marks)
    spoken += fmt::format(" {}: {} after {} before, at {:.3g} operations per byte.", m.label,
                          human_rate(m.after, "FLOP/s"), human_rate(m.before, "FLOP/s"), m.intensity);
  std::string out = svg::open(width, height, spoken);

  for (const double v : svg::log_marks(p.y.low, p.y.high)) {
    out += svg::line(p.x.from, p.y.at(v), p.x.to, p.y.at(v), "grid");
    out += svg::text(p.x.from - 7, p.y.at(v) + 4, "end tick", narrow ? count_text(v) : human_rate(v, "FLOP/s"));
  }
  std::vector<double> ticks = svg::log_marks(p.x.low, p.x.high);
  if (narrow && ticks.size() > 6)
    std::erase_if(ticks, [](double v) { return std::fabs(std::log10(v) - std::round(std::log10(v))) > 1e-6; });
  for (const double v : ticks) out += svg::text(p.x.at(v), p.y.from + 18, "mid tick", svg::number(v));
  out += svg::text((p.x.from + p.x.to) / 2, p.y.from + 36, "mid tick", "operations per byte");

  // Every memory level below the higher arithmetic ceiling; the fastest level carries the heavy line, on top.
  const double fastest = highest_bandwidth(c);
  for (const auto& b : c.bandwidth)
    if (b.bytes_per_s > 0 && b.bytes_per_s < fastest) out += roof(p, b.bytes_per_s, p.top, "roof");
  if (c.flops_f64 > 0 && c.flops_f32 > 0) {
    const double low = std::min(c.flops_f32, c.flops_f64);
    out += roof(p, fastest, low, "roof");
    if (!narrow) out += svg::text(p.x.to + 8, p.y.at(low) + 4, "tick", "f64 " + human_rate(low, "FLOP/s"));
  }
  out += roof(p, fastest, p.top, "roof top");
  out += narrow ? svg::text(p.x.to, p.y.at(p.top) - 7, "end tick halo", "f32 " + human_rate(p.top, "FLOP/s"))
                : svg::text(p.x.to + 8, p.y.at(p.top) + 4, "tick", "f32 " + human_rate(p.top, "FLOP/s"));

  // Names stand under their slope, near where it enters; one that would cover another is left to its tooltip.
  Taken taken;
  for (auto b = c.bandwidth.rbegin(); b != c.bandwidth.rend(); ++b) {
    if (!(b->bytes_per_s > 0)) continue;
    const std::string name = narrow ? b->level : b->level + " " + human_rate(b->bytes_per_s, "B/s");
    const double enter = std::max(p.x.low, p.y.low / b->bytes_per_s);
    const double x = p.x.at(enter) + 22, y = p.y.at(enter * b->bytes_per_s) - 4;
    if (taken.take(x, y, 6.5 * double(display_width(name)))) out += svg::text(x, y, "tick halo", name);
  }
  for (const RooflineMark& m : marks) {
    const double x = p.x.at(m.intensity), from = p.y.at(m.before), to = p.y.at(m.after);
    if (m.before > 0) {
      out += svg::line(x, from, x, to, "move");
      out += svg::circle(x, from, 4.4, "from", fmt::format("{}, seed: {}", m.label, human_rate(m.before, "FLOP/s")));
    }
    out += svg::circle(x, to, 5, "to",
                       fmt::format("{}: {}, {} of {}", m.label, human_rate(m.after, "FLOP/s"), percent_text(m.fraction),
                                   m.ceiling.empty() ? "the ceiling" : m.ceiling));
    taken.take(x - 6, to + 5, 12);
  }
  // Right of its point, else left of it, else a line lower, and so on.
  for (const RooflineMark& m : marks) {
    const std::string name = fit(m.label, 18);
    const double x = p.x.at(m.intensity), y = p.y.at(m.after) + 4, room = 7.4 * double(display_width(name));
    for (int step = 0; step < 8; ++step) {
      const double at = y + 15 * double(step / 2);
      const bool right = step % 2 == 0;
      if (right ? x + 10 + room > p.x.to : x - 10 - room < p.x.from) continue;
      if (!taken.take(right ? x + 10 : x - 10 - room, at, room)) continue;
      out += svg::text(x + (right ? 10 : -10), at, right ? "strong" : "end strong", name);
      break;
    }
  }
  return out + "</svg>";
}

}  // namespace ridge
