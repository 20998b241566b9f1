/* ridgeline
# A pass carries KS time steps through the box at once. A block owns a column of planes, 32 * VEC by WARPS * RY cells wide, and marches along
# z; of every time level it keeps two planes in registers, and level s is one plane behind level s - 1. Neighbours along x come from
# other lanes, along y from registers and, at the ends of a warp's RY rows, from shared memory, with one meeting per plane for all
# levels. What overlaps with other columns is computed twice. Steps that are left over after whole passes go one by one, and then only
# the new level is written.

constraints = ["32 * VEC >= 4 * VEC * ceil_div(KS, VEC)", "WARPS * RY >= 4 * KS", "KS * VEC * RY <= 32", "256 * KS * VEC * WARPS * (RY > 1 ? 2 : 1) <= 49152", "VEC * RY >= 2"]

[tune]
KS    = [2, 1, 3, 4]        # time steps per pass
VEC   = [4, 2, 1]           # columns of a lane
RY    = [2, 1, 4]           # rows of a warp
WARPS = [8, 16, 4, 12]      # warps of a block, one behind the other along y
DEPTH = [16, 32, 64, 8, 128]   # planes of a block at least
WAVES = [2, 1, 4, 3]        # blocks for each multiprocessor

[scratch]
next = { type = "f32", count = "cells" }
next_prev = { type = "f32", count = "KS > 1 ? cells : 1" }

[[stage]]
when = "KS > 1"
repeat = "steps // KS"
rotate = [["u", "next"], ["prev", "next_prev"]]
[[stage.op]]
launch = "wave_pass"
grid = ["ceil_div(nx, 32 * VEC - 2 * VEC * ceil_div(KS, VEC))", "ceil_div(ny, WARPS * RY - 2 * KS)", "ceil_div(nz, max(DEPTH, ceil_div(nz * ceil_div(nx, 32 * VEC - 2 * VEC * ceil_div(KS, VEC)) * ceil_div(ny, WARPS * RY - 2 * KS), dev.sms * WAVES)))"]
block = [32, "WARPS"]
args = ["prev", "u", "next", "next_prev", "nx", "ny", "nz", { value = "max(DEPTH, ceil_div(nz * ceil_div(nx, 32 * VEC - 2 * VEC * ceil_div(KS, VEC)) * ceil_div(ny, WARPS * RY - 2 * KS), dev.sms * WAVES))" }, "alpha"]

[[stage]]
repeat = "KS > 1 ? steps % KS : steps"
rotate = [["prev", "u", "next"]]
[[stage.op]]
launch = "wave_step"
grid = ["ceil_div(nx, 30 * VEC)", "ceil_div(ny, WARPS * RY - 2)", "ceil_div(nz, max(DEPTH, ceil_div(nz * ceil_div(nx, 30 * VEC) * ceil_div(ny, WARPS * RY - 2), dev.sms * WAVES)))"]
block = [32, "WARPS"]
args = ["prev", "u", "next", "nx", "ny", "nz", { value = "max(DEPTH, ceil_div(nz * ceil_div(nx, 30 * VEC) * ceil_div(ny, WARPS * RY - 2), dev.sms * WAVES))" }, "alpha"]
*/
#define ALL 0xffffffffu

// RY rows of VEC columns of a plane; outside the box, whatever stands at its face: nothing there reaches the inside.
struct Window {
  int at[VEC], row[RY];
  bool whole;   // every row begins on a vector's boundary
  __device__ __forceinline__ Window(int x, int y, int nx, int ny) {
    whole = nx % VEC == 0;
    const int edge = min(max(x, 0), nx - VEC);
#pragma unroll
    for (int v = 0; v < VEC; ++v) at[v] = whole ? edge + v : min(max(x + v, 0), nx - 1);
#pragma unroll
    for (int r = 0; r < RY; ++r) row[r] = min(max(y + r, 0), ny - 1) * nx;
  }
  __device__ __forceinline__ void load(const float* plane, float (&to)[RY][VEC]) const {
#pragma unroll
    for (int r = 0; r < RY; ++r) {
      const float* from = plane + row[r];
#if VEC == 4
      if (whole) {
        const float4 q = *(const float4*)(from + at[0]);
        to[r][0] = q.x, to[r][1] = q.y, to[r][2] = q.z, to[r][3] = q.w;
        continue;
      }
#elif VEC == 2
      if (whole) {
        const float2 q = *(const float2*)(from + at[0]);
        to[r][0] = q.x, to[r][1] = q.y;
        continue;
      }
#endif
#pragma unroll
      for (int v = 0; v < VEC; ++v) to[r][v] = from[at[v]];
    }
  }
};

__device__ __forceinline__ void store_row(float* row, int x, int nx, const float (&from)[VEC]) {
#if VEC == 4
  if (nx % VEC == 0) {
    if (x < nx) *(float4*)(row + x) = make_float4(from[0], from[1], from[2], from[3]);
    return;
  }
#elif VEC == 2
  if (nx % VEC == 0) {
    if (x < nx) *(float2*)(row + x) = make_float2(from[0], from[1]);
    return;
  }
#endif
#pragma unroll
  for (int v = 0; v < VEC; ++v)
    if (x + v < nx) row[x + v] = from[v];
}

