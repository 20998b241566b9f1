#include "made_up_run.h"

#include <cmath>

#include <nlohmann/json.hpp>

namespace ridge::made_up {
namespace {

const char* const kSeed = R"(/* ridgeline
[[stage]]
[[stage.op]]
launch = "forces"
args = ["x", "v", "n", "steps", "dt"]
*/
#include <cmath>

// All pairs, as written in the book.
extern "C" void forces(float* x, float* v, int n, int steps, float dt) {
  for (int s = 0; s < steps; ++s) {
    for (int i = 0; i < n; ++i) {
      float ax = 0, ay = 0, az = 0;
      for (int j = 0; j < n; ++j) {
        float dx = x[3 * j] - x[3 * i];
        float dy = x[3 * j + 1] - x[3 * i + 1];
        float dz = x[3 * j + 2] - x[3 * i + 2];
        float r = 1.0f / std::sqrt(dx * dx + dy * dy + dz * dz + 1e-4f);
        float f = r * r * r;
        ax += f * dx;
        ay += f * dy;
        az += f * dz;
      }
      v[3 * i] += dt * ax;
      v[3 * i + 1] += dt * ay;
      v[3 * i + 2] += dt * az;
    }
    for (int i = 0; i < 3 * n; ++i) x[i] += dt * v[i];
  }
}
)";

const char* const kWinner = R"(/* ridgeline
[tune]
WIDE = [1, 2, 4, 8]
UNROLL = [1, 2, 4]
RSQRT = [0, 1]

[build]
flags = ["-O3", "-march=native"]

[scratch]
soa = { type = "f32", count = "3 * n" }

[[stage]]
[[stage.op]]
launch = "forces"
args = ["x", "v", "soa", "n", "steps", "dt"]
*/
#include <immintrin.h>
#include <cmath>

// Positions lie apart by coordinate, so that WIDE bodies are loaded at once.
static void split(const float* x, float* soa, int n) {
  for (int i = 0; i < n; ++i)
    for (int c = 0; c < 3; ++c) soa[c * n + i] = x[3 * i + c];
}

extern "C" void forces(float* x, float* v, float* soa, int n, int steps, float dt) {
  for (int s = 0; s < steps; ++s) {
    split(x, soa, n);
    for (int i = 0; i < n; ++i) {
      float ax = 0, ay = 0, az = 0;
      _Pragma("GCC unroll 4")
      for (int j = 0; j < n; ++j) {
        float dx = soa[j] - x[3 * i];
        float dy = soa[n + j] - x[3 * i + 1];
        float dz = soa[2 * n + j] - x[3 * i + 2];
        float r = 1.0f / std::sqrt(dx * dx + dy * dy + dz * dz + 1e-4f);
        float f = r * r * r;
        ax += f * dx;
        ay += f * dy;
        az += f * dz;
      }
      v[3 * i] += dt * ax;
      v[3 * i + 1] += dt * ay;
      v[3 * i + 2] += dt * az;
    }
    for (int i = 0; i < 3 * n; ++i) x[i] += dt * v[i];
  }
}
)";

class Maker {
 public:
  explicit Maker(const Settings& settings) : settings_(settings) {}

  std::vector<Event> make() {
    start();
    add(candidate("c:0000000000000001", "seed", "", kSeed, {}, {}));
    add(right("c:0000000000000001", 1.0));
    std::string champion = "c:0000000000000001";
    double best = 1, promoted = 1;
    for (int i = 2; i <= settings_.evaluations; ++i) {
      t_ = 48.0 * i / settings_.evaluations;
      const std::string id = fmt::format("c:{:016x}", i);
      const double progress = double(i) / settings_.evaluations;
      const double score =
          std::exp(std::log(10.1) * (1 - std::pow(1 - progress, 2.5)) - 0.9 * rng_.unit() * rng_.unit());
      const std::int64_t wide = std::int64_t(1) << rng_.below(4), unroll = std::int64_t(1) << rng_.below(3);
      const std::string why = fmt::format("WIDE {}→{}, UNROLL {}→{}", wide, wide * 2, unroll, 1);
      add(candidate(id, i % 5 == 0 ? "rewrite" : "tune", text(why), kWinner, {champion},
                    {{"WIDE", wide * 2}, {"UNROLL", unroll}, {"RSQRT", std::int64_t(1)}}));
      if (i % 11 == 0) {
        add(failed(id, i));
        continue;
      }
      add(right(id, score));
      if (i % 7 == 0) add(Considered{id, "duplicate", "same binary as an earlier one"});
      best = std::max(best, score);
      if (score == best && score > promoted * 1.06) {
        add(duel(champion, id, "promote", score / promoted));
        add(Promoted{id, champion, {score / promoted, score / promoted * .985, score / promoted * 1.015, .95}});
        champion = id;
        promoted = score;
      }
    }
    winner_ = champion;
    if (settings_.certified) confirm();
    if (settings_.finished) stop();
    return std::move(events_);
  }

