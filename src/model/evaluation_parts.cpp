#include <charconv>
#include <cmath>
#include <limits>

#include "model/internal/evaluation_json.h"

namespace ridge {
namespace {

nlohmann::json number_json(const Number& n) {
  return n.is_integer() ? nlohmann::json(n.integer()) : nlohmann::json(n.real());
}

std::optional<Number> number_of(const nlohmann::json& json) {
  if (json.is_number_float()) return Number(json.get<double>());
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > std::uint64_t(INT64_MAX)) return std::nullopt;
  if (json.is_number_integer()) return Number(json.get<std::int64_t>());
  return std::nullopt;
}

void read_timing(JsonReader& in, Timing& t) {
  in.get("median", t.median);
  in.get("q1", t.q1);
  in.get("q3", t.q3);
  in.get("min", t.min);
  in.get("n", t.n);
  in.get("mode", t.mode);
}

void read_values(JsonReader& in, std::map<std::string, double>& values) {
  in.members("values", [&](const std::string& key, const nlohmann::json& value) {
    if (!value.is_number()) return in.fault("values." + key, "expected a number, found {}", value.type_name());
    values.insert_or_assign(key, value.get<double>());
  });
}

nlohmann::json counters_json(const Counters& c) {
  return {{"values", c.values},
          {"compulsory_bytes", c.compulsory_bytes},
          {"traffic_ratio", c.traffic_ratio},
          {"limit", c.limit},
          {"why", c.why},
          {"seconds", c.seconds},
          {"kernels", list_json(c.kernels, [](const KernelCounters& k) {
             return nlohmann::json{{"kernel", k.kernel}, {"launches", k.launches}, {"values", k.values}};
           })}};
}

void read_counters(JsonReader& in, Counters& c) {
  read_values(in, c.values);
  in.get("compulsory_bytes", c.compulsory_bytes);
  in.get("traffic_ratio", c.traffic_ratio);
  in.get("limit", c.limit);
  in.get("why", c.why);
  in.get("seconds", c.seconds);
  in.list("kernels", c.kernels, [](JsonReader& k, KernelCounters& out) {
    k.get("kernel", out.kernel);
    k.get("launches", out.launches);
    read_values(k, out.values);
  });
}

void read_seeds(JsonReader& in, std::vector<std::uint64_t>& seeds) {
  if (!in.find("seeds")) return;
  std::vector<std::string> texts;
  in.get("seeds", texts);
  for (const std::string& text : texts) {
    std::uint64_t& seed = seeds.emplace_back();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed, 16);
    if (error != std::errc{} || end != text.data() + text.size())
      in.fault("seeds", "\"{}\": expected 16 hexadecimal digits", text);
  }
}

}  // namespace

nlohmann::json reason_json(Reason reason) {
  return reason == Reason::none ? nlohmann::json(nullptr) : nlohmann::json(std::string(name(reason)));
}

void read_reason(JsonReader& in, Reason& out) {
  const nlohmann::json* field = in.find("reason");
  if (field && !field->is_null()) in.word("reason", out, reason_of);
}

nlohmann::json interval_json(const Interval& i) {
  return {{"estimate", i.estimate}, {"lower", i.lower}, {"upper", i.upper}, {"level", i.level}};
}

void read_interval(JsonReader& in, Interval& out) {
  in.get("estimate", out.estimate);
  in.get("lower", out.lower);
  in.get("upper", out.upper);
  in.get("level", out.level);
}

nlohmann::json workload_json(const WorkloadResult& w) {
  nlohmann::json json = {{"name", w.name},
                         {"verdict", std::string(name(w.verdict))},
                         {"reason", reason_json(w.reason)},
                         {"draws", w.draws},
                         {"worst_error", nullptr},
                         {"tolerance", w.tolerance},
                         {"seconds", nullptr},
                         {"roofline", nullptr},
                         {"floor_seconds", w.floor_seconds}};
  // A wrong output may be infinitely wrong, which JSON has no number for: null stands for it.
  if (std::isfinite(w.worst_error)) json["worst_error"] = w.worst_error;
  if (const auto& t = w.timing)
    json["seconds"] = {{"median", t->median}, {"q1", t->q1}, {"q3", t->q3},
                       {"min", t->min},       {"n", t->n},   {"mode", t->mode}};
  if (const auto& r = w.roofline)
    json["roofline"] = {{"fraction", r->fraction}, {"bound", r->bound}, {"ceiling", r->ceiling}};
  if (w.counters) json["counters"] = counters_json(*w.counters);
  for (const auto& [key, value] : w.binding) json["binding"][key] = number_json(value);
  // 64 bits are more than a JSON number carries everywhere.
  for (const std::uint64_t seed : w.seeds) json["seeds"].push_back(fmt::format("{:016x}", seed));
  return json;
}

void read_workload(JsonReader& in, WorkloadResult& w) {
  in.get("name", w.name);
  in.word("verdict", w.verdict, verdict_of);
  read_reason(in, w.reason);
  in.get("draws", w.draws);
  if (!in.maybe("worst_error", w.worst_error)) w.worst_error = std::numeric_limits<double>::infinity();
  in.get("tolerance", w.tolerance);
  in.maybe_object("seconds", [&](JsonReader& t) { read_timing(t, w.timing.emplace()); });
  in.maybe_object("roofline", [&](JsonReader& r) {
    RooflinePoint& point = w.roofline.emplace();
    r.get("fraction", point.fraction);
    r.get("bound", point.bound);
    r.get("ceiling", point.ceiling);
  });
  in.get("floor_seconds", w.floor_seconds);
  in.maybe_object("counters", [&](JsonReader& c) { read_counters(c, w.counters.emplace()); });
  read_seeds(in, w.seeds);
  if (!in.find("binding")) return;
  in.members("binding", [&](const std::string& key, const nlohmann::json& value) {
    if (auto number = number_of(value)) {
      w.binding.insert_or_assign(key, *number);
    } else {
      in.fault("binding." + key, "expected a number of 64 bits");
    }
  });
}

nlohmann::json diagnostic_json(const Diagnostic& d) {
  return {{"stage", d.stage}, {"text", d.text}};
}

void read_diagnostic(JsonReader& in, Diagnostic& out) {
  in.get("stage", out.stage);
  in.get("text", out.text);
}

nlohmann::json cost_json(const JobCost& c) {
  return {{"compile_s", c.compile_s}, {"kernel_s", c.kernel_s}, {"draw_check_s", c.draw_check_s}, {"own_s", c.own_s}};
}

void read_cost(JsonReader& in, JobCost& out) {
  in.maybe_object("cost", [&](JsonReader& c) {
    c.get("compile_s", out.compile_s);
    c.get("kernel_s", out.kernel_s);
    c.get("draw_check_s", out.draw_check_s);
    c.get("own_s", out.own_s);
  });
}

}  // namespace ridge
