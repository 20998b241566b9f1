/* ridgeline
# One launch for each step. Cells hold positions, not numbers, so partners are read in whole lines; LANES threads share a particle's partners
# and add up with shuffles. The launch that moves a particle also enters it into the next step's cells, and a third set of counts
# is cleared meanwhile for the step after. Cells that the cut-off does not reach are skipped. Should a cell overflow, that
# step looks at all pairs.

constraints = ["BLOCK >= LANES"]

[tune]
LANES = [16, 8, 32, 4, 2]   # threads of a particle
BLOCK = [128, 64, 256]
SLOTS = [32, 48, 64]        # of a cell
SKIP  = [1, 0]              # 1: cells are left out that no partner can be in

[scratch]
other_pos = { type = "f32", count = "4 * n" }
other_vel = { type = "f32", count = "4 * n" }
counts = { type = "u32", count = "3 * (M * M * M + 1)" }
cells = { type = "f32", count = "2 * M * M * M * SLOTS * 4" }

[[stage]]
[[stage.op]]
fill = "counts"
value = 0
[[stage.op]]
launch = "lj_enter"
grid = ["ceil_div(n, BLOCK)"]
block = ["BLOCK"]
args = ["pos", "counts", "cells", "n", "M", "L"]

[[stage]]
repeat = "steps"
index = "t"
rotate = [["pos", "other_pos"], ["vel", "other_vel"]]
[[stage.op]]
launch = "lj_step"
grid = ["ceil_div(n * LANES, BLOCK)"]
block = ["BLOCK"]
args = ["pos", "other_pos", "vel", "other_vel", { buffer = "counts", offset = "t % 3 * (M * M * M + 1)" }, { buffer = "counts", offset = "(t + 1) % 3 * (M * M * M + 1)" }, { buffer = "counts", offset = "(t + 2) % 3 * (M * M * M + 1)" }, { buffer = "cells", offset = "t % 2 * M * M * M * SLOTS * 4" }, { buffer = "cells", offset = "(t + 1) % 2 * M * M * M * SLOTS * 4" }, "n", "M", "L", "r_cut", "dt", { value = "t < steps - 1 ? 1 : 0" }]
*/
struct Place {
  float4 r;      // in [0, L)
  int x, y, z;   // cell
};

__device__ __forceinline__ float wrapped(float x, float L, float per_L) {
  x -= L * floorf(x * per_L);
  return x < 0.0f ? x + L : x < L ? x : 0.0f;
}

__device__ __forceinline__ Place place_of(float4 r, int M, float L, float per_L) {
  Place p;
  p.r = make_float4(wrapped(r.x, L, per_L), wrapped(r.y, L, per_L), wrapped(r.z, L, per_L), 0.0f);
  const float scale = float(M) / L;
  p.x = min(int(p.r.x * scale), M - 1);
  p.y = min(int(p.r.y * scale), M - 1);
  p.z = min(int(p.r.z * scale), M - 1);
  return p;
}

// The last count tells that some cell was full.
__device__ __forceinline__ void enter(const Place& p, unsigned* counts, float4* cells, int M) {
  const int cell = (p.z * M + p.y) * M + p.x;
  const unsigned slot = atomicAdd(counts + cell, 1u);
  if (slot < SLOTS) cells[(long long)cell * SLOTS + slot] = p.r;
  else counts[M * M * M] = 1u;
}

extern "C" __global__ void lj_enter(const float* pos, unsigned* counts, float* cells, int n, int M, float L) {
  const int i = blockIdx.x * BLOCK + threadIdx.x;
  if (i < n) enter(place_of(((const float4*)pos)[i], M, L, 1.0f / L), counts, (float4*)cells, M);
}

struct Force {
  float x = 0, y = 0, z = 0;
  __device__ __forceinline__ void add(float dx, float dy, float dz, float cut2) {
    const float r2 = fmaf(dx, dx, fmaf(dy, dy, dz * dz));
    if (!(r2 > 1e-12f && r2 < cut2)) return;
    const float s2 = 1.0f / r2, s6 = s2 * s2 * s2, pull = fmaf(-48.0f, s6, 24.0f) * (s6 * s2);
    x = fmaf(pull, dx, x);
    y = fmaf(pull, dy, y);
    z = fmaf(pull, dz, z);
  }
};

