// What a session knows while it lives; everything in it can be found again from the archive.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "measure/control_chart.h"
#include "session/session.h"

namespace ridge {

struct Session::State {
  RunSpec spec;
  Parts parts;
  std::map<std::string, std::unique_ptr<Operator>> operators;
  std::map<JobId, CandidateId> in_flight;
  std::set<std::pair<CandidateId, CandidateId>> duelled;    // (incumbent, challenger) that had an answer: not twice
  std::set<std::pair<CandidateId, CandidateId>> settled;    // the same for races: no duel that was left undecided
  std::vector<std::pair<CandidateId, CandidateId>> racing;  // duels of a race whose end is not recorded yet
  std::map<CandidateId, Confirmation> confirmed;            // since they were last promoted
  std::vector<GateAttempt> gates;
  std::size_t evaluations_seen = 0, seen_at_gate = 0;  // in the order of events; the second at the last gate attempt
  std::map<CandidateId, Interval> ratio_over_seed;     // of promoted ones, chained through promotions
  std::map<CandidateId, double> regret;                // of those that a race left as the best: an upper bound
  std::vector<Candidate> unfinished;                   // in flight when the run was killed
  double elapsed_before_s = 0, started_s = 0, duel_s = 0;
  Summary::Cost cost;
  std::string phase_text = "searching";
  std::string stopped_by;
  std::size_t empty_plans = 0;
  std::size_t slots = 0;  // of the next round
  std::size_t duels_since_sentinel = 0;
  measure::ControlChart sentinels{0};
  double sentinel_s = 0;

  double elapsed() const { return elapsed_before_s + parts.clock->seconds() - started_s; }
  const Task& task() const { return *parts.task; }
  const Archive& view() const { return *parts.archive; }
};

// record.cpp: everything that happens goes through here: archive, policy, listeners, and what the state keeps.
Result<void> record(Session::State& s, EventBody body);
void remember(Session::State& s, const Event& event);
void report_progress(Session::State& s);
Result<void> recall(Session::State& s);

// propose.cpp
Result<void> submit_first(Session::State& s);  // the seed and the template's default
// How many the next round may propose, after one of `judged` candidates that took `seconds`: what fits into a second,
// but at most four times as many as before, and never fewer than the session's own number.
std::size_t next_slots(const Parts& parts, std::size_t before, std::size_t judged, double seconds);
Result<bool> propose(Session::State& s);  // policy → operators → judge; false: nothing new can come
// promote.cpp
// Seconds of the seed's calls in a duel until its first look; more than a duel against it may take: there will be none.
double seed_calls_s(const Session::State& s);
bool seed_out_of_reach(const Session::State& s);
double least_budget_s(const Session::State& s);  // with which it is not
Result<void> promote(Session::State& s, const std::atomic<bool>& stop);
Result<void> select_finalist(Session::State& s, const std::atomic<bool>& stop);
// sentinel.cpp: from time to time the champion against itself.
Result<void> watch(Session::State& s, const std::atomic<bool>& stop);
// Hands the judge a job and returns what came of it; `seconds` grows by the time that took. (promote.cpp)
Result<std::vector<JudgeResult>> answers_to(Session::State& s, JudgeJob job, double& seconds);
inline constexpr std::string_view sentinel_purpose = "sentinel";
// The champion, unless it was found wrong since: then the one before it.
Result<const Record*> champion_of(Session::State& s);
// A candidate that passed screening and was found wrong later is no candidate for anything any more.
Result<void> disqualify(Session::State& s, const CandidateId& id, const Fault& fault);
// finish.cpp
Result<Summary> finish(Session::State& s, const std::atomic<bool>& stop);

}  // namespace ridge
