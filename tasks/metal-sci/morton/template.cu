/* ridgeline
# The order of storage between steps is free: the cube is brought into row-major order once and back once, brick by brick (a brick of 16^3 is
# one piece of memory in Morton order, and rows of 16 in the other), and in between KS time steps go through it per pass. A block
# owns a column of planes, 32 * VEC by WARPS * RY cells wide, and marches along z; of every time level it keeps two planes in registers,
# and level s is one plane behind level s - 1. Neighbours along x come from other lanes, along y from registers and, at the ends
# of a warp's RY rows, from shared memory, with one meeting per plane for all levels. A last pass of fewer steps copies its upper levels.

constraints = ["32 * VEC >= 4 * VEC * ceil_div(KS, VEC)", "WARPS * RY >= 4 * KS", "KS * VEC * RY <= 40", "256 * KS * VEC * WARPS * (RY > 1 ? 2 : 1) <= 49152", "VEC * RY >= 2"]

[tune]
KS    = [3, 4, 2, 5, 6, 1]  # time steps per pass
VEC   = [4, 2, 1]           # columns of a lane
RY    = [2, 1, 4]           # rows of a warp
WARPS = [8, 16, 4, 12]      # warps of a block, one behind the other along y
DEPTH = [16, 32, 64, 8, 128]   # planes of a block at least
WAVES = [2, 1, 4, 3]        # blocks for each multiprocessor

[scratch]
now = { type = "f32", count = "cells" }
next = { type = "f32", count = "cells" }

[[stage]]
[[stage.op]]
launch = "unfold"
grid = ["ipow(max(1, n // 16), 3)"]
block = [256]
args = ["u", "now", "logn"]

[[stage]]
repeat = "ceil_div(steps, KS)"
index = "t"
rotate = [["now", "next"]]
[[stage.op]]
launch = "heat_pass"
grid = ["ceil_div(n, 32 * VEC - 2 * VEC * ceil_div(KS, VEC))", "ceil_div(n, WARPS * RY - 2 * KS)", "ceil_div(n, max(DEPTH, ceil_div(n * ceil_div(n, 32 * VEC - 2 * VEC * ceil_div(KS, VEC)) * ceil_div(n, WARPS * RY - 2 * KS), dev.sms * WAVES)))"]
block = [32, "WARPS"]
args = ["now", "next", "n", { value = "min(KS, steps - t * KS)" }, { value = "max(DEPTH, ceil_div(n * ceil_div(n, 32 * VEC - 2 * VEC * ceil_div(KS, VEC)) * ceil_div(n, WARPS * RY - 2 * KS), dev.sms * WAVES))" }, "alpha"]

[[stage]]
[[stage.op]]
launch = "fold"
grid = ["ipow(max(1, n // 16), 3)"]
block = [256]
args = ["now", "u", "logn"]
*/
#define ALL 0xffffffffu
#define HALO ((KS + VEC - 1) / VEC * VEC)

// Every third bit of a Morton index, put together: up to ten of them.
__device__ __forceinline__ int gathered(unsigned m) {
  m &= 0x09249249u;
  m = (m | m >> 2) & 0x030c30c3u;
  m = (m | m >> 4) & 0x0300f00fu;
  m = (m | m >> 8) & 0x030000ffu;
  return int((m | m >> 16) & 0x3ffu);
}

// One brick of side 16 (or the whole cube, if it is smaller) between the two orders. In shared memory, strides keep both directions
// free of conflicts.
template <bool FORTH>
__device__ __forceinline__ void turn_brick(const float* from, float* to, int logn) {
  __shared__ float brick[16 * 336];
  const int bits = min(logn, 4), cells = 1 << 3 * bits, mask = (1 << bits) - 1, n = 1 << logn;
  const long long first = (long long)blockIdx.x << 3 * bits;   // in Morton order
  const int x0 = gathered(blockIdx.x) << bits, y0 = gathered(blockIdx.x >> 1) << bits, z0 = gathered(blockIdx.x >> 2) << bits;
  for (int pass = 0; pass < 2; ++pass) {
    for (int c = threadIdx.x; c < cells; c += 256) {
      if ((pass == 0) == FORTH) {
        float& place = brick[gathered(c >> 2) * 336 + gathered(c >> 1) * 20 + gathered(c)];
        if (FORTH) place = from[first + c];
        else to[first + c] = place;
      } else {
        const int i = c & mask, j = c >> bits & mask, k = c >> 2 * bits;
        const long long at = ((long long)(z0 + k) * n + (y0 + j)) * n + x0 + i;
        float& place = brick[k * 336 + j * 20 + i];
        if (FORTH) to[at] = place;
        else place = from[at];
      }
    }
    __syncthreads();
  }
}

extern "C" __global__ void __launch_bounds__(256) unfold(const float* __restrict__ u, float* __restrict__ now, int logn) {
  turn_brick<true>(u, now, logn);
}

extern "C" __global__ void __launch_bounds__(256) fold(const float* __restrict__ now, float* __restrict__ u, int logn) {
  turn_brick<false>(now, u, logn);
}

// RY rows of VEC columns of a plane; outside the cube, whatever stands at its face: nothing there reaches the inside.
struct Window {
  int at, row[RY];
  __device__ __forceinline__ Window(int x, int y, int n) {
    at = min(max(x, 0), n - min(VEC, n));
#pragma unroll
    for (int r = 0; r < RY; ++r) row[r] = min(max(y + r, 0), n - 1) * n;
  }
  __device__ __forceinline__ void load(const float* plane, int n, float (&to)[RY][VEC]) const {
#pragma unroll
    for (int r = 0; r < RY; ++r) {
      const float* from = plane + row[r] + at;
#if VEC == 4
      if (n >= 4) {
        const float4 q = *(const float4*)from;
        to[r][0] = q.x, to[r][1] = q.y, to[r][2] = q.z, to[r][3] = q.w;
      } else {   // n = 2 holds no inside
        to[r][0] = to[r][2] = from[0], to[r][1] = to[r][3] = from[1];
      }
#elif VEC == 2
      const float2 q = *(const float2*)from;
      to[r][0] = q.x, to[r][1] = q.y;
#else
      to[r][0] = from[0];
#endif
    }
  }
};

