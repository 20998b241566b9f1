// Text that is embedded and compiled together with a candidate: runs its plan once on buffers from the heap, each of
// exactly its size, so that a sanitizer sees every step beyond an end. Two files beside it: `plan` (64-bit words, see
// sanitize.cpp) and `data` (all storages, one after the other).
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" {
extern void (*const ridgeline_entries[])(void* const*);
// Found: exit status 66, one report. Leaks are not a kernel's business to be judged by.
const char* __asan_default_options() {
  return "detect_leaks=0:exitcode=66:halt_on_error=1:handle_abort=0:color=never";
}
const char* __ubsan_default_options() {
  return "halt_on_error=1:exitcode=66:color=never";
}
const char* __tsan_default_options() {
  return "exitcode=66:halt_on_error=1:report_signal_unsafe=0:memory_limit_mb=8192:color=never";
}
__attribute__((weak)) void omp_set_num_threads(int);  // only a candidate that uses OpenMP brings it
}

static std::uint64_t* words;
static std::uint64_t next_word() {
  return *words++;
}

static void* whole_file(const char* name, std::size_t bytes) {
  std::FILE* f = std::fopen(name, "rb");
  void* p = nullptr;
  if (!f || posix_memalign(&p, 64, bytes ? bytes : 1) != 0 || std::fread(p, 1, bytes, f) != bytes) {
    std::fprintf(stderr, "sanitizer driver: %s cannot be read\n", name);
    std::exit(67);
  }
  std::fclose(f);
  return p;
}

int main(int, char** argv) {
  // What ends the process before this line is a run-time's own: old sanitizers do not start in every address space, and
  // libomp wants a file in /dev/shm.
  if (omp_set_num_threads) omp_set_num_threads(1);
  std::fputs("sanitizer driver: begun\n", stderr);
  const std::size_t plan_bytes = std::strtoull(argv[1], nullptr, 10);
  const std::size_t data_bytes = std::strtoull(argv[2], nullptr, 10);
  words = static_cast<std::uint64_t*>(whole_file("plan", plan_bytes));
  auto* const all = static_cast<unsigned char*>(whole_file("data", data_bytes));

  const std::uint64_t storages = next_word();
  auto** const storage = static_cast<unsigned char**>(std::malloc((storages + 1) * sizeof(unsigned char*)));
  std::size_t at = 0;
  for (std::uint64_t s = 0; s < storages; ++s) {
    const std::uint64_t bytes = next_word();
    void* p = nullptr;
    if (posix_memalign(&p, 64, bytes ? bytes : 1) != 0) return 67;
    std::memcpy(p, all + at, bytes);
    storage[s] = static_cast<unsigned char*>(p);
    at += bytes;
  }
  std::free(all);

  const std::uint64_t steps = next_word();
  for (std::uint64_t i = 0; i < steps; ++i) {
    const std::uint64_t kind = next_word();
    if (kind == 0) {
      const std::uint64_t kernel = next_word(), workers = next_word(), count = next_word();
      void* arguments[64];
      for (std::uint64_t a = 0; a < count; ++a) {
        const std::uint64_t is_storage = next_word(), which = next_word();
        arguments[a] = is_storage ? static_cast<void*>(storage[which] + words[0]) : static_cast<void*>(&words[-1]);
        if (is_storage) ++words;
      }
      if (workers && omp_set_num_threads) omp_set_num_threads(int(workers));
      ridgeline_entries[kernel](arguments);
    } else if (kind == 1) {
      const std::uint64_t to = next_word(), offset = next_word(), bytes = next_word(), pattern = next_word(),
                          size = next_word();
      for (std::uint64_t b = 0; b + size <= bytes; b += size) std::memcpy(storage[to] + offset + b, &pattern, size);
    } else {
      const std::uint64_t to = next_word(), to_offset = next_word(), from = next_word(), from_offset = next_word(),
                          bytes = next_word();
      std::memmove(storage[to] + to_offset, storage[from] + from_offset, bytes);
    }
  }
  for (std::uint64_t s = 0; s < storages; ++s) std::free(storage[s]);
  return 0;
}
