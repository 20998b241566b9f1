#include "evaluate/calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

namespace ridge {
namespace {

constexpr double unbounded = std::numeric_limits<double>::infinity();

double share_of(const OutputError& e) {
  if (e.tolerance > 0) return e.error / e.tolerance;
  return e.error > 0 ? unbounded : 0;
}

std::string times(double factor) {
  return std::isinf(factor) ? "unbounded"
         : factor < 100     ? fmt::format("{:.2g}", factor)
                            : fmt::format("{:.0f}", factor);
}

std::string place_of(const OutputBand& band) {
  std::string out = band.honest_share > 0 ? fmt::format("{} × the worst honest error", times(band.factor()))
                                          : std::string("honest kernels do not err");
  if (!band.wrong_share) return out + ", no wrong kernel shows here best";
  return out + (std::isinf(*band.wrong_share)
                    ? ", the nearest wrong one is not finite or not exact"
                    : fmt::format(", 1/{} of the nearest wrong one", times(*band.wrong_share)));
}

// JSON has no infinity.
nlohmann::json number(double v) {
  return std::isfinite(v) ? nlohmann::json(v) : nlohmann::json(v > 0 ? "inf" : "nan");
}

}  // namespace

std::string_view name(KernelKind k) {
  return k == KernelKind::honest ? "honest" : k == KernelKind::next_lower ? "next lower precision" : "mutant";
}

void KernelErrors::add(const std::string& workload, const CallErrors& call) {
  ++calls;
  bool wrong = call.fault.has_value();
  if (call.fault && !fault) fault = call.fault;
  for (const OutputError& e : call.outputs) {
    auto known = std::find_if(outputs.begin(), outputs.end(), [&](const Output& o) { return o.buffer == e.buffer; });
    if (known == outputs.end()) known = outputs.insert(outputs.end(), Output{e.buffer, -1, 0, 0, "", 0});
    if (const double share = share_of(e); share > known->share)
      known->share = share, known->error = e.error, known->tolerance = e.tolerance, known->workload = workload;
    if (!e.right) ++known->beyond;
    wrong |= !e.right;
  }
  noticed += wrong ? 1 : 0;
}

double KernelErrors::share() const {
  double largest = 0;
  for (const Output& o : outputs) largest = std::max(largest, o.share);
  return largest;
}

Calibration calibrate(const Task& task, std::vector<KernelErrors> kernels) {
  Calibration c;
  c.kernels = std::move(kernels);
  for (const BufferSpec& b : task.interface.buffers) {
    if (b.access == Access::in) continue;
    const Tolerance& rule = task.check.of(b.name);
    OutputBand band;
    band.buffer = b.name;
    band.metric = name(rule.metric);
    band.bound = rule.bound.text();
    for (const KernelErrors& k : c.kernels) {
      const auto own =
          std::find_if(k.outputs.begin(), k.outputs.end(), [&](const auto& o) { return o.buffer == b.name; });
      if (own == k.outputs.end()) continue;
      if (k.kind == KernelKind::honest) {
        if (own->share > band.honest_share || band.honest_by.empty())
          band.honest_share = own->share, band.honest_error = own->error, band.honest_tolerance = own->tolerance,
          band.honest_by = k.name, band.honest_on = own->workload;
      } else if (own->share >= k.share() && !k.fault && (!band.wrong_share || own->share < *band.wrong_share)) {
        band.wrong_share = own->share, band.wrong_error = own->error, band.wrong_by = k.name;
      }
    }
    band.place = place_of(band);
    if (rule.metric != Metric::exact && band.honest_share > 0 && band.honest_share <= 1 && band.factor() < least_factor)
      c.problems.push_back(fmt::format("{}: the tolerance is only {} × the error of {} on {}; at least {} ×", b.name,
                                       times(band.factor()), band.honest_by, band.honest_on, least_factor));
    if (rule.metric != Metric::exact && rule.metric != Metric::custom && band.factor() > most_factor)
      c.problems.push_back(fmt::format("{}: the tolerance is {} × the worst honest error ({}); about ten, at most {} ×",
                                       b.name, times(band.factor()), band.honest_by, most_factor));
    c.outputs.push_back(std::move(band));
  }
  for (const KernelErrors& k : c.kernels) {
    if (k.kind == KernelKind::honest && k.noticed > 0) {
      std::string what = k.fault ? k.fault->text : "";
      for (const auto& o : k.outputs)
        if (what.empty() && o.beyond > 0)
          what = fmt::format("{}: error {:.3g} on {}, tolerance {:.3g}", o.buffer, o.error, o.workload, o.tolerance);
      c.problems.push_back(
          fmt::format("{} is right but was refused in {} of {} calls ({})", k.name, k.noticed, k.calls, what));
    }
    if (k.kind != KernelKind::honest && k.noticed == 0)
      c.problems.push_back(
          fmt::format("{} is wrong but was not noticed in any of {} calls (largest error {} of the "
                      "tolerance)",
                      k.name, k.calls, times(k.share())));
  }
  return c;
}

nlohmann::json to_json(const Calibration& c) {
  nlohmann::json j = {{"separates", c.separates()},
                      {"problems", c.problems},
                      {"outputs", nlohmann::json::array()},
                      {"kernels", nlohmann::json::array()}};
  for (const OutputBand& b : c.outputs)
    j["outputs"].push_back({{"buffer", b.buffer},
                            {"metric", b.metric},
                            {"tolerance", b.bound},
                            {"honest_error", number(b.honest_error)},
                            {"honest_tolerance", number(b.honest_tolerance)},
                            {"honest_share", number(b.honest_share)},
                            {"honest_by", b.honest_by},
                            {"wrong_share", b.wrong_share ? number(*b.wrong_share) : nlohmann::json()},
                            {"wrong_by", b.wrong_by},
                            {"factor", number(b.factor())},
                            {"place", b.place}});
  for (const KernelErrors& k : c.kernels) {
    nlohmann::json row = {{"kernel", k.name},
                          {"kind", std::string(name(k.kind))},
                          {"calls", k.calls},
                          {"noticed", k.noticed},
                          {"outputs", nlohmann::json::array()}};
    if (k.fault) row["reason"] = std::string(name(k.fault->reason));
    for (const auto& o : k.outputs)
      row["outputs"].push_back({{"buffer", o.buffer},
                                {"error", number(o.error)},
                                {"tolerance", number(o.tolerance)},
                                {"share", number(o.share)},
                                {"workload", o.workload},
                                {"beyond", o.beyond}});
    j["kernels"].push_back(std::move(row));
  }
  return j;
}

}  // namespace ridge
