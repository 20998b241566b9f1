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
// Wrong on purpose: neighbours in other blocks are taken to be like the cell itself.
extern "C" __global__ void heat_step(float* u, float* next, int nx, int ny, float alpha) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x, j = blockIdx.y * blockDim.y + threadIdx.y;
  if (i >= nx || j >= ny) return;
  const int at = j * nx + i;
  if (i == 0 || j == 0 || i == nx - 1 || j == ny - 1) {
    next[at] = u[at];
  } else {
    const int x = threadIdx.x, y = threadIdx.y;
    const float mid = u[at], left = x > 0 ? u[at - 1] : mid, right = x < 15 ? u[at + 1] : mid;
    const float above = y > 0 ? u[at - nx] : mid, below = y < 15 ? u[at + nx] : mid;
    next[at] = mid + alpha * (left + right + above + below - 4.0f * mid);
  }
}
