// A CUDA driver and an NVRTC for machines without a GPU, so that tests run the whole backend: its processes, protocol,
// graphs, canaries, timing. Kernels are compiled by g++ and run one thread after the other, so none may synchronise a
// block. Built as a library that RIDGELINE_CUDA_DRIVER and RIDGELINE_NVRTC name.
//
// There is a CUPTI, too, which RIDGELINE_CUPTI names: its ranges count threads, the percentages are made up, and calls
// in a wrong order are refused, as the real one does.
//
// "Machine code" is a small ELF file of a GPU's kind that holds the source; it becomes a real library when it is
// loaded.
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include <dlfcn.h>
#include <elf.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device/cuda/internal/cupti.h"
#include "device/cuda/internal/driver.h"

namespace {

using namespace ridge::cuda;

// ---- the language

// What CUDA C++ has and C++ has not, as far as tests use it.
const char* const prelude = R"(
#define RIDGELINE_EMULATED 1
#include <math.h>
#include <time.h>
#define __global__
#define __device__
#define __restrict__ __restrict
#define __launch_bounds__(...)
struct ridgeline_dim { unsigned x, y, z; };
static ridgeline_dim blockIdx, threadIdx, blockDim, gridDim;
static inline unsigned long long nanoseconds() { timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000ull + t.tv_nsec; }
static inline long long cycles() { return (long long)(nanoseconds() * 2); }
static inline unsigned atomicCAS_system(unsigned* p, unsigned a, unsigned b) { __atomic_compare_exchange_n(p, &a, b, false, 5, 5); return a; }
static inline void atomicMin(unsigned long long* p, unsigned long long v) { if (v < *p) *p = v; }
static inline void atomicMax(unsigned long long* p, unsigned long long v) { if (v > *p) *p = v; }
template <unsigned long... I> struct ridgeline_indices {};
template <unsigned long N, unsigned long... I> struct ridgeline_up_to : ridgeline_up_to<N - 1, N - 1, I...> {};
template <unsigned long... I> struct ridgeline_up_to<0, I...> { using type = ridgeline_indices<I...>; };
template <class... A, unsigned long... I>
void ridgeline_call(void (*f)(A...), void** a, ridgeline_indices<I...>) { f(*(A*)a[I]...); }
template <class... A>
void ridgeline_run(void (*f)(A...), void** a) { ridgeline_call(f, a, typename ridgeline_up_to<sizeof...(A)>::type()); }
template <class... A>
int ridgeline_count(void (*)(A...)) { return sizeof...(A); }
)";

std::vector<std::string> kernels_of(const std::string& source) {
  std::vector<std::string> names;
  const std::regex pattern(R"(extern\s+"C"\s+__global__\s+void\s+(?:__launch_bounds__\([^)]*\)\s*)?(\w+)\s*\()");
  for (auto it = std::sregex_iterator(source.begin(), source.end(), pattern); it != std::sregex_iterator(); ++it)
    names.push_back((*it)[1]);
  return names;
}

std::string unit_of(const std::string& source) {
  std::string text = std::string(prelude) + "#line 1 \"unit\"\n" + source + "\n";
  for (const std::string& k : kernels_of(source))
    text += "extern \"C\" __attribute__((visibility(\"default\"))) void ridgeline_enter_" + k +
            "(void** a) { ridgeline_run(&" + k +
            ", a); }\nextern \"C\" __attribute__((visibility(\"default\"))) int ridgeline_arity_" + k +
            "() { return ridgeline_count(&" + k + "); }\n";
  text +=
      "extern \"C\" __attribute__((visibility(\"default\"))) ridgeline_dim* ridgeline_place(int i) { ridgeline_dim* "
      "all[] = "
      "{&blockIdx, &threadIdx, &blockDim, &gridDim}; return all[i]; }\n";
  return text;
}

