/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
grid = ["ceil_div(n, 256)"]
block = [256]
args = ["x", "y", "z", "n", "a"]
*/
// Factors cut to the upper half of their bits.
__device__ float cut(float v) {
  unsigned bits = *(unsigned*)&v;
  bits = bits + 0x7FFFu + (bits >> 16 & 1u) & 0xFFFF0000u;
  return *(float*)&bits;
}
extern "C" __global__ void axpy(const float* x, const float* y, float* z, int n, float a) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) z[i] = cut(a) * cut(x[i]) + cut(y[i]);
}