extern "C" __global__ void __launch_bounds__(BLOCK, 1)
    lj_step(const float* __restrict__ pos, float* __restrict__ new_pos, const float* __restrict__ vel, float* __restrict__ new_vel,
            const unsigned* __restrict__ counts, unsigned* next_counts, unsigned* free_counts, const float* __restrict__ cells,
            float* next_cells, int n, int M, float L, float r_cut, float dt, int enters) {
  const int thread = blockIdx.x * BLOCK + threadIdx.x, i = thread / LANES, lane = thread % LANES, all = M * M * M;
  for (int c = thread; c <= all; c += gridDim.x * BLOCK) free_counts[c] = 0;
  const float per_L = 1.0f / L, cut2 = r_cut * r_cut;
  const float4 me = ((const float4*)pos)[min(i, n - 1)];
  Force f;
  if (counts[all] == 0) {
    const Place p = place_of(me, M, L, per_L);
    const float width = L / float(M);
    // Squared distances to the cells on either side, a trifle short.
    const float low_x = p.r.x - p.x * width, low_y = p.r.y - p.y * width, low_z = p.r.z - p.z * width;
    const float far2 = cut2 * 1.0002f;
#pragma unroll 1
    for (int oz = -1; oz <= 1; ++oz) {
      const float away_z = oz < 0 ? low_z : oz > 0 ? width - low_z : 0.0f;
      const int z = p.z + oz < 0 ? M - 1 : p.z + oz == M ? 0 : p.z + oz;
      const float image_z = p.r.z + (p.z + oz < 0 ? L : p.z + oz == M ? -L : 0.0f);
#pragma unroll 1
      for (int oy = -1; oy <= 1; ++oy) {
        const float away_y = oy < 0 ? low_y : oy > 0 ? width - low_y : 0.0f, away = fmaf(away_z, away_z, away_y * away_y);
        if (SKIP && away > far2) continue;
        const int y = p.y + oy < 0 ? M - 1 : p.y + oy == M ? 0 : p.y + oy;
        const float image_y = p.r.y + (p.y + oy < 0 ? L : p.y + oy == M ? -L : 0.0f);
        const int row = (z * M + y) * M;
        int x[3], count[3];
#pragma unroll
        for (int k = 0; k < 3; ++k) {
          const int at = p.x + k - 1;
          x[k] = at < 0 ? M - 1 : at == M ? 0 : at;
          const float away_x = k == 0 ? low_x : k == 2 ? width - low_x : 0.0f;
          count[k] = SKIP && fmaf(away_x, away_x, away) > far2 ? 0 : int(counts[row + x[k]]);
        }
#pragma unroll
        for (int k = 0; k < 3; ++k) {
          const float image_x = p.r.x + (p.x + k - 1 < 0 ? L : p.x + k - 1 == M ? -L : 0.0f);
          const float4* from = (const float4*)cells + (long long)(row + x[k]) * SLOTS;
          for (int s = lane; s < count[k]; s += LANES) {
            const float4 other = from[s];
            f.add(other.x - image_x, other.y - image_y, other.z - image_z, cut2);
          }
        }
      }
    }
  } else {
    for (int j = lane; j < n; j += LANES) {
      const float4 other = ((const float4*)pos)[j];
      const float dx = other.x - me.x, dy = other.y - me.y, dz = other.z - me.z;
      f.add(dx - L * rintf(dx * per_L), dy - L * rintf(dy * per_L), dz - L * rintf(dz * per_L), cut2);
    }
  }
#pragma unroll
  for (int far = LANES / 2; far > 0; far /= 2) {
    f.x += __shfl_xor_sync(0xffffffffu, f.x, far);
    f.y += __shfl_xor_sync(0xffffffffu, f.y, far);
    f.z += __shfl_xor_sync(0xffffffffu, f.z, far);
  }
  if (lane != 0 || i >= n) return;
  float4 v = ((const float4*)vel)[i], r = me;
  v.x = fmaf(f.x, dt, v.x);
  v.y = fmaf(f.y, dt, v.y);
  v.z = fmaf(f.z, dt, v.z);
  r.x = fmaf(v.x, dt, r.x);
  r.y = fmaf(v.y, dt, r.y);
  r.z = fmaf(v.z, dt, r.z);
  ((float4*)new_vel)[i] = v;
  ((float4*)new_pos)[i] = r;
  if (enters) enter(place_of(r, M, L, per_L), next_counts, (float4*)next_cells, M);
}