// Runs g++ on text from its standard input; what it says comes back. No file is written where none can be.
int compile(const std::string& text, const std::vector<std::string>& options, std::string& said) {
  int in[2], out[2];
  if (pipe(in) != 0 || pipe(out) != 0) return 1;
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(in[0], 0);
    dup2(out[1], 1);
    dup2(out[1], 2);
    for (const int fd : {in[0], in[1], out[0], out[1]}) close(fd);
    std::vector<const char*> argv = {"/usr/bin/g++", "-std=c++20", "-w", "-x", "c++", "-fvisibility=hidden"};
    for (const std::string& o : options) argv.push_back(o.c_str());
    argv.push_back("-");
    argv.push_back(nullptr);
    execv(argv[0], const_cast<char* const*>(argv.data()));
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  signal(SIGPIPE, SIG_IGN);
  std::thread feed([&] {
    for (std::size_t at = 0; at < text.size();) {
      const ssize_t n = write(in[1], text.data() + at, text.size() - at);
      if (n <= 0) break;
      at += std::size_t(n);
    }
    close(in[1]);
  });
  char buffer[4096];
  for (ssize_t n; (n = read(out[0], buffer, sizeof buffer)) > 0;) said.append(buffer, std::size_t(n));
  close(out[0]);
  feed.join();
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

// ---- "machine code"

std::string elf_of(const std::string& unit, const std::vector<std::string>& kernels) {
  std::string names(1, '\0'), strings(1, '\0');
  const auto put = [](std::string& table, const std::string& s) {
    const auto at = Elf64_Word(table.size());
    table += s + '\0';
    return at;
  };
  std::vector<Elf64_Sym> symbols(1);
  for (const std::string& k : kernels) {
    Elf64_Sym s{};
    s.st_name = put(strings, k);
    s.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
    s.st_other = 0x10;
    s.st_size = 128;
    symbols.push_back(s);
  }
  const std::string table(reinterpret_cast<const char*>(symbols.data()), symbols.size() * sizeof(Elf64_Sym));
  struct Part {
    std::string name;
    Elf64_Word type, link;
    std::string content;
  };
  std::vector<Part> parts = {{"", SHT_NULL, 0, ""},
                             {".shstrtab", SHT_STRTAB, 0, ""},
                             {".strtab", SHT_STRTAB, 0, strings},
                             {".symtab", SHT_SYMTAB, 2, table},
                             {".text.unit", SHT_PROGBITS, 0, unit}};
  std::vector<Elf64_Shdr> headers;
  for (const Part& p : parts) {
    Elf64_Shdr h{};
    h.sh_name = put(names, p.name);
    h.sh_type = p.type;
    h.sh_link = p.link;
    headers.push_back(h);
  }
  parts[1].content = names;
  std::string body;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    headers[i].sh_offset = sizeof(Elf64_Ehdr) + body.size();
    headers[i].sh_size = parts[i].content.size();
    body += parts[i].content;
  }
  Elf64_Ehdr e{};
  std::memcpy(e.e_ident, ELFMAG, SELFMAG);
  e.e_ident[EI_CLASS] = ELFCLASS64;
  e.e_ident[EI_DATA] = ELFDATA2LSB;
  e.e_machine = 190;
  e.e_shoff = sizeof e + body.size();
  e.e_shentsize = sizeof(Elf64_Shdr);
  e.e_shnum = Elf64_Half(headers.size());
  e.e_shstrndx = 1;
  return std::string(reinterpret_cast<const char*>(&e), sizeof e) + body +
         std::string(reinterpret_cast<const char*>(headers.data()), headers.size() * sizeof(Elf64_Shdr));
}

std::string unit_in(const char* image) {
  Elf64_Ehdr e;
  std::memcpy(&e, image, sizeof e);
  Elf64_Shdr s;
  std::memcpy(&s, image + e.e_shoff + 4 * sizeof s, sizeof s);
  return {image + s.sh_offset, s.sh_size};
}

struct Unit {
  std::string source, log, image;
};

// ---- the device: one stream, worked off by one thread

