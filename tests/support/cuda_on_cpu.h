// As much of CUDA as the tasks' kernels use, in plain C++, so that their answers can be tested where there is no GPU. A
// kernel is compiled with this header in front of it into a library whose one function runs a grid.
//
// Blocks run one after the other; the threads of a block are fibers that give way at barriers and shuffles only, so
// each of them runs as far ahead of the others as the program allows. A barrier that is missing then shows at once.
// What needs two threads at the same instant (a lost update) does not. Fresh shared memory holds NaNs.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// ---- the language

#define __global__
#define __device__
#define __forceinline__ inline
#define __shared__ static
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))

using std::isfinite;
using std::max;
using std::min;

struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
inline float2 make_float2(float x, float y) {
  return {x, y};
}
inline float4 make_float4(float x, float y, float z, float w) {
  return {x, y, z, w};
}
struct Axes {
  unsigned x = 1, y = 1, z = 1;
};

// ---- threads

namespace cuda_on_cpu {

struct Thread {
  enum class State { ready, at_block, at_warp, done };
  void* stack_pointer = nullptr;
  Axes index;
  int lane = 0, warp = 0;
  State state = State::ready;
  unsigned mask = 0, exchanges = 0;
};
struct Warp {
  alignas(16) unsigned char slots[2][32][16];  // of this exchange and of the next
};

inline constexpr std::size_t stack_bytes = 64 << 10, shared_bytes = 228 << 10;
inline std::vector<Thread> threads;
inline std::vector<Warp> warps;
inline Thread* me;
inline void* scheduler;
inline void (*body)();
inline std::string fault;
alignas(1024) inline unsigned char dynamic[shared_bytes];

// Saves what the calling convention (System V, x86-64) asks a function to keep, and goes on with another stack.
extern "C" void cuda_on_cpu_switch(void** from, void* to);
asm(R"(
.text
cuda_on_cpu_switch:
  pushq %rbx
  pushq %rbp
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbp
  popq %rbx
  ret
)");

inline void give_way(Thread::State why) {
  me->state = why;
  cuda_on_cpu_switch(&me->stack_pointer, scheduler);
}
[[noreturn]] inline void enter() {
  body();
  give_way(Thread::State::done);
  std::abort();  // nobody wakes a thread that is done
}

// Every lane of `mask` gives a value and gets that of another lane.
template <class T>
T exchange(unsigned mask, T value, int from) {
  static_assert(sizeof(T) <= 16);
  auto& slots = warps[std::size_t(me->warp)].slots[me->exchanges++ % 2];
  std::memcpy(slots[me->lane], &value, sizeof value);
  if (!(mask >> me->lane & 1)) fault = "a lane takes part in a shuffle whose mask leaves it out";
  me->mask = mask;
  give_way(Thread::State::at_warp);
  std::memcpy(&value, slots[from & 31], sizeof value);
  return value;
}

// Lanes of a warp that wait for each other go on when all of them have come.
inline bool release_warp(std::size_t from, std::size_t to) {
  bool released = false;
  for (std::size_t i = from; i < to; ++i) {
    if (threads[i].state != Thread::State::at_warp) continue;
    const unsigned mask = threads[i].mask;
    bool all = true;
    for (std::size_t k = from; k < to; ++k) {
      const Thread& t = threads[k];
      if (mask >> (k - from) & 1)
        all = all && (t.state == Thread::State::done || (t.state == Thread::State::at_warp && t.mask == mask));
    }
    if (!all) continue;
    for (std::size_t k = from; k < to; ++k)
      if ((mask >> (k - from) & 1) && threads[k].state == Thread::State::at_warp)
        threads[k].state = Thread::State::ready;
    released = true;
  }
  return released;
}

inline void run_warp(std::size_t from, std::size_t to) {
  do {
    for (bool moved = true; moved;) {
      moved = false;
      for (std::size_t i = from; i < to; ++i) {
        if (threads[i].state != Thread::State::ready) continue;
        me = &threads[i];
        cuda_on_cpu_switch(&scheduler, me->stack_pointer);
        moved = true;
      }
    }
  } while (release_warp(from, to));
}

inline void run_block(const Axes& size, std::vector<unsigned char>& stacks) {
  const std::size_t count = std::size_t(size.x) * size.y * size.z;
  std::memset(dynamic, 0xff, sizeof dynamic);
  for (std::size_t i = 0; i < count; ++i) {
    Thread& t = threads[i];
    t = Thread{};
    t.index = {unsigned(i % size.x), unsigned(i / size.x % size.y), unsigned(i / size.x / size.y)};
    t.lane = int(i % 32);
    t.warp = int(i / 32);
    auto* top = reinterpret_cast<void**>((reinterpret_cast<std::uintptr_t>(&stacks[0]) + (i + 1) * stack_bytes) &
                                         ~std::uintptr_t(15));
    *(top -= 2) = reinterpret_cast<void*>(&enter);  // where the first switch returns to
    for (int k = 0; k < 6; ++k) *--top = nullptr;
    t.stack_pointer = top;
  }
  while (fault.empty()) {
    for (std::size_t from = 0; from < count; from += 32) run_warp(from, std::min(count, from + 32));
    std::size_t done = 0, waiting = 0;
    for (std::size_t i = 0; i < count; ++i) {
      done += threads[i].state == Thread::State::done;
      waiting += threads[i].state == Thread::State::at_block;
    }
    if (done == count) return;
    if (done + waiting < count) fault = "threads wait for lanes that do not come";
    for (std::size_t i = 0; i < count; ++i)
      if (threads[i].state == Thread::State::at_block) threads[i].state = Thread::State::ready;
  }
}

// ---- kernels by name, with arguments as the driver takes them

inline void** arguments;
template <class F>
struct Kernel;
template <class... A>
struct Kernel<void (*)(A...)> {
  static inline void (*function)(A...);
  template <std::size_t... I>
  static void call(std::index_sequence<I...>) {
    function(*static_cast<std::decay_t<A>*>(arguments[I])...);
  }
  static void run() { call(std::index_sequence_for<A...>()); }
  static constexpr int count = sizeof...(A);
};
struct Entry {
  void (*choose)();
  void (*run)();
  int count;
};
inline std::map<std::string, Entry> kernels;

}  // namespace cuda_on_cpu

