// Searches without hardware (simulate/zeros.h) with everything that a test may want to change: times, faults, answers.
//
//   simulated::Search search({.seconds = landscape, .policy = "random", .evaluations = 40});
//   const Summary summary = search.run();
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "device/null/null.h"
#include "evaluate/evaluator.h"
#include "session/session.h"
#include "simulate/zeros.h"

namespace ridge::simulated {

// `tune`: the template's [tune] section, empty for a task with a seed alone.
std::string task_toml(std::size_t scored = 1);
std::shared_ptr<const Task> task(const std::string& tune = "", std::size_t scored = 1);

// A judge between the session and the evaluator, for answers that honest devices seldom give.
class Between : public Judge {
 public:
  explicit Between(Judge& real) : real_(real) {}
  JobId submit(JudgeJob job) override;
  Result<std::vector<Completion>> poll() override;
  bool cancel(JobId job) override { return real_.cancel(job); }

  std::function<void(const JudgeJob&, JudgeResult&)> change;  // of every completion, with its job

 private:
  Judge& real_;
  std::map<JobId, JudgeJob> jobs_;
};

// Keeps every event in order.
class Recorder : public Listener {
 public:
  void on_event(const Event& event) override { events.push_back(event); }
  template <class T>
  std::vector<T> all() const {
    std::vector<T> out;
    for (const Event& e : events)
      if (const auto* body = std::get_if<T>(&e.body)) out.push_back(*body);
    return out;
  }
  std::vector<Event> events;
};

struct Options {
  std::uint64_t seed = 1;
  std::string tune = {};
  std::size_t scored = 1;
  null::NoiseModel noise = {};
  std::function<double(const CompileJob&)> seconds = {};  // none: the null device's own landscape
  std::function<std::vector<double>(const CompileJob&)> runs = {};
  std::function<std::optional<Fault>(const CompileJob&)> fault = {};
  std::string policy = "random";  // "rename": the null operator
  bool deduplicate = true;
  double wall_s = 1000;
  std::int64_t evaluations = 0;
  std::size_t slots = 8;
  std::function<void(const JudgeJob&, JudgeResult&)> change = {};
  std::vector<Listener*> listeners = {};
};

// The value of a macro, 0 when the program has none of that name (the seed).
double macro(const CompileJob& job, std::string_view name);
double value(const Candidate& candidate, std::string_view name);

class Search {
 public:
  explicit Search(Options options);
  // Goes on with what `earlier` recorded, on a new machine.
  Search(Options options, const Search& earlier);
  Summary run();
  Result<Summary> try_run();

  std::atomic<bool> stop = false;
  Recorder recorder;  // of this search and those before it
  MemoryArchive archive;
  Progress last_progress;

 private:
  Options options_;
  bool resumed_ = false;
};

// Everything a session needs, in other hands: for runs on a store, or with a judge from the record.
RunSpec spec_of(const Options& options);
std::unique_ptr<Policy> policy_of(const Options& options);
std::unique_ptr<Device> device_of(const Options& options);
Result<std::unique_ptr<Evaluator>> evaluator_of(const Options& options, Device& device);
Parts parts_of(const Options& options, Judge& judge, Archive& archive, Policy& policy, const Clock& clock);

}  // namespace ridge::simulated
