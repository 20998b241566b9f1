/* ridgeline
[scratch]
other_pos = { type = "f32", count = "4 * n" }
other_vel = { type = "f32", count = "4 * n" }
cell_count = { type = "u32", count = "M * M * M" }
cell_list = { type = "u32", count = "M * M * M * 128" }

[[stage]]
repeat = "steps"
rotate = [["pos", "other_pos"], ["vel", "other_vel"]]
[[stage.op]]
launch = "lj_clear_cells"
grid = ["ceil_div(M * M * M, 64)"]
block = [64]
args = ["cell_count", { value = "M * M * M", type = "u32" }]
[[stage.op]]
launch = "lj_build_cells"
grid = ["ceil_div(n, 128)"]
block = [128]
args = ["pos", "cell_count", "cell_list", { value = "n", type = "u32" }, { value = "M", type = "u32" }, "L", { value = "128", type = "u32" }]
[[stage.op]]
launch = "lj_step"
grid = ["ceil_div(n, 128)"]
block = [128]
args = ["pos", "other_pos", "vel", "other_vel", "cell_count", "cell_list", { value = "n", type = "u32" }, { value = "M", type = "u32" }, "L", { value = "r_cut * r_cut", type = "f32" }, "dt", { value = "128", type = "u32" }]
*/
// Wrong on purpose: two particles that enter a cell at the same time get the same slot.
extern "C" __global__ void lj_clear_cells(unsigned* cell_count, unsigned M3) {
  const unsigned c = blockIdx.x * blockDim.x + threadIdx.x;
  if (c < M3) cell_count[c] = 0;
}

__device__ unsigned along(float x, float L, unsigned M) {
  const float wrapped = x - L * floorf(x / L);
  const unsigned c = (unsigned)(wrapped / L * (float)M);
  return c < M ? c : M - 1;
}

extern "C" __global__ void lj_build_cells(const float* pos, unsigned* cell_count, unsigned* cell_list, unsigned N, unsigned M, float L,
                                          unsigned max_per_cell) {
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= N) return;
  const unsigned cell = (along(pos[4 * i + 2], L, M) * M + along(pos[4 * i + 1], L, M)) * M + along(pos[4 * i], L, M);
  const unsigned slot = cell_count[cell]++;
  if (slot < max_per_cell) cell_list[cell * max_per_cell + slot] = i;
}

extern "C" __global__ void lj_step(const float* pos_in, float* pos_out, const float* vel_in, float* vel_out, const unsigned* cell_count,
                                   const unsigned* cell_list, unsigned N, unsigned M, float L, float rcut2, float dt,
                                   unsigned max_per_cell) {
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= N) return;
  const float x = pos_in[4 * i], y = pos_in[4 * i + 1], z = pos_in[4 * i + 2];
  const unsigned cx = along(x, L, M), cy = along(y, L, M), cz = along(z, L, M);
  float fx = 0, fy = 0, fz = 0;
  for (unsigned k = 0; k < 27; ++k) {
    const unsigned ox = (cx + M + k % 3 - 1) % M, oy = (cy + M + k / 3 % 3 - 1) % M, oz = (cz + M + k / 9 - 1) % M;
    const unsigned cell = (oz * M + oy) * M + ox;
    const unsigned count = cell_count[cell] < max_per_cell ? cell_count[cell] : max_per_cell;
    for (unsigned s = 0; s < count; ++s) {
      const unsigned j = cell_list[cell * max_per_cell + s];
      float dx = pos_in[4 * j] - x, dy = pos_in[4 * j + 1] - y, dz = pos_in[4 * j + 2] - z;
      dx -= L * rintf(dx / L);
      dy -= L * rintf(dy / L);
      dz -= L * rintf(dz / L);
      const float r2 = dx * dx + dy * dy + dz * dz;
      if (r2 > 1e-12f && r2 < rcut2) {
        const float s2 = 1.0f / r2, s6 = s2 * s2 * s2;
        const float pull = -24.0f * (2.0f * s6 * s6 - s6) * s2;
        fx += pull * dx;
        fy += pull * dy;
        fz += pull * dz;
      }
    }
  }
  const float vx = vel_in[4 * i] + fx * dt, vy = vel_in[4 * i + 1] + fy * dt, vz = vel_in[4 * i + 2] + fz * dt;
  vel_out[4 * i] = vx;
  vel_out[4 * i + 1] = vy;
  vel_out[4 * i + 2] = vz;
  vel_out[4 * i + 3] = vel_in[4 * i + 3];
  pos_out[4 * i] = x + vx * dt;
  pos_out[4 * i + 1] = y + vy * dt;
  pos_out[4 * i + 2] = z + vz * dt;
  pos_out[4 * i + 3] = pos_in[4 * i + 3];
}