 private:
  std::string text(const std::string& calm) const {
    return settings_.hostile ? calm + "<script>alert(1)</script>\"'&\x1b[2J\xff\u202e\u200f{{task}}" : calm;
  }

  void add(EventBody body) {
    events_.push_back({std::int64_t(events_.size()) + 1, "2026-11-22T15:04:05.123Z", t_, std::move(body)});
  }

  void start() {
    nlohmann::json j = {{"spec",
                         {{"task", text("metal-sci/nbody")},
                          {"device", "cpu"},
                          {"policy", "one-plus-one"},
                          {"seed", 7},
                          {"policy_settings", {{"restart", "40"}}},
                          {"budget", {{"wall_s", 60}, {"evaluations", 0}}}}},
                        {"environment",
                         {{"device", "2 × AVX-512, g++ 12.2"},
                          {"cpu", {{"model", "Intel Xeon Platinum 8488C"}, {"cores", 2}}},
                          {"kernel", "Linux 6.1.0"},
                          {"ceilings",
                           {{"date", "2026-11-20T08:00:00Z"},
                            {"flops_f32", 148e9},
                            {"flops_f64", 74e9},
                            {"bandwidth",
                             {{{"level", "L1"}, {"bytes_per_s", 310e9}},
                              {{"level", "L2"}, {"bytes_per_s", 91e9}},
                              {{"level", "DRAM"}, {"bytes_per_s", 12.4e9}}}}}},
                          {"isolation", {"user namespace", "seccomp", "landlock"}}}}};
    j["secret_commitment"] = std::string(64, 'c');
    j["task_digest"] = std::string(64, 'a');
    for (const double n : {256.0, 1024.0, 2048.0})
      j["work"].push_back(
          {{"name", text(fmt::format("{:.0f}_10", n))}, {"flops", 20 * n * n * 10}, {"bytes", 96 * n * 10}});
    if (settings_.hostile) j["environment"]["</dd><script>"] = "<img src=x onerror=alert(1)>";
    add(RunStarted{j.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)});
  }

  CandidateAdded candidate(const std::string& id, const char* op, const std::string& why, const char* source,
                           std::vector<CandidateId> parents, Parameters parameters) {
    Candidate c;
    c.id = id;
    c.file = "winner.cpp";
    c.source = std::make_shared<std::string>(
        settings_.hostile ? "// </code></pre><script>alert(1)</script>\n" + std::string(source) : source);
    c.plan = plan_;
    c.parameters = std::move(parameters);
    c.flags = {"-O3", "-march=native"};
    c.compiler = "g++";
    c.parents = std::move(parents);
    c.op = op;
    c.why = why;
    return {c};
  }

  std::vector<WorkloadResult> workloads(double score, const std::vector<std::string>& names) {
    std::vector<WorkloadResult> out;
    double seconds = 0.00192;
    for (const std::string& n : names) {
      WorkloadResult w;
      w.name = text(n);
      w.draws = 3;
      w.worst_error = 3.1e-6 * (1 + double(out.size()));
      w.tolerance = 2.2e-5;
      w.timing =
          Timing{seconds / score, seconds / score * .99, seconds / score * 1.02, seconds / score * .98, 15, "warm"};
      w.floor_seconds = seconds / 400;
      w.roofline = RooflinePoint{std::min(0.055 * score, 1.0), "compute", "74.0 GFLOP/s"};
      seconds *= 15.6;
      out.push_back(w);
    }
    return out;
  }
  std::vector<WorkloadResult> seen(double score) { return workloads(score, {"256_10", "1024_10", "2048_10"}); }

  Evaluation right(const std::string& id, double score) {
    Evaluation e;
    e.candidate = id;
    e.device = "cpu";
    e.workloads = seen(score);
    e.score = Score{"speedup_gmean", "1", "seed", score};
    e.compile.binary = "b:" + id.substr(2);
    e.cost = {0.014, 0.06, 0.02, 0.001};
    return e;
  }

  Evaluation failed(const std::string& id, int i) {
    Evaluation e;
    e.candidate = id;
    e.device = "cpu";
    const bool compiler = i % 2 == 0, slow = i % 33 == 0;
    e.verdict = slow ? Verdict::timed_out : compiler ? Verdict::compile_failed : Verdict::wrong_result;
    e.reason = slow ? Reason::time_limit : compiler ? Reason::compiler_error : Reason::ignored_scalar;
    e.diagnostics.push_back(
        {"check", text(slow       ? "2048_10: still running after 10 s"
                       : compiler ? "winner.cpp:31:9: error: 'dz' was not declared in this scope"
                                  : "v: 3072 of 3072 elements differ beyond tolerance, worst 0.031 at [17][2] (got "
                                    "0.412, expected 0.443); passes when dt = 0.01")});
    return e;
  }

  DuelRecord duel(const std::string& a, const std::string& b, const char* purpose, double ratio) {
    DuelRecord d;
    d.incumbent = a;
    d.candidate = b;
    d.purpose = purpose;
    d.workloads = {"256_10", "1024_10", "2048_10"};
    d.visits.resize(9 + std::size_t(rng_.below(12)));
    d.dropped = int(rng_.below(2));
    d.processes = 2;
    d.outcome = DuelOutcome::faster;
    d.ratio = {ratio, ratio * .99, ratio * 1.01, .95};
    d.looks = 1;
    for (const double by : {.92, 1.0, 1.07})
      d.per_workload.push_back({ratio * by, ratio * by * .985, ratio * by * 1.015, .95});
    d.sigma_d = 0.004 + 0.02 * rng_.unit();
    return d;
  }

  void confirm() {
    Confirmation c;
    c.candidate = winner_;
    c.passed = c.claimed = true;
    c.processes = 2;
    c.draws = 16;
    c.workloads = seen(9.84);
    for (WorkloadResult& w : c.workloads) {
      w.timing->median *= 1.3;
      w.timing->n = 3;
      w.timing->mode = "cold";
    }
    c.binary = std::string(64, 'b');
    c.checks = {{"ghost replay", CheckOutcome::held, ""},
                {"address sanitizer", CheckOutcome::held, ""},
                {text("thread sanitizer"), CheckOutcome::not_possible, "no second core"}};
    c.diagnostics.push_back({"baseline", text("blis: not compared: libblis is not installed")});
    c.against_seed = duel("c:0000000000000001", winner_, "claim", 9.84);
    t_ = 55;
    add(c);
    GateAttempt g;
    g.candidate = winner_;
    g.passed = true;
    g.workloads = hidden();
    for (int i = 0; i < 4; ++i) g.ratios.push_back({8.8 + .4 * i, 8.5 + .4 * i, 9.2 + .4 * i, .95});
    t_ = 59;
    add(g);
  }

  std::vector<WorkloadResult> hidden() {
    auto all = workloads(9, {"hidden-1", "hidden-2", "hidden-3", "hidden-4"});
    for (std::size_t i = 0; i < all.size(); ++i)
      all[i].binding = {
          {"n", std::int64_t(311 + 402 * i)}, {"steps", std::int64_t(7 + i)}, {"dt", 0.00731 * double(i + 1)}};
    return all;
  }

  void stop() {
    Summary s;
    s.run = "runs/nbody-20261122-150405";
    s.task = text("metal-sci/nbody");
    s.device = "cpu";
    s.policy = "one-plus-one";
    s.seed = 7;
    s.stopped_by = "time";
    s.evaluations = settings_.evaluations;
    s.duplicates = settings_.evaluations / 7;
    s.failed = {{"wrong_result", 14}, {"compile_failed", 13}};
    s.cost = {60.2, 21.0, 24.8, 9.1, 1.3};
    if (settings_.certified) {
      Summary::Certified c;
      c.candidate = winner_;
      c.speedup = {9.84, 9.71, 9.97, .95};
      c.workloads = {
          {"256_10", 0.00192, 0.000211, {9.1, 8.92, 9.31, .95}, RooflinePoint{.41, "compute", "74.0 GFLOP/s"}},
          {"1024_10", 0.0301, 0.00304, {9.9, 9.78, 10.03, .95}, RooflinePoint{.55, "compute", "74.0 GFLOP/s"}},
          {"2048_10", 0.121, 0.0114, {10.6, 10.41, 10.8, .95}, RooflinePoint{1.04, "compute", "74.0 GFLOP/s"}}};
      c.baselines = {{"eigen", {1.62, 1.6, 1.64, .95}}};
      c.processes = 2;
      c.draws = 16;
      c.gate_attempts = 1;
      c.hidden = hidden();
      for (int i = 0; i < 4; ++i) c.hidden_ratios.push_back({8.8 + .4 * i, 8.5 + .4 * i, 9.2 + .4 * i, .95});
      s.certified = c;
    } else {
      s.why_not = text("the best candidate was 0.4 % faster in its last duel, less than the margin of 1 %");
    }
    add(Note{text("two blocks were dropped: another process used the processor")});
    add(RunStopped{"time", to_json(s).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)});
  }

  Settings settings_;
  Rng rng_{7, "made-up run"};
  std::vector<Event> events_;
  std::shared_ptr<const Plan> plan_ = std::make_shared<Plan>(plan_from_source(kWinner, "winner.cpp").value());
  std::string winner_;
  double t_ = 0;
};

}  // namespace

std::vector<Event> events(const Settings& settings) {
  return Maker(settings).make();
}

RunData run(const Settings& settings) {
  RunGatherer gatherer;
  for (const Event& e : events(settings)) gatherer.add(e);
  RunData data = gatherer.finish();
  data.folder = "runs/nbody-20261122-150405";
  return data;
}

}  // namespace ridge::made_up
