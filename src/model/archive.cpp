#include "model/archive.h"

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include <nlohmann/json.hpp>

#include "model/json.h"

namespace ridge {
namespace {

constexpr std::size_t kVerdicts = std::size_t(Verdict::ok) + 1;

Result<void> no_such(std::string_view event, const CandidateId& id) {
  return invalid("{}: no candidate {} in this archive", event, id);
}

}  // namespace

struct MemoryArchive::Index {
  // Best first; of equal scores the one that was there first.
  struct Better {
    bool operator()(const Record* a, const Record* b) const {
      return a->score() != b->score() ? a->score() > b->score() : a->seq < b->seq;
    }
  };
  std::unordered_map<CandidateId, std::unique_ptr<Record>> records;
  std::vector<CandidateId> evaluated;
  std::set<const Record*, Better> ranking;  // ok and no duplicate
  std::array<std::size_t, kVerdicts> counts{};
  std::unordered_set<CandidateId> duplicates;
  std::vector<const Record*> promoted;  // not demoted since; the champion is the last
  const Record* seed = nullptr;
  double elapsed_s = 0;
  std::int64_t last_seq = 0;

  Record* find(const CandidateId& id) const {
    const auto it = records.find(id);
    return it == records.end() ? nullptr : it->second.get();
  }

  void apply(std::int64_t, const CandidateAdded& e) {
    auto& record = records[e.candidate.id];
    record = std::make_unique<Record>(Record{e.candidate, std::nullopt, 0});
    if (!seed && e.candidate.op == "seed") seed = record.get();
  }
  void apply(std::int64_t seq, const Evaluation& e) {
    Record* record = find(e.candidate);
    ranking.erase(record);  // while the old score still gives its place
    if (record->evaluation) {
      --counts[std::size_t(record->evaluation->verdict)];
    } else {
      evaluated.push_back(e.candidate);
    }
    record->evaluation = e;
    record->seq = seq;
    ++counts[std::size_t(e.verdict)];
    if (e.duplicate_of) duplicates.insert(e.candidate);
    if (record->ok() && !e.duplicate_of) ranking.insert(record);
  }
  void apply(std::int64_t, const Considered& e) {
    if (e.reason == "duplicate") duplicates.insert(e.candidate);
  }
  void apply(std::int64_t, const Promoted& e) {
    const Record* record = find(e.candidate);
    std::erase(promoted, record);
    promoted.push_back(record);
  }
  void apply(std::int64_t, const Demoted& e) { std::erase(promoted, find(e.candidate)); }
  void apply(std::int64_t, const auto&) {}  // the others change no view

  Result<void> accepts(const CandidateAdded& e) const {
    if (e.candidate.id.empty() || !e.candidate.source || !e.candidate.plan)
      return invalid("candidate {}: id, source and plan are needed", e.candidate.id);
    if (find(e.candidate.id)) return invalid("candidate {}: already in this archive", e.candidate.id);
    return {};
  }
  Result<void> accepts(const Evaluation& e) const {
    return find(e.candidate) ? Result<void>() : no_such("evaluation", e.candidate);
  }
  Result<void> accepts(const Promoted& e) const {
    return find(e.candidate) ? Result<void>() : no_such("promoted", e.candidate);
  }
  Result<void> accepts(const Demoted& e) const {
    return find(e.candidate) ? Result<void>() : no_such("demoted", e.candidate);
  }
  Result<void> accepts(const auto&) const { return {}; }
};

MemoryArchive::MemoryArchive() : index_(std::make_unique<Index>()) {}
MemoryArchive::~MemoryArchive() = default;

Result<void> MemoryArchive::accepts(const Event& event) const {
  return std::visit([&](const auto& body) { return index_->accepts(body); }, event.body);
}

void MemoryArchive::apply(const Event& event) {
  std::visit([&](const auto& body) { index_->apply(event.seq, body); }, event.body);
  index_->last_seq = event.seq;
  index_->elapsed_s = std::max(index_->elapsed_s, event.elapsed_s);
}

Result<std::int64_t> MemoryArchive::append(Event event) {
  RIDGE_TRY_VOID(accepts(event));
  RIDGE_TRY_VOID(check_finite(event));
  event.seq = last_seq() + 1;
  apply(event);
  return event.seq;
}

Result<void> check_finite(const Event& event, const nlohmann::json& json) {
  if (auto place = first_not_finite(json)) return invalid("{}{}: not a finite number", kind(event.body), *place);
  return {};
}
Result<void> check_finite(const Event& event) {
  // Only sources are large, and they hold no numbers.
  if (const auto* added = std::get_if<CandidateAdded>(&event.body))
    return check_finite(event, to_json(added->candidate, false));
  return check_finite(event, to_json(event));
}

const Record* MemoryArchive::find(const CandidateId& id) const {
  return index_->find(id);
}
std::span<const CandidateId> MemoryArchive::evaluated() const {
  return index_->evaluated;
}
const Record* MemoryArchive::best() const {
  return index_->ranking.empty() ? nullptr : *index_->ranking.begin();
}
const Record* MemoryArchive::champion() const {
  return index_->promoted.empty() ? nullptr : index_->promoted.back();
}
const Record* MemoryArchive::seed() const {
  return index_->seed;
}

std::vector<const Record*> MemoryArchive::top(std::size_t n) const {
  std::vector<const Record*> out;
  for (auto it = index_->ranking.begin(); it != index_->ranking.end() && out.size() < n; ++it) out.push_back(*it);
  return out;
}

std::size_t MemoryArchive::count(Verdict v) const {
  return index_->counts[std::size_t(v)];
}
std::size_t MemoryArchive::evaluations() const {
  return index_->evaluated.size();
}
std::size_t MemoryArchive::duplicates() const {
  return index_->duplicates.size();
}
double MemoryArchive::elapsed_s() const {
  return index_->elapsed_s;
}
std::int64_t MemoryArchive::last_seq() const {
  return index_->last_seq;
}

}  // namespace ridge
