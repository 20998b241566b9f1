#include "measure/bottleneck.h"

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace ridge::measure {
namespace {

constexpr double busy_unit = 60;  // percent of its peak: from here on a unit limits
constexpr double much_traffic = 1.5;
constexpr double many_conflicts = 0.1;  // for each instruction

struct Unit {
  double percent;
  const char* limit;
  const char* name;
};

std::string main_stall(const CounterValues& values) {
  const std::string prefix = "stall.";
  double most = 0;
  std::string reason;
  for (const auto& [name, value] : values)
    if (name.starts_with(prefix) && value > most) most = value, reason = name.substr(prefix.size());
  if (reason.empty()) return "";
  return fmt::format("; most wait for {} ({:.2g} warps for each that issues)", stall_words(reason), most);
}

std::string traffic_words(double ratio) {
  if (ratio <= 0) return "";
  return fmt::format(", {:.3g} times the compulsory traffic{}", ratio,
                     ratio > much_traffic ? ": the same bytes come more than once" : "");
}

}  // namespace

double counter(const CounterValues& values, const char* name) {
  const auto at = values.find(name);
  return at == values.end() ? 0 : at->second;
}

std::string stall_words(const std::string& reason) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 14> words = {
      {{"barrier", "other warps at a barrier"},
       {"branch_resolving", "a branch's target"},
       {"dispatch_stall", "the dispatcher"},
       {"drain", "stores at the end of a warp"},
       {"imc_miss", "constants that are not in their cache"},
       {"lg_throttle", "room in the queue to L1"},
       {"long_scoreboard", "loads from L1, L2 and DRAM"},
       {"math_pipe_throttle", "an arithmetic unit that is taken"},
       {"membar", "a memory fence"},
       {"mio_throttle", "room in the queue to shared memory and special functions"},
       {"no_instruction", "instructions that are not in their cache"},
       {"not_selected", "another warp that was chosen"},
       {"short_scoreboard", "shared memory and special functions"},
       {"wait", "the latency of an instruction before"}}};
  for (const auto& [name, text] : words)
    if (name == reason) return std::string(text);
  return reason;
}

Bottleneck bottleneck(const CounterValues& values, double traffic_ratio) {
  const double sm = counter(values, "sm_percent"), tensor = counter(values, "tensor_percent");
  const std::vector<Unit> units = {{counter(values, "dram_percent"), "memory", "DRAM"},
                                   {counter(values, "l2_percent"), "L2 cache", "the L2 cache"},
                                   {counter(values, "l1_percent"), "L1 cache and shared memory", "the L1 cache"},
                                   {sm, "instructions", "a multiprocessor's pipelines"}};
  const Unit* first = nullptr;
  for (const Unit& u : units)
    if (u.percent > 0 && (!first || u.percent > first->percent)) first = &u;
  if (!first) return {};
  Bottleneck b;
  b.limit = first->limit;
  b.why = fmt::format("{} {} at {:.0f} % of {} peak", first->name, first == &units[3] ? "are" : "is", first->percent,
                      first == &units[3] ? "their" : "its");
  if (first->percent >= busy_unit) {
    if (first == &units[0]) b.why += traffic_words(traffic_ratio);
    if (first == &units[2]) {
      const double instructions = counter(values, "instructions"), conflicts = counter(values, "bank_conflicts");
      if (instructions > 0 && conflicts / instructions > many_conflicts)
        b.why += fmt::format(", with {:.2g} bank conflicts for each instruction", conflicts / instructions);
    }
    if (first == &units[3] && tensor >= busy_unit) {
      b.limit = "tensor cores";
      b.why = fmt::format("the tensor cores are at {:.0f} % of their peak", tensor);
    }
    return b;
  }
  const double busy = counter(values, "busy_percent");
  if (values.contains("busy_percent") && busy < busy_unit) {
    b.limit = "too little work";
    b.why = fmt::format("multiprocessors have something to do in {:.0f} % of the time; {}", busy, b.why);
    return b;
  }
  b.limit = "latency";
  b.why = fmt::format("no unit is busy: {}", b.why);
  if (values.contains("occupancy_percent"))
    b.why += fmt::format(", with {:.0f} % of the warps that would fit", counter(values, "occupancy_percent"));
  b.why += main_stall(values);
  return b;
}

}  // namespace ridge::measure
