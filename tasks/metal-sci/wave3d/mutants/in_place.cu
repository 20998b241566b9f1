/* ridgeline
[[stage]]
repeat = "steps"
[[stage.op]]
launch = "wave_step"
grid = ["ceil_div(nx, 8)", "ceil_div(ny, 8)", "ceil_div(nz, 8)"]
block = [8, 8, 4]
args = ["prev", "u", "nx", "ny", "nz", "alpha"]
*/
// Wrong on purpose: one grid for both, and of its two cells a thread changes one before it looks at the other.
extern "C" __global__ void wave_step(float* prev, float* u, int nx, int ny, int nz, float alpha) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x, j = blockIdx.y * blockDim.y + threadIdx.y,
            first = 2 * (blockIdx.z * blockDim.z + threadIdx.z);
  if (i >= nx || j >= ny) return;
  const long long plane = (long long)nx * ny;
  for (int k = first; k < first + 2 && k < nz; ++k) {
    const long long at = k * plane + (long long)j * nx + i;
    const float now = u[at];
    if (i > 0 && j > 0 && k > 0 && i < nx - 1 && j < ny - 1 && k < nz - 1) {
      const float sum = u[at - 1] + u[at + 1] + u[at - nx] + u[at + nx] + u[at - plane] + u[at + plane];
      u[at] = 2.0f * now - prev[at] + alpha * (sum - 6.0f * now);
    }
    prev[at] = now;
  }
}
