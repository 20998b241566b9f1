// What takes long: a compiler at its limit, and every task's own kernels.
#include "workshop.h"

namespace ridge {
namespace {

TEST(CompilerLimit, AnExponentialTemplateEndsInTime) {
  const Evaluation e = workshop::Bench::shared().judge(
      workshop::axpy("HONEST z[0] += Bomb<40, 0>::value;",
                     "template <int N, long K> struct Bomb { static const int value = Bomb<N - 1, 2 * K>::value + "
                     "Bomb<N - 1, 2 * K + 1>::value; };\n"
                     "template <long K> struct Bomb<0, K> { static const int value = 0; };"));
  EXPECT_EQ(workshop::outcome(e), "compile_failed compiler_limit") << workshop::said(e);
}

std::vector<std::string> task_ids() {
  const auto catalog = Catalog::open(RIDGELINE_TEST_ROOT "/tasks");
  return catalog ? catalog->ids() : std::vector<std::string>();
}

class TaskItself : public testing::TestWithParam<std::string> {};

// Opening the evaluator judges the seed. A check that lets one of its mutants through is no check.
TEST_P(TaskItself, SeedAndTemplateAreRightAndEveryMutantIsNot) {
  const auto catalog = Catalog::open(RIDGELINE_TEST_ROOT "/tasks");
  ASSERT_TRUE(catalog) << catalog.error().message;
  auto read = catalog->find(GetParam());
  ASSERT_TRUE(read) << read.error().message;
  const auto task = std::make_shared<const Task>(std::move(*read));
  auto evaluator = workshop::evaluator_for(task);
  ASSERT_TRUE(evaluator) << evaluator.error().message;
  const auto judge = [&](const TaskSource& source) {
    auto candidate = workshop::candidate_from(*task, source.text, source.file);
    RIDGE_CHECK(candidate, candidate ? "" : candidate.error().message);
    auto e = (*evaluator)->evaluate(*candidate);
    EXPECT_TRUE(e) << source.file << ": " << e.error().message;
    return e ? std::move(*e) : Evaluation{};
  };
  if (const auto t = task->templates.find(Dialect::cpp); t != task->templates.end()) {
    const Evaluation e = judge(t->second);
    EXPECT_EQ(workshop::outcome(e), "ok") << t->second.file << ": " << workshop::said(e);
  }
  for (const TaskSource& mutant : task->mutants) {
    if (mutant.dialect != Dialect::cpp) continue;
    const Evaluation e = judge(mutant);
    EXPECT_EQ(e.verdict, Verdict::wrong_result) << mutant.file << ": " << workshop::outcome(e) << "\n"
                                                << workshop::said(e);
  }
}

INSTANTIATE_TEST_SUITE_P(Tasks, TaskItself, testing::ValuesIn(task_ids()), [](const auto& id) {
  std::string name = id.param;
  for (char& c : name)
    if (!isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
});

}  // namespace
}  // namespace ridge
