/* ridgeline
# A pass carries KS time steps through the grid at once: memory sees one read and one write for KS steps. A warp owns a stripe of
# 32 * VEC columns and marches down it. Of every time level it keeps the last two rows in registers; neighbours along x come from
# other lanes by shuffles, so warps never wait for each other. HALO = VEC * ceil(KS / VEC) columns on either side of a stripe, and
# KS rows above and below it, are computed twice. A last pass of fewer steps copies its upper levels.

constraints = ["2 * KS * VEC + 3 * AHEAD * VEC <= 120", "32 * VEC > 4 * KS"]   # registers; columns that are not overlap

[tune]
KS    = [5, 4, 8, 6, 10, 3, 2, 1]   # time steps per pass
VEC   = [4, 2, 8, 1]                # columns of a lane
AHEAD = [2, 4, 6]                   # rows loaded ahead, and worked on together
WARPS = [4, 2, 8, 1]                # warps in a block, side by side
MINROWS = [8, 16, 32, 64]           # rows of a stripe at least
WAVES = [16, 8, 12, 24, 4]          # stripes for each multiprocessor

[scratch]
next = { type = "f32", count = "cells" }

[[stage]]
repeat = "ceil_div(steps, KS)"
index = "t"
rotate = [["u", "next"]]
[[stage.op]]
launch = "heat_pass"
grid = ["ceil_div(ceil_div(nx, 32 * VEC - 2 * VEC * ceil_div(KS, VEC)), WARPS)", "ceil_div(ny, max(MINROWS, ceil_div(ny * ceil_div(nx, 32 * VEC - 2 * VEC * ceil_div(KS, VEC)), dev.sms * WAVES)))"]
block = [32, "WARPS"]
args = ["u", "next", "nx", "ny", { value = "min(KS, steps - t * KS)" }, { value = "max(MINROWS, ceil_div(ny * ceil_div(nx, 32 * VEC - 2 * VEC * ceil_div(KS, VEC)), dev.sms * WAVES))" }, "alpha"]
*/
#define HALO ((KS + VEC - 1) / VEC * VEC)
#define STRIDE (32 * VEC - 2 * HALO)
#define ALL 0xffffffffu

// VEC columns of a row; outside the grid, whatever stands at its edge: nothing there reaches the inside.
struct Columns {
  int at[VEC];
  bool whole;   // every row begins on a vector's boundary
  __device__ Columns(int x, int nx) {
    whole = nx % VEC == 0;
    const int edge = min(max(x, 0), nx - VEC);
    for (int v = 0; v < VEC; ++v) at[v] = whole ? edge + v : min(max(x + v, 0), nx - 1);
  }
  __device__ __forceinline__ void load(const float* row, float (&to)[VEC]) const {
#if VEC >= 4
    if (whole) {
#pragma unroll
      for (int v = 0; v < VEC; v += 4) {
        const float4 q = *(const float4*)(row + at[0] + v);
        to[v] = q.x, to[v + 1] = q.y, to[v + 2] = q.z, to[v + 3] = q.w;
      }
      return;
    }
#elif VEC == 2
    if (whole) {
      const float2 q = *(const float2*)(row + at[0]);
      to[0] = q.x, to[1] = q.y;
      return;
    }
#endif
#pragma unroll
    for (int v = 0; v < VEC; ++v) to[v] = row[at[v]];
  }
  __device__ __forceinline__ void store(float* row, int x, int nx, const float (&from)[VEC]) const {
#if VEC >= 4
    if (whole) {
      if (x < nx)
#pragma unroll
        for (int v = 0; v < VEC; v += 4) *(float4*)(row + x + v) = make_float4(from[v], from[v + 1], from[v + 2], from[v + 3]);
      return;
    }
#elif VEC == 2
    if (whole) {
      if (x < nx) *(float2*)(row + x) = make_float2(from[0], from[1]);
      return;
    }
#endif
#pragma unroll
    for (int v = 0; v < VEC; ++v)
      if (x + v < nx) row[x + v] = from[v];
  }
};

