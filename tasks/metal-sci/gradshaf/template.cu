/* ridgeline
# A step looks for the next step's axis while it writes the flux, so the flux is read once per step: blocks find their maximum with
# shuffles and one atomic each. A thread takes ROWS cells of a column; all that depends on the column alone is computed once there,
# and no division and no square is left for a cell. Positive floats compare like the integers of their bits.

[tune]
ROWS  = [4, 8, 2, 16, 1]   # cells of a thread, one below the other
WARPS = [4, 8, 2, 16]      # warps of a block, one below the other
CHECK = [1, 0]             # 1: a look before an atomic that would change nothing

[scratch]
next = { type = "f32", count = "cells" }
axis = { type = "f32", count = "steps + 1" }

[[stage]]
[[stage.op]]
fill = "axis"
value = 0
[[stage.op]]
launch = "gradshaf_axis"
grid = ["ceil_div(nr, 32)", "ceil_div(nz, ROWS * WARPS)"]
block = [32, "WARPS"]
args = ["psi", "axis", "nr", "nz"]

[[stage]]
repeat = "steps"
index = "t"
rotate = [["psi", "next"]]
[[stage.op]]
launch = "gradshaf_step"
grid = ["ceil_div(nr, 32)", "ceil_div(nz, ROWS * WARPS)"]
block = [32, "WARPS"]
args = ["psi", "next", { buffer = "axis", offset = "t" }, "nr", "nz", "rmin", "dr", "dz", "p_axis", "mu0", "omega"]
*/
// `largest` of all threads of the block to *axis.
__device__ void raise(float largest, float* axis) {
  __shared__ float warps[WARPS];
  for (int far = 16; far > 0; far /= 2) largest = fmaxf(largest, __shfl_xor_sync(0xffffffffu, largest, far));
  if (threadIdx.x == 0) warps[threadIdx.y] = largest;
  __syncthreads();
  if (threadIdx.x != 0 || threadIdx.y != 0) return;
  for (int w = 1; w < WARPS; ++w) largest = fmaxf(largest, warps[w]);
#if CHECK
  if (!(largest > *(volatile float*)axis)) return;
#endif
  atomicMax((int*)axis, __float_as_int(largest));
}

extern "C" __global__ void __launch_bounds__(32 * WARPS) gradshaf_axis(const float* __restrict__ psi, float* axis, int nr, int nz) {
  const int i = blockIdx.x * 32 + threadIdx.x, j = (blockIdx.y * WARPS + threadIdx.y) * ROWS;
  float largest = 0;
#pragma unroll
  for (int r = 0; r < ROWS; ++r)
    if (i > 0 && i < nr - 1 && j + r > 0 && j + r < nz - 1) largest = fmaxf(largest, psi[(long long)(j + r) * nr + i]);
  raise(largest, axis);
}

extern "C" __global__ void __launch_bounds__(32 * WARPS) gradshaf_step(const float* __restrict__ psi, float* __restrict__ next,
                                                                       float* axis, int nr, int nz, float rmin, float dr, float dz,
                                                                       float p_axis, float mu0, float omega) {
  const int i = blockIdx.x * 32 + threadIdx.x, j = (blockIdx.y * WARPS + threadIdx.y) * ROWS;
  float largest = 0;
  if (i < nr && j < nz) {
    const bool edge = i == 0 || i == nr - 1;
    const int left = i == 0 ? 0 : -1, right = i == nr - 1 ? 0 : 1;
    const float *from = psi + i;
    float* to = next + i;
    // psi' = keep psi + west psi_W + east psi_E + north (psi_N + psi_S) + source n (1 - n) where that is positive
    const float r = rmin + i * dr, per_r2 = 1.0f / (dr * dr), per_r = 0.5f / (r * dr), north_raw = 1.0f / (dz * dz);
    const float scale = omega / (2.0f * per_r2 + 2.0f * north_raw), keep = 1.0f - omega;
    const float west = scale * (per_r2 + per_r), east = scale * (per_r2 - per_r), north = scale * north_raw;
    const float source = scale * mu0 * 4.0f * p_axis * (r * r), per_axis = 1.0f / *axis;
    float mid[ROWS + 2], before[ROWS], after[ROWS];
#pragma unroll
    for (int q = 0; q < ROWS + 2; ++q) mid[q] = from[(long long)min(max(j + q - 1, 0), nz - 1) * nr];
#pragma unroll
    for (int q = 0; q < ROWS; ++q) {
      const float* row = from + (long long)min(j + q, nz - 1) * nr;
      before[q] = row[left];
      after[q] = row[right];
    }
#pragma unroll
    for (int q = 0; q < ROWS; ++q) {
      const int y = j + q;
      if (y >= nz) break;
      float value = mid[q + 1];
      if (!edge && y > 0 && y < nz - 1) {
        const float n = value * per_axis, bell = fmaxf(n - n * n, 0.0f);   // positive exactly where 0 < n < 1
        value = fmaf(keep, value, north * (mid[q] + mid[q + 2])) + fmaf(west, before[q], fmaf(east, after[q], source * bell));
        largest = fmaxf(largest, value);
      }
      to[(long long)y * nr] = value;
    }
  }
  raise(largest, axis + 1);
}
