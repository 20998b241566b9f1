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
// Wrong on purpose: rows are taken to be ny long: right on squares only.
extern "C" __global__ void heat_step(float* u, float* next, int nx, int ny, float alpha) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x, j = blockIdx.y * blockDim.y + threadIdx.y;
  if (i >= nx || j >= ny) return;
  const int at = i * ny + j;
  if (i == 0 || j == 0 || i == nx - 1 || j == ny - 1) {
    next[at] = u[at];
  } else {
    next[at] = u[at] + alpha * (u[at - 1] + u[at + 1] + u[at - ny] + u[at + ny] - 4.0f * u[at]);
  }
}
