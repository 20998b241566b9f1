// Decisions follow from the seed and the recorded events alone, and a run that was cut goes on where it was.
#include <deque>
#include <set>

#include <gmock/gmock.h>

#include "support/simulated.h"

namespace ridge {
namespace {

using simulated::Options;
using simulated::Search;
using testing::SizeIs;

constexpr const char* kCube = "AA = [0, 1, 2, 3]\nBB = [0, 1, 2, 3]\nCC = [0, 1, 2, 3]";

class Told : public Clock {
 public:
  std::int64_t now_ns() const override { return ns; }
  std::string wall() const override { return "2000-01-01T00:00:00.000Z"; }
  std::int64_t ns = 0;
};

// Answers from a record, at the recorded times; a question that was not asked then has no answer.
class FromRecord : public Judge {
 public:
  FromRecord(const std::vector<Event>& events, Told& clock) : clock_(clock) {
    Race race;  // its duels come before its end
    for (const Event& e : events) {
      if (const auto* d = std::get_if<DuelRecord>(&e.body); d && d->purpose == "select") {
        race.duels.push_back(*d);
        continue;
      }
      if (const auto* r = std::get_if<Selected>(&e.body)) {
        race.pick = r->candidate;
        race.rounds = r->rounds;
        race.regret = r->regret;
        answers_["race " + r->incumbent].push_back({e.elapsed_s, std::exchange(race, {})});
        continue;
      }
      std::visit(
          [&](const auto& body) {
            if constexpr (requires { JudgeResult(body); }) answers_[key(body)].push_back({e.elapsed_s, body});
          },
          e.body);
    }
  }
  JobId submit(JudgeJob job) override {
    queue_.emplace_back(++last_, std::move(job));
    return last_;
  }
  Result<std::vector<Completion>> poll() override {
    std::vector<Completion> done;
    while (!queue_.empty()) {
      const auto [id, job] = std::move(queue_.front());
      queue_.pop_front();
      auto& known = answers_[std::visit([](const auto& j) { return key(j); }, job)];
      if (known.empty()) return world("job {} was not asked for in the record", id);
      clock_.ns = std::max(clock_.ns, std::int64_t(known.front().first * 1e9 + 0.5));
      done.push_back({id, known.front().second});
      known.pop_front();
      if (!std::holds_alternative<ScreenJob>(job)) break;
    }
    return done;
  }
  bool cancel(JobId) override { return false; }
  bool all_asked() const {
    return std::ranges::all_of(answers_, [](const auto& entry) { return entry.second.empty(); });
  }

 private:
  static std::string key(const Evaluation& e) { return "screen " + e.candidate; }
  static std::string key(const DuelRecord& d) { return d.purpose + " " + d.incumbent + " " + d.candidate; }
  static std::string key(const Confirmation& c) { return "confirm " + c.candidate; }
  static std::string key(const GateAttempt& g) { return fmt::format("gate {} {}", g.attempt, g.candidate); }
  static std::string key(const ScreenJob& j) { return "screen " + j.candidate.id; }
  static std::string key(const DuelJob& j) { return j.purpose + " " + j.incumbent.id + " " + j.candidate.id; }
  static std::string key(const Race&) { return "race"; }
  static std::string key(const RaceJob& j) { return "race " + j.candidates.front().id; }
  static std::string key(const ConfirmJob& j) { return "confirm " + j.candidate.id; }
  static std::string key(const GateJob& j) { return fmt::format("gate {} {}", j.attempt, j.candidate.id); }

