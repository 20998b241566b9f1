#include "session/assemble.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "catalog/catalog.h"
#include "device/table/table.h"
#include "doctor/record/record.h"
#include "evaluate/evaluator.h"
#include "evaluate/oracle.h"
#include "model/json.h"
#include "session/internal/certificate.h"
#include "store/store.h"

namespace ridge {
namespace {

namespace fs = std::filesystem;

std::string stamp() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%d-%H%M%S", &utc);
  return text;
}

Result<Settings> numbers(const std::map<std::string, std::string>& given) {
  Settings out;
  for (const auto& [name, text] : given) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
      return fail(Error::Kind::usage, "--policy-set {}={}: a number is expected", name, text);
    out[name] = value;
  }
  return out;
}

Result<Task> load_task(const std::string& name) {
  RIDGE_TRY(const std::string root, resource_root());
  RIDGE_TRY(const Catalog catalog, Catalog::open(root + "/tasks"));
  return catalog.find(name);
}

nlohmann::json environment(const Device& device, const Ceilings& ceilings) {
  const Capabilities& caps = device.capabilities();
  nlohmann::json j = {{"device", caps.id},
                      {"description", caps.description},
                      {"cores", caps.cores},
                      {"features", caps.features},
                      {"compilers", caps.compiler_versions},
                      {"isolation", caps.isolation},
                      {"state", caps.state},
                      {"machine", ceilings.machine},
                      {"ceilings",
                       {{"date", ceilings.date},
                        {"flops_f32", ceilings.flops_f32},
                        {"flops_f64", ceilings.flops_f64},
                        {"call_latency_s", ceilings.call_latency_s},
                        {"graph_node_s", ceilings.graph_node_s},
                        {"flops_matrix", ceilings.flops_matrix},
                        {"bandwidth", nlohmann::json::array()}}}};
  for (const auto& b : ceilings.bandwidth)
    j["ceilings"]["bandwidth"].push_back(
        {{"level", b.level}, {"working_set_bytes", b.working_set_bytes}, {"bytes_per_s", b.bytes_per_s}});
  return j;
}

// When the machine's noise was measured, and what it was.
nlohmann::json doctor_json(const DoctorAdvice& doctor) {
  const DoctorSection* noise = doctor.record ? doctor.record->section(doctor::noise_section) : nullptr;
  if (!noise) return {{"noise_measured", "never"}};
  return {{"noise_measured", noise->date}, {"full", noise->full}, {"trusted", doctor.warning.empty()}};
}

// What the task's convention counts for one call of each scored workload. A formula that cannot be computed would have
// been refused when the task was read.
nlohmann::json work_of(const Task& task) {
  nlohmann::json out = nlohmann::json::array();
  for (const Workload* w : task.scored()) {
    const auto scope = bind(task.interface, w->binding);
    if (!scope) continue;
    const auto bytes = task.work.bytes.evaluate(*scope), flops = task.work.flops.evaluate(*scope);
    if (bytes && flops) out.push_back({{"name", w->name}, {"bytes", bytes->real()}, {"flops", flops->real()}});
  }
  return out;
}

// Real parts around one store, then the session. Without a store this is a new run: its folder is made when everything
// that can be wrong with a beginning has been tried, so that no run is left that never began.
Result<Summary> drive(const RunSpec& spec, const Task& loaded, std::unique_ptr<Store> store,
                      const std::atomic<bool>& stop, const std::vector<Listener*>& listeners) {
  const bool resumed = store != nullptr;
  const auto task = std::make_shared<const Task>(loaded);
  RIDGE_TRY(const Settings settings, numbers(spec.policy_settings));
  RIDGE_TRY(const auto policy, make_policy(spec.policy, settings));
  RIDGE_TRY(const auto device, open_device(spec.device));
  Session* living = nullptr;
  const auto say = [&](const std::string& phase) {
    if (living) return living->phase(phase);
    Progress p;
    p.left_s = spec.budget.wall_s;
    p.phase = phase;
    for (Listener* l : listeners) l->on_progress(p);
  };
  say("compiling the reference");
  RIDGE_TRY(auto oracle, make_oracle(*task));
  EvaluatorSettings rules;
  rules.progress = say;
  const DoctorAdvice doctor = doctor_advice(device->capabilities(), device->clock().wall());
  rules.noise = doctor.noise();
  const Secret secret = Secret::from_entropy();
  RIDGE_TRY(const auto evaluator, Evaluator::open(task, *device, std::move(oracle), secret, rules));
  RIDGE_TRY(const Ceilings ceilings, device->ceilings(false));
  if (!store) {
    RIDGE_TRY(store, Store::create(spec.folder));
  }
  RIDGE_TRY_VOID(keep_secret(spec.folder, secret));

  const MapScope facts(device->capabilities().facts);
  Parts parts;
  parts.task = task;
  parts.judge = evaluator.get();
  parts.archive = store.get();
  parts.policy = policy.get();
  parts.clock = &device->clock();
  parts.device = &facts;
  parts.dialect = device->capabilities().plan.dialect;
  // Where compiling goes on beside measuring, as many as keep the compilers busy are enough.
  const bool shares = device->capabilities().shares_host || device->capabilities().simulated;
  parts.slots = (shares ? 4 : 1) * std::size_t(device->capabilities().cores);
  parts.round_s = std::clamp(0.03 * spec.budget.wall_s, 0.5, 2.0);
  // A simulated device compiles nothing, and its runs are replayed: their rounds stay as they are.
  parts.most_slots = device->capabilities().simulated ? parts.slots : std::max<std::size_t>(64, parts.slots);
  nlohmann::json started = to_json(spec);
  started["task_digest"] = hex(task->digest);
  started["environment"] = environment(*device, ceilings);
  started["environment"]["doctor"] = doctor_json(doctor);
  started["secret_commitment"] = secret.commitment();
  started["work"] = work_of(*task);
  started["rules"] = {{"sigma_p", evaluator->sigma_p()}};
  parts.started_json = started.dump();
  parts.secret_commitment = secret.commitment();
  if (resumed)
    parts.history = [&](const std::function<Result<void>(const Event&)>& each) -> Result<void> {
      return store->events([&](const Event& event) -> Result<void> {
        if (const auto* e = std::get_if<Evaluation>(&event.body)) evaluator->remember(*e);
        return each(event);
      });
    };
  parts.listeners = listeners;
  parts.sigma_p = evaluator->sigma_p();
  if (!doctor.warning.empty()) parts.notes.push_back(doctor.warning);
  Session session(spec, parts);
  living = &session;
  RIDGE_TRY(Summary summary, session.run(stop));

  if (summary.certified) {
    const Record* winner = store->find(summary.certified->candidate);
    RIDGE_CHECK(winner, "a certified candidate is in the archive");
    const std::string file = spec.folder + "/winner." + std::string(extension(winner->candidate.dialect));
    RIDGE_TRY_VOID(write_file(file, standalone_source(winner->candidate)));
    RIDGE_TRY(const Certificate certificate, certificate_of(spec, summary, *store, *device, ceilings));
    RIDGE_TRY_VOID(write_file(spec.folder + "/" + Certificate::kFile, dump_json(to_json(certificate), 1) + "\n"));
  }
  RIDGE_TRY_VOID(write_file(spec.folder + "/summary.json", to_json(summary).dump(2) + "\n"));
  return summary;
}

}  // namespace

