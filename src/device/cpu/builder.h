// From compile jobs to binaries: alone, or many at once with variants of one source in shared units.
//
// A shared unit that fails costs its members time and nothing else: whoever the compiler's messages are about is built
// alone, and so told what it would have been told alone; where nobody can be told guilty, the unit is halved. A source
// that repetition changes (unit.h) is always built alone.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "device/cpu/image_cache.h"
#include "device/cpu/toolchain.h"

namespace ridge::cpu {

struct BuildLimits {
  double alone_seconds = 30;  // of processor time for a unit of one
  double unit_seconds = 1.5;  // a shared unit is made so large that it takes about this long on an idle core
  std::size_t most = 32;      // candidates in a unit; beyond, nothing is gained
};

class Builder {
 public:
  // `cache_folder` empty: no cache.
  Builder(Toolchain toolchain, std::string worker, const std::string& cache_folder, BuildLimits limits = {});

  // Thread-safe. The candidate's faults come back as such; a missing compiler is an Error.
  Result<Judged<Binary>> alone(const CompileJob& job);
  std::vector<Result<Judged<Binary>>> many(std::span<const CompileJob> jobs, int parallel);

 private:
  class Batch;
  // What earlier builds said of a source with one set of flags.
  struct Known {
    double alone_s = 0, shared_s = 0;  // of processor time for one candidate; 0 = not yet
    bool unfit = false;                // failed in a unit and succeeded alone
  };
  Known known(const Digest& kind);
  void learn(const Digest& kind, double seconds, int unit);
  void mark_unfit(const Digest& kind);
  Digest key(const CompileJob& job, const std::string& compiler, bool alone) const;

  Toolchain toolchain_;
  std::string worker_;
  ImageCache cache_;
  BuildLimits limits_;
  std::mutex mutex_;
  std::map<Digest, Known> known_;
};

}  // namespace ridge::cpu
