/* ridgeline
[[stage]]
[[stage.op]]
launch = "saxpy"
grid = ["ceil_div(n, 256)"]
block = [256]
args = ["x", "y", "n", "a"]
*/
// Wrong on purpose: x is taken in half precision.
// Eleven significant bits, as half precision and tf32 have.
__device__ float half_of(float v) { return __uint_as_float((__float_as_uint(v) + 0x1000u) & 0xffffe000u); }

extern "C" __global__ void saxpy(const float* x, float* y, int n, float a) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] = a * half_of(x[i]) + y[i];
}
