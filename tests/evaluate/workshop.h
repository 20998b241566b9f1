// What tests of the evaluator share: a tiny task made in a temporary folder (z = a*x + y, sizes up to a few thousand),
// the CPU device with made-up ceilings (measuring real ones takes seconds and decides nothing here), and candidates
// from text.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <gmock/gmock.h>

#include "base/subprocess.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "device/table/table.h"
#include "evaluate/evaluator.h"

namespace ridge::workshop {

// Where the build's worker and the repository are, and a cache that is not the user's. Set before anything looks.
struct Surroundings {
  Surroundings() {
    setenv("RIDGELINE_WORKER", RIDGELINE_TEST_WORKER, 0);
    setenv("RIDGELINE_ROOT", RIDGELINE_TEST_ROOT, 0);
    setenv("XDG_CACHE_HOME", RIDGELINE_TEST_CACHE, 0);
#ifdef RIDGELINE_TEST_EMULATOR
    // A driver and a compiler of the tests' own: a machine with a GPU is not asked.
    setenv("RIDGELINE_CUDA_DRIVER", RIDGELINE_TEST_EMULATOR, 1);
    setenv("RIDGELINE_NVRTC", RIDGELINE_TEST_EMULATOR, 1);
    setenv("RIDGELINE_CUPTI", RIDGELINE_TEST_EMULATOR, 1);
    setenv("RIDGELINE_NVML", RIDGELINE_TEST_EMULATOR, 1);
    setenv("RIDGELINE_CUDA_INCLUDE", RIDGELINE_TEST_ROOT "/tests/device/emulator:/usr", 1);
#endif
  }
};
inline const Surroundings surroundings;

class WithCeilings : public Device {
 public:
  explicit WithCeilings(std::unique_ptr<Device> inner) : inner_(std::move(inner)) {}
  const Capabilities& capabilities() const override { return inner_->capabilities(); }
  Result<Ceilings> ceilings(bool) override {
    Ceilings c;
    c.bandwidth = {{"L1", 32e3, 1e12}, {"DRAM", 1e9, 1e11}};
    c.flops_f32 = c.flops_f64 = 1e13;
    c.call_latency_s = 1e-6;
    return c;
  }
  Result<Judged<Binary>> compile(const CompileJob& job) override { return inner_->compile(job); }
  std::vector<Result<Judged<Binary>>> compile_many(std::span<const CompileJob> jobs, int parallel) override {
    return inner_->compile_many(jobs, parallel);
  }
  Result<Judged<std::unique_ptr<Lane>>> open(const LaneSpec& spec) override { return inner_->open(spec); }
  Result<std::vector<SanitizerFinding>> sanitize(const SanitizerJob& job) override { return inner_->sanitize(job); }
  void expect(const LaneSpec& spec, int count) override { inner_->expect(spec, count); }
  const Clock& clock() const override { return inner_->clock(); }

 private:
  std::unique_ptr<Device> inner_;
};

inline Device& device() {
  static WithCeilings shared([] {
    auto opened = open_device("cpu");
    RIDGE_CHECK(opened, opened ? "" : opened.error().message);
    return std::move(*opened);
  }());
  return shared;
}

inline const std::string manifest = R"(format = 1
title = "z = a*x + y"
dialects = ["cpp"]
[symbols]
n = { min = 1, max = 1048576 }
a = { type = "f32", min = -8.0, max = 8.0 }
[buffers.x]
type = "f32"
shape = ["n"]
access = "in"
[buffers.y]
type = "f32"
shape = ["n"]
access = "in"
[buffers.z]
type = "f32"
shape = ["n"]
access = "out"
[[workload]]
name = "1000"
n = 1000
a = 2.5
[[workload]]
name = "4096"
n = 4096
a = 2.5
[held_out]
count = 2
n = { choose = "integer", from = 200, to = 3000 }
a = { choose = "real", from = -4.0, to = -0.5 }
[work]
bytes = "12 * n"
flops = "2 * n"
[check]
metric = "max_abs"
tolerance = 2e-6
[build.cpp]
default = ["-O2"]
allowed = ["-O2", "-O3", "-ffast-math", "-fopenmp"]
)";

inline const std::string reference = R"(#include <ridgeline/reference.h>
void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  for (float& v : c.f32("x")) v = float(rng.uniform(-1, 1));
  for (float& v : c.f32("y")) v = float(rng.uniform(-1, 1));
}
void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const auto x = c.f32("x"), y = c.f32("y");
  auto z = out.real("z");
  for (std::size_t i = 0; i < z.size(); ++i) z[i] = c.real("a") * double(x[i]) + double(y[i]);
}
RIDGELINE_REFERENCE(inputs, oracle)
)";

