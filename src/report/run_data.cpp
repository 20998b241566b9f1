#include "report/run_data.h"

#include <algorithm>
#include <set>
#include <span>

#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "base/text.h"
#include "model/json.h"

namespace ridge {
namespace {

using Json = nlohmann::json;
constexpr std::size_t most_ancestors = 64, most_notes = 50, most_observations = 50'000;

template <class... F>
struct Visitor : F... {
  using F::operator()...;
};

// Spec and environment were written by some version of the program, perhaps not this one: what has another type than
// expected is as good as absent.
template <class T>
T field_or(const Json& j, const char* key, T otherwise) {
  const auto it = j.is_object() ? j.find(key) : j.end();
  if (!j.is_object() || it == j.end()) return otherwise;
  if constexpr (std::is_same_v<T, std::string>)
    return it->is_string() ? it->template get<T>() : otherwise;
  else
    return it->is_number() ? it->template get<T>() : otherwise;
}

const Json* object_at(const Json& j, const char* key) {
  const auto it = j.is_object() ? j.find(key) : j.end();
  return j.is_object() && it != j.end() && it->is_object() ? &*it : nullptr;
}

std::string scalar_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return dump_json(value);
}

// Names carry their unit, so that values can be shown in one that reads well.
std::string readable(const std::string& key, const Json& value) {
  if (value.is_number() && key.ends_with("bytes_per_s")) return human_rate(value.get<double>(), "B/s");
  if (value.is_number() && key.starts_with("flops_")) return human_rate(value.get<double>(), "FLOP/s");
  if (value.is_number() && key.ends_with("bytes")) return human_bytes(value.get<double>());
  if (value.is_number() && key.ends_with("_s")) return human_seconds(value.get<double>());
  return scalar_text(value);
}

bool is_word_list(const Json& value) {
  return value.is_array() && std::all_of(value.begin(), value.end(), [](const Json& v) { return v.is_string(); });
}

void flatten_into(std::vector<std::pair<std::string, std::string>>& out, const Json& object,
                  const std::string& prefix) {
  for (const auto& [key, value] : object.items()) {
    if (out.size() >= 200) return;
    if (value.is_null() || (value.is_number() && value.get<double>() == 0)) continue;
    if (value.is_object()) {
      flatten_into(out, value, prefix + key + ".");
    } else if (is_word_list(value)) {
      std::string all;
      for (const auto& v : value) all += (all.empty() ? "" : ", ") + v.get<std::string>();
      if (!all.empty()) out.emplace_back(prefix + key, all);
    } else if (value.is_array()) {
      // A list of objects, each with a name for itself: "bandwidth.L2.bytes_per_s".
      for (const auto& item : value)
        if (item.is_object())
          flatten_into(out, item,
                       fmt::format("{}{}.{}{}", prefix, key, field_or<std::string>(item, "level", ""),
                                   item.contains("level") ? "." : ""));
    } else if (key != "level") {
      out.emplace_back(prefix + key, readable(key, value));
    }
  }
}

}  // namespace

struct RunGatherer::State {
  RunData data;
  std::map<CandidateId, Candidate> candidates;
  std::map<CandidateId, Evaluation> ok;  // last evaluation of every right candidate
  std::map<std::pair<Verdict, Reason>, FailureRow> failures;
  std::map<std::string, OperatorCount> operators;
  std::map<std::string, NoiseRow> noise;
  std::map<std::string, std::vector<double>> sigmas;
  std::map<CandidateId, Confirmation> confirmations;
  CandidateId seed, last_confirmed;
  std::string task_digest, secret_commitment;
  std::map<CandidateId, std::int64_t> children;
  std::map<CandidateId, Observation> observations;
  std::int64_t evaluations = 0, duplicates = 0;
  Summary::Cost cost;

