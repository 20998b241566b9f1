/* ridgeline
# UNROLL float4 of each array are in flight in every thread before the first is used.

[tune]
BLOCK  = [256, 512, 128, 1024]
UNROLL = [2, 4, 1, 8]        # float4 in flight in a thread
WAVES  = [0, 4, 8, 16, 2]    # blocks for each multiprocessor, which stride through the arrays; 0: as many as there is work for
STREAM = [0, 1]              # 1: what is read once and written once goes past the caches' replacement order

[[stage]]
[[stage.op]]
launch = "saxpy"
grid = ["WAVES == 0 ? ceil_div(n, 4 * BLOCK * UNROLL) : min(dev.sms * WAVES, ceil_div(n, 4 * BLOCK * UNROLL))"]
block = ["BLOCK"]
args = ["x", "y", "n", "a"]
*/
__device__ __forceinline__ float4 load(const float4* p) {
#if STREAM
  return __ldcs(p);
#else
  return *p;
#endif
}

__device__ __forceinline__ void store(float4* p, float4 v) {
#if STREAM
  __stcs(p, v);
#else
  *p = v;
#endif
}

__device__ __forceinline__ float4 fused(float a, float4 x, float4 y) {
  return make_float4(fmaf(a, x.x, y.x), fmaf(a, x.y, y.y), fmaf(a, x.z, y.z), fmaf(a, x.w, y.w));
}

extern "C" __global__ void __launch_bounds__(BLOCK) saxpy(const float* __restrict__ x, float* __restrict__ y, int n, float a) {
  const float4* from = (const float4*)x;
  float4* to = (float4*)y;
  const int vectors = n / 4, chunk = BLOCK * UNROLL;
  for (int first = blockIdx.x * chunk; first < vectors; first += gridDim.x * chunk) {
    const int at = first + threadIdx.x;
    if (first + chunk <= vectors) {
      float4 p[UNROLL], q[UNROLL];
#pragma unroll
      for (int u = 0; u < UNROLL; ++u) p[u] = load(from + at + u * BLOCK), q[u] = load(to + at + u * BLOCK);
#pragma unroll
      for (int u = 0; u < UNROLL; ++u) store(to + at + u * BLOCK, fused(a, p[u], q[u]));
    } else {
      for (int v = at; v < vectors; v += BLOCK) store(to + v, fused(a, load(from + v), load(to + v)));
    }
  }
  const int rest = 4 * vectors + threadIdx.x;   // at most three
  if (blockIdx.x == 0 && rest < n) y[rest] = fmaf(a, x[rest], y[rest]);
}