struct Row {
  float v[VEC];
};

// From time levels 0 (u) and -1 (prev) to levels K (next) and, where it is asked for, K - 1 (next_prev).
template <int K>
__device__ __forceinline__ void march(const float* __restrict__ prev, const float* __restrict__ u, float* __restrict__ next,
                                      float* __restrict__ next_prev, int nx, int ny, int nz, int depth, float alpha) {
  constexpr int HALO = (K + VEC - 1) / VEC * VEC, ENDS = RY > 1 ? 2 : 1;
  __shared__ Row ends[2][K][WARPS][ENDS][32];   // first and last row of each warp, of each level's newest plane
  const int lane = threadIdx.x, warp = threadIdx.y;
  const int x = blockIdx.x * (32 * VEC - 2 * HALO) - HALO + lane * VEC;
  const int y = blockIdx.y * (WARPS * RY - 2 * K) - K + warp * RY;
  const int front = blockIdx.z * depth, back = min(front + depth, nz);
  const long long plane = (long long)nx * ny;
  const Window window(x, y, nx, ny);
  const auto at = [&](int z) { return (long long)min(max(z, 0), nz - 1) * plane; };

  unsigned inside = 0;   // a bit for each cell of a plane that is not on a face
#pragma unroll
  for (int r = 0; r < RY; ++r)
#pragma unroll
    for (int v = 0; v < VEC; ++v)
      inside |= (x + v > 0 && x + v < nx - 1 && y + r > 0 && y + r < ny - 1 ? 1u : 0u) << (r * VEC + v);

  float older[K][RY][VEC] = {}, newer[K][RY][VEC] = {};   // of each level: planes p - 1 and p
  float coming[RY][VEC], before[RY][VEC];
  const int first = max(front - K, 0);
  window.load(u + at(first), coming);
  window.load(prev + at(first - 1), before);
  for (int z = first; z < back + K; ++z) {
    const int turn = z & 1;
#pragma unroll
    for (int s = 0; s < K; ++s) {
#pragma unroll
      for (int v = 0; v < VEC; ++v) {
        ends[turn][s][warp][0][lane].v[v] = newer[s][0][v];
        if (ENDS > 1) ends[turn][s][warp][ENDS - 1][lane].v[v] = newer[s][RY - 1][v];
      }
    }
    float level[RY][VEC], past[RY][VEC];
#pragma unroll
    for (int r = 0; r < RY; ++r)
#pragma unroll
      for (int v = 0; v < VEC; ++v) level[r][v] = coming[r][v], past[r][v] = before[r][v];
    window.load(u + at(z + 1), coming);   // for the next plane, while this one is worked on
    window.load(prev + at(z), before);
    __syncthreads();
#pragma unroll
    for (int s = 0; s < K; ++s) {
      // newer[s] is plane q of level s, older[s] the one before, `level` the one after; `past` is plane q of level s - 1.
      const int q = z - 1 - s;
      float out[RY][VEC];
      const bool within = q > 0 && q < nz - 1;
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
          const float moved = fmaf(alpha, fmaf(-6.0f, mid, sum), fmaf(2.0f, mid, -past[r][v]));
          out[r][v] = within && (inside >> (r * VEC + v) & 1u) ? moved : mid;
        }
      }
#pragma unroll
      for (int r = 0; r < RY; ++r)
#pragma unroll
        for (int v = 0; v < VEC; ++v) {
          past[r][v] = older[s][r][v];   // plane q - 1 of level s
          older[s][r][v] = newer[s][r][v];
          newer[s][r][v] = level[r][v];
          level[r][v] = out[r][v];
        }
    }
    const int done = z - K;
    const bool mine = done >= front && done < back && lane * VEC >= HALO && lane * VEC < 32 * VEC - HALO;
#pragma unroll
    for (int r = 0; r < RY; ++r) {
      const int row = warp * RY + r;
      if (!mine || row < K || row >= WARPS * RY - K || y + r >= ny) continue;
      const long long to = done * plane + (long long)(y + r) * nx;
      store_row(next + to, x, nx, level[r]);
      if (K > 1) store_row(next_prev + to, x, nx, older[K - 1][r]);
    }
  }
}

extern "C" __global__ void __launch_bounds__(32 * WARPS, 1)
    wave_pass(const float* __restrict__ prev, const float* __restrict__ u, float* __restrict__ next, float* __restrict__ next_prev, int nx,
              int ny, int nz, int depth, float alpha) {
  march<KS>(prev, u, next, next_prev, nx, ny, nz, depth, alpha);
}

extern "C" __global__ void __launch_bounds__(32 * WARPS, 1)
    wave_step(const float* __restrict__ prev, const float* __restrict__ u, float* __restrict__ next, int nx, int ny, int nz, int depth,
              float alpha) {
  march<1>(prev, u, next, nullptr, nx, ny, nz, depth, alpha);
}