  void start(const RunStarted& e) {
    const auto parsed = parse_json(e.spec_json, "run started");
    if (!parsed) return;
    const Json& j = *parsed;
    const Json* inner = object_at(j, "spec");
    const Json& spec = inner ? *inner : j;
    data.summary.task = field_or<std::string>(spec, "task", "");
    data.summary.device = field_or<std::string>(spec, "device", "");
    data.summary.policy = field_or<std::string>(spec, "policy", "");
    data.summary.seed = field_or<std::uint64_t>(spec, "seed", 0);
    if (const Json* settings = object_at(spec, "policy_settings"))
      for (const auto& [key, value] : settings->items()) data.policy_settings[key] = scalar_text(value);
    if (const Json* budget = object_at(spec, "budget")) {
      data.budget_wall_s = field_or<double>(*budget, "wall_s", 0);
      data.budget_evaluations = field_or<std::int64_t>(*budget, "evaluations", 0);
    }
    task_digest = field_or<std::string>(j, "task_digest", "");
    secret_commitment = field_or<std::string>(j, "secret_commitment", "");
    if (const Json* rules = object_at(j, "rules")) data.sigma_p = field_or<double>(*rules, "sigma_p", 0);
    if (const auto work = j.find("work"); work != j.end() && work->is_array())
      for (const Json& w : *work)
        data.work.push_back(
            {field_or<std::string>(w, "name", ""), field_or<double>(w, "flops", 0), field_or<double>(w, "bytes", 0)});
    if (const Json* environment = object_at(j, "environment")) {
      flatten_into(data.environment, *environment, "");
      if (const Json* ceilings = object_at(*environment, "ceilings")) take_ceilings(*ceilings);
    }
  }

  void take_ceilings(const Json& j) {
    RunCeilings& c = data.ceilings;
    c.flops_f32 = field_or<double>(j, "flops_f32", 0);
    c.flops_f64 = field_or<double>(j, "flops_f64", 0);
    c.date = field_or<std::string>(j, "date", "");
    const auto levels = j.find("bandwidth");
    if (levels == j.end() || !levels->is_array()) return;
    // A level may have been measured at several sizes; its ceiling is the highest.
    for (const Json& b : *levels) {
      const auto level = field_or<std::string>(b, "level", "");
      const auto rate = field_or<double>(b, "bytes_per_s", 0);
      const auto known = std::ranges::find(c.bandwidth, level, &RunCeilings::Bandwidth::level);
      if (known != c.bandwidth.end())
        known->bytes_per_s = std::max(known->bytes_per_s, rate);
      else if (c.bandwidth.size() < 8)
        c.bandwidth.push_back({level, rate});
    }
  }

  OperatorCount& row_of(const std::string& op) {
    OperatorCount& row = operators[op];
    row.op = op;
    return row;
  }
  OperatorCount* row_of_candidate(const CandidateId& id) {
    const auto it = candidates.find(id);
    return it == candidates.end() ? nullptr : &row_of(it->second.op);
  }

  void add_candidate(const CandidateAdded& e) {
    if (seed.empty() && e.candidate.op == "seed") seed = e.candidate.id;
    ++row_of(e.candidate.op).made;
    for (const CandidateId& parent : e.candidate.parents) ++children[parent];
    candidates.insert_or_assign(e.candidate.id, e.candidate);
  }

  void add_evaluation(const Evaluation& e, double elapsed_s) {
    ++evaluations;
    cost.compile_s += e.cost.compile_s;
    cost.kernel_s += e.cost.kernel_s;
    cost.draw_check_s += e.cost.draw_check_s;
    cost.own_s += e.cost.own_s;
    OperatorCount* row = row_of_candidate(e.candidate);
    if (row) ++row->judged;
    if (e.duplicate_of) ++duplicates;
    if (e.hopeless) ++data.hopeless;
    observe(e);
    if (e.verdict == Verdict::ok) {
      ++data.ok;
      if (row) ++row->ok;
      if (e.score) data.judged.push_back({elapsed_s, e.score->value});
      ok.insert_or_assign(e.candidate, e);
      return;
    }
    ++data.summary.failed[std::string(name(e.verdict))];
    FailureRow& failure = failures[{e.verdict, e.reason}];
    failure.verdict = e.verdict;
    failure.reason = e.reason;
    ++failure.count;
    if (failure.example.empty() && !e.diagnostics.empty()) failure.example = e.diagnostics.front().text;
  }

