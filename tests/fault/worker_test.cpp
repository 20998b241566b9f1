// Worker processes are killed at every stage of an evaluation, from outside. The stage ends right, or with the world's
// error that says so; an honest candidate is never blamed, and the next try of the same evaluator is as good as any.
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <signal.h>

#include "base/random.h"
#include "workshop.h"

namespace ridge {
namespace {

using workshop::axpy;

// Every descendant of this process that is a worker or was started by one.
void descendants(pid_t pid, std::vector<pid_t>& out) {
  std::error_code gone;
  for (const auto& thread : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid), gone)) {
    std::ifstream in(thread.path() / "children");
    for (pid_t child = 0; in >> child;) {
      out.push_back(child);
      descendants(child, out);
    }
  }
}

class WorkersUnderFire : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(fmt::format("/proc/self/task/{}/children", gettid())))
      GTEST_SKIP() << "the system does not list children";
    EvaluatorSettings settings = workshop::quick_settings();
    settings.compile_jobs = 1;
    auto opened = workshop::evaluator_for(folder.task, settings);
    ASSERT_TRUE(opened) << opened.error().message;
    evaluator = std::move(*opened);
  }
  // Kills all of them once, `delay` into the job.
  Result<JudgeResult> under_fire(JudgeJob job, double delay_s) {
    evaluator->submit(std::move(job));
    std::thread killer;
    if (delay_s >= 0)
      killer = std::thread([delay_s] {
        std::this_thread::sleep_for(std::chrono::duration<double>(delay_s));
        std::vector<pid_t> all;
        descendants(getpid(), all);
        for (const pid_t one : all) kill(one, SIGKILL);
      });
    auto done = evaluator->poll();
    if (killer.joinable()) killer.join();
    if (!done) return std::unexpected(done.error());
    RIDGE_CHECK(!done->empty(), "an answer");
    return std::move(done->back().result);
  }
  // Jobs of one kind, killed somewhere between their beginning and `span_s`, and one that is left alone.
  template <class T>
  void stage(const std::function<JudgeJob(int)>& job, double span_s, int tries,
             const std::function<bool(const T&)>& good) {
    Rng rng(31, "kills");
    for (int i = 0; i <= tries; ++i) {
      const bool alone = i == tries;
      const auto result = under_fire(job(i), alone ? -1 : span_s * rng.unit());
      if (!result) {
        EXPECT_FALSE(alone) << result.error().message;
        EXPECT_THAT(result.error().message,
                    testing::AnyOf(testing::HasSubstr("killed"), testing::HasSubstr("crashed")));
        errors += 1;
        continue;
      }
      ASSERT_TRUE(std::holds_alternative<T>(*result));
      EXPECT_TRUE(good(std::get<T>(*result))) << "try " << i;
    }
  }
  Candidate candidate(const std::string& text) { return *workshop::candidate_from(*folder.task, text); }
  // Does each element `times` times, and is told apart by a comment.
  Candidate honest(int times, int number = 0) {
    return candidate(axpy(fmt::format("for (volatile int k = 0; k < {}; k = k + 1) HONEST // {}", times, number)));
  }

  workshop::Folder folder = workshop::Folder::make();
  std::unique_ptr<Evaluator> evaluator;
  int errors = 0;
};

TEST_F(WorkersUnderFire, TheOracleIsAskedAgain) {
  const Task& task = *folder.task;
  auto oracle = make_oracle(task, 20);
  ASSERT_TRUE(oracle) << oracle.error().message;
  for (int i = 0; i < 20; ++i) {
    Draw draw;
    draw.seed = std::uint64_t(i);
    const auto inputs = (*oracle)->inputs(*task.scored().front(), draw);
    ASSERT_TRUE(inputs) << i << ": " << inputs.error().message;
    const auto answers = (*oracle)->answers(*task.scored().front(), draw);
    ASSERT_TRUE(answers) << i << ": " << answers.error().message;
    std::vector<pid_t> all;
    descendants(getpid(), all);
    for (const pid_t one : all) kill(one, SIGKILL);
  }
}

TEST_F(WorkersUnderFire, Compiling) {
  // Each its own source, so that each is compiled.
  stage<Evaluation>([&](int i) { return ScreenJob{honest(1 + i % 3, 100 + i + 1000 * getpid()), {}}; }, 0.15, 8,
                    [](const Evaluation& e) {
                      if (e.verdict != Verdict::ok && e.reason != Reason::duplicate)
                        ADD_FAILURE() << workshop::outcome(e) << workshop::said(e);
                      return true;
                    });
}

TEST_F(WorkersUnderFire, DuelConfirmationAndGate) {
  const Candidate slow = honest(40), fast = honest(1);
  ASSERT_TRUE(under_fire(ScreenJob{slow, {}}, -1));
  ASSERT_TRUE(under_fire(ScreenJob{fast, {}}, -1));
  stage<DuelRecord>(
      [&](int) {
        DuelJob job;
        job.incumbent = slow;
        job.candidate = fast;
        job.purpose = "promotion";
        return job;
      },
      0.3, 3, [](const DuelRecord& d) { return d.outcome != DuelOutcome::failed; });
  stage<Confirmation>([&](int) { return ConfirmJob{fast, slow, 0.5}; }, 2, 2,
                      [](const Confirmation& c) {
                        // What a sanitizer could not do is said; it must not be what a kill looks like.
                        for (const TrustCheck& check : c.checks)
                          if (check.mechanism.find("sanitizer") != std::string::npos) {
                            EXPECT_EQ(check.outcome, CheckOutcome::held) << check.mechanism << ": " << check.detail;
                          }
                        EXPECT_TRUE(c.passed) << (c.fault ? c.fault->text : "");
                        return true;
                      });
  stage<GateAttempt>([&](int i) { return GateJob{fast, slow, i + 1}; }, 0.5, 1,
                     [](const GateAttempt& g) { return g.passed; });
}

}  // namespace
}  // namespace ridge
