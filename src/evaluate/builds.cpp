// Compiling a round of candidates: before measuring them, or ahead of it.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "evaluate/internal/state.h"

namespace ridge {
namespace {

// For the parent, which spins while it waits for an answer, for the lane's worker, and for whoever else lives here.
constexpr int cores_for_measuring = 3;

}  // namespace

struct Builds::Ahead {
  Device& device;
  std::vector<CompileJob> jobs;
  std::vector<std::optional<Result<Judged<Binary>>>> built;
  std::mutex mutex;
  std::condition_variable changed;
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> stop = false;
  std::vector<std::jthread> threads;  // last: they end before what they use

  Ahead(Device& d, const std::vector<Prepared*>& work, int parallel) : device(d), built(work.size()) {
    for (const Prepared* p : work) jobs.push_back(compile_job(*p, {}));
    for (int i = 0; i < std::min(parallel, int(jobs.size())); ++i) threads.emplace_back([this] { run(); });
  }
  ~Ahead() { stop = true; }

  void run() {
    for (std::size_t i; !stop && (i = next++) < jobs.size();) {
      auto result = device.compile(jobs[i]);
      const std::lock_guard lock(mutex);
      built[i] = std::move(result);
      changed.notify_all();
    }
  }
};

Builds::Builds(Evaluator::State& s, std::vector<Prepared*> work) : s_(s), work_(std::move(work)) {
  if (s.caps.shares_host || s.caps.simulated) {
    done_ = compile_side_by_side(s, work_, false);
    return;
  }
  const int jobs = s.settings.compile_jobs > 0 ? s.settings.compile_jobs : s.caps.cores - cores_for_measuring;
  ahead_ = std::make_unique<Ahead>(s.device, work_, std::max(1, jobs));
}

Builds::~Builds() = default;

Result<Judged<void>> Builds::take(std::size_t i) {
  if (!ahead_) return std::move(done_[i]);
  const double begin = s_.seconds_now();
  std::unique_lock lock(ahead_->mutex);
  ahead_->changed.wait(lock, [&] { return ahead_->built[i].has_value(); });
  Result<Judged<Binary>> built = std::move(*ahead_->built[i]);
  lock.unlock();
  // What was waited for is what it cost: the rest happened beside other work.
  work_[i]->compile_share_s = s_.seconds_now() - begin;
  s_.effort.compile_s += work_[i]->compile_share_s;
  return ridge::take(std::move(built), *s_.task, *work_[i]);
}

}  // namespace ridge
