/* ridgeline
[scratch]
next = { type = "f32", count = "cells" }

[[stage]]
repeat = "steps"
rotate = [["u", "next"]]
[[stage.op]]
launch = "heat_step"
grid = ["ceil_div(nx, 16)", "ceil_div(ny, 16)"]
block = [16, 16]
args = ["u", "next", "nx", "ny", "alpha"]
*/
// Wrong on purpose: the state between steps has half precision.
// Eleven significant bits, as half precision and tf32 have.
__device__ float half_of(float v) { return __uint_as_float((__float_as_uint(v) + 0x1000u) & 0xffffe000u); }

extern "C" __global__ void heat_step(float* u, float* next, int nx, int ny, float alpha) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x, j = blockIdx.y * blockDim.y + threadIdx.y;
  if (i >= nx || j >= ny) return;
  const int at = j * nx + i;
  if (i == 0 || j == 0 || i == nx - 1 || j == ny - 1) {
    next[at] = u[at];
  } else {
    next[at] = half_of(u[at] + alpha * (u[at - 1] + u[at + 1] + u[at - nx] + u[at + nx] - 4.0f * u[at]));
  }
}
