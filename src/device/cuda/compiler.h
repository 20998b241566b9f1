// Compiling CUDA C++ in confined processes: the parent's side. A server process loads NVRTC once, shuts itself in, and
// makes a child for each job, so that no job meets what another left behind.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "device/cuda/cubin_cache.h"
#include "device/device.h"

namespace ridge::cuda {

// What this machine has to compile with.
struct Toolkit {
  std::string nvrtc;                 // path of the library; empty: none
  std::string version;               // "NVRTC 13.0"
  std::vector<std::string> headers;  // folders of device headers
  std::string missing;               // why there is none
};

struct CompileLimits {
  double seconds = 60;  // of processor time for one job
  std::uint64_t memory_bytes = 6ull << 30;
};

class Compiler {
 public:
  // `architecture`: "sm_90a". `cache_folder` empty: keeps nothing.
  Compiler(Toolkit toolkit, std::string worker, std::string architecture, const std::string& cache_folder,
           CompileLimits limits = {});
  ~Compiler();
  Compiler(const Compiler&) = delete;
  Compiler& operator=(const Compiler&) = delete;

  // Thread-safe. An Error where there is no NVRTC.
  Result<Judged<Binary>> compile(const CompileJob& job);
  const Toolkit& toolkit() const { return toolkit_; }
  const std::string& architecture() const { return architecture_; }

 private:
  class Server;
  Result<std::unique_ptr<Server>> server();
  std::vector<std::string> options_of(const CompileJob& job) const;

  Toolkit toolkit_;
  std::string worker_, architecture_;
  CubinCache cache_;
  CompileLimits limits_;
  std::mutex mutex_;
  std::deque<std::unique_ptr<Server>> idle_;
};

// The compiler's messages with places written as other compilers write them ("seed.cu:3: error: …"), errors first, at
// most 2,000 characters.
std::string short_messages(const std::string& log);

}  // namespace ridge::cuda
