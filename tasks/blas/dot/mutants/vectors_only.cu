/* ridgeline
[scratch]
parts = { type = "f64", count = 256 }

[[stage]]
[[stage.op]]
launch = "dot_parts"
grid = [256]
block = [256]
args = ["x", "y", "parts", "n"]
[[stage.op]]
launch = "dot_sum"
grid = [1]
block = [1]
args = ["parts", "out"]
*/
// Wrong on purpose: four elements at a time, and nobody takes the last one to three.
extern "C" __global__ void dot_parts(const float* x, const float* y, double* parts, int n) {
  __shared__ double part[256];
  double sum = 0;
  for (int i = blockIdx.x * 256 + threadIdx.x; i < n / 4; i += 256 * 256) {
    const float4 p = ((const float4*)x)[i], q = ((const float4*)y)[i];
    sum += (p.x * q.x + p.y * q.y) + (p.z * q.z + p.w * q.w);
  }
  part[threadIdx.x] = sum;
  __syncthreads();
  for (int half = 128; half > 0; half /= 2) {
    if ((int)threadIdx.x < half) part[threadIdx.x] += part[threadIdx.x + half];
    __syncthreads();
  }
  if (threadIdx.x == 0) parts[blockIdx.x] = part[0];
}

extern "C" __global__ void dot_sum(double* parts, float* out) {
  double sum = 0;
  for (int b = 0; b < 256; ++b) sum += parts[b];
  *out = float(sum);
}
