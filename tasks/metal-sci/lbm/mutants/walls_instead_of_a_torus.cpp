/* ridgeline
[scratch]
next = { type = "f32", count = "9 * cells" }

[[stage]]
repeat = "steps"
rotate = [["f", "next"]]
[[stage.op]]
launch = "lbm_step"
args = ["f", "next", "nx", "ny", "tau"]
*/
// Wrong on purpose: what leaves on one side does not come in on the other.
static const int cx[9] = {0, 1, 0, -1, 0, 1, -1, -1, 1};
static const int cy[9] = {0, 0, 1, 0, -1, 1, 1, -1, -1};
static const float weight[9] = {4.0f / 9,  1.0f / 9,  1.0f / 9,  1.0f / 9, 1.0f / 9,
                                1.0f / 36, 1.0f / 36, 1.0f / 36, 1.0f / 36};

extern "C" void lbm_step(float* f, float* next, int nx, int ny, float tau) {
  const long cells = long(nx) * ny;
  for (int j = 0; j < ny; ++j) {
    for (int i = 0; i < nx; ++i) {
      float pulled[9], rho = 0, ux = 0, uy = 0;
      for (int k = 0; k < 9; ++k) {
        int x = i - cx[k], y = j - cy[k];
        if (x < 0 || x >= nx) x = i;
        if (y < 0 || y >= ny) y = j;
        pulled[k] = f[k * cells + long(y) * nx + x];
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
        next[k * cells + long(j) * nx + i] = pulled[k] - (pulled[k] - equilibrium) / tau;
      }
    }
  }
}
