// What the engine itself costs: a session over a real store with the null device, whose kernels, compilers and oracle
// take no real time. Whatever the clock shows is ours: choosing, sealing, judging's own work, recording.
//
//   bench_engine [--evaluations 100000] [--policy one-plus-one] [--out FILE]
//
// Prints one JSON object: microseconds for each evaluation in the last tenth before 1,000, 10,000 and 100,000 records,
// and the largest resident memory up to there.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include "base/subprocess.h"
#include "base/text.h"
#include "store/store.h"
#include "support/simulated.h"

namespace ridge {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double resident_mib() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return double(used.ru_maxrss) / 1024;
}

class Meter : public Listener {
 public:
  void on_event(const Event& event) override {
    if (!std::holds_alternative<Evaluation>(event.body)) return;
    ++evaluations_;
    for (const std::int64_t mark : {1'000, 10'000, 100'000}) {
      if (evaluations_ == mark - mark / 10) begin_s_ = now();
      if (evaluations_ == mark)
        rows.push_back({{"records", mark},
                        {"us_per_evaluation", (now() - begin_s_) / double(mark / 10) * 1e6},
                        {"peak_resident_mib", resident_mib()}});
    }
  }
  nlohmann::json rows = nlohmann::json::array();

 private:
  std::int64_t evaluations_ = 0;
  double begin_s_ = 0;
};

std::string today() {
  const std::time_t t = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&t, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d", &utc);
  return text;
}

std::string commit() {
  const auto said = run_process(
      {.argv = {"git", "rev-parse", "--short", "HEAD"}, .folder = "", .environment = {}, .time_limit_s = 5});
  return said && said->exit_code == 0 ? std::string(trim(said->output)) : "unknown";
}

Result<nlohmann::json> run_of(std::int64_t evaluations, const std::string& policy_name) {
  RIDGE_TRY(const TempDir folder, TempDir::make("bench-engine"));
  RIDGE_TRY(const auto store, Store::create(folder.path() + "/run"));
  Meter meter;
  simulated::Options options;
  options.tune =
      "AA = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\nBB = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\nCC = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n"
      "DD = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\nEE = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\nFF = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]";
  options.policy = policy_name;
  options.evaluations = evaluations;
  options.wall_s = 1e9;
  options.noise = simulated::restless();
  options.listeners = {&meter};
  const auto device = simulated::device_of(options);
  const auto policy = simulated::policy_of(options);
  RIDGE_TRY(const auto evaluator, simulated::evaluator_of(options, *device));
  const double begin = now();
  Parts parts = simulated::parts_of(options, *evaluator, *store, *policy, device->clock());
  std::atomic<bool> stop = false;
  RIDGE_TRY(const Summary summary, Session(simulated::spec_of(options), std::move(parts)).run(stop));
  return nlohmann::json{{"benchmark", "engine"},   {"device", "null"},
                        {"policy", policy_name},   {"date", today()},
                        {"commit", commit()},      {"evaluations", summary.evaluations},
                        {"wall_s", now() - begin}, {"peak_resident_mib", resident_mib()},
                        {"rows", meter.rows}};
}

}  // namespace
}  // namespace ridge

int main(int argc, char** argv) {
  std::int64_t evaluations = 100'000;
  std::string policy = "one-plus-one", out;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i];
    if (option == "--evaluations")
      evaluations = std::atoll(argv[i + 1]);
    else if (option == "--policy")
      policy = argv[i + 1];
    else if (option == "--out")
      out = argv[i + 1];
    else
      return std::fprintf(stderr, "%s: no such option\n", argv[i]), 2;
  }
  const auto result = ridge::run_of(evaluations, policy);
  if (!result) return std::fprintf(stderr, "%s\n", result.error().message.c_str()), 3;
  const std::string text = result->dump(2) + "\n";
  std::fputs(text.c_str(), stdout);
  if (out.empty()) return 0;
  if (const auto written = ridge::write_file(out, text); !written)
    return std::fprintf(stderr, "%s\n", written.error().message.c_str()), 3;
  return 0;
}
