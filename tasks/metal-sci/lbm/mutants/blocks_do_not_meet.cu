/* ridgeline
[scratch]
next = { type = "f32", count = "9 * cells" }

[[stage]]
repeat = "steps"
rotate = [["f", "next"]]
[[stage.op]]
launch = "lbm_step"
grid = ["ceil_div(nx, 16)", "ceil_div(ny, 16)"]
block = [16, 16]
args = ["f", "next", "nx", "ny", "tau"]
*/
// Wrong on purpose: populations that would come from another block bounce at its border.
extern "C" __global__ void lbm_step(float* f, float* next, int nx, int ny, float tau) {
  const int cx[9] = {0, 1, 0, -1, 0, 1, -1, -1, 1};
  const int cy[9] = {0, 0, 1, 0, -1, 1, 1, -1, -1};
  const float weight[9] = {4.0f / 9,  1.0f / 9,  1.0f / 9,  1.0f / 9, 1.0f / 9,
                           1.0f / 36, 1.0f / 36, 1.0f / 36, 1.0f / 36};
  const int i = blockIdx.x * blockDim.x + threadIdx.x, j = blockIdx.y * blockDim.y + threadIdx.y;
  if (i >= nx || j >= ny) return;
  const long long cells = (long long)nx * ny;
  float pulled[9], rho = 0, ux = 0, uy = 0;
  for (int k = 0; k < 9; ++k) {
    int x = (i - cx[k] + nx) % nx, y = (j - cy[k] + ny) % ny;
    if (x / 16 != i / 16) x = i;
    if (y / 16 != j / 16) y = j;
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
    next[k * cells + (long long)j * nx + i] = pulled[k] - (pulled[k] - equilibrium) / tau;
  }
}
