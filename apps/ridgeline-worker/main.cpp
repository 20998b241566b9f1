// The program that runs what is not ours: compilers, candidates and references, each in a process of its own.
#include <cstdio>
#include <cstring>

#include "confine/confine.h"
#include "device/cpu/worker.h"
#include "device/cuda/worker.h"
#include "evaluate/oracle_worker.h"

int main(int argc, char** argv) {
  const char* kind = argc > 1 ? argv[1] : "";
  if (std::strcmp(kind, "jail") == 0) return ridge::jail_main(argc - 2, argv + 2);
  if (std::strcmp(kind, "lane") == 0) return ridge::cpu::lane_main(argc - 2, argv + 2);
  if (std::strcmp(kind, "lanes") == 0) return ridge::cpu::lanes_main();
  if (std::strcmp(kind, "oracle") == 0) return ridge::oracle::worker_main(argc - 2, argv + 2);
  if (std::strcmp(kind, "cuda-facts") == 0) return ridge::cuda::facts_main(argc - 2, argv + 2);
  if (std::strcmp(kind, "cuda-compile") == 0) return ridge::cuda::compile_main(argc - 2, argv + 2);
  if (std::strcmp(kind, "cuda-sanitize") == 0) return ridge::cuda::sanitize_main(argc - 2, argv + 2);
  if (std::strcmp(kind, "cuda-profile") == 0) return ridge::cuda::profile_main(argc - 2, argv + 2);
  if (std::strcmp(kind, "cuda-lane") == 0) return ridge::cuda::lane_main(argc - 2, argv + 2);
  std::fprintf(stderr, "ridgeline-worker is started by ridgeline (kinds: jail, lane, lanes, oracle, cuda-…)\n");
  return 2;
}
