// The archive: an append-only list of events. Everything else (champion, lineage, failures) is a view of it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "model/evaluation.h"

namespace ridge {

struct RunStarted {
  std::string spec_json;
};  // RunSpec, task digest, environment
struct CandidateAdded {
  Candidate candidate;
};
struct Considered {
  CandidateId candidate;
  std::string reason;
  std::string detail;
};  // not run: duplicate, pruned, invalid draft …
struct Promoted {
  CandidateId candidate;
  std::optional<CandidateId> over;
  Interval ratio;
};
struct Demoted {
  CandidateId candidate;
  std::string reason;
};
// The end of a race (model/judge.h), whose duels stand before it.
struct Selected {
  CandidateId incumbent, candidate;  // the pick; empty when none could be measured
  std::size_t rounds = 0;
  double regret = 0;  // how much faster than the pick the best other finalist may be, at most
  JobCost cost = {};
};
struct RunResumed {
  std::string detail;
  std::string secret_commitment = {};  // of this part's secret; the first part's stands in RunStarted's spec
};
struct RunStopped {
  std::string stopped_by;
  std::string summary_json;
};
struct Note {
  std::string text;
};
using EventBody = std::variant<RunStarted, CandidateAdded, Considered, Evaluation, DuelRecord, Promoted, Demoted,
                               Confirmation, GateAttempt, Selected, RunResumed, RunStopped, Note>;
struct Event {
  std::int64_t seq = 0;  // 1, 2, 3 …: completion order
  std::string time;      // wall clock
  double elapsed_s = 0;  // active search time of the run, all parts added
  EventBody body;
};
std::string_view kind(const EventBody& body);  // "evaluation", "duel", …
nlohmann::json to_json(const Event& event);    // {"event":"evaluation","seq":…,"time":…, …}
// The same with parents, operator, why and parameters of the candidate it is about, for people who read the stream.
nlohmann::json to_json(const Event& event, const Candidate& candidate);
Result<Event> event_from_json(const nlohmann::json& j);
// JSON has no infinity and no NaN: an event that holds one is refused by every archive, with the field's name. (An
// infinite worst_error is expected of wrong candidates and has a form of its own: null.)
Result<void> check_finite(const Event& event);
Result<void> check_finite(const Event& event, const nlohmann::json& json);

// A candidate with what is known of it.
struct Record {
  Candidate candidate;
  std::optional<Evaluation> evaluation;  // none while in flight, or when never run
  std::int64_t seq = 0;                  // of its evaluation
  bool ok() const { return evaluation && evaluation->verdict == Verdict::ok; }
  double score() const { return ok() && evaluation->score ? evaluation->score->value : 0.0; }
};

// What policies and operators may read. Constant-time or logarithmic in the number of records. A record's address stays
// valid as long as the archive. best() and top() leave out duplicates: their original stands there.
class ArchiveView {
 public:
  virtual ~ArchiveView() = default;
  virtual const Record* find(const CandidateId& id) const = 0;
  virtual std::span<const CandidateId> evaluated() const = 0;  // completion order
  virtual const Record* best() const = 0;      // highest score among ok ones (screened); of equals the first
  virtual const Record* champion() const = 0;  // last promoted and not demoted since
  virtual const Record* seed() const = 0;
  virtual std::vector<const Record*> top(std::size_t n) const = 0;  // by score, best first
  virtual std::size_t count(Verdict v) const = 0;
  virtual std::size_t evaluations() const = 0;
  virtual std::size_t duplicates() const = 0;
};

class Archive : public ArchiveView {
 public:
  // Stamps seq; the body is durable when this returns. Refused: a candidate that is already there, an evaluation,
  // promotion or demotion of one that is not, and numbers that are not finite. A second evaluation of a candidate
  // replaces the first in the views.
  virtual Result<std::int64_t> append(Event event) = 0;
};

// The in-memory archive, and the index inside the SQLite one.
class MemoryArchive : public Archive {
 public:
  MemoryArchive();
  ~MemoryArchive() override;
  Result<std::int64_t> append(Event event) override;
  const Record* find(const CandidateId& id) const override;
  std::span<const CandidateId> evaluated() const override;
  const Record* best() const override;
  const Record* champion() const override;
  const Record* seed() const override;
  std::vector<const Record*> top(std::size_t n) const override;
  std::size_t count(Verdict v) const override;
  std::size_t evaluations() const override;
  std::size_t duplicates() const override;
  double elapsed_s() const;
  std::int64_t last_seq() const;
  // The two halves of append, for a store that writes between them: whether the views can take it, and taking it (seq
  // is set).
  Result<void> accepts(const Event& event) const;
  void apply(const Event& event);

 private:
  struct Index;
  std::unique_ptr<Index> index_;
};

}  // namespace ridge
