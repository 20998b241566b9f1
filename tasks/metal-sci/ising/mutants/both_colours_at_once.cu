/* ridgeline
[[stage]]
repeat = "2 * sweeps"
index = "step"
[[stage.op]]
launch = "ising_step"
grid = ["ceil_div(nx, 16)", "ceil_div(ny, 16)"]
block = [16, 16]
args = ["spins", "p_accept", "nx", "ny", { value = "step", type = "u32" }, "seed"]
*/
// Wrong on purpose: all sites are updated in each step, while their neighbours are.
__device__ unsigned mix(unsigned x) {
  x ^= x >> 16;
  x *= 0x85EBCA6Bu;
  x ^= x >> 13;
  x *= 0xC2B2AE35u;
  x ^= x >> 16;
  return x;
}

extern "C" __global__ void ising_step(signed char* spins, const float* p_accept, int nx, int ny, unsigned step, unsigned seed) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x, j = blockIdx.y * blockDim.y + threadIdx.y;
  if (i >= nx || j >= ny ) return;
  const int site = j * nx + i;
  const int s = spins[site];
  const int left = spins[j * nx + (i + nx - 1) % nx], right = spins[j * nx + (i + 1) % nx];
  const int up = spins[(j + ny - 1) % ny * nx + i], down = spins[(j + 1) % ny * nx + i];
  const unsigned x = mix(mix(seed + step * 0x9E3779B9u) ^ (unsigned)site);
  const float u = (float)(x >> 8) * 0x1p-24f;
  if (u < p_accept[(s * (left + right + up + down) + 4) / 2]) spins[site] = (signed char)-s;
}
