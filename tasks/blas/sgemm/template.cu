/* ridgeline
# A block of 16 by 16 threads has a tile of C, a thread TM by TN of it in registers. Tiles of A (turned, so that a column is one piece) and
# B come to shared memory by asynchronous copies, STAGES of them under way, and no register is spent on them. There are two shapes: a
# large one, and a small one for products that have fewer large tiles than the device has multiprocessors. Blocks that run
# at the same time share rows and columns of tiles.

constraints = ["TM * TN <= 128", "STM * STN <= 64", "4 * STAGES * BK * (16 * TM + 4 + 16 * TN) <= dev.shared_max", "4 * SSTAGES * SBK * (16 * STM + 4 + 16 * STN) <= dev.shared_max", "OCC == 1 || TM * TN <= 64"]

[tune]
TM     = [8, 4]            # large tile: rows and columns of C of a thread
TN     = [16, 8, 4]
BK     = [32, 16, 8]       # products of a stage
STAGES = [2, 3, 4]
OCC    = [1, 2]            # blocks that should fit a multiprocessor
STM    = [2, 4, 8]         # small tile
STN    = [2, 4, 8]
SBK    = [32, 16, 8]
SSTAGES = [3, 2, 4]
GROUP  = [8, 4, 16, 1]     # rows of tiles that are walked through together

[[stage]]
[[stage.op]]
when = "ceil_div(m, 16 * TM) * ceil_div(n, 16 * TN) >= dev.sms"
launch = "sgemm_large"
grid = ["ceil_div(m, 16 * TM) * ceil_div(n, 16 * TN)"]
block = [256]
shared = "4 * STAGES * BK * (16 * TM + 4 + 16 * TN)"
args = ["a", "b", "c", "m", "n", "k"]
[[stage.op]]
when = "ceil_div(m, 16 * TM) * ceil_div(n, 16 * TN) < dev.sms"
launch = "sgemm_small"
grid = ["ceil_div(m, 16 * STM) * ceil_div(n, 16 * STN)"]
block = [256]
shared = "4 * SSTAGES * SBK * (16 * STM + 4 + 16 * STN)"
args = ["a", "b", "c", "m", "n", "k"]
*/
extern __shared__ __align__(16) float stage_floats[];

// `take` bytes from global memory, the rest of the piece zero.
__device__ __forceinline__ void copy4(unsigned to, const float* from, int take) {
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(to), "l"(from), "r"(take) : "memory");
}
__device__ __forceinline__ void copy16(unsigned to, const float* from, int take) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from), "r"(take) : "memory");
}
__device__ __forceinline__ void commit() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}
template <int LEFT>
__device__ __forceinline__ void wait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(LEFT) : "memory");
}

// COUNT numbers of a row of a tile in shared memory: pieces of at most four, one from each COUNT/4-th part of the tile.
template <int COUNT>
__device__ __forceinline__ void fetch(const float* row, int thread, float (&to)[COUNT]) {
  if constexpr (COUNT == 2) {
    const float2 q = *(const float2*)(row + 2 * thread);
    to[0] = q.x, to[1] = q.y;
  } else {
#pragma unroll
    for (int g = 0; g < COUNT / 4; ++g) {
      const float4 q = *(const float4*)(row + 64 * g + 4 * thread);
      to[4 * g] = q.x, to[4 * g + 1] = q.y, to[4 * g + 2] = q.z, to[4 * g + 3] = q.w;
    }
  }
}
template <int COUNT>
__device__ __forceinline__ int place(int thread, int i) {
  return COUNT == 2 ? 2 * thread + i : i / 4 * 64 + 4 * thread + i % 4;
}

