// A full disk, a locked database, torn writes: what was acknowledged is there, and the run goes on when the trouble is
// over.
#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/subprocess.h"
#include "base/text.h"
#include "store/internal/sqlite.h"
#include "store/store.h"
#include "support/simulated.h"

namespace ridge {
namespace {

using testing::HasSubstr;

simulated::Options disk_search(std::int64_t evaluations) {
  simulated::Options o;
  o.seed = 41;
  o.tune = "AA = [0, 1, 2, 3, 4, 5, 6, 7]\nBB = [0, 1, 2, 3, 4, 5, 6, 7]\nCC = [0, 1, 2, 3, 4, 5, 6, 7]";
  o.policy = "one-plus-one";
  o.evaluations = evaluations;
  return o;
}

class Acknowledged : public Listener {
 public:
  void on_event(const Event& event) override { last = event.seq; }
  std::int64_t last = 0;
};

// A search on a store, to its end or to its error; the number of the last event that was acknowledged.
Result<Summary> search_on(Store& store, simulated::Options options, std::int64_t& acknowledged) {
  Acknowledged listener;
  options.listeners = {&listener};
  const auto device = simulated::device_of(options);
  const auto policy = simulated::policy_of(options);
  RIDGE_TRY(const auto evaluator, simulated::evaluator_of(options, *device));
  Parts parts = simulated::parts_of(options, *evaluator, store, *policy, device->clock());
  parts.history = [&](const auto& each) { return store.events(each); };
  auto summary = Session(simulated::spec_of(options), std::move(parts)).run(std::atomic<bool>(false));
  acknowledged = listener.last;
  return summary;
}

std::vector<std::int64_t> numbers_in(const std::string& run) {
  std::vector<std::int64_t> out;
  const auto store = Store::open_read_only(run);
  EXPECT_TRUE(store) << store.error().message;
  if (!store) return out;
  EXPECT_TRUE((*store)->events([&](const Event& e) -> Result<void> { return out.push_back(e.seq), Result<void>(); }));
  return out;
}

// In a process of its own: 0 when everything held, otherwise the line.
#define HOLD(condition) \
  if (!(condition)) return __LINE__ % 200 + 1

int on_a_full_disk(const std::string& folder) {
  const uid_t uid = getuid();
  if (unshare(CLONE_NEWNS) != 0) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return 250;
    std::ofstream("/proc/self/uid_map") << fmt::format("{0} {0} 1", uid);
  }
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 250;
  if (mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=400k") != 0) return 250;
  const std::string run = folder + "/run";
  std::int64_t acknowledged = 0;
  {
    auto store = Store::create(run);
    HOLD(store);
    const auto ended = search_on(**store, disk_search(2000), acknowledged);
    HOLD(!ended);
    HOLD(ended.error().message.find("make room on the disk, then resume the run") != std::string::npos);
    HOLD(ended.error().kind == Error::Kind::world);
    HOLD(acknowledged > 10);
  }
  HOLD(std::int64_t(numbers_in(run).size()) == acknowledged);  // also where nothing can be written
  HOLD(mount(nullptr, folder.c_str(), nullptr, MS_REMOUNT, "size=64m") == 0);
  auto store = Store::open(run);
  HOLD(store);
  HOLD((*store)->last_seq() == acknowledged);
  HOLD(search_on(**store, disk_search(300), acknowledged));
  return 0;
}

TEST(DiskFull, TheRunEndsWithWhatToDoAndGoesOnWhenThereIsRoom) {
  const TempDir folder = *TempDir::make("full");
  const pid_t pid = fork();
  if (pid == 0) _exit(on_a_full_disk(folder.path()));
  const int status = await_child(pid);
  ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  if (WEXITSTATUS(status) == 250) GTEST_SKIP() << "no small disk can be mounted here";
  EXPECT_EQ(WEXITSTATUS(status), 0) << "line " << WEXITSTATUS(status) - 1 << " modulo 200 did not hold";
}

// The smallest file that is still too large: the same through the system's limit on file sizes.
TEST(DiskFull, ALimitOnFileSizesIsNoDifferent) {
  const TempDir folder = *TempDir::make("limit");
  const std::string run = folder.path() + "/run";
  const pid_t pid = fork();
  if (pid == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit small{200 << 10, RLIM_INFINITY}, none{RLIM_INFINITY, RLIM_INFINITY};
    _exit([&]() -> int {
      std::int64_t acknowledged = 0;
      auto store = Store::create(run);
      HOLD(store);
      setrlimit(RLIMIT_FSIZE, &small);
      const auto ended = search_on(**store, disk_search(2000), acknowledged);
      HOLD(!ended);
      HOLD(ended.error().message.find("then resume the run") != std::string::npos);
      store->reset();
      setrlimit(RLIMIT_FSIZE, &none);
      store = Store::open(run);
      HOLD(store);
      HOLD((*store)->last_seq() == acknowledged);
      return 0;
    }());
  }
  const int status = await_child(pid);
  ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0) << "line " << WEXITSTATUS(status) - 1 << " modulo 200 did not hold";
}

class Locker {
 public:
  explicit Locker(const std::string& run) {
    EXPECT_EQ(sqlite3_open((run + "/run.db").c_str(), &db_), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db_);
  }
  ~Locker() { sqlite3_close(db_); }