struct Function;
struct Module {
  void* library = nullptr;
  std::map<std::string, Function*> functions;  // one for each name, as a driver has
};
struct Function {
  Module* module = nullptr;
  void (*enter)(void**) = nullptr;
  int arity = 0;
  unsigned shared = 48 << 10;  // dynamic shared memory that it may ask for
  std::string name;
};
struct Kernel {
  Function* function = nullptr;
  unsigned grid[3], block[3];
  std::vector<std::uint64_t> values;
};
using Work = std::function<void()>;
struct Graph {
  std::vector<Work> nodes;
};
struct Event {
  std::atomic<std::int64_t> ns = 0;
};

std::atomic<int> trouble = success;  // sticky, as on a device
std::atomic<std::uint64_t> threads_run = 0;

void fault(int, siginfo_t*, void*);

class Stream {
 public:
  Stream() : thread_([this] { work(); }) {}
  void push(Work w) {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(w));
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return queue_.empty() && !busy_; });
  }

 private:
  void work() {
    for (;;) {
      Work w;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !queue_.empty(); });
        w = std::move(queue_.front());
        queue_.pop_front();
        busy_ = true;
      }
      if (trouble == success) w();
      const std::lock_guard lock(mutex_);
      busy_ = false;
      changed_.notify_all();
    }
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> queue_;
  bool busy_ = false;
  std::thread thread_;
};

Stream& stream() {
  static Stream* one = new Stream;  // its thread never ends
  return *one;
}

void run(const Kernel& k) {
  using Place = unsigned* (*)(int);
  const auto place = reinterpret_cast<Place>(dlsym(k.function->module->library, "ridgeline_place"));
  std::vector<std::uint64_t> values = k.values;
  std::vector<void*> pointers;
  for (auto& v : values) pointers.push_back(&v);
  unsigned *block = place(0), *thread = place(1);
  std::memcpy(place(2), k.block, sizeof k.block);
  std::memcpy(place(3), k.grid, sizeof k.grid);
  for (block[2] = 0; block[2] < k.grid[2]; ++block[2])
    for (block[1] = 0; block[1] < k.grid[1]; ++block[1])
      for (block[0] = 0; block[0] < k.grid[0]; ++block[0])
        for (thread[2] = 0; thread[2] < k.block[2]; ++thread[2])
          for (thread[1] = 0; thread[1] < k.block[1]; ++thread[1])
            for (thread[0] = 0; thread[0] < k.block[0]; ++thread[0]) {
              k.function->enter(pointers.data());
              ++threads_run;
              if (trouble != success) return;
            }
}

// A profiler between enable and disable.
using Metrics = std::vector<std::string>;
struct Profiler {
  int passes = 0, done = 0;
  std::uint8_t* data = nullptr;
  std::size_t room = 0;
  bool started = false, open = false;
  std::vector<std::uint64_t> counts, first;  // threads of each range, of this pass and of the first
};

std::vector<std::uint64_t> values_of(Function* f, void* const* arguments) {
  std::vector<std::uint64_t> out;
  for (int i = 0; i < f->arity; ++i) {
    std::uint64_t v = 0;
    std::memcpy(&v, arguments[i], 8);
    out.push_back(v);
  }
  return out;
}

bool too_large(const Function* f, const unsigned* block, unsigned shared) {
  return block[0] * block[1] * block[2] > 1024 || shared > f->shared;
}

}  // namespace

