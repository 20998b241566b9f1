#include "landscape/device.h"

#include <algorithm>

#include "base/text.h"
#include "kernel/document.h"

namespace ridge {
namespace {

enum class Kind { foreign, unknown, recorded };
struct Found {
  Kind kind = Kind::foreign;
  const Configuration* configuration = nullptr;
};

Found find(const Landscape& landscape, const CompileJob& job) {
  Point p;
  for (const Tunable& t : landscape.space.tunables()) {
    const auto macro = std::ranges::find(job.macros, t.name, [](const auto& m) { return m.first; });
    if (macro == job.macros.end()) return {};
    const auto value = std::ranges::find_if(t.values, [&](const ParameterValue& v) {
      const bool* flag = std::get_if<bool>(&v);
      return text(v) == macro->second || (flag && macro->second == (*flag ? "1" : "0"));
    });
    if (value == t.values.end()) return {Kind::unknown};
    p.push_back(std::uint32_t(value - t.values.begin()));
  }
  const Configuration* c = landscape.find(p);
  return c ? Found{Kind::recorded, c} : Found{Kind::unknown};
}

Fault fault_of(const std::string& failure) {
  if (failure == "compile") return {Verdict::compile_failed, Reason::compiler_error, "compile", "recorded: " + failure};
  if (failure == "timeout") return {Verdict::timed_out, Reason::time_limit, "smoke", "recorded: " + failure};
  if (failure == "correctness") return {Verdict::wrong_result, Reason::mismatch, "check", "recorded: " + failure};
  return {Verdict::launch_failed, Reason::launch, "smoke", "recorded: " + failure};
}

}  // namespace

null::NullSettings recorded_device(std::shared_ptr<const Landscape> landscape, std::uint64_t seed) {
  std::vector<double> ran;
  for (const Configuration& c : landscape->configurations)
    if (c.seconds) ran.push_back(*c.seconds);
  const auto middle = ran.begin() + std::ptrdiff_t(ran.size() / 2);
  std::ranges::nth_element(ran, middle);
  null::NullSettings out;
  out.seed = seed;
  // The recorded raw times are the noise; processes and machine add none of their own.
  out.noise = {.sample = 0, .process = 0, .drift_step = 0};
  out.seconds = [landscape, median = *middle](const CompileJob& job) {
    const Found found = find(*landscape, job);
    return found.configuration && found.configuration->seconds ? *found.configuration->seconds : median;
  };
  out.runs = [landscape](const CompileJob& job) {
    const Found found = find(*landscape, job);
    return found.configuration ? found.configuration->runs : std::vector<double>();
  };
  out.fault = [landscape](const CompileJob& job) -> std::optional<Fault> {
    const Found found = find(*landscape, job);
    if (found.kind == Kind::unknown)
      return Fault{Verdict::compile_failed, Reason::compiler_error, "compile", "this configuration was not recorded"};
    if (found.kind == Kind::recorded && !found.configuration->seconds) return fault_of(found.configuration->failure);
    return std::nullopt;
  };
  return out;
}

std::string tune_section(const Space& space) {
  std::string out;
  for (const Tunable& t : space.tunables()) {
    std::vector<std::string> values;
    for (const ParameterValue& v : t.values) values.push_back(toml_value(v));
    const ParameterValue& standard = t.values[space.defaults()[std::size_t(&t - space.tunables().data())]];
    out += fmt::format("{} = {{ values = [{}], default = {} }}\n", t.name, join(values, ", "), toml_value(standard));
  }
  return out;
}

}  // namespace ridge
