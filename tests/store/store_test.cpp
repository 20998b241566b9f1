#include "store/store.h"

#include <filesystem>
#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <sqlite3.h>
#include <unistd.h>

#include "../model/samples.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "model/json.h"

namespace ridge {
namespace {

using testing::HasSubstr;

template <class T>
std::string message(const Result<T>& result) {
  return result ? "" : result.error().message;
}

class StoreTest : public testing::Test {
 protected:
  std::unique_ptr<Store> create() {
    auto store = Store::create(run);
    EXPECT_TRUE(store) << message(store);
    return store ? *std::move(store) : nullptr;
  }
  std::unique_ptr<Store> open() {
    auto store = Store::open(run);
    EXPECT_TRUE(store) << message(store);
    return store ? *std::move(store) : nullptr;
  }
  static std::vector<std::string> all(const Store& store) {
    std::vector<std::string> out;
    const auto done = store.events([&](const Event& event) -> Result<void> {
      out.push_back(dump_json(to_json(event)));
      return {};
    });
    EXPECT_TRUE(done) << message(done);
    return out;
  }
  std::string bytes() { return *read_file(run + "/run.db"); }
  void execute(const std::string& sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((run + "/run.db").c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    sqlite3_close(db);
  }
  void fill(int candidates) {
    auto store = create();
    for (int i = 0; i < candidates; ++i) {
      const Candidate c = sample::candidate(i, i == 0 ? "seed" : "tune");
      ASSERT_TRUE(store->append(sample::event(CandidateAdded{c}, i)));
      ASSERT_TRUE(store->append(sample::event(sample::evaluation(c.id, Verdict::ok, i % 7), i + 0.5)));
    }
  }

  TempDir folder = *TempDir::make("store");
  std::string run = folder.path() + "/run";
};

TEST_F(StoreTest, EveryKindOfEventComesBackEqualAfterReopening) {
  sample::Random random(5);
  std::vector<std::string> written;
  CandidateId known;
  {
    auto store = create();
    for (int i = 0; i < 200; ++i) {
      Event event = random.event(std::size_t(i) % std::variant_size_v<EventBody>);
      // Those that change a candidate's standing need one that is there.
      if (auto* e = std::get_if<CandidateAdded>(&event.body)) known = e->candidate.id;
      if (auto* e = std::get_if<Evaluation>(&event.body)) e->candidate = known;
      if (auto* e = std::get_if<Promoted>(&event.body)) e->candidate = known;
      if (auto* e = std::get_if<Demoted>(&event.body)) e->candidate = known;
      const auto seq = store->append(event);
      ASSERT_TRUE(seq) << message(seq);
      event.seq = *seq;
      written.push_back(dump_json(to_json(event)));
    }
    EXPECT_EQ(all(*store), written);
  }
  EXPECT_EQ(all(*open()), written);
}

TEST_F(StoreTest, ViewsAreRebuiltOnOpening) {
  fill(20);
  {
    auto store = open();
    ASSERT_TRUE(store->append(sample::event(Promoted{store->best()->candidate.id, std::nullopt, {}}, 99)));
  }
  auto store = open();
  EXPECT_EQ(store->evaluations(), 20u);
  EXPECT_EQ(store->best()->score(), 6.0);
  EXPECT_EQ(store->champion(), store->best());
  EXPECT_EQ(store->seed()->candidate.parameters.at("TILE"), ParameterValue(std::int64_t(0)));
  EXPECT_EQ(store->count(Verdict::ok), 20u);
  EXPECT_EQ(store->elapsed_s(), 99);
  EXPECT_EQ(store->last_seq(), 41);
  EXPECT_EQ(store->append(sample::event(Note{"on"})), 42);
}

TEST_F(StoreTest, SourcesAndPlansAreKeptOnce) {
  const auto distinct = [](const Store& store) {
    std::set<const void*> pointers;
    for (const CandidateId& id : store.evaluated()) {
      pointers.insert(store.find(id)->candidate.source.get());
      pointers.insert(store.find(id)->candidate.plan.get());
    }
    return pointers.size();
  };
  fill(50);  // every candidate has its own copy of the same text
  EXPECT_EQ(distinct(*open()), 2u);
  {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((run + "/run.db").c_str(), &db), SQLITE_OK);
    sqlite3_stmt* count = nullptr;
    ASSERT_EQ(sqlite3_prepare_v2(db, "SELECT count(*) FROM sources", -1, &count, nullptr), SQLITE_OK);
    ASSERT_EQ(sqlite3_step(count), SQLITE_ROW);
    EXPECT_EQ(sqlite3_column_int(count, 0), 2);
    sqlite3_finalize(count);
    sqlite3_close(db);
  }
}

TEST_F(StoreTest, SourcesKeepBytesThatAreNoText) {
  const std::string source("a\0b\xff\n", 5);
  const Candidate c = sample::candidate(1, "tell", source);
  {
    ASSERT_TRUE(create()->append(sample::event(CandidateAdded{c})));
  }
  EXPECT_EQ(*open()->find(c.id)->candidate.source, source);
}

TEST_F(StoreTest, EventsCanBeReadFromSomewhereOn) {
  fill(3);
  int seen = 0;
  auto store = open();
  EXPECT_TRUE(store->events([&](const Event& e) -> Result<void> { return seen += int(e.seq > 4), Result<void>(); }, 4));
  EXPECT_EQ(seen, 2);
  EXPECT_EQ(message(store->events([](const Event&) -> Result<void> { return world("enough"); })), "enough");
}

TEST_F(StoreTest, OneWriterAtATimeAndTheErrorNamesIt) {
  auto store = create();
  EXPECT_THAT(message(Store::open(run)), HasSubstr(fmt::format("being written by process {}", ::getpid())));
  store.reset();
  EXPECT_TRUE(open());
}

TEST_F(StoreTest, ReadersSeeARunThatIsBeingWrittenAndCannotWrite) {
  auto store = create();
  ASSERT_TRUE(store->append(sample::event(Note{"one"})));
  auto reader = Store::open_read_only(run);
  ASSERT_TRUE(reader) << message(reader);
  EXPECT_EQ((*reader)->last_seq(), 1);
  EXPECT_THAT(message((*reader)->append(sample::event(Note{"two"}))), HasSubstr("for reading only"));
  ASSERT_TRUE(store->append(sample::event(Note{"two"})));
  EXPECT_EQ((*Store::open_read_only(run))->last_seq(), 2);
}

TEST_F(StoreTest, CreatingOverARunIsRefused) {
  fill(1);
  const std::string before = bytes();
  EXPECT_THAT(message(Store::create(run)), HasSubstr("holds a run already"));
  EXPECT_EQ(bytes(), before);
}

TEST_F(StoreTest, OpeningNothingIsAnError) {
  EXPECT_THAT(message(Store::open(run)), HasSubstr("no run here"));
  EXPECT_THAT(message(Store::open_read_only(run)), HasSubstr("no run here"));
  EXPECT_FALSE(std::filesystem::exists(run));
}

TEST_F(StoreTest, OtherFormatsAreRefusedAndLeftAlone) {
  fill(1);
  execute("UPDATE meta SET value = '99' WHERE key = 'format'");
  const std::string before = bytes();
  EXPECT_THAT(message(Store::open(run)), HasSubstr("format 99, expected 1"));
  execute("DROP TABLE meta");
  EXPECT_THAT(message(Store::open(run)), HasSubstr("not a run"));
}

TEST_F(StoreTest, DamagedFilesAreReportedAndLeftAsTheyAre) {
  fill(300);
  const std::string whole = bytes();
  std::vector<std::string> damaged = {
      "", "not a database at all, but long enough to have a header of one hundred bytes ........................",
      whole.substr(0, 50), whole.substr(0, 5000), whole.substr(0, whole.size() / 2)};
  std::string zeroed = whole;
  std::fill(zeroed.begin() + 4096, zeroed.begin() + 40960, '\0');
  damaged.push_back(zeroed);
  for (const std::string& content : damaged) {
    std::ofstream(run + "/run.db", std::ios::binary | std::ios::trunc) << content;
    EXPECT_THAT(message(Store::open(run)), HasSubstr("run.db")) << content.size();
    EXPECT_THAT(message(Store::open_read_only(run)), HasSubstr("run.db")) << content.size();
    EXPECT_EQ(bytes(), content);
  }
}

TEST_F(StoreTest, ChangedRowsAreFoundByReplay) {
  fill(2);
  execute("DELETE FROM events WHERE seq = 2");
  EXPECT_THAT(message(Store::open(run)), HasSubstr("event 3: expected event 2"));
  execute("UPDATE events SET seq = seq - 1 WHERE seq > 2; UPDATE sources SET text = text || ' '");
  EXPECT_THAT(message(Store::open(run)), HasSubstr("has been changed"));
  execute("UPDATE events SET json = '{' WHERE seq = 1");
  EXPECT_THAT(message(Store::open(run)), HasSubstr("event 1: event: not valid JSON"));
}

// Random bytes anywhere: an Error, or a store that still reads; never a crash.
TEST_F(StoreTest, RandomDamageNeverCrashes) {
  fill(30);
  const std::string whole = bytes();
  Rng rng(7);
  int refused = 0;
  for (int i = 0; i < 150; ++i) {
    std::string content = whole;
    for (int k = 0; k < 1 + i % 20; ++k) content[rng.below(content.size())] = char(rng.bits());
    std::ofstream(run + "/run.db", std::ios::binary | std::ios::trunc) << content;
    refused += !Store::open_read_only(run);
  }
  EXPECT_GT(refused, 75);
}

TEST_F(StoreTest, AnEventThatIsRefusedLeavesNoTrace) {
  auto store = create();
  const Candidate c = sample::candidate(1);
  Candidate odd = sample::candidate(2);
  odd.parameters["SCALE"] = std::nan("");
  EXPECT_FALSE(store->append(sample::event(sample::evaluation(c.id))));
  EXPECT_FALSE(store->append(sample::event(CandidateAdded{odd})));
  EXPECT_EQ(store->append(sample::event(CandidateAdded{c})), 1);  // the source that was kept with `odd` is written now
  store.reset();
  EXPECT_EQ(*open()->find(c.id)->candidate.source, *c.source);
}

}  // namespace
}  // namespace ridge