  Told& clock_;
  std::map<std::string, std::deque<std::pair<double, JudgeResult>>> answers_;
  std::deque<std::pair<JobId, JudgeJob>> queue_;
  JobId last_ = 0;
};

// What was decided, in order.
std::vector<std::string> decisions(const std::vector<Event>& events) {
  std::vector<std::string> out;
  for (const Event& e : events) {
    if (const auto* c = std::get_if<CandidateAdded>(&e.body)) out.push_back("add " + c->candidate.id);
    if (const auto* d = std::get_if<DuelRecord>(&e.body)) out.push_back("duel " + d->incumbent + " " + d->candidate);
    if (const auto* p = std::get_if<Promoted>(&e.body)) out.push_back("promote " + p->candidate);
    if (const auto* d = std::get_if<Demoted>(&e.body)) out.push_back("demote " + d->candidate);
    if (const auto* g = std::get_if<GateAttempt>(&e.body)) out.push_back("gate " + g->candidate);
    if (const auto* r = std::get_if<RunStopped>(&e.body)) out.push_back("stop " + r->stopped_by);
  }
  return out;
}

TEST(Replay, TheSameEventsLeadToTheSameDecisions) {
  for (const std::string policy : {"bayes", "genetic", "annealing", "one-plus-one", "best-of-n", "random", "rename"}) {
    const Options options{
        .seed = 7, .tune = kCube, .noise = simulated::restless(), .policy = policy, .wall_s = 20, .evaluations = 50};
    Search first(options);
    const Summary summary = first.run();
    EXPECT_GT(first.recorder.all<DuelRecord>().size(), 0u) << policy;

    Told clock;
    FromRecord judge(first.recorder.events, clock);
    MemoryArchive archive;
    simulated::Recorder recorder;
    const auto again = simulated::policy_of(options);
    Parts parts = simulated::parts_of(options, judge, archive, *again, clock);
    parts.listeners.push_back(&recorder);
    const auto replayed = Session(simulated::spec_of(options), std::move(parts)).run(std::atomic<bool>(false));
    ASSERT_TRUE(replayed) << policy << ": " << replayed.error().message;
    EXPECT_EQ(decisions(recorder.events), decisions(first.recorder.events)) << policy;
    EXPECT_TRUE(judge.all_asked()) << policy;
    EXPECT_EQ(replayed->certified.has_value(), summary.certified.has_value());
  }
}

TEST(Replay, TheSameSeedOnTheSameMachineIsTheSameRun) {
  const Options options{.seed = 3, .tune = kCube, .noise = simulated::restless(), .evaluations = 40};
  Search a(options), b(options);
  a.run();
  b.run();
  EXPECT_EQ(decisions(a.recorder.events), decisions(b.recorder.events));
  Options other = options;
  other.seed = 4;
  Search c(other);
  c.run();
  EXPECT_NE(decisions(a.recorder.events), decisions(c.recorder.events));
}

void expect_sound(const Search& search) {
  std::set<CandidateId> added;
  std::int64_t seq = 0;
  double elapsed = 0;
  for (const Event& e : search.recorder.events) {
    EXPECT_EQ(e.seq, ++seq);
    EXPECT_GE(e.elapsed_s, elapsed);
    elapsed = e.elapsed_s;
    if (const auto* c = std::get_if<CandidateAdded>(&e.body)) {
      EXPECT_TRUE(added.insert(c->candidate.id).second) << c->candidate.id << " was made twice";
    }
  }
  for (const CandidateId& id : added) EXPECT_TRUE(search.archive.find(id)->evaluation) << id << " was lost";
}

TEST(Resume, GoesOnWhereItStopped) {
  for (const std::string policy : {"bayes", "genetic", "annealing", "one-plus-one", "best-of-n", "random"}) {
    Options options{.seed = 5, .tune = kCube, .noise = simulated::restless(), .policy = policy, .evaluations = 20};
    Search first(options);
    EXPECT_EQ(first.run().stopped_by, "evaluations");
    const double elapsed = first.recorder.events.back().elapsed_s;
    options.evaluations = 40;
    Search second(options, first);
    const Summary summary = second.run();
    EXPECT_EQ(summary.stopped_by, "evaluations");
    EXPECT_EQ(summary.evaluations, 40);
    expect_sound(second);
    EXPECT_GT(summary.cost.wall_s, elapsed);
    EXPECT_THAT(second.recorder.all<RunStarted>(), SizeIs(1));
    EXPECT_THAT(second.recorder.all<RunResumed>(), SizeIs(1));
    options.evaluations = 0;
    Search third(options, second);
    const Summary last = third.run();
    EXPECT_EQ(last.stopped_by, "exhausted");
    EXPECT_EQ(last.evaluations, 1 + 64);
    expect_sound(third);
  }
}

// A kill leaves any prefix of the record. Nothing in it is done again, and what was in flight is.
TEST(Resume, FromEveryPrefixOfTheRecord) {
  const Options options{.seed = 11, .tune = "AA = [0, 1, 2, 3]\nBB = [0, 1, 2, 3]", .evaluations = 12, .slots = 4};
  Search whole(options);
  whole.run();
  const auto& events = whole.recorder.events;
  for (std::size_t n = 1; n < events.size(); ++n) {
    Search cut(options);
    cut.recorder.events.assign(events.begin(), events.begin() + std::ptrdiff_t(n));
    Search resumed(options, cut);
    const Summary summary = resumed.run();
    expect_sound(resumed);
    EXPECT_EQ(summary.stopped_by, "evaluations") << n;
    EXPECT_EQ(summary.evaluations, 12) << n;
    EXPECT_TRUE(summary.certified) << n << ": " << summary.why_not;
    EXPECT_GE(summary.cost.wall_s, events[n - 1].elapsed_s);
    // In flight were those added and not judged; they come first, in their order.
    std::vector<CandidateId> open, redone;
    for (std::size_t i = 0; i < n; ++i) {
      if (const auto* c = std::get_if<CandidateAdded>(&events[i].body)) open.push_back(c->candidate.id);
      if (const auto* e = std::get_if<Evaluation>(&events[i].body)) std::erase(open, e->candidate);
    }
    for (std::size_t i = n; i < resumed.recorder.events.size() && redone.size() < open.size(); ++i)
      if (const auto* e = std::get_if<Evaluation>(&resumed.recorder.events[i].body)) redone.push_back(e->candidate);
    EXPECT_EQ(redone, open) << n;
  }
}

TEST(Resume, AFinishedRunIsCertifiedWithoutMoreWork) {
  const Options options{.seed = 2, .tune = kCube, .evaluations = 30};
  Search first(options);
  const Summary before = first.run();
  ASSERT_TRUE(before.certified);
  Search second(options, first);
  const Summary after = second.run();
  ASSERT_TRUE(after.certified);
  EXPECT_EQ(after.certified->candidate, before.certified->candidate);
  EXPECT_EQ(after.certified->speedup.estimate, before.certified->speedup.estimate);
  EXPECT_EQ(second.recorder.all<Confirmation>().size(), first.recorder.all<Confirmation>().size());
  EXPECT_EQ(second.recorder.all<GateAttempt>().size(), first.recorder.all<GateAttempt>().size());
}

}  // namespace
}  // namespace ridge
