// verify: a certificate judged again. Nothing in it is believed: what can be computed is computed, what can be run is
// run, and the claim is fought out anew.
#include <algorithm>
#include <set>

#include "evaluate/internal/state.h"
#include "measure/decide.h"

namespace ridge {
namespace {

// Draws are numbered through all purposes of a run's part; more than a run can have made.
constexpr std::uint64_t most_draws = 2'000'000;

class Findings {
 public:
  explicit Findings(Verification& to) : to_(to) {}
  void held(std::string what, std::string text) { add(CheckOutcome::held, std::move(what), std::move(text)); }
  void failed(std::string what, std::string text) { add(CheckOutcome::failed, std::move(what), std::move(text)); }
  void not_possible(std::string what, std::string text) {
    add(CheckOutcome::not_possible, std::move(what), std::move(text));
  }
  bool all_held() const {
    return std::ranges::none_of(to_.findings, [](const TrustCheck& c) { return c.outcome == CheckOutcome::failed; });
  }

 private:
  void add(CheckOutcome outcome, std::string what, std::string text) {
    to_.findings.push_back({std::move(what), outcome, std::move(text)});
  }
  Verification& to_;
};

// Which seeds of `wanted` are none of the secrets' stream for this purpose.
std::set<std::uint64_t> strangers(std::set<std::uint64_t> wanted, const std::vector<Secret>& secrets,
                                  const std::string& purpose) {
  for (std::uint64_t n = 1; n <= most_draws && !wanted.empty(); ++n)
    for (const Secret& secret : secrets) wanted.erase(secret.seed(Draws::stream(purpose), n));
  return wanted;
}

std::set<std::uint64_t> seeds_of(const std::vector<WorkloadResult>& workloads) {
  std::set<std::uint64_t> seeds;
  for (const WorkloadResult& w : workloads) seeds.insert(w.seeds.begin(), w.seeds.end());
  return seeds;
}

bool is_binding(const Binding& binding, const std::map<std::string, Number>& recorded) {
  return binding.size() == recorded.size() && std::ranges::all_of(binding, [&](const auto& entry) {
           const auto at = recorded.find(entry.first);
           return at != recorded.end() && at->second == entry.second;
         });
}

// The shapes that were hidden follow from a secret that was committed to before the run: nobody chose them.
bool follows_from(const Task& task, const std::vector<Secret>& secrets, const std::string& stream,
                  const std::string& name, const std::vector<WorkloadResult>& recorded) {
  for (const Secret& secret : secrets) {
    const auto drawn = hidden_workloads(task, secret, stream, int(recorded.size()), name);
    if (!drawn) continue;
    bool same = true;
    for (std::size_t i = 0; i < recorded.size(); ++i)
      same = same && is_binding((*drawn)[i].binding, recorded[i].binding);
    if (same) return true;
  }
  return false;
}

void check_secrets(const Task& task, const Certificate& c, Findings& findings) {
  std::vector<Secret> secrets;
  for (const RevealedSecret& s : c.secrets) secrets.push_back(Secret::from_text(s.secret));
  if (secrets.empty()) return findings.failed("secrets", "the certificate reveals none");
  findings.held("secrets", fmt::format("{} revealed, as committed to when the run began", secrets.size()));

  std::set<std::uint64_t> gate_seeds;
  for (const GateAttempt& g : c.gates) gate_seeds.merge(seeds_of(g.workloads));
  const auto confirm_seeds = seeds_of(c.confirmation.workloads);
  const std::size_t odd =
      strangers(confirm_seeds, secrets, "confirm").size() + strangers(gate_seeds, secrets, "gate").size();
  if (odd > 0)
    findings.failed("draws", fmt::format("{} recorded draw(s) do not follow from the secrets", odd));
  else
    findings.held("draws",
                  fmt::format("{} recorded draws follow from the secrets", confirm_seeds.size() + gate_seeds.size()));

  std::vector<WorkloadResult> hidden;
  for (const WorkloadResult& w : c.confirmation.workloads)
    if (!task.workload(w.name)) hidden.push_back(w);
  bool shapes = follows_from(task, secrets, confirm_stream(c.winner.candidate.id), "confirm", hidden);
  // A failed attempt ended at the shape that failed: what it has is a beginning of its stream.
  for (const GateAttempt& g : c.gates)
    shapes = shapes && follows_from(task, secrets, gate_stream(g.attempt), "hidden", g.workloads);
  if (shapes)
    findings.held("hidden shapes", "all follow from the secrets");
  else
    findings.failed("hidden shapes", "some do not follow from the secrets");
}

void check_gate(const Certificate& c, Findings& findings) {
  const auto& gates = c.gates;
  if (gates.empty() || gates.size() > 3)
    return findings.failed("gate", fmt::format("{} attempts are recorded; one to three are allowed", gates.size()));
  const GateAttempt& last = gates.back();
  if (!last.passed || last.candidate != c.winner.candidate.id)
    return findings.failed("gate", "the last attempt was not passed by the winner");
  findings.held("gate", fmt::format("passed at attempt {} of at most 3", gates.size()));
}

}  // namespace

Result<Verification> Evaluator::verify(const Certificate& c, double duel_limit_s) {
  State& s = *state_;
  Verification out;
  out.recorded = c.speedup;
  Findings findings(out);
  const auto done = [&](VerifyOutcome outcome) {
    out.outcome = outcome;
    return std::move(out);
  };

  s.say("checking secrets and draws");
  check_secrets(*s.task, c, findings);
  check_gate(c, findings);

  std::vector<std::string> differences;
  if (c.device != s.caps.id) differences.push_back(fmt::format("device {}, not {}", s.caps.id, c.device));
  if (c.machine != s.ceilings.machine)
    differences.push_back(fmt::format("machine \"{}\", not \"{}\"", s.ceilings.machine, c.machine));
  const auto version = s.caps.compiler_versions.find(c.compiler);
  const bool same_compiler = version != s.caps.compiler_versions.end() && version->second == c.compiler_version;
  if (!same_compiler)
    differences.push_back(fmt::format("compiler \"{}\", not \"{}\"",
                                      version == s.caps.compiler_versions.end() ? "none" : version->second,
                                      c.compiler_version));
  const bool same_machine = differences.empty();
  if (same_machine)
    findings.held("machine", "the same processor, system and compiler");
  else
    for (const std::string& d : differences) findings.not_possible("machine", "different: " + d);

  s.say("building winner and seed");
  RIDGE_TRY(auto built, built_anew(s, c.winner.candidate, c.seed.candidate));
  auto& [winner, seed] = built;
  if (!winner) {
    findings.failed("build", "the winner: " + winner.error().text);
    return done(VerifyOutcome::not_confirmed);
  }
  if (!seed) {
    findings.failed("build", "the seed: " + seed.error().text);
    return done(VerifyOutcome::not_confirmed);
  }
  const bool same_binaries =
      hex((*winner)->binary.digest) == c.winner.binary && hex((*seed)->binary.digest) == c.seed.binary;
  if (same_binaries)
    findings.held("build", "the same images, byte for byte");
  else if (same_machine)
    findings.failed("build", "the same compiler makes other images here");
  else  // -march=native means another processor's instructions elsewhere
    findings.not_possible("build", "the images differ, as the machines or compilers do");

  int draws = 0;
  const auto right = [&](const Workload& w, const std::string& purpose,
                         const std::vector<std::uint64_t>& recorded) -> Result<bool> {
    for (Prepared* side : {winner->get(), seed->get()}) side->plans.erase(w.name);
    RIDGE_TRY(auto result, right_on(s, **winner, w, purpose, recorded));
    if (result)
      draws += result->draws;
    else
      findings.failed(purpose, fmt::format("{}: {}: {}", w.name, name(result.error().verdict), result.error().text));
    return result.has_value();
  };
  // Recorded draws first, of the confirmation and of the gate that was passed.
  std::vector<std::pair<Workload, std::vector<std::uint64_t>>> recorded;
  for (const auto* results : {&c.confirmation.workloads, &c.gates.back().workloads})
    for (const WorkloadResult& r : *results) {
      Workload w;
      if (const Workload* known = s.task->workload(r.name)) {
        w = *known;
      } else {
        w.name = r.name;
        w.role = WorkloadRole::hidden;
        w.binding = Binding(r.binding.begin(), r.binding.end());
        if (const auto fits = ridge::bind(s.task->interface, w.binding); !fits)
          return within("certificate: workload " + r.name, fits.error());
      }
      recorded.emplace_back(std::move(w), r.seeds);
    }
  bool all_right = true;
  s.say("replaying the recorded draws");
  for (const auto& [w, seeds] : recorded) {
    if (seeds.empty()) continue;
    RIDGE_TRY(const bool good, right(w, "recorded draws", seeds));
    all_right = all_right && good;
  }
  if (all_right) findings.held("recorded draws", fmt::format("right on all {}", draws));

  s.say("fresh draws and hidden shapes");
  draws = 0;
  std::vector<Workload> fresh;
  for (const Workload& w : s.task->workloads)
    if (w.role == WorkloadRole::scored || w.role == WorkloadRole::published_held_out) fresh.push_back(w);
  RIDGE_TRY(const auto hidden, hidden_workloads(*s.task, s.draws.secret(), "verify", s.task->held_out.count, "verify"));
  fresh.insert(fresh.end(), hidden.begin(), hidden.end());
  bool fresh_right = true;
  for (const Workload& w : fresh) {
    RIDGE_TRY(const bool good, right(w, "fresh draws", {}));
    fresh_right = fresh_right && good;
  }
  if (fresh_right)
    findings.held("fresh draws", fmt::format("right on all {}, {} of them on shapes drawn now", draws,
                                             hidden.size() * std::size_t(draws_each)));
  if (!all_right || !fresh_right) return done(VerifyOutcome::not_confirmed);

  s.say("measuring the speed-up again");
  DuelPlan plan;
  plan.purpose = "claim";
  plan.workloads = s.task->scored();
  plan.goal = c.confirmation.delta;
  plan.time_limit_s = duel_limit_s;
  plan.blocks_per_process = 1;
  RIDGE_TRY(DuelRecord record, duel(s, **seed, **winner, plan));
  if (record.outcome == DuelOutcome::failed) {
    findings.failed("claim", record.fault ? record.fault->text : "the duel failed");
    return done(VerifyOutcome::not_confirmed);
  }
  const Interval& now = record.ratio;
  const bool decided = record.outcome != DuelOutcome::voided && record.looks > 0;
  const bool faster = decided && now.lower > 1 + c.confirmation.delta;
  const bool as_recorded = now.upper >= c.speedup.lower;
  const std::string both =
      fmt::format("{:.3g}x [{:.3g}, {:.3g}] now, {:.3g}x [{:.3g}, {:.3g}] in the certificate", now.estimate, now.lower,
                  now.upper, c.speedup.estimate, c.speedup.lower, c.speedup.upper);
  if (!same_machine)
    findings.not_possible("claim", "on another machine: " + both);
  else if (!decided)
    findings.failed("claim", "the machine was too restless to measure; try again when it is quiet");
  else if (!faster)
    findings.failed("claim", "not faster beyond the margin: " + both);
  else if (!as_recorded)
    findings.failed("claim", "faster, but by less than was certified: " + both);
  else
    findings.held("claim", both);
  out.duel = std::move(record);
  if (!findings.all_held()) return done(VerifyOutcome::not_confirmed);
  return done(same_machine ? VerifyOutcome::confirmed : VerifyOutcome::different_machine);
}

}  // namespace ridge
