// A searching process is killed at random moments, fifty times. Every event that it had acknowledged is there, in
// order; the next process goes on; and in the end the search is as complete as one that nobody disturbed.
#include <set>

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/subprocess.h"
#include "store/store.h"
#include "support/simulated.h"

namespace ridge {
namespace {

const simulated::Options kUnderFire{
    .seed = 17,
    .tune = "AA = [0, 1, 2, 3, 4, 5, 6, 7]\nBB = [0, 1, 2, 3, 4, 5, 6, 7]\nCC = [0, 1, 2, 3, 4, 5, 6, 7]",
    .policy = "one-plus-one",
    .evaluations = 400,
};

// Tells the parent which events are durable, and takes its time, so that there is something to interrupt.
class Acknowledge : public Listener {
 public:
  explicit Acknowledge(int pipe) : pipe_(pipe) {}
  void on_event(const Event& event) override {
    if (::write(pipe_, &event.seq, sizeof event.seq) != sizeof event.seq) ::_exit(3);
    ::usleep(500);
  }

 private:
  int pipe_;
};

[[noreturn]] void search_until_done(const std::string& run, int pipe) {
  auto store = Store::open(run);
  if (!store) ::_exit(1);
  Acknowledge acknowledge(pipe);
  simulated::Options options = kUnderFire;
  options.listeners = {&acknowledge};
  const auto device = simulated::device_of(options);
  const auto policy = simulated::policy_of(options);
  const auto evaluator = simulated::evaluator_of(options, *device);
  if (!evaluator) ::_exit(1);
  Parts parts = simulated::parts_of(options, **evaluator, **store, *policy, device->clock());
  parts.history = [&](const auto& each) { return (*store)->events(each); };
  const auto summary = Session(simulated::spec_of(options), std::move(parts)).run(std::atomic<bool>(false));
  ::_exit(summary && summary->stopped_by == "evaluations" ? 0 : 2);
}

class UnderFire : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::make("fire");
    ASSERT_TRUE(folder);
    folder_ = std::make_unique<TempDir>(std::move(*folder));
    run_ = folder_->path() + "/run";
    ASSERT_TRUE(Store::create(run_));
  }
  // A process that searches; killed after `microseconds`, counted from its first event or from its birth. Its status.
  int round(bool wait_for_an_event, int microseconds) {
    int pipe[2];
    EXPECT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(pipe[0]);
      search_until_done(run_, pipe[1]);
    }
    ::close(pipe[1]);
    std::int64_t seq = 0;
    if (wait_for_an_event && ::read(pipe[0], &seq, sizeof seq) == sizeof seq) acknowledged_ = seq;
    if (microseconds >= 0) {
      ::usleep(useconds_t(microseconds));
      ::kill(child, SIGKILL);
    }
    while (::read(pipe[0], &seq, sizeof seq) == sizeof seq) acknowledged_ = seq;
    ::close(pipe[0]);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return status;
  }
  void check() {
    const auto store = Store::open_read_only(run_);
    ASSERT_TRUE(store) << store.error().message;
    events_.clear();
    ASSERT_TRUE((*store)->events([&](const Event& e) -> Result<void> {
      EXPECT_EQ(e.seq, std::int64_t(events_.size()) + 1);
      events_.push_back(e);
      return {};
    }));
    EXPECT_GE(std::int64_t(events_.size()), acknowledged_);
    std::set<CandidateId> added;
    double elapsed = 0;
    for (const Event& e : events_) {
      if (const auto* c = std::get_if<CandidateAdded>(&e.body)) {
        EXPECT_TRUE(added.insert(c->candidate.id).second);
      }
      EXPECT_GE(e.elapsed_s, elapsed);
      elapsed = e.elapsed_s;
    }
  }
  template <class T>
  int count() const {
    return int(std::ranges::count_if(events_, [](const Event& e) { return std::holds_alternative<T>(e.body); }));
  }

  std::unique_ptr<TempDir> folder_;
  std::string run_;
  std::int64_t acknowledged_ = 0;
  std::vector<Event> events_;
};

TEST_F(UnderFire, FiftyKillsLoseNothing) {
  Rng rng(23, "kills");
  int killed = 0;
  for (int i = 0; i < 50; ++i) {
    const int status = round(i % 2 == 0, int(rng.below(8000)));
    ASSERT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << "it ended by itself: " << WEXITSTATUS(status);
    killed += WIFSIGNALED(status);
    check();
    if (HasFatalFailure()) return;
  }
  EXPECT_GE(killed, 25);
  const int status = round(false, -1);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  check();
  EXPECT_EQ(count<RunStarted>(), 1);
  EXPECT_GE(count<RunResumed>(), 20);
  EXPECT_TRUE(std::holds_alternative<RunStopped>(events_.back().body));
  EXPECT_EQ(count<CandidateAdded>(), 400);
  const auto store = Store::open_read_only(run_);
  ASSERT_TRUE(store);
  EXPECT_EQ((*store)->evaluations(), 400u);
  EXPECT_NE((*store)->champion(), nullptr);
  for (const Event& e : events_)
    if (const auto* c = std::get_if<CandidateAdded>(&e.body)) {
      EXPECT_TRUE((*store)->find(c->candidate.id)->evaluation);
    }
}

}  // namespace
}  // namespace ridge