  // A later evaluation of a candidate replaces the first; a duplicate's time was never measured.
  void observe(const Evaluation& e) {
    const auto it = candidates.find(e.candidate);
    if (it == candidates.end() || it->second.parameters.empty() || e.duplicate_of) return;
    if (observations.size() >= most_observations && !observations.contains(e.candidate)) return;
    const Candidate& c = it->second;
    std::string context = c.compiler;
    for (const std::string& flag : c.flags)
      if (!c.parameters.contains("FLAGS")) context += '\0' + flag;
    if (c.parameters.contains("COMPILER")) context.clear();
    const bool right = e.verdict == Verdict::ok && e.score;
    observations.insert_or_assign(e.candidate,
                                  Observation{c.parameters, context_number(c, context), right ? e.score->value : 0.0});
  }

  // Sources are shared between the candidates of a run, so most are known by their address.
  std::uint64_t context_number(const Candidate& c, const std::string& rest) {
    std::uint64_t& source = source_number[c.source.get()];
    if (source == 0 && c.source) source = fingerprint(std::as_bytes(std::span(*c.source)));
    return source ^ fingerprint(std::as_bytes(std::span(rest)));
  }
  std::map<const std::string*, std::uint64_t> source_number;

  void add_duel(const DuelRecord& d) {
    NoiseRow& row = noise[d.purpose];
    row.purpose = d.purpose;
    ++row.duels;
    row.blocks += std::int64_t(d.visits.size());
    row.dropped += d.dropped;
    row.looks += d.looks;
    if (d.outcome == DuelOutcome::voided) ++row.voided;
    row.processes = std::max(row.processes, d.processes);
    if (d.sigma_d > 0) sigmas[d.purpose].push_back(d.sigma_d);
  }

  void promote(const Promoted& p, double elapsed_s) {
    PromotionMark mark{elapsed_s, p.candidate, "", "", 0, p.over.has_value(), p.ratio, false};
    if (auto it = candidates.find(p.candidate); it != candidates.end()) {
      mark.op = it->second.op;
      mark.why = it->second.why;
    }
    if (auto it = ok.find(p.candidate); it != ok.end() && it->second.score) mark.score = it->second.score->value;
    if (OperatorCount* row = row_of_candidate(p.candidate)) ++row->promoted;
    data.promotions.push_back(std::move(mark));
  }

  void demote(const Demoted& d) {
    for (auto it = data.promotions.rbegin(); it != data.promotions.rend(); ++it)
      if (it->candidate == d.candidate) {
        it->demoted = true;
        return;
      }
  }

  void stop(const RunStopped& e) {
    const auto j = parse_json(e.summary_json, "run stopped");
    if (!j) return;
    if (auto s = summary_from_json(*j)) {
      data.summary = std::move(*s);
      data.finished = true;
    }
  }

  CandidateId winner_id() const {
    if (data.summary.certified) return data.summary.certified->candidate;
    for (auto it = data.promotions.rbegin(); it != data.promotions.rend(); ++it)
      if (!it->demoted) return it->candidate;
    const Evaluation* best = nullptr;
    for (const auto& [id, e] : ok)
      if (id != seed && e.score && (!best || e.score->value > best->score->value)) best = &e;
    return best ? best->candidate : CandidateId();
  }

  void take(const CandidateId& id, std::optional<Candidate>& candidate, std::optional<Evaluation>& evaluation) {
    if (auto it = candidates.find(id); it != candidates.end()) candidate = it->second;
    if (auto it = ok.find(id); it != ok.end()) evaluation = it->second;
  }

  // By which somebody else can tell whether they have the same things in hand.
  void identify(const CandidateId& winner) {
    if (!winner.empty()) data.identities.emplace_back("candidate", winner);
    if (data.confirmation && data.confirmation->candidate == winner && !data.confirmation->binary.empty())
      data.identities.emplace_back("machine code (SHA-256)", data.confirmation->binary);
    else if (data.winner_evaluation && !data.winner_evaluation->compile.binary.empty())
      data.identities.emplace_back("its machine code", data.winner_evaluation->compile.binary);
    if (!task_digest.empty()) data.identities.emplace_back("task (SHA-256)", task_digest);
    if (!secret_commitment.empty()) data.identities.emplace_back("commitment to the secret seed", secret_commitment);
  }