Result<Summary> start_run(RunSpec& spec, const std::atomic<bool>& stop, const std::vector<Listener*>& listeners) {
  // The folder decides when there is one: a user's task may have the name of one of ours.
  RIDGE_TRY(const Task task, load_task(spec.task_folder.empty() ? spec.task : spec.task_folder));
  spec.task = task.id;
  spec.task_folder = task.folder;
  if (spec.folder.empty()) {
    const std::string base = "runs/" + fs::path(task.id).filename().string() + "-" + stamp();
    spec.folder = base;
    for (int i = 2; fs::exists(spec.folder); ++i) spec.folder = fmt::format("{}-{}", base, i);
  }
  if (fs::exists(fs::path(spec.folder) / Store::kFile))
    return fail(Error::Kind::usage, "{}: holds a run already; resume it or choose another folder", spec.folder);
  return drive(spec, task, nullptr, stop, listeners);
}

Result<Summary> resume_run(const std::string& folder, const Budget* more, const std::atomic<bool>& stop,
                           const std::vector<Listener*>& listeners) {
  RIDGE_TRY(auto store, Store::open(folder));
  std::string spec_text;
  RIDGE_TRY_VOID(store->events([&](const Event& e) -> Result<void> {
    if (const auto* started = std::get_if<RunStarted>(&e.body); started && spec_text.empty())
      spec_text = started->spec_json;
    return {};
  }));
  if (spec_text.empty())
    return invalid("{}: the run was killed before it began; start it again with ridgeline search", folder);
  RIDGE_TRY(const nlohmann::json j, parse_json(spec_text, folder));
  auto parsed = run_spec_from_json(j);
  if (!parsed) return within(folder, parsed.error());
  RunSpec spec = std::move(*parsed);
  spec.folder = folder;
  if (more) spec.budget = *more;
  RIDGE_TRY(const Task task, load_task(fs::exists(spec.task_folder + "/task.toml") ? spec.task_folder : spec.task));
  const std::string digest = j.value("task_digest", "");
  if (!digest.empty() && digest != hex(task.digest))
    return invalid(
        "{}: the task {} has changed since this run began; its results would not be comparable. Start a new run with "
        "ridgeline search {}",
        folder, spec.task, spec.task);
  return drive(spec, task, std::move(store), stop, listeners);
}

std::vector<std::string> list_runs(const std::string& root) {
  std::vector<std::pair<fs::file_time_type, std::string>> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root, error)) {
    const fs::path db = entry.path() / Store::kFile;
    if (fs::is_regular_file(db, error)) found.emplace_back(fs::last_write_time(db, error), entry.path().string());
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<std::string> names;
  for (auto& [time, name] : found) names.push_back(std::move(name));
  return names;
}

Result<std::string> find_run(const std::string& name, const std::string& root) {
  const std::vector<std::string> runs = list_runs(root);
  if (name == "last") {
    if (runs.empty()) return fail(Error::Kind::usage, "no runs in {}/ yet: start one with ridgeline search TASK", root);
    return runs.front();
  }
  for (const std::string& folder : {name, root + "/" + name})
    if (fs::is_regular_file(fs::path(folder) / Store::kFile)) return folder;
  std::vector<std::string> known;
  for (const std::string& r : runs) known.push_back(fs::path(r).filename().string());
  return fail(Error::Kind::usage, "no run \"{}\" (a folder with {}){}", name, Store::kFile, suggestion(name, known));
}

}  // namespace ridge