extern "C" {

// ---- NVRTC

int nvrtcVersion(int* major, int* minor) {
  *major = 13, *minor = 0;
  return 0;
}
int nvrtcCreateProgram(void** program, const char* source, const char*, int, const char* const*, const char* const*) {
  *program = new Unit{source, "", ""};
  return 0;
}
int nvrtcDestroyProgram(void** program) {
  delete static_cast<Unit*>(*program);
  return 0;
}
int nvrtcCompileProgram(void* program, int count, const char* const* options) {
  Unit& u = *static_cast<Unit*>(program);
  std::string text = unit_of(u.source);
  std::vector<std::string> words = {"-S", "-o", "-"};  // a temporary file could not be made
  for (int i = 0; i < count; ++i) {
    const std::string o = options[i];
    if (o.starts_with("--define-macro=")) {
      std::string m = o.substr(15);
      if (const auto eq = m.find('='); eq != std::string::npos) m[eq] = ' ';
      text = "#define " + m + "\n" + text;
    }
  }
  std::string said;
  if (compile(text, words, said) != 0) {
    // As NVRTC writes places: "seed.cu(3): error: …".
    u.log = std::regex_replace(said, std::regex(R"((^|\n)([^:\s]+):(\d+):\d+: )"), "$1$2($3): ");
    u.log = std::regex_replace(u.log, std::regex("was not declared in this scope"), "is undefined");
    return 6;
  }
  const auto kernels = kernels_of(u.source);
  for (const std::string& k : kernels)
    u.log += "ptxas info    : Compiling entry function '" + k +
             "' for 'sm_90a'\nptxas info    : Function properties for " + k +
             "\n    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\nptxas info    : Used 16 registers, "
             "0 bytes smem\n";
  u.image = elf_of(text, kernels);
  return 0;
}
int nvrtcGetProgramLogSize(void* program, std::size_t* bytes) {
  *bytes = static_cast<Unit*>(program)->log.size() + 1;
  return 0;
}
int nvrtcGetProgramLog(void* program, char* to) {
  std::strcpy(to, static_cast<Unit*>(program)->log.c_str());
  return 0;
}
int nvrtcGetCUBINSize(void* program, std::size_t* bytes) {
  *bytes = static_cast<Unit*>(program)->image.size();
  return 0;
}
int nvrtcGetCUBIN(void* program, char* to) {
  const std::string& image = static_cast<Unit*>(program)->image;
  std::memcpy(to, image.data(), image.size());
  return 0;
}
const char* nvrtcGetErrorString(int) {
  return "emulated";
}

// ---- the driver

Status cuInit(unsigned) {
  struct sigaction action{};
  action.sa_sigaction = fault;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigaction(SIGSEGV, &action, nullptr);
  return success;
}
Status cuDriverGetVersion(int* v) {
  *v = 13000;
  return success;
}
Status cuDeviceGetCount(int* n) {
  *n = 1;
  return success;
}
Status cuDeviceGet(int* d, int n) {
  *d = n;
  return n == 0 ? success : 101;
}
Status cuDeviceGetName(char* to, int bytes, int) {
  std::snprintf(to, std::size_t(bytes), "Emulated GPU");
  return success;
}
Status cuDeviceGetAttribute(int* v, int which, int) {
  static const std::map<int, int> values = {{attribute_max_threads, 1024},  {attribute_warp, 32},
                                            {attribute_clock_khz, 1000000}, {attribute_multiprocessors, 2},
                                            {attribute_l2_bytes, 1 << 20},  {attribute_major, 9},
                                            {attribute_minor, 0},           {attribute_shared_optin, 227 << 10},
                                            {attribute_cluster, 1},         {attribute_resident_threads, 2048}};
  *v = values.contains(which) ? values.at(which) : 0;
  return success;
}
Status cuDeviceTotalMem_v2(std::size_t* bytes, int) {
  *bytes = 8ull << 30;
  return success;
}
Status cuGetErrorName(Status s, const char** to) {
  *to = s == 700 ? "CUDA_ERROR_ILLEGAL_ADDRESS" : s == 1 ? "CUDA_ERROR_INVALID_VALUE" : "CUDA_ERROR";
  return success;
}
Status cuGetErrorString(Status, const char** to) {
  *to = "emulated";
  return success;
}
Status cuDevicePrimaryCtxSetFlags_v2(int, unsigned) {
  return success;
}
Status cuDevicePrimaryCtxRetain(Handle* c, int) {
  *c = reinterpret_cast<Handle>(1);
  return success;
}
Status cuCtxSetCurrent(Handle) {
  return success;
}
Status cuCtxSetLimit(int, std::size_t) {
  return success;
}
Status cuCtxGetLimit(std::size_t* v, int) {
  *v = 1024;
  return success;
}
Status cuCtxSynchronize() {
  stream().wait();
  return trouble;
}
Status cuCtxResetPersistingL2Cache() {
  return success;
}
Status cuModuleLoadData(Handle* module, const void* image) {
  char path[] = "/tmp/ridgeline-emulator-XXXXXX";
  const int fd = mkstemp(path);
  if (fd < 0) return 304;
  close(fd);
  std::string said;
  const int error = compile(unit_in(static_cast<const char*>(image)), {"-O1", "-shared", "-fPIC", "-o", path}, said);
  void* library = error == 0 ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : nullptr;
  unlink(path);
  if (!library) {
    std::fprintf(stderr, "%s\n", said.c_str());
    return 200;
  }
  auto* made = new Module;
  made->library = library;
  *module = made;
  return success;
}
Status cuModuleUnload(Handle module) {
  dlclose(static_cast<Module*>(module)->library);
  return success;
}
Status cuModuleGetFunction(Handle* function, Handle module, const char* name) {
  auto* m = static_cast<Module*>(module);
  if (const auto known = m->functions.find(name); known != m->functions.end()) {
    *function = known->second;
    return success;
  }
  auto* enter = reinterpret_cast<void (*)(void**)>(dlsym(m->library, ("ridgeline_enter_" + std::string(name)).c_str()));
  if (!enter) return 500;
  auto* arity = reinterpret_cast<int (*)()>(dlsym(m->library, ("ridgeline_arity_" + std::string(name)).c_str()));
  auto* made = new Function;
  made->module = m;
  made->enter = enter;
  made->arity = arity();
  made->name = name;
  *function = m->functions[name] = made;
  return success;
}
Status cuFuncGetAttribute(int* v, int, Handle) {
  *v = 0;
  return success;
}
Status cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, Handle, int threads, std::size_t) {
  *blocks = 1024 / threads;
  return success;
}
Status cuDeviceGetPCIBusId(char* to, int bytes, int) {
  std::snprintf(to, std::size_t(bytes), "0000:00:06.0");
  return success;
}
Status cuFuncSetAttribute(Handle function, int which, int value) {
  if (which != function_max_dynamic_shared) return success;
  if (value > (227 << 10)) return 1;
  static_cast<Function*>(function)->shared = unsigned(value);
  return success;
}
// An address range beyond which there is nothing, as on a device that catches wild addresses.
Status cuMemAlloc_v2(DevicePtr* p, std::size_t bytes) {
  const std::size_t whole = (bytes + 4095) / 4096 * 4096;
  void* m = mmap(nullptr, whole + 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (m == MAP_FAILED || mprotect(static_cast<char*>(m) + 4096, whole, PROT_READ | PROT_WRITE) != 0)
    return out_of_memory;
  *p = reinterpret_cast<DevicePtr>(m) + 4096;
  return success;
}
Status cuMemFree_v2(DevicePtr) {
  return success;
}
Status cuMemHostRegister_v2(void*, std::size_t, unsigned) {
  return success;
}
Status cuMemHostAlloc(void** p, std::size_t bytes, unsigned) {
  *p = std::calloc(1, bytes);
  return success;
}
Status cuMemHostGetDevicePointer_v2(DevicePtr* d, void* p, unsigned) {
  *d = reinterpret_cast<DevicePtr>(p);
  return success;
}
Status cuMemcpyHtoDAsync_v2(DevicePtr to, const void* from, std::size_t bytes, Handle) {
  stream().push([=] { std::memcpy(reinterpret_cast<void*>(to), from, bytes); });
  stream().wait();
  return trouble;
}
Status cuMemcpyDtoHAsync_v2(void* to, DevicePtr from, std::size_t bytes, Handle) {
  stream().push([=] { std::memcpy(to, reinterpret_cast<void*>(from), bytes); });
  return trouble;
}
Status cuMemcpyDtoDAsync_v2(DevicePtr to, DevicePtr from, std::size_t bytes, Handle) {
  stream().push([=] { std::memcpy(reinterpret_cast<void*>(to), reinterpret_cast<void*>(from), bytes); });
  return trouble;
}
Status cuMemsetD8Async(DevicePtr to, unsigned char v, std::size_t bytes, Handle) {
  stream().push([=] { std::memset(reinterpret_cast<void*>(to), v, bytes); });
  return trouble;
}
Status cuStreamCreate(Handle* s, unsigned) {
  *s = &stream();
  return success;
}
Status cuStreamSynchronize(Handle) {
  stream().wait();
  return trouble;
}
Status cuStreamQuery(Handle) {
  return trouble;
}
Status cuEventCreate(Handle* e, unsigned) {
  *e = new Event;
  return success;
}
Status cuEventRecord(Handle e, Handle) {
  stream().push([=] { static_cast<Event*>(e)->ns = std::chrono::steady_clock::now().time_since_epoch().count(); });
  return trouble;
}
Status cuEventElapsedTime(float* ms, Handle a, Handle b) {
  *ms = float(double(static_cast<Event*>(b)->ns - static_cast<Event*>(a)->ns) * 1e-6);
  return success;
}
Status cuLaunchKernelEx(const LaunchConfig* c, Handle function, void** arguments, void**) {
  if (trouble != success) return trouble;
  if (too_large(static_cast<Function*>(function), c->block, c->shared)) return 1;
  Kernel k;
  k.function = static_cast<Function*>(function);
  std::memcpy(k.grid, c->grid, sizeof k.grid);
  std::memcpy(k.block, c->block, sizeof k.block);
  k.values = values_of(k.function, arguments);
  stream().push([k] { run(k); });
  return success;
}
Status cuGraphCreate(Handle* g, unsigned) {
  *g = new Graph;
  return success;
}
Status cuGraphAddKernelNode_v2(Handle* node, Handle g, const Handle*, std::size_t, const KernelNode* n) {
  if (too_large(static_cast<Function*>(n->function), n->block, n->shared)) return 1;
  Kernel k;
  k.function = static_cast<Function*>(n->function);
  std::memcpy(k.grid, n->grid, sizeof k.grid);
  std::memcpy(k.block, n->block, sizeof k.block);
  k.values = values_of(k.function, n->parameters);
  static_cast<Graph*>(g)->nodes.emplace_back([k] { run(k); });
  *node = reinterpret_cast<Handle>(1);
  return success;
}
Status cuGraphAddMemsetNode(Handle* node, Handle g, const Handle*, std::size_t, const MemsetNode* n, Handle) {
  static_cast<Graph*>(g)->nodes.emplace_back([m = *n] {
    for (std::size_t i = 0; i < m.width; ++i)
      std::memcpy(reinterpret_cast<char*>(m.to) + i * m.element_bytes, &m.value, m.element_bytes);
  });
  *node = reinterpret_cast<Handle>(1);
  return success;
}
Status cuGraphAddMemcpyNode(Handle* node, Handle g, const Handle*, std::size_t, const Memcpy3D* n, Handle) {
  static_cast<Graph*>(g)->nodes.emplace_back(
      [c = *n] { std::memcpy(reinterpret_cast<void*>(c.to.device), reinterpret_cast<void*>(c.from.device), c.width); });
  *node = reinterpret_cast<Handle>(1);
  return success;
}
Status cuGraphKernelNodeSetAttribute(Handle, int, const void*) {
  return success;
}
Status cuGraphInstantiateWithFlags(Handle* made, Handle g, unsigned long long) {
  *made = new Graph(*static_cast<Graph*>(g));
  return success;
}
Status cuGraphUpload(Handle, Handle) {
  return success;
}
Status cuGraphLaunch(Handle g, Handle) {
  for (const Work& w : static_cast<Graph*>(g)->nodes) stream().push(w);
  return trouble;
}
Status cuGraphDestroy(Handle g) {
  delete static_cast<Graph*>(g);
  return success;
}
Status cuGraphExecDestroy(Handle g) {
  delete static_cast<Graph*>(g);
  return success;
}

// ---- NVML

int nvmlInit_v2() {
  return 0;
}
int nvmlDeviceGetHandleByPciBusId_v2(const char* address, void** device) {
  *device = nullptr;
  return std::string(address) == "0000:00:06.0" ? 0 : 6;
}
int nvmlDeviceGetClockInfo(void*, int which, unsigned* mhz) {
  *mhz = which == 1 ? 1200 : 2600;
  return 0;
}
int nvmlDeviceGetMaxClockInfo(void*, int which, unsigned* mhz) {
  *mhz = which == 1 ? 1980 : 2619;
  return 0;
}
int nvmlDeviceGetPowerUsage(void*, unsigned* milliwatts) {
  *milliwatts = 87400;
  return 0;
}
int nvmlDeviceGetEnforcedPowerLimit(void*, unsigned* milliwatts) {
  *milliwatts = 700000;
  return 0;
}
int nvmlDeviceGetTemperature(void*, int, unsigned*) {
  return 3;  // has no sensor
}
int nvmlDeviceGetCurrentClocksThrottleReasons(void*, unsigned long long* reasons) {
  *reasons = 0x4 | 0x20;
  return 0;
}

// ---- CUPTI

int cuptiGetResultString(int status, const char** to) {
  *to = status == cupti::insufficient_privileges ? "CUPTI_ERROR_INSUFFICIENT_PRIVILEGES" : "CUPTI_ERROR";
  return 0;
}
int cuptiProfilerInitialize(cupti::Plain*) {
  return 0;
}
int cuptiDeviceGetChipName(cupti::ChipName* p) {
  p->chip = "EM100";
  return 0;
}
int cuptiProfilerGetCounterAvailability(cupti::Availability* p) {
  if (std::getenv("RIDGELINE_EMULATOR_KEEPS_COUNTERS")) return cupti::insufficient_privileges;
  p->bytes = 16;
  return 0;
}
int cuptiProfilerHostInitialize(cupti::HostBegin* p) {
  if (std::string(p->chip) != "EM100" || !p->availability) return 1;
  p->host = new Metrics;
  return 0;
}
int cuptiProfilerHostDeinitialize(cupti::HostEnd* p) {
  delete static_cast<Metrics*>(p->host);
  return 0;
}
int cuptiProfilerHostConfigAddMetrics(cupti::AddMetrics* p) {
  for (std::size_t i = 0; i < p->count; ++i)
    if (std::strstr(p->names[i], "membar")) return 1;  // this chip has no such counter
  static_cast<Metrics*>(p->host)->assign(p->names, p->names + p->count);
  return 0;
}
int cuptiProfilerHostGetConfigImageSize(cupti::ConfigSize* p) {
  p->bytes = sizeof(int);
  return 0;
}
int cuptiProfilerHostGetConfigImage(cupti::Config* p) {
  const int passes = 1 + int(static_cast<Metrics*>(p->host)->size() / 8);
  std::memcpy(p->image, &passes, sizeof passes);
  return 0;
}
int cuptiProfilerHostGetNumOfPasses(cupti::Passes* p) {
  int passes = 0;
  std::memcpy(&passes, p->image, sizeof passes);
  p->passes = std::size_t(passes);
  return 0;
}
int cuptiRangeProfilerEnable(cupti::Enable* p) {
  p->profiler = new Profiler;
  return 0;
}
int cuptiRangeProfilerDisable(cupti::OfProfiler* p) {
  delete static_cast<Profiler*>(p->profiler);
  return 0;
}
int cuptiRangeProfilerGetCounterDataSize(cupti::DataSize* p) {
  p->bytes = (1 + p->ranges) * sizeof(std::uint64_t);
  return 0;
}
int cuptiRangeProfilerCounterDataImageInitialize(cupti::DataBegin* p) {
  std::memset(p->data, 0, p->bytes);
  return 0;
}
int cuptiRangeProfilerSetConfig(cupti::SetConfig* p) {
  if (p->size != 90 || p->range != cupti::user_range || p->replay != cupti::user_replay) return 1;
  Profiler& r = *static_cast<Profiler*>(p->profiler);
  std::memcpy(&r.passes, p->config, sizeof r.passes);
  r.done = 0;
  r.data = p->data;
  r.room = p->ranges_per_pass;
  return 0;
}
int cuptiRangeProfilerStart(cupti::OfProfiler* p) {
  Profiler& r = *static_cast<Profiler*>(p->profiler);
  if (!r.data || r.started || r.done == r.passes) return 7;
  r.started = true;
  r.counts.clear();
  return 0;
}
int cuptiRangeProfilerPushRange(cupti::PushRange* p) {
  Profiler& r = *static_cast<Profiler*>(p->profiler);
  if (!r.started || r.open || r.counts.size() == r.room) return 7;
  stream().wait();
  r.open = true;
  r.counts.push_back(threads_run);
  return 0;
}
int cuptiRangeProfilerPopRange(cupti::OfProfiler* p) {
  Profiler& r = *static_cast<Profiler*>(p->profiler);
  if (!r.open) return 7;
  stream().wait();
  r.open = false;
  r.counts.back() = threads_run - r.counts.back();
  return 0;
}
int cuptiRangeProfilerStop(cupti::Stop* p) {
  Profiler& r = *static_cast<Profiler*>(p->profiler);
  // Every pass is the same work, or the counters of one pass say nothing of another.
  if (!r.started || r.open || (r.done > 0 && r.counts != r.first)) return 7;
  if (r.done == 0) r.first = r.counts;
  r.started = false;
  ++r.done;
  p->all_submitted = r.done == r.passes;
  return 0;
}
int cuptiRangeProfilerDecodeData(cupti::Decode* p) {
  Profiler& r = *static_cast<Profiler*>(p->profiler);
  if (r.done != r.passes) return 7;
  const std::uint64_t count = r.first.size();
  std::memcpy(r.data, &count, sizeof count);
  std::memcpy(r.data + sizeof count, r.first.data(), count * sizeof(std::uint64_t));
  return 0;
}
int cuptiRangeProfilerGetCounterDataInfo(cupti::DataInfo* p) {
  std::memcpy(&p->ranges, p->data, sizeof p->ranges);
  return 0;
}
int cuptiProfilerHostEvaluateToGpuValues(cupti::Evaluate* p) {
  std::uint64_t threads = 0;
  std::memcpy(&threads, p->data + (1 + p->range) * sizeof threads, sizeof threads);
  for (std::size_t i = 0; i < p->count; ++i) {
    const std::string name = p->names[i];
    p->values[i] = name == "sm__inst_executed.sum"         ? double(threads)
                   : name == "dram__bytes_read.sum"        ? 8.0 * double(threads)
                   : name == "dram__bytes_write.sum"       ? 4.0 * double(threads)
                   : name == "gpu__time_duration.sum"      ? 10.0 * double(threads)
                   : name.starts_with("dram__throughput")  ? 70
                   : name.starts_with("lts__t_sector_hit") ? std::nan("")
                                                           : 20;
  }
  return 0;
}
}

namespace {

// A wild access ends the kernel's thread for good, and with it the stream; the context is lost, as on a device.
void fault(int, siginfo_t*, void*) {
  trouble = 700;
  // The queue is abandoned: whoever waits for it must be told. The simplest honest answer is that the process ends.
  _exit(77);
}

}  // namespace