// AHEAD rows from y on through all levels. Of each level `level` holds the last two rows, in turn. With EDGES a row may be one
// that stays as it is: at the top or bottom of the grid, or of a level beyond the pass.
template <bool EDGES>
__device__ __forceinline__ void rows(float (&level)[2][KS][VEC], float (&ahead)[AHEAD][VEC], float (&done)[AHEAD][VEC], const float (&rate)[VEC],
                                     int y, int ny, int steps) {
#pragma unroll
  for (int q = 0; q < AHEAD; ++q) {
    float below[VEC];
#pragma unroll
    for (int v = 0; v < VEC; ++v) below[v] = ahead[q][v];
#pragma unroll
    for (int s = 0; s < KS; ++s) {
      float(&above)[VEC] = level[q & 1][s];
      const float(&mid)[VEC] = level[1 - (q & 1)][s];
      const int r = y + q - s - 1;   // of mid
      const bool moves = !EDGES || (r > 0 && r < ny - 1 && s < steps);
      const float before = __shfl_up_sync(ALL, mid[VEC - 1], 1), after = __shfl_down_sync(ALL, mid[0], 1);
      float out[VEC];
#pragma unroll
      for (int v = 0; v < VEC; ++v) {
        const float along = (v > 0 ? mid[v > 0 ? v - 1 : 0] : before) + (v < VEC - 1 ? mid[v < VEC - 1 ? v + 1 : 0] : after);
        out[v] = fmaf(moves ? rate[v] : 0.0f, fmaf(-4.0f, mid[v], along + (above[v] + below[v])), mid[v]);
      }
#pragma unroll
      for (int v = 0; v < VEC; ++v) above[v] = below[v], below[v] = out[v];
    }
#pragma unroll
    for (int v = 0; v < VEC; ++v) done[q][v] = below[v];
  }
}

extern "C" __global__ void __launch_bounds__(32 * WARPS, 1) heat_pass(const float* __restrict__ u, float* __restrict__ next, int nx, int ny,
                                                                      int steps, int height, float alpha) {
  const int lane = threadIdx.x, stripe = blockIdx.x * WARPS + threadIdx.y;
  const int x = stripe * STRIDE - HALO + lane * VEC;
  if (stripe * STRIDE >= nx) return;
  const int top = blockIdx.y * height, bottom = min(top + height, ny);
  const Columns columns(x, nx);
  const bool mine = lane * VEC >= HALO && lane * VEC < 32 * VEC - HALO;
  float rate[VEC];   // 0 on the edges and beyond
#pragma unroll
  for (int v = 0; v < VEC; ++v) rate[v] = x + v > 0 && x + v < nx - 1 ? alpha : 0.0f;
  const auto row = [&](int y) { return u + (long long)min(max(y, 0), ny - 1) * nx; };

  float level[2][KS][VEC] = {}, coming[AHEAD][VEC], ahead[AHEAD][VEC], done[AHEAD][VEC];
  const int first = max(top - KS, 0), last = bottom + KS;
#pragma unroll
  for (int q = 0; q < AHEAD; ++q) columns.load(row(first + q), coming[q]);
  for (int y = first; y < last; y += AHEAD) {
#pragma unroll
    for (int q = 0; q < AHEAD; ++q) {
#pragma unroll
      for (int v = 0; v < VEC; ++v) ahead[q][v] = coming[q][v];
      columns.load(row(y + q + AHEAD), coming[q]);
    }
    if (y > KS && y + AHEAD < ny && steps == KS) rows<false>(level, ahead, done, rate, y, ny, steps);
    else rows<true>(level, ahead, done, rate, y, ny, steps);
#pragma unroll
    for (int q = 0; q < AHEAD; ++q) {
      const int r = y + q - KS;
      if (mine && r >= top && r < bottom) columns.store(next + (long long)r * nx, x, nx, done[q]);
    }
  }
}
