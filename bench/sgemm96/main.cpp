// The whole way on a space whose best is known: 96 variants of a blocked matrix product, from start to a confirmed
// winner, with a cold compile cache; where the time went; and how much was lost by the choice.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "again.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "device/table/table.h"
#include "evaluate/evaluator.h"
#include "model/json.h"
#include "session/assemble.h"
#include "store/store.h"

namespace ridge::bench {
namespace {

namespace fs = std::filesystem;
constexpr double variants = 96;

struct Options {
  int repeat = 1;
  bool planted = false, again = true;
  std::string policy = "exhaustive", json;
  double budget_s = 60;
};

constexpr const char* help =
    R"(usage: bench_sgemm96 [--repeat N] [--planted] [--no-again] [--policy NAME] [--budget SECONDS] [--json FILE]

From start to confirmed winner on the 96 variants of bench/sgemm96/task, N times, each time with a cold compile cache.
  --planted    four more variants: one crashes, one hangs, one remembers its first answer, one scribbles over its input
  --no-again   do not measure all variants again for the winner's regret
  --json FILE  raw numbers (bench/results/ keeps those that were published)
)";

std::optional<Options> options_of(int argc, char** argv) {
  Options o;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--planted") {
      o.planted = true;
    } else if (name == "--no-again") {
      o.again = false;
    } else if (i + 1 < argc && name == "--repeat") {
      o.repeat = std::atoi(argv[++i]);
    } else if (i + 1 < argc && name == "--policy") {
      o.policy = argv[++i];
    } else if (i + 1 < argc && name == "--budget") {
      o.budget_s = std::atof(argv[++i]);
    } else if (i + 1 < argc && name == "--json") {
      o.json = argv[++i];
    } else {
      return std::nullopt;
    }
  }
  if (o.repeat < 1 || !(o.budget_s > 0)) return std::nullopt;
  return o;
}

