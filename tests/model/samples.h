// Made-up candidates and random events for tests of everything that keeps events.
#pragma once

#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

#include "base/random.h"
#include "model/archive.h"

namespace ridge::sample {

inline Plan plan() {
  Plan p;
  p.tunables = {Tunable{"TILE", {std::int64_t(8), std::int64_t(16), std::int64_t(32)}, 0, 0},
                Tunable{"FAST", {false, true}, 0, 0}};
  Launch launch;
  launch.kernel = "kernel";
  p.stages.emplace_back().ops.push_back(Op{launch, std::nullopt, {}, 0});
  return p;
}

inline Candidate candidate(std::int64_t tile, std::string op = "tune", std::string source = "void kernel() {}\n") {
  Candidate c;
  c.file = "kernel.cpp";
  c.source = std::make_shared<const std::string>(std::move(source));
  c.plan = std::make_shared<const Plan>(plan());
  c.parameters = {{"TILE", tile}, {"FAST", false}, {"SCALE", 0.5}, {"FLAGS", std::string("-O2 -g")}};
  c.flags = {"-O2", "-g"};
  c.op = std::move(op);
  c.id = identify(c);
  return c;
}

inline Evaluation evaluation(const CandidateId& id, Verdict verdict = Verdict::ok, double score = 1) {
  Evaluation e;
  e.candidate = id;
  e.device = "cpu";
  e.verdict = verdict;
  if (verdict == Verdict::ok) e.score = Score{.value = score};
  if (verdict == Verdict::wrong_result) e.reason = Reason::mismatch;
  return e;
}

inline WorkloadResult workload(std::string name) {
  WorkloadResult w;
  w.name = std::move(name);
  return w;
}

inline Event event(EventBody body, double elapsed_s = 0) {
  return Event{0, "2026-01-01T00:00:00.000Z", elapsed_s, std::move(body)};
}

// Random values of every field.
class Random {
 public:
  explicit Random(std::uint64_t seed) : rng(seed, "samples") {}

  int small() { return int(rng.below(100)); }
  double real() { return rng.coin(0.1) ? 0.0 : rng.normal() * std::pow(10.0, double(rng.integer(-12, 12))); }
  std::string word() {
    static const char* const parts[] = {"a", "Ω", "\"", "\\", "\n", " ", "0", "µs", "{", "]", "\t", "→", "\x01"};
    std::string out;
    for (int i = int(rng.below(8)); i > 0; --i) out += parts[rng.below(std::size(parts))];
    return out;
  }
  std::string id() { return fmt::format("c:{:016x}", rng.bits()); }
  Verdict verdict() { return Verdict(rng.below(std::size_t(Verdict::ok) + 1)); }
  Reason reason() { return Reason(rng.below(std::size_t(Reason::duplicate) + 1)); }
  Interval interval() { return {real(), real(), real(), rng.unit()}; }
  template <class Make>
  auto list(Make make) {
    std::vector<decltype(make())> out;
    for (int i = int(rng.below(4)); i > 0; --i) out.push_back(make());
    return out;
  }
  WorkloadResult workload() {
    WorkloadResult w;
    w.name = word();
    w.verdict = verdict();
    w.reason = reason();
    w.draws = small();
    w.worst_error = rng.coin(0.2) ? std::numeric_limits<double>::infinity() : real();
    w.tolerance = real();
    if (rng.coin()) w.timing = Timing{real(), real(), real(), real(), small(), word()};
    if (rng.coin()) w.roofline = RooflinePoint{real(), word(), word()};
    w.floor_seconds = real();
    if (rng.coin()) w.binding = {{"nx", Number(std::int64_t(rng.bits()))}, {"alpha", Number(real())}};
    return w;
  }
  Diagnostic diagnostic() { return {word(), word()}; }
  Evaluation evaluation() {
    Evaluation e;
    e.candidate = id();
    e.device = word();
    e.verdict = verdict();
    e.reason = reason();
    e.compile = {real(), small(), rng.coin(), word(), {{"fma", word()}, {word(), word()}}};
    e.workloads = list([&] { return workload(); });
    if (rng.coin()) e.score = Score{word(), word(), word(), real()};
    e.diagnostics = list([&] { return diagnostic(); });
    if (rng.coin()) e.duplicate_of = id();
    e.hopeless = rng.coin();
    e.cost = {real(), real(), real(), real()};
    return e;
  }
  DuelRecord duel() {
    DuelRecord d;
    d.incumbent = id();
    d.candidate = id();
    d.purpose = word();
    d.workloads = list([&] { return word(); });
    d.visits = list([&] { return list([&] { return std::array{real(), real(), real(), real()}; }); });
    d.looks = small();
    d.dropped = small();
    d.processes = small();
    d.outcome = DuelOutcome(rng.below(5));
    d.ratio = interval();
    d.per_workload = list([&] { return interval(); });
    d.differs = rng.coin();
    d.sigma_d = real();
    if (rng.coin()) {
      d.fault = Fault{verdict(), reason(), word(), word()};
      d.fault_is_incumbent = rng.coin();
    }
    return d;
  }
  Confirmation confirmation() {
    Confirmation c;
    c.candidate = id();
    c.passed = rng.coin();
    c.claimed = rng.coin();
    c.delta = real();
    c.processes = small();
    c.draws = small();
    c.workloads = list([&] { return workload(); });
    if (rng.coin()) c.against_seed = duel();
    c.against_baselines = list([&] { return std::pair(word(), duel()); });
    c.diagnostics = list([&] { return diagnostic(); });
    return c;
  }
  GateAttempt gate() {
    GateAttempt g{id(), small(), rng.coin(), {}, {}, reason(), {}};
    g.workloads = list([&] { return workload(); });
    g.ratios = list([&] { return interval(); });
    return g;
  }
  Candidate candidate() {
    Candidate c = sample::candidate(rng.integer(-1000, 1000), word(), word());
    c.dialect = Dialect(rng.below(4));
    c.file = word();
    c.parameters.insert_or_assign("X" + word(), real());
    c.compiler = word();
    c.parents = list([&] { return id(); });
    c.why = word();
    c.id = identify(c);
    return c;
  }
  EventBody body(std::size_t kind) {
    switch (kind) {
      case 0:
        return RunStarted{rng.coin() ? R"({"seed":7,"task":"x"})" : word()};
      case 1:
        return CandidateAdded{candidate()};
      case 2:
        return Considered{id(), word(), word()};
      case 3:
        return evaluation();
      case 4:
        return duel();
      case 5:
        return Promoted{id(), rng.coin() ? std::optional(id()) : std::nullopt, interval()};
      case 6:
        return Demoted{id(), word()};
      case 7:
        return confirmation();
      case 8:
        return gate();
      case 9:
        return Selected{
            id(), rng.coin() ? id() : CandidateId(), rng.below(100), real(), {real(), real(), real(), real()}};
      case 10:
        return RunResumed{word()};
      case 11:
        return RunStopped{word(), rng.coin() ? R"({"evaluations":3})" : word()};
      default:
        return Note{word()};
    }
  }
  Event event(std::size_t kind) { return Event{std::int64_t(rng.bits() >> 1), word(), real(), body(kind)}; }

  Rng rng;
};

}  // namespace ridge::sample
