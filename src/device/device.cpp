#include "device/device.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace ridge {

std::vector<Result<Judged<Binary>>> Device::compile_many(std::span<const CompileJob> jobs, int parallel) {
  std::vector<Result<Judged<Binary>>> results(jobs.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i; (i = next++) < jobs.size();) results[i] = compile(jobs[i]);
  };
  std::vector<std::jthread> threads;
  for (int i = 1; i < std::min(parallel, int(jobs.size())); ++i) threads.emplace_back(work);
  work();
  threads.clear();
  return results;
}

}  // namespace ridge
