#include "device/ceilings_file.h"

#include <filesystem>

#include <nlohmann/json.hpp>

#include "base/intact.h"
#include "base/text.h"

namespace ridge {

Result<Ceilings> load_ceilings(const std::string& path) {
  RIDGE_TRY(const std::string text, read_file(path, 1 << 20));
  const auto bad = [&] { return world("{}: not as it was written; delete it and it is measured again", path); };
  if (!digest_inside_holds(text)) return bad();
  const nlohmann::json j = nlohmann::json::parse(text, nullptr, false);
  if (!j.is_object() || !j.contains("bandwidth") || !j["bandwidth"].is_array()) return bad();
  const auto number = [](const nlohmann::json& o, const char* key) {
    return o.is_object() && o.contains(key) && o[key].is_number() ? o[key].get<double>() : 0.0;
  };
  const auto text_of = [](const nlohmann::json& o, const char* key) {
    return o.is_object() && o.contains(key) && o[key].is_string() ? o[key].get<std::string>() : std::string();
  };
  Ceilings c;
  for (const auto& b : j["bandwidth"])
    c.bandwidth.push_back({text_of(b, "level"), number(b, "working_set_bytes"), number(b, "bytes_per_s")});
  c.flops_f32 = number(j, "flops_f32");
  c.flops_f64 = number(j, "flops_f64");
  c.call_latency_s = number(j, "call_latency_s");
  c.graph_node_s = number(j, "graph_node_s");
  if (j.contains("flops_matrix") && j["flops_matrix"].is_object())
    for (const auto& [type, rate] : j["flops_matrix"].items())
      if (rate.is_number()) c.flops_matrix[type] = rate.get<double>();
  c.machine = text_of(j, "machine");
  c.date = text_of(j, "date");
  if (c.bandwidth.empty() || c.flops_f32 <= 0) return bad();
  return c;
}

Result<void> save_ceilings(const std::string& path, const Ceilings& c) {
  nlohmann::json j = {{"digest", ""},
                      {"machine", c.machine},
                      {"date", c.date},
                      {"flops_f32", c.flops_f32},
                      {"flops_f64", c.flops_f64},
                      {"call_latency_s", c.call_latency_s},
                      {"graph_node_s", c.graph_node_s},
                      {"flops_matrix", c.flops_matrix},
                      {"bandwidth", nlohmann::json::array()}};
  for (const auto& b : c.bandwidth)
    j["bandwidth"].push_back(
        {{"level", b.level}, {"working_set_bytes", b.working_set_bytes}, {"bytes_per_s", b.bytes_per_s}});
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  return write_file(path, with_digest_inside(j.dump(2) + "\n"));
}

}  // namespace ridge
