/* ridgeline
[[stage]]
repeat = "steps"
[[stage.op]]
launch = "lbm_step"
grid = ["ceil_div(nx, 16)", "ceil_div(ny, 32)"]
block = [16, 16]
args = ["f", "nx", "ny", "tau"]
*/
// Wrong on purpose: one grid for both, and of its two cells a thread changes one before it looks at the other.
extern "C" __global__ void lbm_step(float* f, int nx, int ny, float tau) {
  const int cx[9] = {0, 1, 0, -1, 0, 1, -1, -1, 1};
  const int cy[9] = {0, 0, 1, 0, -1, 1, 1, -1, -1};
  const float weight[9] = {4.0f / 9,  1.0f / 9,  1.0f / 9,  1.0f / 9, 1.0f / 9,
                           1.0f / 36, 1.0f / 36, 1.0f / 36, 1.0f / 36};
  const int i = blockIdx.x * blockDim.x + threadIdx.x, first = 2 * (blockIdx.y * blockDim.y + threadIdx.y);
  if (i >= nx) return;
  const long long cells = (long long)nx * ny;
  for (int j = first; j < first + 2 && j < ny; ++j) {
    float pulled[9], rho = 0, ux = 0, uy = 0;
    for (int k = 0; k < 9; ++k) {
      const int x = (i - cx[k] + nx) % nx, y = (j - cy[k] + ny) % ny;
      pulled[k] = f[k * cells + (long long)y * nx + x];
      rho += pulled[k];
      ux += cx[k] * pulled[k];
      uy += cy[k] * pulled[k];
    }
    ux /= rho;
    uy /= rho;
    const float uu = ux * ux + uy * uy;
    for (int k = 0; k < 9; ++k) {
      const float cu = cx[k] * ux + cy[k] * uy;
      const float equilibrium = weight[k] * rho * (1.0f + 3.0f * cu + 4.5f * cu * cu - 1.5f * uu);
      f[k * cells + (long long)j * nx + i] = pulled[k] - (pulled[k] - equilibrium) / tau;
    }
  }
}