__device__ __forceinline__ void store_row(float* row, int x, int n, const float (&from)[VEC]) {
#if VEC == 4
  if (n >= 4) {
    if (x < n) *(float4*)(row + x) = make_float4(from[0], from[1], from[2], from[3]);
    return;
  }
#elif VEC == 2
  if (x < n) *(float2*)(row + x) = make_float2(from[0], from[1]);
#endif
#if VEC != 2
#pragma unroll
  for (int v = 0; v < VEC; ++v)
    if (x + v < n) row[x + v] = from[v];
#endif
}

struct Row {
  float v[VEC];
};

extern "C" __global__ void __launch_bounds__(32 * WARPS, 1)
    heat_pass(const float* __restrict__ now, float* __restrict__ next, int n, int steps, int depth, float alpha) {
  constexpr int ENDS = RY > 1 ? 2 : 1;
  __shared__ Row ends[2][KS][WARPS][ENDS][32];   // first and last row of each warp, of each level's newest plane
  const int lane = threadIdx.x, warp = threadIdx.y;
  const int x = blockIdx.x * (32 * VEC - 2 * HALO) - HALO + lane * VEC;
  const int y = blockIdx.y * (WARPS * RY - 2 * KS) - KS + warp * RY;
  const int front = blockIdx.z * depth, back = min(front + depth, n);
  const long long plane = (long long)n * n;
  const Window window(x, y, n);
  const auto at = [&](int z) { return (long long)min(max(z, 0), n - 1) * plane; };

  unsigned inside = 0;   // a bit for each cell of a plane that is not on a face
#pragma unroll
  for (int r = 0; r < RY; ++r)
#pragma unroll
    for (int v = 0; v < VEC; ++v)
      inside |= (x + v > 0 && x + v < n - 1 && y + r > 0 && y + r < n - 1 ? 1u : 0u) << (r * VEC + v);

  float older[KS][RY][VEC] = {}, newer[KS][RY][VEC] = {};   // of each level: planes p - 1 and p
  float coming[RY][VEC];
  const int first = max(front - KS, 0);
  window.load(now + at(first), n, coming);
  for (int z = first; z < back + KS; ++z) {
    const int turn = z & 1;
#pragma unroll
    for (int s = 0; s < KS; ++s) {
#pragma unroll
      for (int v = 0; v < VEC; ++v) {
        ends[turn][s][warp][0][lane].v[v] = newer[s][0][v];
        if (ENDS > 1) ends[turn][s][warp][ENDS - 1][lane].v[v] = newer[s][RY - 1][v];
      }
    }
    float level[RY][VEC];
#pragma unroll
    for (int r = 0; r < RY; ++r)
#pragma unroll
      for (int v = 0; v < VEC; ++v) level[r][v] = coming[r][v];
    window.load(now + at(z + 1), n, coming);   // for the next plane, while this one is worked on
    __syncthreads();
#pragma unroll
    for (int s = 0; s < KS; ++s) {
      // newer[s] is plane q of level s, older[s] the one before, `level` the one after.
      const int q = z - 1 - s;
      float out[RY][VEC];
      const bool within = q > 0 && q < n - 1 && s < steps;   // else everything stays as it is
      const Row north = ends[turn][s][warp > 0 ? warp - 1 : 0][ENDS - 1][lane];
      const Row south = ends[turn][s][warp < WARPS - 1 ? warp + 1 : warp][0][lane];
#pragma unroll
      for (int r = 0; r < RY; ++r) {
        const float left = __shfl_up_sync(ALL, newer[s][r][VEC - 1], 1), right = __shfl_down_sync(ALL, newer[s][r][0], 1);
#pragma unroll
        for (int v = 0; v < VEC; ++v) {
          const float mid = newer[s][r][v];
          const float along = (v > 0 ? newer[s][r][v > 0 ? v - 1 : 0] : left) + (v < VEC - 1 ? newer[s][r][v < VEC - 1 ? v + 1 : 0] : right);
          const float across = (r > 0 ? newer[s][r > 0 ? r - 1 : 0][v] : north.v[v]) +
                               (r < RY - 1 ? newer[s][r < RY - 1 ? r + 1 : 0][v] : south.v[v]);
          const float sum = along + across + (older[s][r][v] + level[r][v]);
          out[r][v] = within && (inside >> (r * VEC + v) & 1u) ? fmaf(alpha, fmaf(-6.0f, mid, sum), mid) : mid;
        }
      }
#pragma unroll
      for (int r = 0; r < RY; ++r)
#pragma unroll
        for (int v = 0; v < VEC; ++v) {
          older[s][r][v] = newer[s][r][v];
          newer[s][r][v] = level[r][v];
          level[r][v] = out[r][v];
        }
    }
    const int done = z - KS;
    const bool mine = done >= front && done < back && lane * VEC >= HALO && lane * VEC < 32 * VEC - HALO;
#pragma unroll
    for (int r = 0; r < RY; ++r) {
      const int row = warp * RY + r;
      if (!mine || row < KS || row >= WARPS * RY - KS || y + r >= n) continue;
      store_row(next + done * plane + (long long)(y + r) * n, x, n, level[r]);
    }
  }
}
