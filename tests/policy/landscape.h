// A made-up task whose "time" is a function of the parameters, and a session's loop around it in a few lines: policies
// and operators are compared without compiling anything.
#pragma once

#include <cmath>
#include <deque>
#include <functional>
#include <set>

#include "model/archive.h"
#include "operate/operator.h"
#include "policy/policy.h"

namespace ridge::landscape {

inline Task task(const std::string& tune) {
  Task t;
  t.id = "made-up";
  t.dialects = {Dialect::cpp};
  t.templates[Dialect::cpp] = TaskSource{"template.cpp",
                                         "/* ridgeline\n" + tune +
                                             "\n[[stage]]\n[[stage.op]]\nlaunch = \"kernel\"\nargs = []\n*/\n"
                                             "extern \"C\" void kernel() {}\n",
                                         Dialect::cpp};
  return t;
}

// Four ordered tunables of six values: 1296 points.
inline Task separable_task() {
  return task(
      "[tune]\nAA = [0, 1, 2, 3, 4, 5]\nBB = [0, 1, 2, 3, 4, 5]\nCC = [0, 1, 2, 3, 4, 5]\nDD = [0, 1, 2, 3, 4, 5]");
}
inline double of(const Parameters& p, std::string_view name) {
  return double(std::get<std::int64_t>(p.find(name)->second));
}
// One optimum, at 4 1 3 2, found by improving the tunables one by one.
inline double separable(const Parameters& p) {
  const auto part = [&](std::string_view name, double best) { return 1.0 / (1.0 + std::abs(of(p, name) - best)); };
  return part("AA", 4) * part("BB", 1) * part("CC", 3) * part("DD", 2);
}

struct Outcome {
  std::size_t judged = 0;
  std::size_t best_at = 0;  // how many were judged when the best came
  double best = 0;
  bool exhausted = false;
  std::set<CandidateId> ids;
  std::vector<std::string> log;  // decisions and drafts, for comparing runs
  std::size_t repeated = 0, over_asked = 0;
};

// Runs a policy with `slots` results in flight until `budget` candidates are judged, one reaches the goal or the policy
// has nothing more.
class Loop {
 public:
  using Score = std::function<double(const Parameters&)>;  // not positive: the candidate fails

  Loop(Task task, Score score, std::unique_ptr<Policy> policy, std::uint64_t seed, std::size_t slots = 1)
      : task_(std::move(task)),
        score_(std::move(score)),
        policy_(std::move(policy)),
        rng_(seed, "landscape"),
        slots_(slots) {
    for (const OperatorRow& row : operators()) operators_.emplace(row.name, row.make());
  }

  Outcome run(std::size_t budget, double goal) {
    submit_start();
    for (int idle = 0; out_.judged < budget && out_.best < goal && idle < 1000;) {
      const std::size_t before = out_.ids.size();
      const auto decisions = policy_->plan(archive_, slots_ - flying_.size(), rng_);
      carry_out(decisions);
      if (flying_.empty() && decisions.empty() && policy_->exhausted()) break;
      idle = out_.ids.size() == before && flying_.empty() ? idle + 1 : 0;
      if (!flying_.empty()) finish_one();
    }
    out_.exhausted = policy_->exhausted();
    return out_;
  }
  const MemoryArchive& archive() const { return archive_; }

 private:
  // As a session does: the template at its defaults is there before the policy is asked.
  void submit_start() {
    auto plan = plan_from_source(task_.templates[Dialect::cpp].text, "template.cpp");
    RIDGE_CHECK(plan.has_value(), plan ? "" : plan.error().message);
    Draft d;
    d.source = std::make_shared<const std::string>(task_.templates[Dialect::cpp].text);
    d.plan = std::make_shared<const Plan>(*std::move(plan));
    d.op = "template";
    add(d);
    finish_one();
  }
  void carry_out(const std::vector<Decision>& decisions) {
    std::size_t asked = 0;
    for (const Decision& d : decisions) {
      asked += d.wanted;
      std::vector<const Record*> parents;
      for (const CandidateId& id : d.parents) parents.push_back(archive_.find(id));
      const OperatorContext context{archive_, nullptr, device_, Dialect::cpp, d.mode, d.settings};
      auto drafts = operators_.at(d.op)->propose(task_, parents, context, rng_, d.wanted);
      RIDGE_CHECK(drafts.has_value(), drafts ? "" : drafts.error().message);
      out_.log.push_back(fmt::format("{} {} {}", d.op, d.mode, drafts->size()));
      if (drafts->empty()) policy_->note_empty(d);
      for (const Draft& draft : *drafts) add(draft);
    }
    out_.over_asked += asked > slots_;
  }
  void add(const Draft& draft) {
    const Candidate c = seal(task_, draft);
    out_.repeated += !out_.ids.insert(c.id).second;
    out_.log.push_back(c.id);
    append(CandidateAdded{c});
    flying_.push_back(c.id);
  }
  void finish_one() {
    const Record* record = archive_.find(flying_.front());
    flying_.pop_front();
    const double score = score_(record->candidate.parameters);
    Evaluation e;
    e.candidate = record->candidate.id;
    e.verdict = score > 0 ? Verdict::ok : Verdict::compile_failed;
    if (score > 0) e.score.emplace().value = score;
    append(e);
    ++out_.judged;
    if (score > out_.best) {
      out_.best = score;
      out_.best_at = out_.judged;
    }
  }
  void append(EventBody body) {
    Event event{0, "", 0, std::move(body)};
    const auto seq = archive_.append(event);
    RIDGE_CHECK(seq.has_value(), seq ? "" : seq.error().message);
    event.seq = *seq;
    policy_->observe(event);
  }

  Task task_;
  Score score_;
  std::unique_ptr<Policy> policy_;
  Rng rng_;
  std::size_t slots_;
  MapScope device_;
  MemoryArchive archive_;
  std::map<std::string, std::unique_ptr<Operator>, std::less<>> operators_;
  std::deque<CandidateId> flying_;
  Outcome out_;
};

inline Outcome run(const Task& task, Loop::Score score, std::string_view policy, std::uint64_t seed, std::size_t budget,
                   std::size_t slots = 1, const Settings& settings = {}, double goal = INFINITY) {
  auto made = make_policy(policy, settings);
  RIDGE_CHECK(made.has_value(), made ? "" : made.error().message);
  return Loop(task, std::move(score), *std::move(made), seed, slots).run(budget, goal);
}

}  // namespace ridge::landscape
