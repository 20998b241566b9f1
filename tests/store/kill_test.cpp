// A process that appends is killed at a random moment, again and again: everything it had acknowledged is there, in
// order, and the next one goes on.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../model/samples.h"
#include "base/subprocess.h"
#include "store/store.h"

namespace ridge {
namespace {

// Acknowledges every event by writing its number to the pipe after append returned.
[[noreturn]] void append_for_ever(const std::string& run, int pipe) {
  auto store = Store::open(run);
  if (!store) ::_exit(1);
  for (std::int64_t i = 1;; ++i) {
    const auto next = (*store)->last_seq() + 1;
    EventBody body = Note{fmt::format("note {}", next)};
    if (i % 2 == 0) body = CandidateAdded{sample::candidate(next, "tune", fmt::format("// {}\n", next / 10))};
    const auto seq = (*store)->append(sample::event(std::move(body), double(next)));
    if (!seq || ::write(pipe, &*seq, sizeof *seq) != sizeof *seq) ::_exit(2);
  }
}

// The last number that came through.
std::int64_t last_acknowledged(int pipe) {
  std::int64_t seq = 0;
  while (::read(pipe, &seq, sizeof seq) == sizeof seq) {
  }
  return seq;
}

TEST(StoreKill, EverythingAcknowledgedSurvivesAKill) {
  const auto folder = TempDir::make("kill");
  ASSERT_TRUE(folder);
  const std::string run = folder->path() + "/run";
  ASSERT_TRUE(Store::create(run));
  Rng rng(11);
  std::int64_t total = 0;
  for (int round = 0; round < 20; ++round) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(pipe[0]);
      append_for_ever(run, pipe[1]);
    }
    ::close(pipe[1]);
    // The first number shows that it is writing; then any moment is as good as another.
    std::int64_t first = 0;
    ASSERT_EQ(::read(pipe[0], &first, sizeof first), ssize_t(sizeof first));
    ::usleep(useconds_t(rng.below(8000)));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself: " << WEXITSTATUS(status);
    const std::int64_t acknowledged = std::max(first, last_acknowledged(pipe[0]));
    ::close(pipe[0]);

    auto store = Store::open(run);
    ASSERT_TRUE(store) << store.error().message;
    EXPECT_GT(acknowledged, total);
    EXPECT_GE((*store)->last_seq(), acknowledged);
    EXPECT_LE((*store)->last_seq(), acknowledged + 1) << "at most the one in flight may be there unacknowledged";
    std::int64_t expected = 1;
    const auto read = (*store)->events([&](const Event& event) -> Result<void> {
      EXPECT_EQ(event.seq, expected);
      EXPECT_EQ(event.elapsed_s, double(expected));
      ++expected;
      return {};
    });
    ASSERT_TRUE(read) << read.error().message;
    total = (*store)->last_seq();
  }
}

}  // namespace
}  // namespace ridge
