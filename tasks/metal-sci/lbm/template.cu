/* ridgeline
# A pass carries KS time steps: a block pulls its tile, with a margin of KS - 1 cells around, from the grid, and pulls the later
# steps out of shared memory on ever smaller margins, so memory sees one read and one write of the populations for KS steps. KS = 1 has
# no margin and no shared memory. Divisions and remainders are by constants, the torus is closed by comparisons.

constraints = ["TX * TY >= BLOCK", "36 * ((TX + 2 * (KS - 1)) * (TY + 2 * (KS - 1)) + (TX + 2 * (KS - 2)) * (TY + 2 * (KS - 2))) <= dev.shared_max"]

[tune]
KS    = [2, 1, 3, 4]         # time steps per pass
TX    = [32, 64, 128]        # columns of a tile
TY    = [8, 4, 16, 2, 32]    # rows of a tile
BLOCK = [256, 128, 512, 64]  # threads
OCC   = [2, 1, 3, 4]         # blocks of 256 threads' worth of registers that should fit a multiprocessor

[scratch]
next = { type = "f32", count = "9 * cells" }

[[stage]]
repeat = "ceil_div(steps, KS)"
index = "t"
rotate = [["f", "next"]]
[[stage.op]]
launch = "lbm_pass"
grid = ["ceil_div(nx, TX)", "ceil_div(ny, TY)"]
block = ["BLOCK"]
shared = "KS == 1 ? 0 : 36 * ((TX + 2 * (KS - 1)) * (TY + 2 * (KS - 1)) + (KS > 2 ? (TX + 2 * (KS - 2)) * (TY + 2 * (KS - 2)) : 0))"
args = ["f", "next", "nx", "ny", { value = "min(KS, steps - t * KS)" }, "tau"]
*/
extern __shared__ float shared_cells[];

__device__ __forceinline__ int into(int x, int n) {
  while (x < 0) x += n;
  while (x >= n) x -= n;
  return x;
}

// Relaxation of the nine populations of a cell. Opposite directions share their even and odd parts.
__device__ __forceinline__ void collide(float (&f)[9], float omega) {
  const float rho = f[0] + ((f[1] + f[3]) + (f[2] + f[4])) + ((f[5] + f[7]) + (f[6] + f[8]));
  const float per_rho = 1.0f / rho;
  const float ux = ((f[1] - f[3]) + ((f[5] - f[7]) + (f[8] - f[6]))) * per_rho;
  const float uy = ((f[2] - f[4]) + ((f[5] - f[7]) + (f[6] - f[8]))) * per_rho;
  const float level = 1.0f - 1.5f * (ux * ux + uy * uy), stay = 1.0f - omega;
  f[0] = fmaf(stay, f[0], omega * (4.0f / 9) * rho * level);
  const float axis = omega * (1.0f / 9) * rho, diagonal = omega * (1.0f / 36) * rho;
  const auto pair = [&](float& forth, float& back, float weight, float along) {
    const float even = weight * fmaf(4.5f * along, along, level), odd = weight * 3.0f * along;
    forth = fmaf(stay, forth, even + odd);
    back = fmaf(stay, back, even - odd);
  };
  pair(f[1], f[3], axis, ux);
  pair(f[2], f[4], axis, uy);
  pair(f[5], f[7], diagonal, ux + uy);
  pair(f[6], f[8], diagonal, uy - ux);
}

struct Tile {
  const float* f;
  float* next;
  int nx, ny, x0, y0;
  float omega;
};

// Where a step's result goes: the grid from a tile without margin, else shared memory.
template <int MARGIN>
__device__ __forceinline__ void put(const Tile& t, float* to, int cell, const float (&f)[9]) {
  constexpr int W = TX + 2 * MARGIN, H = TY + 2 * MARGIN;
  if constexpr (MARGIN == 0) {
    const int x = t.x0 + cell % W, y = t.y0 + cell / W;
    if (x >= t.nx || y >= t.ny) return;
    const long long cells = (long long)t.nx * t.ny, at = (long long)y * t.nx + x;
#pragma unroll
    for (int k = 0; k < 9; ++k) t.next[k * cells + at] = f[k];
  } else {
#pragma unroll
    for (int k = 0; k < 9; ++k) to[k * (W * H) + cell] = f[k];
  }
}