 private:
  sqlite3* db_ = nullptr;
};

TEST(DatabaseLocked, SomebodyWhoLetsGoAgainIsWaitedFor) {
  const TempDir folder = *TempDir::make("locked");
  const std::string run = folder.path() + "/run";
  auto store = *Store::create(run);
  auto locker = std::make_unique<Locker>(run);
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    locker.reset();
  });
  Event note;
  note.time = "2026-01-01T00:00:00.000Z";
  note.body = Note{"after the lock"};
  EXPECT_EQ(store->append(note), 1);
  later.join();
}

TEST(DatabaseLocked, SomebodyWhoDoesNotIsAnErrorThatSaysWhatToDo) {
  const TempDir folder = *TempDir::make("locked");
  const std::string run = folder.path() + "/run";
  ASSERT_TRUE(Store::create(run));
  const Locker locker(run);
  auto db = Database::open(run + "/run.db", Database::Mode::write, 0.05);
  ASSERT_TRUE(db);
  const auto refused = db->execute("BEGIN IMMEDIATE");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Error::Kind::world);
  EXPECT_THAT(refused.error().message, HasSubstr("another program holds it: close that, then resume the run"));
}

// The log of a process that was killed, cut or changed at many places, as a power cut may leave it: what is read is a
// beginning of what was written, in order, or the damage is named; and a run that opens goes on.
class TornLog : public testing::Test {
 protected:
  void SetUp() override {
    const pid_t pid = fork();
    if (pid == 0) {
      auto store = Store::create(run_);
      std::int64_t acknowledged = 0;
      if (!store || !search_on(**store, disk_search(25), acknowledged)) _exit(1);
      kill(getpid(), SIGKILL);  // as it stands: no checkpoint, no farewell
    }
    ASSERT_TRUE(WIFSIGNALED(await_child(pid)));
    db_ = *read_file(run_ + "/run.db");
    log_ = *read_file(run_ + "/run.db-wal", 64 << 20);
    ASSERT_GT(log_.size(), 50'000u);
    restore(log_);
    whole_ = numbers_in(run_).size();
    ASSERT_GT(whole_, 50u);
  }
  void restore(const std::string& log) {
    for (const char* file : {"/run.db", "/run.db-wal", "/run.db-shm"}) std::filesystem::remove(run_ + file);
    std::ofstream(run_ + "/run.db", std::ios::binary) << db_;
    std::ofstream(run_ + "/run.db-wal", std::ios::binary) << log;
  }
  // How many events are left; -1 if it does not open, which must say why.
  std::int64_t left(const std::string& log) {
    restore(log);
    auto store = Store::open(run_);
    if (!store) {
      EXPECT_THAT(store.error().message, HasSubstr(run_));
      return -1;
    }
    const std::int64_t last = (*store)->last_seq();
    std::int64_t expected = 0;
    EXPECT_TRUE((*store)->events([&](const Event& e) -> Result<void> {
      EXPECT_EQ(e.seq, ++expected);
      return {};
    }));
    EXPECT_EQ(expected, last);
    Event note;
    note.time = "2026-01-01T00:00:00.000Z";
    note.elapsed_s = 1e6;
    note.body = Note{"it goes on"};
    EXPECT_EQ((*store)->append(note), last + 1);
    return last;
  }

  TempDir folder_ = *TempDir::make("torn");
  std::string run_ = folder_.path() + "/run", db_, log_;
  std::size_t whole_ = 0;
};

TEST_F(TornLog, CutAnywhere) {
  Rng rng(43, "cuts");
  std::int64_t before = std::int64_t(whole_);
  std::vector<std::size_t> cuts;
  for (int i = 0; i < 40; ++i) cuts.push_back(rng.below(log_.size()));
  std::ranges::sort(cuts, std::greater());
  for (const std::size_t at : cuts) {
    const std::int64_t now = left(log_.substr(0, at));
    EXPECT_LE(now, before) << at;
    before = now;
  }
}

TEST_F(TornLog, ChangedAnywhere) {
  Rng rng(44, "changes");
  for (int i = 0; i < 40; ++i) {
    std::string log = log_;
    const std::size_t at = rng.below(log.size());
    if (i % 2 == 0)
      log[at] = char(log[at] ^ (1 << rng.below(8)));
    else
      std::fill(log.begin() + long(at), log.begin() + long(std::min(log.size(), at + 4096)), '\0');
    EXPECT_LE(left(log), std::int64_t(whole_)) << at;
  }
}

}  // namespace
}  // namespace ridge
