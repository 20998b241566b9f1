/* ridgeline
# A pass carries HALF half-sweeps: a block keeps a tile of 128 by ROWS + 2 * HALF sites in shared memory, one byte for each, 1 for up and
# 0 for down, of which a cell at each border becomes stale with every half-sweep. A warp takes a row, a lane four sites of it, two of
# which have the step's colour; neighbours along x come from the next lanes, and bytes are added four at a time. A draw is
# compared as an integer with the acceptance's multiple of 2^24.

constraints = ["ROWS >= WARPS"]

[tune]
HALF  = [4, 8, 2, 6, 12, 1]     # half-sweeps per pass
ROWS  = [32, 16, 64, 8]         # rows that a block finishes
WARPS = [8, 4, 16]              # warps of a block

[scratch]
other = { type = "i8", count = "sites" }

[[stage]]
repeat = "ceil_div(2 * sweeps, HALF)"
index = "t"
rotate = [["spins", "other"]]
[[stage.op]]
launch = "ising_pass"
grid = ["ceil_div(nx, 128 - 8 * ceil_div(HALF, 4))", "ceil_div(ny, ROWS)"]
block = ["32 * WARPS"]
args = ["spins", "other", "p_accept", "nx", "ny", { value = "t * HALF" }, { value = "min(HALF, 2 * sweeps - t * HALF)" }, "seed"]
*/
#define MARGIN ((HALF + 3) / 4)   // words beyond either side
#define HEIGHT (ROWS + 2 * HALF)
#define ALL 0xffffffffu

__device__ __forceinline__ unsigned mix(unsigned x) {
  x ^= x >> 16;
  x *= 0x85EBCA6Bu;
  x ^= x >> 13;
  x *= 0xC2B2AE35u;
  x ^= x >> 16;
  return x;
}

__device__ __forceinline__ int into(int x, int n) {
  while (x < 0) x += n;
  while (x >= n) x -= n;
  return x;
}

extern "C" __global__ void __launch_bounds__(32 * WARPS) ising_pass(const signed char* __restrict__ spins, signed char* __restrict__ other,
                                                                    const float* p_accept, int nx, int ny, int first, int steps,
                                                                    unsigned seed) {
  __shared__ unsigned tiles[2][HEIGHT][32];   // before and after a half-sweep, in turn
  __shared__ int begins[HEIGHT];   // of the rows, in the grid
  __shared__ unsigned below[8];    // draws that flip, by the number of neighbours that agree
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const int x0 = blockIdx.x * (128 - 8 * MARGIN) - 4 * MARGIN, y0 = blockIdx.y * ROWS - HALF;
  const int x = into(x0 + 4 * lane, nx);
  for (int r = threadIdx.x; r < HEIGHT; r += 32 * WARPS) begins[r] = into(y0 + r, ny) * nx;
  if (threadIdx.x < 5) below[threadIdx.x] = (unsigned)ceilf(p_accept[threadIdx.x] * 16777216.0f);
  __syncthreads();
  for (int r = warp; r < HEIGHT; r += WARPS) {
    unsigned word;
    if (nx % 4 == 0) {
      word = *(const unsigned*)(spins + begins[r] + x);
    } else {
      word = 0;
      for (int b = 0; b < 4; ++b) word |= (unsigned)(unsigned char)spins[begins[r] + (x + b < nx ? x + b : x + b - nx)] << 8 * b;
    }
    tiles[0][r][lane] = ~word >> 1 & 0x01010101u;   // +1 is 0x01, -1 is 0xff
  }
  __syncthreads();
  for (int s = 0; s < steps; ++s) {
    const unsigned key = mix(seed + (unsigned)(first + s) * 0x9E3779B9u);
    const unsigned(*tile)[32] = tiles[s & 1];
    for (int r = warp + s + 1; r < HEIGHT - 1 - s; r += WARPS) {
      unsigned word = tile[r][lane];
      const unsigned before = __shfl_up_sync(ALL, word, 1), after = __shfl_down_sync(ALL, word, 1);
      const unsigned left = __funnelshift_l(before, word, 8), right = __funnelshift_r(word, after, 8);
      const unsigned up = left + right + tile[r - 1][lane] + tile[r + 1][lane];   // in each byte, how many of the four are up
      const int colour = (y0 + r + first + s) & 1;                              // x0 is a multiple of four, both sides are even
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        const int b = colour + 2 * half;
        const unsigned mine = word >> 8 * b & 1u, count = up >> 8 * b & 7u;
        const int column = x + b < nx ? x + b : x + b - nx;
        const unsigned draw = mix(key ^ (unsigned)(begins[r] + column)) >> 8;
        if (draw < below[mine ? count : 4u - count]) word ^= 1u << 8 * b;
      }
      tiles[1 - (s & 1)][r][lane] = word;
    }
    __syncthreads();
  }
  if (lane < MARGIN || lane >= 32 - MARGIN) return;
  const int column = x0 + 4 * lane;
  for (int r = warp + HALF; r < HALF + ROWS; r += WARPS) {
    const int row = y0 + r;
    if (row >= ny) return;
    const unsigned word = (tiles[steps & 1][r][lane] ^ 0x01010101u) * 0xfeu + 0x01010101u;
    signed char* to = other + (long long)row * nx + column;
    if (nx % 4 == 0) {
      if (column < nx) *(unsigned*)to = word;
    } else {
      for (int b = 0; b < 4; ++b)
        if (column + b < nx) to[b] = (signed char)(word >> 8 * b);
    }
  }
}
