#include "evaluate/calibration.h"

#include <limits>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace ridge {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Task task_with(Metric metric) {
  Task task;
  for (const char* name : {"u", "v"}) {
    BufferSpec b;
    b.name = name;
    b.access = Access::out;
    task.interface.buffers.push_back(b);
  }
  task.check.standard.metric = metric;
  return task;
}

// A kernel with one call for each pair of errors of u and v; tolerance 1 for both.
KernelErrors kernel(const std::string& name, KernelKind kind, const std::vector<std::pair<double, double>>& errors) {
  KernelErrors k;
  k.name = name;
  k.kind = kind;
  int n = 0;
  for (const auto& [u, v] : errors)
    k.add("w" + std::to_string(++n), {{{"u", u, 1, u <= 1}, {"v", v, 1, v <= 1}}, std::nullopt});
  return k;
}

TEST(Calibration, SaysWhereTheToleranceLiesBetweenRightAndWrong) {
  const auto c =
      calibrate(task_with(Metric::max_abs), {kernel("seed", KernelKind::honest, {{0.05, 0.01}, {0.1, 0.02}}),
                                             kernel("fast", KernelKind::honest, {{0.08, 0.2}, {0.02, 0.1}}),
                                             kernel("half.cpp", KernelKind::next_lower, {{30, 2}, {50, 3}}),
                                             kernel("late.cpp", KernelKind::mutant, {{0.1, 0.01}, {8, 0.01}}),
                                             kernel("v_lost.cpp", KernelKind::mutant, {{0.1, 400}, {0.1, 900}})});
  EXPECT_THAT(c.problems, IsEmpty());
  EXPECT_TRUE(c.separates());
  ASSERT_EQ(c.outputs.size(), 2u);
  EXPECT_EQ(c.outputs[0].honest_by, "seed");
  EXPECT_EQ(c.outputs[0].honest_on, "w2");
  EXPECT_DOUBLE_EQ(c.outputs[0].factor(), 10);
  EXPECT_EQ(c.outputs[0].wrong_by, "late.cpp");
  EXPECT_EQ(c.outputs[0].wrong_share, 8);
  EXPECT_EQ(c.outputs[1].honest_by, "fast");
  EXPECT_EQ(c.outputs[1].wrong_by, "v_lost.cpp");
  EXPECT_EQ(c.outputs[0].place, "10 × the worst honest error, 1/8 of the nearest wrong one");
  EXPECT_EQ(c.kernels[3].noticed, 1);
}

TEST(Calibration, AnUnnoticedMutantIsAProblem) {
  const auto c =
      calibrate(task_with(Metric::max_abs), {kernel("seed", KernelKind::honest, {{0.1, 0.1}}),
                                             kernel("sly.cpp", KernelKind::mutant, {{0.9, 0.2}, {0.5, 0.1}})});
  EXPECT_THAT(c.problems, ElementsAre(HasSubstr("sly.cpp is wrong but was not noticed in any of 2 calls")));
}

TEST(Calibration, ARefusedHonestKernelIsAProblem) {
  const auto c = calibrate(task_with(Metric::max_abs), {kernel("seed", KernelKind::honest, {{0.1, 0.1}, {1.5, 0.1}})});
  EXPECT_THAT(c.problems, ElementsAre(HasSubstr("seed is right but was refused in 1 of 2 calls (u: error 1.5 on w2")));
}

TEST(Calibration, ATightOrAVeryLooseToleranceIsAProblem) {
  const auto tight = calibrate(task_with(Metric::max_abs), {kernel("seed", KernelKind::honest, {{0.7, 0.1}})});
  EXPECT_THAT(tight.problems, ElementsAre(HasSubstr("u: the tolerance is only 1.4 × the error of seed")));
  const auto loose = calibrate(task_with(Metric::max_abs), {kernel("seed", KernelKind::honest, {{0.1, 0.001}})});
  EXPECT_THAT(loose.problems, ElementsAre(HasSubstr("v: the tolerance is 1000 × the worst honest error")));
  EXPECT_THAT(calibrate(task_with(Metric::custom), {kernel("seed", KernelKind::honest, {{0.1, 0.001}})}).problems,
              IsEmpty());
}

TEST(Calibration, ExactOutputsHaveNoPlace) {
  KernelErrors seed, mutant;
  seed.name = "seed";
  seed.add("w", {{{"u", 0, 0, true}, {"v", 0, 0, true}}, std::nullopt});
  mutant.name = "flip.cpp";
  mutant.kind = KernelKind::mutant;
  mutant.add("w", {{{"u", 2, 0, false}, {"v", 0, 0, true}}, std::nullopt});
  const auto c = calibrate(task_with(Metric::exact), {seed, mutant});
  EXPECT_THAT(c.problems, IsEmpty());
  EXPECT_THAT(c.outputs[0].place, HasSubstr("honest kernels do not err"));
  EXPECT_FALSE(nlohmann::json::parse(to_json(c).dump()).is_discarded()) << "infinite shares are written too";
}

TEST(Calibration, AFaultIsNotice) {
  KernelErrors crash;
  crash.name = "crash.cpp";
  crash.kind = KernelKind::mutant;
  crash.add("w", {{}, Fault{Verdict::crashed, Reason::signal, "check", "ended by signal 11"}});
  EXPECT_THAT(calibrate(task_with(Metric::max_abs), {crash}).problems, IsEmpty());
  crash.kind = KernelKind::honest;
  EXPECT_THAT(calibrate(task_with(Metric::max_abs), {crash}).problems, ElementsAre(HasSubstr("signal 11")));
}

}  // namespace
}  // namespace ridge
