/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
grid = ["ceil_div(n, 256)"]
block = [256]
args = ["x", "y", "z", "n", "a"]
*/
// Loads that ask the L2 cache to keep what they bring: it helps nobody, since every call has other inputs elsewhere.
__device__ float keep(const float* p) {
#ifdef RIDGELINE_EMULATED
  return *p;
#else
  float v;
  asm volatile("ld.global.L2::evict_last.f32 %0, [%1];" : "=f"(v) : "l"(p));
  return v;
#endif
}
extern "C" __global__ void axpy(const float* x, const float* y, float* z, int n, float a) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) z[i] = a * keep(x + i) + keep(y + i);
}
