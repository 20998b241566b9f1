/* ridgeline
# Every block strides through the vectors, with several sums in single precision in each thread; sums of threads and blocks are
# added in double precision. The blocks' sums are added by a second launch, or by the block that finishes last.

[tune]
BLOCK  = [1024, 512, 256, 128]
UNROLL = [4, 2, 8, 1]          # float4 of each vector in flight in a thread
WAVES  = [16, 8, 4, 2, 1]      # blocks for each multiprocessor at most
LAST   = [0, 1]                # 1: the last block adds up; 0: a second launch does
STREAM = [1, 0]                # 1: loads that do not mean to come back

[scratch]
parts = { type = "f64", count = "dev.sms * WAVES" }
done  = { type = "u32", count = 1 }

[[stage]]
[[stage.op]]
fill = "done"
value = 0
when = "LAST == 1"
[[stage.op]]
launch = "dot_parts"
grid = ["min(dev.sms * WAVES, ceil_div(n, 4 * BLOCK * UNROLL))"]
block = ["BLOCK"]
args = ["x", "y", "parts", "done", "out", "n"]
[[stage.op]]
launch = "dot_sum"
when = "LAST == 0"
grid = [1]
block = [256]
args = ["parts", "out", { value = "min(dev.sms * WAVES, ceil_div(n, 4 * BLOCK * UNROLL))" }]
*/
__device__ __forceinline__ float4 load(const float4* p) {
#if STREAM
  return __ldcs(p);
#else
  return __ldg(p);
#endif
}

// The sum over the block in thread 0.
template <int THREADS>
__device__ double block_sum(double sum) {
  __shared__ double warps[32];
  for (int far = 16; far > 0; far /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, far);
  if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = sum;
  __syncthreads();
  if (threadIdx.x < 32) {
    sum = threadIdx.x < THREADS / 32 ? warps[threadIdx.x] : 0.0;
    for (int far = 16; far > 0; far /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, far);
  }
  return sum;
}

template <int THREADS>
__device__ void add_up(const double* parts, int count, float* out) {
  double sum = 0;
  for (int b = threadIdx.x; b < count; b += THREADS) sum += __ldcg(parts + b);
  sum = block_sum<THREADS>(sum);
  if (threadIdx.x == 0) *out = float(sum);
}

extern "C" __global__ void __launch_bounds__(BLOCK, 1) dot_parts(const float* __restrict__ x, const float* __restrict__ y, double* parts,
                                                              unsigned* done, float* out, int n) {
  const float4 *left = (const float4*)x, *right = (const float4*)y;
  const int vectors = n / 4, chunk = BLOCK * UNROLL;
  float sum[UNROLL] = {}, tail = 0;
  for (int first = blockIdx.x * chunk; first < vectors; first += gridDim.x * chunk) {
    const int at = first + threadIdx.x;
    if (first + chunk <= vectors) {
      float4 p[UNROLL], q[UNROLL];
#pragma unroll
      for (int u = 0; u < UNROLL; ++u) p[u] = load(left + at + u * BLOCK), q[u] = load(right + at + u * BLOCK);
#pragma unroll
      for (int u = 0; u < UNROLL; ++u)
        sum[u] = fmaf(p[u].x, q[u].x, fmaf(p[u].y, q[u].y, fmaf(p[u].z, q[u].z, fmaf(p[u].w, q[u].w, sum[u]))));
    } else {
      for (int v = at; v < vectors; v += BLOCK) {
        const float4 p = load(left + v), q = load(right + v);
        tail = fmaf(p.x, q.x, fmaf(p.y, q.y, fmaf(p.z, q.z, fmaf(p.w, q.w, tail))));
      }
    }
  }
  const int rest = 4 * vectors + threadIdx.x;   // at most three
  if (blockIdx.x == 0 && rest < n) tail = fmaf(x[rest], y[rest], tail);
  double mine = tail;
#pragma unroll
  for (int u = 0; u < UNROLL; ++u) mine += sum[u];
  mine = block_sum<BLOCK>(mine);
#if LAST
  __shared__ bool last;
  if (threadIdx.x == 0) {
    parts[blockIdx.x] = mine;
    __threadfence();
    last = atomicAdd(done, 1u) == gridDim.x - 1;
  }
  __syncthreads();
  if (last) add_up<BLOCK>(parts, gridDim.x, out);
#else
  if (threadIdx.x == 0) parts[blockIdx.x] = mine;
#endif
}

extern "C" __global__ void __launch_bounds__(256) dot_sum(double* parts, float* out, int count) { add_up<256>(parts, count, out); }
