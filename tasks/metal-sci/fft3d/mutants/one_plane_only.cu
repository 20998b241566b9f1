/* ridgeline
# One line for each block of n threads, radix-2 steps on a bit-reversed copy in shared memory.

[scratch]
work = { type = "f32", count = "2 * cells" }

[[stage]]
[[stage.op]]
launch = "fft3d_x"
grid = ["n"]
block = ["n"]
args = ["in", "out", "n"]
[[stage.op]]
launch = "fft3d_y"
grid = ["n"]
block = ["n"]
args = ["out", "work", "n"]
[[stage.op]]
launch = "fft3d_z"
grid = ["n"]
block = ["n"]
args = ["work", "out", "n"]
*/
// Wrong on purpose: there are blocks for the first n lines of each axis only.
// A line of n numbers that lie `stride` apart.
__device__ void transform_line(const float* in, float* out, int n, long long stride) {
  __shared__ float re[1024], im[1024];
  const int i = threadIdx.x;
  int reversed = 0;
  for (int b = 1; b < n; b *= 2) reversed = 2 * reversed + ((i & b) != 0);
  re[reversed] = in[2 * i * stride];
  im[reversed] = in[2 * i * stride + 1];
  __syncthreads();
  for (int half = 1; half < n; half *= 2) {
    if (i < n / 2) {
      const int k = i % half, a = i / half * 2 * half + k, b = a + half;
      const float angle = -3.14159265358979f * float(k) / float(half);
      const float c = cosf(angle), s = sinf(angle);
      const float tr = c * re[b] - s * im[b], ti = c * im[b] + s * re[b];
      re[b] = re[a] - tr;
      im[b] = im[a] - ti;
      re[a] += tr;
      im[a] += ti;
    }
    __syncthreads();
  }
  out[2 * i * stride] = re[i];
  out[2 * i * stride + 1] = im[i];
}

extern "C" __global__ void fft3d_x(const float* in, float* out, int n) {
  const long long at = 2 * (long long)blockIdx.x * n;
  transform_line(in + at, out + at, n, 1);
}

extern "C" __global__ void fft3d_y(const float* in, float* out, int n) {
  const long long k = blockIdx.x / n, i = blockIdx.x % n, at = 2 * (k * n * n + i);
  transform_line(in + at, out + at, n, n);
}

extern "C" __global__ void fft3d_z(const float* in, float* out, int n) {
  const long long at = 2 * (long long)blockIdx.x;
  transform_line(in + at, out + at, n, (long long)n * n);
}
