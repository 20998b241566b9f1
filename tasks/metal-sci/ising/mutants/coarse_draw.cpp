/* ridgeline
[[stage]]
repeat = "2 * sweeps"
index = "step"
[[stage.op]]
launch = "ising_step"
args = ["spins", "p_accept", "nx", "ny", { value = "step", type = "u32" }, "seed"]
*/
// Wrong on purpose: sixteen random bits instead of twenty-four.
static unsigned mix(unsigned x) {
  x ^= x >> 16;
  x *= 0x85EBCA6Bu;
  x ^= x >> 13;
  x *= 0xC2B2AE35u;
  x ^= x >> 16;
  return x;
}

extern "C" void ising_step(signed char* spins, const float* p_accept, int nx, int ny, unsigned step, unsigned seed) {
  for (int j = 0; j < ny; ++j) {
    for (int i = 0; i < nx; ++i) {
      if (((i + j) & 1) != (int)(step & 1)) continue;
      const int site = j * nx + i;
      const int s = spins[site];
      const int left = spins[j * nx + (i + nx - 1) % nx], right = spins[j * nx + (i + 1) % nx];
      const int up = spins[(j + ny - 1) % ny * nx + i], down = spins[(j + 1) % ny * nx + i];
      const unsigned x = mix(mix(seed + step * 0x9E3779B9u) ^ (unsigned)site);
      const float u = (float)(x >> 16) * 0x1p-16f;
      if (u < p_accept[(s * (left + right + up + down) + 4) / 2]) spins[site] = (signed char)-s;
    }
  }
}