template <int ROWS, int COLUMNS, int DEPTH, int STEPS>
__device__ __forceinline__ void product(const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c, int m, int n,
                                        int k) {
  constexpr int BM = 16 * ROWS, BN = 16 * COLUMNS, PITCH = BM + 4, STAGE = DEPTH * (PITCH + BN);
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const int tx = warp % 2 * 8 + lane % 8, ty = warp / 2 * 4 + lane / 8;
  const int down = (m + BM - 1) / BM, across = (n + BN - 1) / BN;
  const int band = blockIdx.x / (GROUP * across), rows = min(GROUP, down - band * GROUP), inside = blockIdx.x - band * GROUP * across;
  const int i0 = (band * GROUP + inside % rows) * BM, j0 = inside / rows * BN;
  const unsigned shared_at = (unsigned)__cvta_generic_to_shared(stage_floats);
  const bool vectors = n % 4 == 0, whole = i0 + BM <= m;
  const int deep = (k + DEPTH - 1) / DEPTH;

  // A warp takes eight columns of four rows of A at once: whole sectors there, every bank once here. Offsets fit 31 bits.
  constexpr int PARTS = DEPTH / 8, APART = 32 / PARTS, COPIES = BM / APART;
  const int pa = warp % PARTS * 8 + lane % 8, ia = warp / PARTS * 4 + lane / 8;
  const int from_a = (i0 + ia) * k + pa, to_a = 4 * (pa * PITCH + ia);
  constexpr int WIDE = BN / 4, DOWN = 256 / WIDE;
  const int pb = threadIdx.x / WIDE, jb = threadIdx.x % WIDE * 4;
  const int from_b = pb * n + j0 + jb, to_b = 4 * (DEPTH * PITCH + pb * BN + jb);
  const auto bring = [&](int t) {
    if (t < deep) {
      const int p0 = t * DEPTH;
      const unsigned tile = shared_at + 4 * (t % STEPS * STAGE);
      const int take = p0 + pa < k ? 4 : 0;
      if (whole) {
#pragma unroll
        for (int q = 0; q < COPIES; ++q) copy4(tile + to_a + 4 * APART * q, a + from_a + p0 + q * APART * k, take);
      } else {
#pragma unroll
        for (int q = 0; q < COPIES; ++q)
          copy4(tile + to_a + 4 * APART * q, a + from_a + p0 + q * APART * k, i0 + ia + q * APART < m ? take : 0);
      }
      if (vectors) {
#pragma unroll
        for (int q = 0; q < (DEPTH + DOWN - 1) / DOWN; ++q) {
          if (DEPTH % DOWN != 0 && pb + q * DOWN >= DEPTH) break;
          copy16(tile + to_b + 4 * BN * DOWN * q, b + from_b + (p0 + q * DOWN) * n, p0 + pb + q * DOWN < k && j0 + jb < n ? 16 : 0);
        }
      } else {
        for (int v = threadIdx.x; v < DEPTH * BN; v += 256) {
          const int p = v / BN, j = v % BN;
          copy4(tile + 4 * (DEPTH * PITCH + v), b + (p0 + p) * n + j0 + j, p0 + p < k && j0 + j < n ? 4 : 0);
        }
      }
    }
    commit();   // also where there is nothing, so that groups can be counted
  };

  float sum[ROWS][COLUMNS] = {};
#pragma unroll
  for (int t = 0; t < STEPS - 1; ++t) bring(t);
  for (int t = 0; t < deep; ++t) {
    wait<STEPS - 2>();
    __syncthreads();
    bring(t + STEPS - 1);
    const float *tile_a = stage_floats + t % STEPS * STAGE, *tile_b = tile_a + DEPTH * PITCH;
#pragma unroll
    for (int p = 0; p < DEPTH; ++p) {
      float left[ROWS], right[COLUMNS];
      fetch<ROWS>(tile_a + p * PITCH, ty, left);
      fetch<COLUMNS>(tile_b + p * BN, tx, right);
#pragma unroll
      for (int i = 0; i < ROWS; ++i)
#pragma unroll
        for (int j = 0; j < COLUMNS; ++j) sum[i][j] = fmaf(left[i], right[j], sum[i][j]);
    }
  }
#pragma unroll
  for (int i = 0; i < ROWS; ++i) {
    const int row = i0 + place<ROWS>(ty, i);
    if (row >= m) continue;
    float* to = c + row * n;
    if (COLUMNS % 4 == 0 && vectors) {
#pragma unroll
      for (int j = 0; j + 3 < COLUMNS; j += 4) {
        const int column = j0 + place<COLUMNS>(tx, j);
        if (column < n) *(float4*)(to + column) = make_float4(sum[i][j], sum[i][j + 1], sum[i][j + 2], sum[i][j + 3]);
      }
    } else {
#pragma unroll
      for (int j = 0; j < COLUMNS; ++j) {
        const int column = j0 + place<COLUMNS>(tx, j);
        if (column < n) to[column] = sum[i][j];
      }
    }
  }
}

extern "C" __global__ void __launch_bounds__(256, OCC)
    sgemm_large(const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c, int m, int n, int k) {
  product<TM, TN, BK, STAGES>(a, b, c, m, n, k);
}

extern "C" __global__ void __launch_bounds__(256, 2)
    sgemm_small(const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c, int m, int n, int k) {
  product<STM, STN, SBK, SSTAGES>(a, b, c, m, n, k);
}
