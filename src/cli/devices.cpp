#include <ostream>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "device/table/table.h"
#include "report/format.h"
#include "report/jsonl.h"

namespace ridge {
namespace {

using Json = nlohmann::json;

Json ceilings_json(const Ceilings& c) {
  Json levels = Json::array();
  for (const auto& b : c.bandwidth)
    levels.push_back({{"level", b.level}, {"working_set_bytes", b.working_set_bytes}, {"bytes_per_s", b.bytes_per_s}});
  return {{"bandwidth", levels},
          {"flops_f32", c.flops_f32},
          {"flops_f64", c.flops_f64},
          {"call_latency_s", c.call_latency_s},
          {"flops_matrix", c.flops_matrix},
          {"graph_node_s", c.graph_node_s},
          {"machine", c.machine},
          {"date", c.date}};
}

Json device_json(const Capabilities& c, const Ceilings& peaks) {
  return {{"event", "device"},
          {"device", c.id},
          {"description", c.description},
          {"dialect", std::string(name(c.plan.dialect))},
          {"cores", c.cores},
          {"features", c.features},
          {"compilers", c.compiler_versions},
          {"isolation", c.isolation},
          {"missing", c.missing},
          {"simulated", c.simulated},
          {"state", c.state},
          {"counters", c.counters},
          {"ceilings", ceilings_json(peaks)}};
}

void print_device(const Capabilities& c, const Ceilings& peaks, std::ostream& out) {
  out << fmt::format("{}  {}{}\n", c.id, c.description, c.simulated ? " (simulated: its times come from a model)" : "");
  TextTable table;
  table.row({"dialect", std::string(name(c.plan.dialect))});
  if (!c.features.empty()) table.row({"features", join(c.features, " ")});
  for (const auto& [compiler, version] : c.compiler_versions) table.row({"compiler", compiler + " " + version});
  for (const auto& b : peaks.bandwidth)
    table.row({b.level, fmt::format("{} at {}", human_rate(b.bytes_per_s, "B/s"), human_bytes(b.working_set_bytes))});
  if (peaks.flops_f32 > 0) table.row({"f32", human_rate(peaks.flops_f32, "FLOP/s")});
  if (peaks.flops_f64 > 0) table.row({"f64", human_rate(peaks.flops_f64, "FLOP/s")});
  for (const auto& [type, rate] : peaks.flops_matrix) table.row({type + " matrix", human_rate(rate, "FLOP/s")});
  if (peaks.graph_node_s > 0) table.row({"launch in a graph", human_seconds(peaks.graph_node_s)});
  if (peaks.call_latency_s > 0) table.row({"empty call", human_seconds(peaks.call_latency_s)});
  if (!peaks.date.empty()) table.row({"measured", peaks.date});
  for (const auto& [key, value] : c.state) table.row({key, value});
  table.row({"isolation", c.isolation.empty() ? "none" : join(c.isolation, ", ")});
  for (const std::string& m : c.missing) table.row({"missing", m});
  out << table.text();
}

}  // namespace

Result<int> devices_command(const Options& options, Terminal& terminal) {
  const auto say_missing = [&](std::string_view what, const std::string& text) {
    if (options.json)
      terminal.out << json_line(Json{{"event", "missing"}, {"backend", std::string(what)}, {"text", text}})
                   << std::endl;
    else
      terminal.out << fmt::format("{}  {}\n", what, text);
  };
  for (const auto& backend : backends()) {
    for (const DeviceId& id : backend->devices()) {
      // What keeps one device from working is what this command is asked for; the others are listed all the same.
      const auto device = backend->open(id);
      const auto peaks = device ? (*device)->ceilings(options.measure) : Result<Ceilings>(Ceilings());
      if (!device || !peaks) {
        say_missing(id, (!device ? device.error() : peaks.error()).message);
        continue;
      }
      if (options.json)
        terminal.out << json_line(device_json((*device)->capabilities(), *peaks)) << std::endl;
      else
        print_device((*device)->capabilities(), *peaks, terminal.out);
    }
    if (const std::string missing = backend->missing(); !missing.empty()) say_missing(backend->name(), missing);
  }
  return 0;
}

}  // namespace ridge
