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
// Wrong on purpose: nobody waits for the rows that other warps bring to shared memory.
extern "C" __global__ void heat_step(float* u, float* next, int nx, int ny, float alpha) {
  __shared__ float tile[18][16];
  const int i = blockIdx.x * blockDim.x + threadIdx.x, j = blockIdx.y * blockDim.y + threadIdx.y;
  if (i >= nx || j >= ny) return;
  const int at = j * nx + i, x = threadIdx.x, y = threadIdx.y;
  tile[y + 1][x] = u[at];
  if (y == 0 && j > 0) tile[0][x] = u[at - nx];
  if ((y == 15 || j == ny - 2) && j < ny - 1) tile[y + 2][x] = u[at + nx];
  if (i == 0 || j == 0 || i == nx - 1 || j == ny - 1) {
    next[at] = u[at];
  } else {
    next[at] = u[at] + alpha * (u[at - 1] + u[at + 1] + tile[y][x] + tile[y + 2][x] - 4.0f * u[at]);
  }
}
