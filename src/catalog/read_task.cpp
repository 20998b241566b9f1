// A task's folder: task.toml and the files around it.
#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "catalog/catalog.h"

namespace ridge {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t source_bytes = 1u << 20;
constexpr std::size_t most_mutants = 256;
constexpr Dialect all_dialects[] = {Dialect::cpp, Dialect::cuda, Dialect::opencl, Dialect::metal};

std::string beside(const std::string& folder, std::string_view file) {
  return (fs::path(folder) / file).string();
}

bool there(const std::string& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

// Flags of a plan, fixed ones and choices, must be allowed: a seed that no candidate could equal would be no fair
// start.
Result<void> check_flags(const Task& task, const Plan& plan, const TaskSource& source) {
  std::vector<std::string> used = plan.flags;
  for (const Tunable& t : plan.tunables) {
    if (t.name != "FLAGS") continue;
    for (const ParameterValue& v : t.values) {
      const std::string words = text(v);
      for (std::size_t at = 0; at < words.size();) {
        const std::size_t end = std::min(words.find(' ', at), words.size());
        if (end > at) used.push_back(words.substr(at, end - at));
        at = end + 1;
      }
    }
  }
  const auto rules = task.build.find(source.dialect);
  const std::vector<std::string> allowed =
      rules == task.build.end() ? std::vector<std::string>() : rules->second.allowed_flags;
  for (const std::string& flag : used)
    if (std::ranges::find(allowed, flag) == allowed.end())
      return invalid("{}: [build] \"{}\": [build.{}] of the task does not allow this flag{}", source.file, flag,
                     name(source.dialect), suggestion(flag, allowed));
  return {};
}

Result<void> check_plan(const Task& task, const TaskSource& source, bool with_flags) {
  if (std::ranges::find(task.dialects, source.dialect) == task.dialects.end())
    return invalid("{}: the task's dialects do not include {}", source.file, name(source.dialect));
  RIDGE_TRY(const Plan plan, plan_from_source(source.text, source.file));
  RIDGE_TRY_VOID(validate(plan, task.interface, usual_limits(source.dialect), source.file));
  return with_flags ? check_flags(task, plan, source) : Result<void>();
}

Result<std::map<Dialect, TaskSource>> read_each_dialect(const Task& task, const std::string& folder,
                                                        std::string_view stem) {
  std::map<Dialect, TaskSource> out;
  for (const Dialect d : all_dialects) {
    TaskSource source;
    source.dialect = d;
    source.file = beside(folder, fmt::format("{}.{}", stem, extension(d)));
    if (!there(source.file)) continue;
    RIDGE_TRY(source.text, read_file(source.file, source_bytes));
    RIDGE_TRY_VOID(check_plan(task, source, true));
    out.emplace(d, std::move(source));
  }
  return out;
}

Result<std::vector<TaskSource>> read_mutants(const Task& task, const std::string& folder) {
  std::vector<TaskSource> out;
  std::error_code trouble;
  fs::directory_iterator files(beside(folder, "mutants"), trouble);
  if (trouble) return out;  // none
  std::vector<std::string> names;
  for (; files != fs::directory_iterator(); files.increment(trouble)) {
    if (trouble) return world("{}: {}", beside(folder, "mutants"), trouble.message());
    const std::string file = files->path().filename().string();
    if (!file.starts_with('.') && !file.ends_with('~')) names.push_back(file);
    if (names.size() > most_mutants) return invalid("{}: more than {} files", beside(folder, "mutants"), most_mutants);
  }
  std::ranges::sort(names);  // a folder's own order differs from machine to machine
  for (const std::string& file : names) {
    TaskSource source;
    source.file = (fs::path(folder) / "mutants" / file).string();
    const auto dialect = dialect_of_extension(fs::path(file).extension().string());
    if (!dialect) return invalid("{}: not a kernel source (.cpp, .cu, .cl or .metal)", source.file);
    source.dialect = *dialect;
    RIDGE_TRY(source.text, read_file(source.file, source_bytes));
    // A mutant that its plan stops would be refused for the wrong reason, and the check would not have been tested.
    RIDGE_TRY_VOID(check_plan(task, source, true));
    out.push_back(std::move(source));
  }
  return out;
}

Result<void> read_baselines(Task& task, const std::string& folder) {
  for (Baseline& b : task.baselines) {
    TaskSource source;
    source.file = beside(folder, b.file);
    const auto dialect = dialect_of_extension(fs::path(b.file).extension().string());
    if (!dialect)
      return invalid("{}: [[baseline]] \"{}\" source: not a kernel source (.cpp, .cu, .cl or .metal)", source.file,
                     b.name);
    source.dialect = *dialect;
    RIDGE_TRY(source.text, read_file(source.file, source_bytes));
    RIDGE_TRY_VOID(check_plan(task, source, false));
    b.source = source.text;
    b.file = source.file;
  }
  return {};
}

bool uses_custom_metric(const CheckSpec& check) {
  return check.standard.metric == Metric::custom ||
         std::ranges::any_of(check.outputs, [](const auto& o) { return o.second.metric == Metric::custom; });
}

}  // namespace

PlanLimits usual_limits(Dialect dialect) {
  PlanLimits limits;
  limits.dialect = dialect;
  if (dialect == Dialect::cpp) return limits;
  limits.grid = true;
  limits.max_shared = 48u << 10;
  return limits;
}

Result<Task> read_task(const std::string& folder, const std::string& id) {
  const std::string manifest = beside(folder, "task.toml");
  if (!there(manifest)) return invalid("{}: no such file: a task is a folder with a task.toml", manifest);
  RIDGE_TRY(const std::string toml, read_file(manifest, source_bytes));
  RIDGE_TRY(Task task, parse_task(toml, manifest));

  std::error_code trouble;
  const fs::path canonical = fs::canonical(folder, trouble);
  if (trouble) return world("{}: {}", folder, trouble.message());
  task.folder = canonical.string();
  task.id = id.empty() ? canonical.filename().string() : id;

  const std::string reference = beside(folder, "reference.cpp");
  if (!there(reference)) return invalid("{}: no such file: it draws the inputs and holds the oracle", reference);
  RIDGE_TRY(task.reference, read_file(reference, source_bytes));
  if (task.reference.find("RIDGELINE_REFERENCE") == std::string::npos)
    return invalid("{}: no RIDGELINE_REFERENCE(inputs, oracle) at its end", reference);
  if (uses_custom_metric(task.check) && task.reference.find("RIDGELINE_REFERENCE_WITH_METRIC") == std::string::npos)
    return invalid("{}: [check] metric = \"custom\": reference.cpp gives none (RIDGELINE_REFERENCE_WITH_METRIC)",
                   manifest);
  if (const std::string brief = beside(folder, "README.md"); there(brief)) {
    RIDGE_TRY(task.brief, read_file(brief, source_bytes));
  }
  RIDGE_TRY(task.seeds, read_each_dialect(task, folder, "seed"));
  if (task.seeds.empty()) return invalid("{}: no seed (seed.cpp, seed.cu, seed.cl or seed.metal)", folder);
  RIDGE_TRY(task.templates, read_each_dialect(task, folder, "template"));
  RIDGE_TRY(task.mutants, read_mutants(task, folder));
  if (!task.check.next_lower.empty() && std::ranges::none_of(task.mutants, [&](const TaskSource& m) {
        return fs::path(m.file).filename() == task.check.next_lower;
      }))
    return invalid("{}: [check] next_lower = \"{}\": no such file in {}", manifest, task.check.next_lower,
                   beside(folder, "mutants"));
  RIDGE_TRY_VOID(read_baselines(task, folder));
  task.digest = digest_of(task);
  return task;
}

}  // namespace ridge
