#include "simulate/zeros.h"

#include "catalog/catalog.h"
#include "evaluate/evaluator.h"
#include "session/session.h"

namespace ridge::simulated {
namespace {

constexpr const char* kTask = R"(format = 1
title = "Zeros"
dialects = ["cpp"]
[symbols]
n = { min = 1, max = 1024 }
[buffers.x]
type = "f32"
shape = ["n"]
access = "in"
[buffers.y]
type = "f32"
shape = ["n"]
access = "out"
%WORKLOADS%
[held_out]
count = 2
n = { choose = "integer", from = 1, to = 32 }
[work]
bytes = "8 * n"
flops = "n"
precision = "f32"
[floor]
bytes = "8 * n"
[check]
metric = "max_abs"
tolerance = "1e-6"
[build.cpp]
default = ["-O2"]
allowed = ["-O2", "-O3"]
)";

std::string source(const std::string& tune) {
  return "/* ridgeline\n" + tune +
         "\n[[stage]]\n[[stage.op]]\nlaunch = \"zero\"\nargs = [\"x\", \"y\", \"n\"]\n*/\n"
         "extern \"C\" void zero(const float* x, float* y, int n) { for (int i = 0; i < n; ++i) y[i] = 0 * x[i]; }\n";
}

class Count : public Listener {
 public:
  explicit Count(NullSearch& to) : to_(to) {}
  void on_event(const Event& event) override {
    to_.promotions += std::holds_alternative<Promoted>(event.body);
    to_.duels += std::holds_alternative<DuelRecord>(event.body);
  }

 private:
  NullSearch& to_;
};

}  // namespace

std::string zeros_toml(std::size_t scored) {
  std::string toml = kTask, workloads;
  for (std::size_t i = 1; i <= scored; ++i)
    workloads += fmt::format("[[workload]]\nname = \"w{}\"\nn = {}\n", i, 8 * i);
  toml.replace(toml.find("%WORKLOADS%"), 11, workloads);
  return toml;
}

std::shared_ptr<const Task> zeros_task(const Zeros& zeros) {
  auto read = parse_task(zeros_toml(zeros.scored), "task.toml");
  RIDGE_CHECK(read.has_value(), read ? "" : read.error().message);
  auto made = std::make_shared<Task>(std::move(*read));
  made->id = "simulated/zeros";
  made->folder = "simulated";
  const auto tuned = [](const std::string& tune) { return source(tune.empty() ? "" : "[tune]\n" + tune); };
  made->seeds[Dialect::cpp] = {"seed.cpp", tuned(zeros.seed_tune), Dialect::cpp};
  if (!zeros.template_tune.empty())
    made->templates[Dialect::cpp] = {"template.cpp", tuned(zeros.template_tune), Dialect::cpp};
  return made;
}

Result<void> ZeroOracle::inputs(const Workload& workload, Draw& draw) {
  const auto n = std::size_t(workload.binding.at("n").integer());
  draw.inputs.assign(2, {});
  draw.inputs[0].resize(4 * n, std::byte(draw.seed & 63));
  return {};
}
Result<void> ZeroOracle::answers(const Workload& workload, Draw& draw) {
  draw.answers.assign(2, {});
  draw.answers[1].real.assign(std::size_t(workload.binding.at("n").integer()), 0.0);
  return {};
}

std::vector<Decision> RenamePolicy::plan(const ArchiveView&, std::size_t slots, Rng&) {
  if (slots == 0) return {};
  return {Decision{"rename", "", {}, slots, "nothing changes"}};
}

null::NoiseModel restless() {
  return {.sample = 0.01, .process = 0.005, .drift_step = 0.0005, .step_chance = 0.001, .step_size = 0.1};
}

Result<NullSearch> null_search(std::uint64_t seed, const null::NoiseModel& noise, std::int64_t evaluations) {
  null::NullSettings machine;
  machine.seed = seed;
  machine.noise = noise;
  machine.seconds = [](const CompileJob&) { return 2e-3; };
  const auto device = null::make_device(machine);
  const auto task = zeros_task({});
  EvaluatorSettings rules;
  rules.deduplicate = false;
  RIDGE_TRY(const auto evaluator, Evaluator::open(task, *device, std::make_unique<ZeroOracle>(task),
                                                  Secret::from_text(fmt::format("null search {}", seed)), rules));
  RenamePolicy policy;
  MemoryArchive archive;
  NullSearch out;
  Count count(out);
  const MapScope facts(device->capabilities().facts);
  Parts parts;
  parts.task = task;
  parts.judge = evaluator.get();
  parts.archive = &archive;
  parts.policy = &policy;
  parts.clock = &device->clock();
  parts.device = &facts;
  parts.listeners = {&count};
  RunSpec spec;
  spec.task = task->id;
  spec.seed = seed;
  spec.budget = {1000, evaluations};
  const std::atomic<bool> never = false;
  RIDGE_TRY(const Summary summary, Session(spec, std::move(parts)).run(never));
  out.claimed = summary.certified.has_value();
  out.evaluations = std::size_t(summary.evaluations);
  return out;
}

}  // namespace ridge::simulated