std::string commit() {
  const auto said = run_process({.argv = {"git", "-C", RIDGELINE_SOURCE, "describe", "--always", "--dirty"},
                                 .folder = "",
                                 .environment = {},
                                 .time_limit_s = 10});
  return said && said->exit_code == 0 ? std::string(trim(said->output)) : "unknown";
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

struct Run {
  Summary summary;
  double wall_s = 0, confirmed_s = 0;  // to the end of the run, to the confirmed winner
  double own_s = 0;                    // ours of one screened candidate, the median
  std::string winner;
  std::optional<Parameters> parameters;
  std::optional<Regret> regret;
};

// Ceilings, the reference and everything else that does not depend on a variant stay; what variants left is removed.
Result<Run> one(const Options& o, const std::string& task_folder, const std::string& cache, const std::string& folder,
                std::uint64_t seed) {
  std::error_code ignored;
  fs::remove_all(cache + "/ridgeline/images", ignored);
  RunSpec spec;
  spec.task_folder = task_folder;
  spec.policy = o.policy;
  spec.seed = seed;
  spec.budget.wall_s = o.budget_s;
  spec.folder = folder;
  Run run;
  const std::atomic<bool> stop = false;
  const auto begin = std::chrono::steady_clock::now();
  RIDGE_TRY(run.summary, start_run(spec, stop, {}));
  run.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (!run.summary.certified) return run;
  RIDGE_TRY(const auto store, Store::open(folder));
  double confirmed = 0, stopped = 0;
  std::vector<double> own;
  RIDGE_TRY_VOID(store->events([&](const Event& e) -> Result<void> {
    if (const auto* c = std::get_if<Confirmation>(&e.body); c && c->candidate == run.summary.certified->candidate)
      confirmed = e.elapsed_s;
    if (const auto* screened = std::get_if<Evaluation>(&e.body); screened && screened->cost.kernel_s > 0)
      own.push_back(screened->cost.own_s);
    if (std::holds_alternative<RunStopped>(e.body)) stopped = e.elapsed_s;
    return {};
  }));
  std::ranges::nth_element(own, own.begin() + std::ptrdiff_t(own.size() / 2));
  run.own_s = own.empty() ? 0 : own[own.size() / 2];
  run.confirmed_s = run.wall_s - (stopped - confirmed);
  const Record* winner = store->find(run.summary.certified->candidate);
  RIDGE_CHECK(winner, "a certified candidate is in the archive");
  run.parameters = winner->candidate.parameters;
  run.winner = described(winner->candidate.parameters);
  return run;
}

nlohmann::json json_of(const Run& r) {
  nlohmann::json j = {{"wall_s", r.wall_s},
                      {"confirmed_s", r.confirmed_s},
                      {"variants_per_s", r.confirmed_s > 0 ? variants / r.confirmed_s : 0},
                      {"own_screening_s", r.own_s},
                      {"winner", r.winner},
                      {"summary", to_json(r.summary)}};
  j["summary"].erase("run");  // a temporary folder
  if (r.regret) {
    j["regret"] = {{"estimate", r.regret->estimate},
                   {"lower", r.regret->lower},
                   {"upper", r.regret->upper},
                   {"seconds", r.regret->seconds}};
    for (const auto& [name, rivals] : {std::pair{"all", &r.regret->rivals}, {"nearest", &r.regret->nearest}})
      for (const Rival& rival : *rivals)
        j["regret"][name].push_back({{"parameters", rival.parameters},
                                     {"estimate", rival.ratio.estimate},
                                     {"lower", rival.ratio.lower},
                                     {"upper", rival.ratio.upper}});
  }
  return j;
}

void print(int number, const Run& r) {
  const Summary::Cost& c = r.summary.cost;
  const double rest = std::max(0.0, r.wall_s - c.compile_s - c.kernel_s - c.draw_check_s);
  std::printf(
      "run %d  %.2f s to the confirmed winner: %.1f variants/s; %.2f s with its gate   compiler %.2f s  kernels %.2f s "
      " draws and checks %.2f s  ours %.2f s (%.2f "
      "ms each, %.2f in screening)\n",
      number, r.confirmed_s, r.confirmed_s > 0 ? variants / r.confirmed_s : 0, r.wall_s, c.compile_s, c.kernel_s,
      c.draw_check_s, rest, 1e3 * rest / double(std::max<std::int64_t>(1, r.summary.evaluations)), 1e3 * r.own_s);
  if (r.winner.empty())
    std::printf("       no winner: %s\n", r.summary.why_not.c_str());
  else
    std::printf("       winner %s\n", r.winner.c_str());
  for (const auto& [verdict, count] : r.summary.failed)
    std::printf("       %s: %lld\n", verdict.c_str(), static_cast<long long>(count));
  if (r.regret)
    std::printf("       regret %.2f %% [%.2f, %.2f] against all measured again in %.1f s; next to it %s\n",
                100 * r.regret->estimate, 100 * r.regret->lower, 100 * r.regret->upper, r.regret->seconds,
                r.regret->nearest.empty() ? "nobody" : r.regret->nearest.front().parameters.c_str());
  std::fflush(stdout);
}

Result<int> run(const Options& o) {
  RIDGE_TRY(const TempDir work, TempDir::make("bench-sgemm96"));
  const std::string cache = work.path() + "/cache", task_folder = work.path() + "/sgemm96";
  // Ceilings of this machine may be known already: they are no part of what is measured.
  const std::string known = cache_folder();
  setenv("XDG_CACHE_HOME", cache.c_str(), 1);
  std::error_code problem;
  fs::create_directories(cache + "/ridgeline");
  for (const auto& entry : fs::directory_iterator(known, problem))
    if (entry.path().filename().string().starts_with("ceilings-"))
      fs::copy(entry.path(), cache + "/ridgeline/" + entry.path().filename().string(), problem);
  fs::copy(std::string(RIDGELINE_SOURCE) + "/bench/sgemm96/task", task_folder);
  RIDGE_TRY(Task plain, read_task(task_folder));
  const auto task = std::make_shared<const Task>(std::move(plain));
  if (o.planted)
    fs::copy(std::string(RIDGELINE_SOURCE) + "/bench/sgemm96/planted.cpp", task_folder + "/template.cpp",
             fs::copy_options::overwrite_existing);
  RIDGE_TRY(const auto device, open_device("cpu"));
  RIDGE_TRY(const Ceilings ceilings, device->ceilings(false));
  RIDGE_TRY(const auto oracle, make_oracle(*task));  // compiles the reference

  nlohmann::json out = {{"benchmark", "sgemm96"},      {"date", today()},
                        {"commit", commit()},          {"device", device->capabilities().description},
                        {"machine", ceilings.machine}, {"planted", o.planted},
                        {"policy", o.policy},          {"runs", nlohmann::json::array()}};
  int good = 0;
  for (int i = 1; i <= o.repeat; ++i) {
    RIDGE_TRY(Run r, one(o, task_folder, cache, fmt::format("{}/run-{}", work.path(), i), std::uint64_t(i)));
    if (r.parameters && o.again) {
      Parameters winner = *r.parameters;
      winner.erase("PLANTED");
      RIDGE_TRY(r.regret, measure_again(task, *device, winner));
    }
    print(i, r);
    good += r.parameters && variants / r.confirmed_s >= 30 && (!r.regret || r.regret->lower <= 0.01);
    out["runs"].push_back(json_of(r));
  }
  std::printf("%d of %d runs reached 30 variants/s with a regret whose lower bound is at most 1 %%\n", good, o.repeat);
  if (!o.json.empty()) RIDGE_TRY_VOID(write_file(o.json, out.dump(1) + "\n"));
  return 0;
}

}  // namespace
}  // namespace ridge::bench

int main(int argc, char** argv) {
  const auto options = ridge::bench::options_of(argc, argv);
  if (!options) {
    std::fputs(ridge::bench::help, argc == 2 && !std::strcmp(argv[1], "--help") ? stdout : stderr);
    return argc == 2 && !std::strcmp(argv[1], "--help") ? 0 : 2;
  }
  const auto status = ridge::bench::run(*options);
  if (status) return *status;
  std::fprintf(stderr, "error: %s\n", status.error().message.c_str());
  return 3;
}
