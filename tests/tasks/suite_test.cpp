// Every task's own kernels at small sizes: what is right is accepted, what is wrong is noticed, and the tolerance lies
// between them.
#include <filesystem>

#include "evaluate/calibration.h"
#include "lab.h"

namespace ridge {
namespace {

constexpr int small_workloads = 3;
constexpr int rounds = 4;

class TaskItself : public testing::TestWithParam<std::string> {};

TEST_P(TaskItself, RightKernelsAreAcceptedWrongOnesNoticedAndTheToleranceLiesBetween) {
  const auto task = lab::task_of(GetParam());
  auto oracle = make_oracle(*task);
  ASSERT_TRUE(oracle) << oracle.error().message;
  auto checker = Checker::open(task, workshop::device(), std::move(*oracle), Secret::from_entropy());
  ASSERT_TRUE(checker) << checker.error().message;
  std::vector<Candidate> candidates;
  std::vector<KernelErrors> errors;
  const auto add = [&](const TaskSource& source, const std::string& name, KernelKind kind) {
    auto c = candidate_of(*task, source, workshop::device());
    ASSERT_TRUE(c) << c.error().message;
    candidates.push_back(std::move(*c));
    errors.emplace_back();
    errors.back().name = name;
    errors.back().kind = kind;
  };
  add(task->seeds.at(Dialect::cpp), "seed", KernelKind::honest);
  if (task->templates.contains(Dialect::cpp)) add(task->templates.at(Dialect::cpp), "template", KernelKind::honest);
  for (const TaskSource& m : task->mutants) {
    const std::string file = std::filesystem::path(m.file).filename().string();
    if (m.dialect == Dialect::cpp)
      add(m, file, file == task->check.next_lower ? KernelKind::next_lower : KernelKind::mutant);
  }
  auto kernels = (*checker)->prepare(candidates);
  ASSERT_TRUE(kernels) << kernels.error().message;
  std::vector<Workload> workloads;
  for (int i = 0; i < small_workloads; ++i) {
    auto w = (*checker)->draw(true);
    ASSERT_TRUE(w) << w.error().message;
    workloads.push_back(std::move(*w));
  }
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    ASSERT_TRUE((*kernels)[i]) << errors[i].name << ": " << (*kernels)[i].error().text;
    const bool right = errors[i].kind == KernelKind::honest;
    auto e = (*checker)->judge(*(*kernels)[i], right ? 1 : rounds, {});
    ASSERT_TRUE(e) << e.error().message;
    EXPECT_EQ(e->verdict == Verdict::ok, right) << errors[i].name << ": " << workshop::outcome(*e) << "\n"
                                                << workshop::said(*e);
    for (const Workload& w : workloads) {
      const auto calls = (*checker)->errors(*(*kernels)[i], w, 2);
      ASSERT_TRUE(calls) << calls.error().message;
      for (const CallErrors& call : *calls) errors[i].add(w.name, call);
    }
  }
  const Calibration c = calibrate(*task, std::move(errors));
  for (const std::string& problem : c.problems)  // in so few draws a mutant may hide; it was judged above
    if (problem.find("was not noticed") == std::string::npos) ADD_FAILURE() << problem;
  for (const OutputBand& b : c.outputs)
    EXPECT_LT(b.honest_share, std::max(1.0, b.wrong_share.value_or(1))) << b.buffer << ": " << b.place;  // hidden ones
}

// No honest kernel may fall where only champions go: a false alarm of a sanitizer would cost somebody their winner.
TEST_P(TaskItself, SeedAndTemplatePassWhatAChampionGoesThrough) {
  const auto task = lab::task_of(GetParam());
  auto oracle = make_oracle(*task);
  ASSERT_TRUE(oracle) << oracle.error().message;
  auto checker = Checker::open(task, workshop::device(), std::move(*oracle), Secret::from_entropy());
  ASSERT_TRUE(checker) << checker.error().message;
  std::vector<Candidate> candidates;
  for (const auto* sources : {&task->seeds, &task->templates})
    if (const auto at = sources->find(Dialect::cpp); at != sources->end()) {
      auto c = candidate_of(*task, at->second, workshop::device());
      ASSERT_TRUE(c) << c.error().message;
      candidates.push_back(std::move(*c));
    }
  auto kernels = (*checker)->prepare(candidates);
  ASSERT_TRUE(kernels) << kernels.error().message;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    ASSERT_TRUE((*kernels)[i]) << candidates[i].file;
    std::vector<TrustCheck> checks;
    const auto sane = (*checker)->examine(*(*kernels)[i], checks);
    ASSERT_TRUE(sane) << sane.error().message;
    EXPECT_TRUE(*sane) << candidates[i].file << ": " << (*sane ? "" : sane->error().text);
    for (const TrustCheck& c : checks)  // a task that names an operand must have a check that sees it
      EXPECT_FALSE(c.outcome == CheckOutcome::not_possible && c.mechanism.starts_with("sensitive")) << c.mechanism;
  }
}

INSTANTIATE_TEST_SUITE_P(Tasks, TaskItself, testing::ValuesIn(lab::task_ids()),
                         [](const auto& id) { return lab::test_name(id.param); });

TEST(Suite, EveryRealTaskDeclaresItsNextLowerPrecision) {
  for (const std::string& id : lab::task_ids()) {
    const auto task = lab::task_of(id);
    if (task->check.standard.metric == Metric::exact) continue;
    EXPECT_NE(task->check.next_lower, "")
        << id << "/task.toml: [check] next_lower = \"half_….cpp\", a file of mutants/";
  }
}

TEST(Suite, MetalSciIsWhole) {
  const auto ids = lab::task_ids("metal-sci/");
  EXPECT_THAT(ids, testing::IsSupersetOf({"metal-sci/saxpy", "metal-sci/heat2d", "metal-sci/nbody"}));
  std::size_t mutants = 0;
  for (const std::string& id : ids) mutants += lab::task_of(id)->mutants.size();
  EXPECT_GE(mutants, 25u);
}

}  // namespace
}  // namespace ridge