// The first step of a pass, on the tile and MARGIN cells around it.
template <int MARGIN>
__device__ __forceinline__ void from_grid(const Tile& t, float* to) {
  constexpr int W = TX + 2 * MARGIN, H = TY + 2 * MARGIN;
  const long long cells = (long long)t.nx * t.ny;
#pragma unroll 2
  for (int cell = threadIdx.x; cell < W * H; cell += BLOCK) {
    int x = t.x0 - MARGIN + cell % W, y = t.y0 - MARGIN + cell / W;
    if constexpr (MARGIN == 0) {
      if (x >= t.nx || y >= t.ny) continue;
    } else {
      x = into(x, t.nx), y = into(y, t.ny);
    }
    const int left = x == 0 ? t.nx - 1 : x - 1, right = x == t.nx - 1 ? 0 : x + 1;
    const float* mid = t.f + (long long)y * t.nx;
    const float* up = t.f + (long long)(y == 0 ? t.ny - 1 : y - 1) * t.nx;
    const float* down = t.f + (long long)(y == t.ny - 1 ? 0 : y + 1) * t.nx;
    float f[9] = {mid[x],
                  mid[cells + left],
                  up[2 * cells + x],
                  mid[3 * cells + right],
                  down[4 * cells + x],
                  up[5 * cells + left],
                  up[6 * cells + right],
                  down[7 * cells + right],
                  down[8 * cells + left]};
    collide(f, t.omega);
    put<MARGIN>(t, to, cell, f);
  }
}

// Later steps: from a tile in shared memory to one whose margin is a cell narrower.
template <int MARGIN>
__device__ __forceinline__ void from_tile(const Tile& t, const float* from, float* to) {
  constexpr int W = TX + 2 * MARGIN, H = TY + 2 * MARGIN, W1 = W + 2, PLANE = W1 * (H + 2);
  __syncthreads();
  for (int cell = threadIdx.x; cell < W * H; cell += BLOCK) {
    const float* mid = from + (cell / W + 1) * W1 + cell % W + 1;
    float f[9] = {mid[0],
                  mid[PLANE - 1],
                  mid[2 * PLANE - W1],
                  mid[3 * PLANE + 1],
                  mid[4 * PLANE + W1],
                  mid[5 * PLANE - W1 - 1],
                  mid[6 * PLANE - W1 + 1],
                  mid[7 * PLANE + W1 + 1],
                  mid[8 * PLANE + W1 - 1]};
    collide(f, t.omega);
    put<MARGIN>(t, to, cell, f);
  }
  if constexpr (MARGIN > 0) from_tile<MARGIN - 1>(t, to, const_cast<float*>(from));
}

template <int STEPS>
__device__ __forceinline__ void pass(const Tile& t) {
  if constexpr (STEPS == 1) {
    from_grid<0>(t, nullptr);
  } else {
    float* second = shared_cells + 9 * (TX + 2 * (KS - 1)) * (TY + 2 * (KS - 1));
    from_grid<STEPS - 1>(t, shared_cells);
    from_tile<STEPS - 2>(t, shared_cells, second);
  }
}

extern "C" __global__ void __launch_bounds__(BLOCK, (OCC * 256 / BLOCK > 0 ? OCC * 256 / BLOCK : 1))
    lbm_pass(const float* __restrict__ f, float* __restrict__ next, int nx, int ny, int steps, float tau) {
  const Tile t = {f, next, nx, ny, int(blockIdx.x) * TX, int(blockIdx.y) * TY, 1.0f / tau};
  if (steps == KS) return pass<KS>(t);
#if KS > 1
  if (steps == 1) return pass<1>(t);
#endif
#if KS > 2
  if (steps == 2) return pass<2>(t);
#endif
#if KS > 3
  if (steps == 3) return pass<3>(t);
#endif
}
