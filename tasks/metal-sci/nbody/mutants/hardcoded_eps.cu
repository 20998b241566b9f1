/* ridgeline
[[stage]]
repeat = "steps"
[[stage.op]]
launch = "kick"
grid = ["ceil_div(n, 128)"]
block = [128]
args = ["pos", "vel", "mass", "n", "dt", "eps", "G"]
[[stage.op]]
launch = "drift"
grid = ["ceil_div(n, 128)"]
block = [128]
args = ["pos", "vel", "n", "dt"]
*/
// Wrong on purpose: the published softening instead of the argument.
extern "C" __global__ void kick(float* pos, float* vel, const float* mass, int n, float dt, float eps, float G) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  float ax = 0, ay = 0, az = 0;
  for (int j = 0; j < n; ++j) {
    const float dx = pos[4 * j] - pos[4 * i];
    const float dy = pos[4 * j + 1] - pos[4 * i + 1];
    const float dz = pos[4 * j + 2] - pos[4 * i + 2];
    const float r2 = dx * dx + dy * dy + dz * dz + 0.05f * 0.05f;
    const float pull = G * mass[j] / (r2 * sqrtf(r2));
    ax += pull * dx;
    ay += pull * dy;
    az += pull * dz;
  }
  vel[4 * i] += ax * dt;
  vel[4 * i + 1] += ay * dt;
  vel[4 * i + 2] += az * dt;
}

extern "C" __global__ void drift(float* pos, float* vel, int n, float dt) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  for (int k = 0; k < 3; ++k) pos[4 * i + k] += vel[4 * i + k] * dt;
}
