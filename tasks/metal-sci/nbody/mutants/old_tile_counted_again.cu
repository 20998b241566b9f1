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
// Wrong on purpose: the last tile is taken to be full: bodies of the tile before pull twice.
extern "C" __global__ void kick(float* pos, float* vel, const float* mass, int n, float dt, float eps, float G) {
  __shared__ float4 tile[128];
  const int i = blockIdx.x * blockDim.x + threadIdx.x, me = i < n ? i : n - 1;
  tile[threadIdx.x] = make_float4(0, 0, 0, 0);
  float ax = 0, ay = 0, az = 0;
  for (int first = 0; first < n; first += 128) {
    const int other = first + threadIdx.x;
    if (other < n) tile[threadIdx.x] = make_float4(pos[4 * other], pos[4 * other + 1], pos[4 * other + 2], mass[other]);
    __syncthreads();
    const int many = 128;
    for (int k = 0; k < many; ++k) {
      const float dx = tile[k].x - pos[4 * me];
      const float dy = tile[k].y - pos[4 * me + 1];
      const float dz = tile[k].z - pos[4 * me + 2];
      const float r2 = dx * dx + dy * dy + dz * dz + eps * eps;
      const float pull = G * tile[k].w / (r2 * sqrtf(r2));
      ax += pull * dx;
      ay += pull * dy;
      az += pull * dz;
    }
    __syncthreads();
  }
  if (i >= n) return;
  vel[4 * i] += ax * dt;
  vel[4 * i + 1] += ay * dt;
  vel[4 * i + 2] += az * dt;
}

extern "C" __global__ void drift(float* pos, float* vel, int n, float dt) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  for (int k = 0; k < 3; ++k) pos[4 * i + k] += vel[4 * i + k] * dt;
}
