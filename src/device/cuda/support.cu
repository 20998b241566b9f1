// Our own kernels in a lane: the gate that holds a burst back, the clock probe, canaries, and fills that the driver has no
// node for. Compiled by NVRTC like everything else. RIDGELINE_EMULATED: for the tests' emulator, which knows no assembler.
#ifndef RIDGELINE_EMULATED
__device__ unsigned long long nanoseconds() {
  unsigned long long t;
  asm volatile("mov.u64 %0, %globaltimer;" : "=l"(t));
  return t;
}
__device__ long long cycles() { return clock64(); }
#endif

// Holds the stream until *flag is 1. After `patience` nanoseconds it gives up and leaves a 2, or a mistake would hang the
// device.
extern "C" __global__ void ridgeline_gate(unsigned* flag, unsigned long long patience) {
  const unsigned long long begin = nanoseconds();
  while (*(volatile unsigned*)flag == 0)
    if (nanoseconds() - begin > patience) {
      atomicCAS_system(flag, 0u, 2u);
      return;
    }
}

// Cycles and nanoseconds between two ticks of the timer, about `span` nanoseconds apart: both ends are taken at a tick, so
// the timer's coarse step costs no precision.
extern "C" __global__ void ridgeline_probe(long long* out, unsigned long long span) {
  unsigned long long t = nanoseconds(), begin = t, end;
  while (begin == t) begin = nanoseconds();
  const long long first = cycles();
  while ((end = nanoseconds()) - begin < span) {
  }
  t = end;
  while (end == t) end = nanoseconds();
  out[0] = cycles() - first;
  out[1] = (long long)(end - begin);
}

// A pattern that depends on the lane's secret and the place, so that copying a neighbour's does not help.
__device__ unsigned char canary_at(unsigned long long key, unsigned long long at) {
  unsigned long long x = (at / 8 + 1) * key;
  x ^= x >> 29;
  return (unsigned char)(x >> 8 * (at % 8) & 255);
}

// zones: pairs (begin, end) in bytes from a set's beginning. One block for each zone (x) and set (y).
extern "C" __global__ void ridgeline_canaries(unsigned char* arena, const unsigned long long* zones,
                                              unsigned long long stride, unsigned first_set, unsigned long long key) {
  const unsigned long long set = (first_set + blockIdx.y) * stride;
  const unsigned long long end = set + zones[2 * blockIdx.x + 1];
  for (unsigned long long at = set + zones[2 * blockIdx.x] + threadIdx.x; at < end; at += blockDim.x)
    arena[at] = canary_at(key, at);
}

// found: for each zone the first and the last damaged place, counted from the set's beginning; (all ones, 0) when whole.
extern "C" __global__ void ridgeline_inspect(const unsigned char* arena, const unsigned long long* zones,
                                             unsigned long long stride, unsigned set_number, unsigned long long key,
                                             unsigned long long* found) {
  const unsigned long long set = set_number * stride;
  const unsigned long long end = set + zones[2 * blockIdx.x + 1];
  for (unsigned long long at = set + zones[2 * blockIdx.x] + threadIdx.x; at < end; at += blockDim.x)
    if (arena[at] != canary_at(key, at)) {
      atomicMin(found + 2 * blockIdx.x, at - set);
      atomicMax(found + 2 * blockIdx.x + 1, at - set);
    }
}

extern "C" __global__ void ridgeline_fill8(unsigned long long* to, unsigned long long count, unsigned long long pattern) {
  for (unsigned long long i = blockIdx.x * (unsigned long long)blockDim.x + threadIdx.x; i < count;
       i += gridDim.x * (unsigned long long)blockDim.x)
    to[i] = pattern;
}

// What another kernel left in the caches is overwritten.
extern "C" __global__ void ridgeline_flush(unsigned* to, unsigned long long count) {
  for (unsigned long long i = blockIdx.x * (unsigned long long)blockDim.x + threadIdx.x; i < count;
       i += gridDim.x * (unsigned long long)blockDim.x)
    to[i] += 1;
}

// What is in the caches is written back, and nothing that would have to be is left.
extern "C" __global__ void ridgeline_read(unsigned* from, unsigned long long count) {
  unsigned sum = 0;
  for (unsigned long long i = blockIdx.x * (unsigned long long)blockDim.x + threadIdx.x; i < count;
       i += gridDim.x * (unsigned long long)blockDim.x)
    sum += from[i];
  if (sum == 0x9E3779B9u) *from = 0;  // or nothing would have to be read
}

// The values of evaluate/internal/poison.h, so that the parent knows what an element holds that nobody wrote. `type` is
// the number of a ScalarType: f64 f32 f16 bf16 fp8 i8 u8 i16 u16 i32 u32 i64 u64 bool.
__device__ unsigned random_word(unsigned low, unsigned high, unsigned index) {
  unsigned x = index * 0x9E3779B9u + low;
  x = (x ^ x >> 16) * 0x7FEB352Du;
  x += high;
  x = (x ^ x >> 15) * 0x846CA68Bu;
  return x ^ x >> 16;
}
extern "C" __global__ void ridgeline_poison(unsigned char* to, unsigned long long bytes, unsigned type,
                                            unsigned long long seed) {
  const unsigned size = type == 0 || type == 11 || type == 12 ? 8 : type == 1 || type == 9 || type == 10 ? 4
                        : type == 2 || type == 3 || type == 7 || type == 8                            ? 2
                                                                                                       : 1;
  const unsigned long long count = bytes / size;
  for (unsigned long long i = blockIdx.x * (unsigned long long)blockDim.x + threadIdx.x; i < count;
       i += gridDim.x * (unsigned long long)blockDim.x) {
    // Blocks of 256 elements share the upper half of their numbers.
    const unsigned long long first = i / 256 * 256;
    const unsigned low = (unsigned)seed, high = (unsigned)(seed >> 32) + (unsigned)(first >> 32) * 0x9E3779B9u;
    const unsigned index = (unsigned)first + (unsigned)(i - first), r = random_word(low, high, index);
    switch (type) {
      case 0: {
        const unsigned long long more = random_word(high, ~low, index);
        ((unsigned long long*)to)[i] = (((unsigned long long)r << 32 | more) & 0x800FFFFFFFFFFFFFull) |
                                       (unsigned long long)(0x3FE0ull + (r >> 16 & 0x10)) << 48;
        break;
      }
      case 1: ((unsigned*)to)[i] = (r & 0x807FFFFFu) | (0x3F000000u + (r >> 1 & 0x00800000u)); break;
      case 2: ((unsigned short*)to)[i] = (unsigned short)((r & 0x83FFu) | 0x3800u); break;
      case 3: ((unsigned short*)to)[i] = (unsigned short)((r & 0x807Fu) | 0x3F00u); break;
      case 4: to[i] = (unsigned char)((r & 0x87u) | 0x30u); break;
      case 5: case 6: to[i] = (unsigned char)(r & 0x7Fu); break;
      case 7: case 8: ((unsigned short*)to)[i] = (unsigned short)(r & 0x3FFFu); break;
      case 9: case 10: ((unsigned*)to)[i] = r & 0x3FFFu; break;
      case 11: case 12: ((unsigned long long*)to)[i] = r & 0x3FFFu; break;
      default: to[i] = (unsigned char)(r & 1u); break;
    }
  }
}