// A source whose kernel has the given body; `head` stands before it, `build` in its plan.
inline std::string axpy(const std::string& body, const std::string& head = "", const std::string& build = "") {
  return "/* ridgeline\n" + build +
         "[[stage]]\n[[stage.op]]\nlaunch = \"axpy\"\nargs = [\"x\", \"y\", \"z\", \"n\", \"a\"]\n*/\n" +
         "#define HONEST for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i];\n" + head +
         "\nextern \"C\" void axpy(const float* x, const float* y, float* z, int n, float a) {\n" + body + "\n}\n";
}
inline std::string honest() {
  return axpy("HONEST");
}

inline void put(const std::string& path, const std::string& text) {
  const auto written = write_file(path, text);
  RIDGE_CHECK(written, path);
}

// A task's folder that lives as long as the value.
struct Folder {
  TempDir folder;
  std::shared_ptr<const Task> task;

  static Folder make(const std::string& manifest_text = manifest, const std::string& reference_text = reference,
                     const std::string& seed_text = honest()) {
    auto folder = TempDir::make("task");
    RIDGE_CHECK(folder, "a temporary folder");
    put(folder->path() + "/task.toml", manifest_text);
    put(folder->path() + "/reference.cpp", reference_text);
    put(folder->path() + "/seed.cpp", seed_text);
    put(folder->path() + "/README.md", "z = a*x + y\n");
    auto task = read_task(folder->path());
    RIDGE_CHECK(task, task ? "" : task.error().message);
    return {std::move(*folder), std::make_shared<const Task>(std::move(*task))};
  }
};

inline EvaluatorSettings quick_settings(double time_limit_s = 60) {
  EvaluatorSettings s;
  s.screen_seconds = 0.005;
  s.time_limit_s = time_limit_s;
  return s;
}

inline Result<std::unique_ptr<Evaluator>> evaluator_for(std::shared_ptr<const Task> task,
                                                        EvaluatorSettings settings = quick_settings()) {
  RIDGE_TRY(auto oracle, make_oracle(*task));
  return Evaluator::open(task, device(), std::move(oracle), Secret::from_entropy(), std::move(settings));
}

inline Result<Candidate> candidate_from(const Task& task, const std::string& source,
                                        const std::string& file = "it.cpp") {
  Draft draft;
  draft.source = std::make_shared<const std::string>(source);
  RIDGE_TRY(Plan plan, plan_from_source(source, file));
  RIDGE_TRY(draft.parameters, complete(plan, {}, MapScope(device().capabilities().facts)));
  draft.plan = std::make_shared<const Plan>(std::move(plan));
  draft.file = file;
  draft.op = "test";
  return seal(task, std::move(draft));
}

inline std::string said(const Evaluation& e) {
  std::string text;
  for (const Diagnostic& d : e.diagnostics) text += d.stage + ": " + d.text + "\n";
  return text;
}

// "crashed forbidden_call": one comparison shows both, and the diagnostics when it fails.
inline std::string outcome(const Evaluation& e) {
  return fmt::format("{}{}{}", name(e.verdict), e.reason == Reason::none ? "" : " ",
                     e.reason == Reason::none ? "" : name(e.reason));
}

// One evaluator of the tiny task for a whole test program, so that every test also shows that the run goes on.
class Bench {
 public:
  static Bench& shared(double time_limit_s = 60) {
    static std::map<double, std::unique_ptr<Bench>> all;
    auto& one = all[time_limit_s];
    if (!one) one.reset(new Bench(time_limit_s));
    return *one;
  }
  Evaluation judge(const std::string& source) {
    auto candidate = candidate_from(*folder_.task, source);
    RIDGE_CHECK(candidate, candidate ? "" : candidate.error().message);
    auto e = evaluator_->evaluate(*candidate);
    EXPECT_TRUE(e) << e.error().message;
    return e ? std::move(*e) : Evaluation{};
  }
  Evaluator& evaluator() { return *evaluator_; }
  const Task& task() const { return *folder_.task; }

 private:
  explicit Bench(double time_limit_s) : folder_(Folder::make()) {
    auto opened = evaluator_for(folder_.task, quick_settings(time_limit_s));
    RIDGE_CHECK(opened, opened ? "" : opened.error().message);
    evaluator_ = std::move(*opened);
  }
  Folder folder_;
  std::unique_ptr<Evaluator> evaluator_;
};

}  // namespace ridge::workshop
