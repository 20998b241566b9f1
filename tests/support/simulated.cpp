#include "support/simulated.h"

#include "base/result.h"

namespace ridge::simulated {
namespace {

// The null device names no candidate's facts but its own.
const Scope& device_facts() {
  static const MapScope facts(Binding{{"dev.cores", Number(2)}});
  return facts;
}

class LastProgress : public Listener {
 public:
  explicit LastProgress(Progress& to) : to_(to) {}
  void on_progress(const Progress& progress) override { to_ = progress; }

 private:
  Progress& to_;
};

}  // namespace

std::string task_toml(std::size_t scored) {
  return zeros_toml(scored);
}

std::shared_ptr<const Task> task(const std::string& tune, std::size_t scored) {
  return zeros_task({.seed_tune = "", .template_tune = tune, .scored = scored});
}

JobId Between::submit(JudgeJob job) {
  const JobId id = real_.submit(job);
  jobs_.emplace(id, std::move(job));
  return id;
}
Result<std::vector<Completion>> Between::poll() {
  RIDGE_TRY(std::vector<Completion> done, real_.poll());
  for (Completion& c : done) {
    change(jobs_.at(c.job), c.result);
    jobs_.erase(c.job);
  }
  return done;
}

double macro(const CompileJob& job, std::string_view name) {
  for (const auto& [key, text] : job.macros)
    if (key == name) return std::stod(text);
  return 0;
}
double value(const Candidate& candidate, std::string_view name) {
  const auto at = candidate.parameters.find(name);
  return at == candidate.parameters.end() ? 0 : double(std::get<std::int64_t>(at->second));
}

RunSpec spec_of(const Options& o) {
  RunSpec spec;
  spec.task = "simulated/zeros";
  spec.task_folder = "simulated";
  spec.device = "null";
  spec.policy = o.policy;
  spec.seed = o.seed;
  spec.budget = {o.wall_s, o.evaluations};
  spec.folder = "simulated run";
  return spec;
}
std::unique_ptr<Policy> policy_of(const Options& o) {
  if (o.policy == "rename") return std::make_unique<RenamePolicy>();
  auto policy = make_policy(o.policy);
  RIDGE_CHECK(policy.has_value(), policy ? "" : policy.error().message);
  return *std::move(policy);
}
std::unique_ptr<Device> device_of(const Options& o) {
  null::NullSettings settings;
  settings.seed = o.seed;
  settings.noise = o.noise;
  settings.seconds = o.seconds;
  settings.runs = o.runs;
  settings.fault = o.fault;
  return null::make_device(settings);
}
Result<std::unique_ptr<Evaluator>> evaluator_of(const Options& o, Device& device) {
  const auto zeros = task(o.tune, o.scored);
  EvaluatorSettings rules;
  rules.deduplicate = o.deduplicate;
  return Evaluator::open(zeros, device, std::make_unique<ZeroOracle>(zeros),
                         Secret::from_text(fmt::format("simulated {}", o.seed)), rules);
}
Parts parts_of(const Options& o, Judge& judge, Archive& archive, Policy& policy, const Clock& clock) {
  Parts parts;
  parts.task = task(o.tune, o.scored);
  parts.judge = &judge;
  parts.archive = &archive;
  parts.policy = &policy;
  parts.clock = &clock;
  parts.device = &device_facts();
  parts.slots = o.slots;
  parts.listeners = o.listeners;
  return parts;
}

Search::Search(Options options) : options_(std::move(options)) {}
Search::Search(Options options, const Search& earlier) : options_(std::move(options)), resumed_(true) {
  recorder = earlier.recorder;
  for (const Event& e : recorder.events) {
    const auto seq = archive.append(e);
    RIDGE_CHECK(seq && *seq == e.seq, "what one archive took, another takes");
  }
}

Result<Summary> Search::try_run() {
  const auto device = device_of(options_);
  const auto policy = policy_of(options_);
  RIDGE_TRY(const auto evaluator, evaluator_of(options_, *device));
  Between between(*evaluator);
  between.change = options_.change;
  Judge& judge = options_.change ? static_cast<Judge&>(between) : *evaluator;
  Parts parts = parts_of(options_, judge, archive, *policy, device->clock());
  const std::vector<Event> earlier = recorder.events;
  if (resumed_)
    parts.history = [&](const std::function<Result<void>(const Event&)>& each) -> Result<void> {
      for (const Event& e : earlier) {
        if (const auto* evaluation = std::get_if<Evaluation>(&e.body)) evaluator->remember(*evaluation);
        RIDGE_TRY_VOID(each(e));
      }
      return {};
    };
  LastProgress progress(last_progress);
  parts.listeners.insert(parts.listeners.end(), {&recorder, &progress});
  return Session(spec_of(options_), std::move(parts)).run(stop);
}
Summary Search::run() {
  auto summary = try_run();
  RIDGE_CHECK(summary.has_value(), summary ? "" : summary.error().message);
  return *std::move(summary);
}

}  // namespace ridge::simulated
