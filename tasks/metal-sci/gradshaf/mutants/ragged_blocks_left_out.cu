/* ridgeline
[scratch]
next = { type = "f32", count = "cells" }
psi_axis = { type = "f32", count = 1 }

[[stage]]
repeat = "steps"
rotate = [["psi", "next"]]
[[stage.op]]
launch = "gradshaf_axis_reduce"
grid = [1]
block = [256]
args = ["psi", "psi_axis", "nr", "nz"]
[[stage.op]]
launch = "gradshaf_step"
grid = ["max(1, nr // 16)", "max(1, nz // 16)"]
block = [16, 16]
args = ["psi", "next", "psi_axis", "nr", "nz", "rmin", "dr", "dz", "p_axis", "mu0", "omega"]
*/
// Wrong on purpose: there are no blocks for what is left after the last whole ones.
extern "C" __global__ void gradshaf_axis_reduce(float* psi, float* psi_axis, int nr, int nz) {
  __shared__ float part[256];
  const int inside = (nr - 2) * (nz - 2);
  float largest = psi[nr + 1];
  for (int c = threadIdx.x; c < inside; c += 256) largest = fmaxf(largest, psi[(1 + c / (nr - 2)) * nr + 1 + c % (nr - 2)]);
  part[threadIdx.x] = largest;
  __syncthreads();
  for (int half = 128; half > 0; half /= 2) {
    if ((int)threadIdx.x < half) part[threadIdx.x] = fmaxf(part[threadIdx.x], part[threadIdx.x + half]);
    __syncthreads();
  }
  if (threadIdx.x == 0) psi_axis[0] = part[0];
}

extern "C" __global__ void gradshaf_step(float* psi, float* next, float* psi_axis, int nr, int nz, float rmin, float dr, float dz,
                                         float p_axis, float mu0, float omega) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x, j = blockIdx.y * blockDim.y + threadIdx.y;
  if (i >= nr || j >= nz) return;
  const int at = j * nr + i;
  if (i == 0 || j == 0 || i == nr - 1 || j == nz - 1) {
    next[at] = psi[at];
    return;
  }
  const float r = rmin + i * dr;
  const float n = psi[at] / psi_axis[0];
  const float current = n > 0.0f && n < 1.0f ? 4.0f * r * p_axis * n * (1.0f - n) : 0.0f;
  const float aw = 1.0f / (dr * dr) + 1.0f / (2.0f * r * dr);
  const float ae = 1.0f / (dr * dr) - 1.0f / (2.0f * r * dr);
  const float an = 1.0f / (dz * dz);
  const float ac = -2.0f / (dr * dr) - 2.0f / (dz * dz);
  const float operated = aw * psi[at - 1] + ae * psi[at + 1] + an * (psi[at - nr] + psi[at + nr]) + ac * psi[at];
  next[at] = psi[at] + omega * (-mu0 * r * current - operated) / ac;
}
