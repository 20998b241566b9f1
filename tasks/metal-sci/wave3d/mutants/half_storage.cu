/* ridgeline
[scratch]
next = { type = "f32", count = "cells" }

[[stage]]
repeat = "steps"
rotate = [["prev", "u", "next"]]
[[stage.op]]
launch = "wave_step"
grid = ["ceil_div(nx, 8)", "ceil_div(ny, 8)", "ceil_div(nz, 4)"]
block = [8, 8, 4]
args = ["prev", "u", "next", "nx", "ny", "nz", "alpha"]
*/
// Wrong on purpose: the state between steps has half precision.
// Eleven significant bits, as half precision and tf32 have.
__device__ float half_of(float v) { return __uint_as_float((__float_as_uint(v) + 0x1000u) & 0xffffe000u); }

extern "C" __global__ void wave_step(float* prev, float* u, float* next, int nx, int ny, int nz, float alpha) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x, j = blockIdx.y * blockDim.y + threadIdx.y,
            k = blockIdx.z * blockDim.z + threadIdx.z;
  if (i >= nx || j >= ny || k >= nz) return;
  const long long plane = (long long)nx * ny, at = k * plane + (long long)j * nx + i;
  if (i == 0 || j == 0 || k == 0 || i == nx - 1 || j == ny - 1 || k == nz - 1) {
    next[at] = u[at];
  } else {
    const float sum = u[at - 1] + u[at + 1] + u[at - nx] + u[at + nx] + u[at - plane] + u[at + plane];
    next[at] = half_of(2.0f * u[at] - prev[at] + alpha * (sum - 6.0f * u[at]));
  }
}