#define CUDA_ON_CPU_KERNEL(name)                                                                                       \
  static const bool cuda_on_cpu_has_##name = [] {                                                                      \
    using K = cuda_on_cpu::Kernel<decltype(&name)>;                                                                    \
    cuda_on_cpu::kernels[#name] = {[] { cuda_on_cpu::Kernel<decltype(&name)>::function = &name; }, &K::run, K::count}; \
    return true;                                                                                                       \
  }();

inline Axes blockIdx, blockDim, gridDim;
#define threadIdx (cuda_on_cpu::me->index)

// What went wrong, or null. Grid and block have three numbers each.
extern "C" __attribute__((used, visibility("default"))) inline const char* cuda_on_cpu_launch(
    const char* kernel, void** arguments, int count, const std::uint64_t* grid, const std::uint64_t* block) {
  using namespace cuda_on_cpu;
  static std::vector<unsigned char> stacks(stack_bytes * 1025);
  fault.clear();
  const auto found = kernels.find(kernel);
  if (found == kernels.end()) return "no kernel of that name";
  if (found->second.count != count) return "the plan gives another number of arguments";
  cuda_on_cpu::arguments = arguments;
  found->second.choose();
  body = found->second.run;
  gridDim = {unsigned(grid[0]), unsigned(grid[1]), unsigned(grid[2])};
  blockDim = {unsigned(block[0]), unsigned(block[1]), unsigned(block[2])};
  const std::size_t threads_of_block = block[0] * block[1] * block[2];
  threads.resize(threads_of_block);
  warps.resize((threads_of_block + 31) / 32);
  for (std::uint64_t b = 0; b < grid[0] * grid[1] * grid[2] && fault.empty(); ++b) {
    blockIdx = {unsigned(b % grid[0]), unsigned(b / grid[0] % grid[1]), unsigned(b / grid[0] / grid[1])};
    run_block(blockDim, stacks);
  }
  return fault.empty() ? nullptr : fault.c_str();
}

// ---- the library

inline void __syncthreads() {
  cuda_on_cpu::give_way(cuda_on_cpu::Thread::State::at_block);
}
inline void __syncwarp(unsigned mask = 0xffffffffu) {
  cuda_on_cpu::me->mask = mask;
  cuda_on_cpu::give_way(cuda_on_cpu::Thread::State::at_warp);
}
inline void __threadfence() {}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int far) {
  return cuda_on_cpu::exchange(mask, value, cuda_on_cpu::me->lane ^ far);
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, int far) {
  const int lane = cuda_on_cpu::me->lane;
  return cuda_on_cpu::exchange(mask, value, lane < far ? lane : lane - far);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, int far) {
  const int lane = cuda_on_cpu::me->lane;
  return cuda_on_cpu::exchange(mask, value, lane + far > 31 ? lane : lane + far);
}
template <class T, class U>
T atomicAdd(T* at, U value) {
  const T before = *at;
  *at = T(before + value);
  return before;
}
template <class T, class U>
T atomicMax(T* at, U value) {
  const T before = *at;
  *at = max(before, T(value));
  return before;
}
template <class T>
T __ldg(const T* at) {
  return *at;
}
template <class T>
T __ldcs(const T* at) {
  return *at;
}
template <class T>
T __ldcg(const T* at) {
  return *at;
}
template <class T>
void __stcs(T* at, T value) {
  *at = value;
}
template <class To, class From>
To bits_as(From from) {
  To to;
  static_assert(sizeof to == sizeof from);
  std::memcpy(&to, &from, sizeof to);
  return to;
}
inline int __float_as_int(float v) {
  return bits_as<int>(v);
}
inline unsigned __float_as_uint(float v) {
  return bits_as<unsigned>(v);
}
inline float __uint_as_float(unsigned v) {
  return bits_as<float>(v);
}
inline float rsqrtf(float v) {
  return 1.0f / std::sqrt(v);
}
inline void sincospif(float v, float* sine, float* cosine) {
  *sine = float(std::sin(3.14159265358979323846 * double(v)));
  *cosine = float(std::cos(3.14159265358979323846 * double(v)));
}
inline unsigned __funnelshift_l(unsigned low, unsigned high, unsigned by) {
  return unsigned(((std::uint64_t(high) << 32 | low) << (by & 31)) >> 32);
}
inline unsigned __funnelshift_r(unsigned low, unsigned high, unsigned by) {
  return unsigned((std::uint64_t(high) << 32 | low) >> (by & 31));
}
// Addresses in shared memory are offsets into the dynamic part.
inline std::size_t __cvta_generic_to_shared(const void* at) {
  return std::size_t(static_cast<const unsigned char*>(at) - cuda_on_cpu::dynamic);
}
// cp.async: `take` bytes of `size`, the rest zero.
inline void cuda_on_cpu_copy_async(unsigned to, const void* from, int size, int take) {
  if (take && reinterpret_cast<std::uintptr_t>(from) % std::size_t(size))
    cuda_on_cpu::fault = "an asynchronous copy from an address that is not a multiple of its size";
  std::memset(cuda_on_cpu::dynamic + to, 0, std::size_t(size));
  std::memcpy(cuda_on_cpu::dynamic + to, from, std::size_t(take));
}