  // Following first parents; a candidate may appear once, whatever a damaged log says.
  void trace(CandidateId id) {
    std::set<CandidateId> met;
    while (data.lineage.size() < most_ancestors && met.insert(id).second) {
      const auto it = candidates.find(id);
      if (it == candidates.end()) break;
      LineageStep step{it->second, 0, false, 0};
      if (const auto e = ok.find(id); e != ok.end() && e->second.score) step.score = e->second.score->value;
      if (const auto n = children.find(id); n != children.end()) step.children = n->second;
      step.champion =
          std::ranges::any_of(data.promotions, [&](const PromotionMark& p) { return p.candidate == id && !p.demoted; });
      data.lineage.push_back(std::move(step));
      if (it->second.parents.empty()) break;
      id = it->second.parents.front();
    }
    std::reverse(data.lineage.begin(), data.lineage.end());
  }
};

RunGatherer::RunGatherer() : state_(std::make_unique<State>()) {}
RunGatherer::~RunGatherer() = default;

void RunGatherer::add(const Event& event) {
  State& s = *state_;
  if (s.data.started.empty()) s.data.started = event.time;
  s.data.elapsed_s = std::max(s.data.elapsed_s, event.elapsed_s);
  std::visit(Visitor{[&](const RunStarted& e) { s.start(e); }, [&](const CandidateAdded& e) { s.add_candidate(e); },
                     [&](const Considered& e) {
                       ++s.data.considered[e.reason];
                       if (e.reason == "duplicate") ++s.duplicates;
                     },
                     [&](const Evaluation& e) { s.add_evaluation(e, event.elapsed_s); },
                     [&](const DuelRecord& e) { s.add_duel(e); },
                     [&](const Promoted& e) { s.promote(e, event.elapsed_s); }, [&](const Demoted& e) { s.demote(e); },
                     [&](const Confirmation& e) {
                       s.last_confirmed = e.candidate;
                       s.confirmations.insert_or_assign(e.candidate, e);
                       if (e.against_seed) s.add_duel(*e.against_seed);
                       for (const auto& [baseline, duel] : e.against_baselines) s.add_duel(duel);
                     },
                     [&](const GateAttempt& e) { s.data.gate.push_back(e); },
                     [&](const Selected&) {},  // its duels are there; the bound stands in the summary
                     [&](const RunResumed&) {
                       ++s.data.resumed;
                       s.data.finished = false;
                     },
                     [&](const RunStopped& e) { s.stop(e); },
                     [&](const Note& e) {
                       if (s.data.notes.size() < most_notes) s.data.notes.push_back(e.text);
                     }},
             event.body);
}

RunData RunGatherer::finish() {
  State& s = *state_;
  RunData& data = s.data;
  if (!data.finished) {
    data.summary.evaluations = s.evaluations;
    data.summary.duplicates = s.duplicates;
    data.summary.certified.reset();
    data.summary.stopped_by = "";
    data.summary.why_not =
        "the run has not ended: it is still going on, or it was interrupted before it could confirm a winner";
    s.cost.wall_s = data.elapsed_s;
    data.summary.cost = s.cost;
  }
  s.take(s.seed, data.seed, data.seed_evaluation);
  const CandidateId winner = s.winner_id();
  s.take(winner, data.winner, data.winner_evaluation);
  if (!winner.empty()) s.trace(winner);
  if (data.winner) {
    std::vector<Observation> all;
    for (const auto& [id, o] : s.observations) all.push_back(o);
    data.effects = effects_of(all, data.winner->parameters);
  }
  auto confirmed = s.confirmations.find(winner);
  if (confirmed == s.confirmations.end()) confirmed = s.confirmations.find(s.last_confirmed);
  if (confirmed != s.confirmations.end()) data.confirmation = confirmed->second;
  s.identify(winner);

  for (auto& [key, row] : s.failures) data.failures.push_back(row);
  std::stable_sort(data.failures.begin(), data.failures.end(),
                   [](const FailureRow& a, const FailureRow& b) { return a.count > b.count; });
  for (auto& [key, row] : s.operators) data.operators.push_back(row);
  std::stable_sort(data.operators.begin(), data.operators.end(),
                   [](const OperatorCount& a, const OperatorCount& b) { return a.made > b.made; });
  for (auto& [purpose, row] : s.noise) {
    auto& all = s.sigmas[purpose];
    std::sort(all.begin(), all.end());
    if (!all.empty()) {
      row.sigma_median = all[all.size() / 2];
      row.sigma_worst = all.back();
    }
    data.noise.push_back(row);
  }
  return std::move(data);
}

}  // namespace ridge
