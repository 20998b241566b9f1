// Clocks that jump and processes that are stopped for a while: nobody is blamed for time in which nobody could work.
#include <thread>

#include <gmock/gmock.h>
#include <signal.h>

#include "base/clock.h"
#include "base/subprocess.h"
#include "store/store.h"
#include "support/simulated.h"
#include "workshop.h"

namespace ridge {
namespace {

TEST(PatienceTest, TimeInWhichNobodyLookedIsForgiven) {
  SimulatedClock clock;
  Patience patience(10, &clock);
  for (int i = 0; i < 9; ++i) {
    clock.advance(1);
    EXPECT_FALSE(patience.over());
  }
  clock.advance(3600);  // suspended
  EXPECT_FALSE(patience.over()) << "it counts as one look";
  clock.advance(0.5);
  EXPECT_TRUE(patience.over());
}

TEST(PatienceTest, HowLongToWaitForTheNextLook) {
  SimulatedClock clock;
  Patience patience(0.7, &clock);
  EXPECT_EQ(patience.left_s(), 0.5);
  clock.advance(0.5);
  EXPECT_NEAR(patience.left_s(), 0.2, 1e-9);
  clock.advance(0.5);
  EXPECT_EQ(patience.left_s(), 0);
}

// Both the helper and who waits for it stand still for longer than the limit.
TEST(Stopped, AHelperIsNotBlamedForIt) {
  const pid_t waiter = fork();
  if (waiter == 0) {
    setpgid(0, 0);
    const auto said = run_process({.argv = {"/bin/sh", "-c", "kill -STOP $PPID; sleep 0.2; exit 7"},
                                   .folder = "",
                                   .environment = {},
                                   .time_limit_s = 1.5});
    _exit(said && !said->timed_out ? said->exit_code : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(waiter, &status, WUNTRACED), waiter);
  ASSERT_TRUE(WIFSTOPPED(status));
  usleep(2'000'000);
  kill(waiter, SIGCONT);
  status = await_child(waiter);
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

// A clock on the wall that goes back an hour, then forward a year: events keep their order, and nothing else looks at
// it.
class Jumping : public Clock {
 public:
  explicit Jumping(const Clock& real) : real_(real) {}
  std::int64_t now_ns() const override { return real_.now_ns(); }
  std::string wall() const override {
    static constexpr const char* kTimes[] = {"2026-06-01T12:00:00.000Z", "2026-06-01T11:00:00.000Z",
                                             "2027-06-01T11:00:00.000Z", "1970-01-01T00:00:00.000Z"};
    return kTimes[calls_++ % 4];
  }

 private:
  const Clock& real_;
  mutable std::size_t calls_ = 0;
};

TEST(ClockOnTheWall, MayJumpAsItLikes) {
  const TempDir folder = *TempDir::make("jumps");
  const std::string run = folder.path() + "/run";
  simulated::Options options;
  options.tune = "AA = [0, 1, 2, 3]\nBB = [0, 1, 2, 3]";
  options.evaluations = 12;
  for (int round = 0; round < 2; ++round) {
    auto store = round == 0 ? Store::create(run) : Store::open(run);
    ASSERT_TRUE(store) << store.error().message;
    options.evaluations += 4 * round;
    const auto device = simulated::device_of(options);
    const auto policy = simulated::policy_of(options);
    const auto evaluator = simulated::evaluator_of(options, *device);
    ASSERT_TRUE(evaluator);
    const Jumping clock(device->clock());
    Parts parts = simulated::parts_of(options, **evaluator, **store, *policy, clock);
    parts.history = [&](const auto& each) { return (*store)->events(each); };
    const auto summary = Session(simulated::spec_of(options), std::move(parts)).run(std::atomic<bool>(false));
    ASSERT_TRUE(summary) << summary.error().message;
    EXPECT_EQ(summary->stopped_by, "evaluations");
  }
  const auto store = Store::open_read_only(run);
  ASSERT_TRUE(store);
  double elapsed = 0;
  EXPECT_TRUE((*store)->events([&](const Event& e) -> Result<void> {
    EXPECT_GE(e.elapsed_s, elapsed);
    elapsed = e.elapsed_s;
    return {};
  }));
  EXPECT_EQ((*store)->evaluations(), 16u);
}

}  // namespace
}  // namespace ridge
