/* ridgeline
[[stage]]
repeat = "steps"
[[stage.op]]
launch = "heat_step"
grid = ["ceil_div(nx, 16)", "ceil_div(ny, 32)"]
block = [16, 16]
args = ["u", "nx", "ny", "alpha"]
*/
// Wrong on purpose: one grid for both, and of its two cells a thread changes one before it looks at the other.
extern "C" __global__ void heat_step(float* u, int nx, int ny, float alpha) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x, first = 2 * (blockIdx.y * blockDim.y + threadIdx.y);
  for (int j = first; j < first + 2; ++j) {
    if (i == 0 || j == 0 || i >= nx - 1 || j >= ny - 1) continue;
    const int at = j * nx + i;
    u[at] = u[at] + alpha * (u[at - 1] + u[at + 1] + u[at - nx] + u[at + nx] - 4.0f * u[at]);
  }
}
