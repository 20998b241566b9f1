/* ridgeline
[scratch]
next = { type = "f32", count = "cells" }

[[stage]]
repeat = "steps"
[[stage.op]]
launch = "adi_x"
grid = ["ceil_div(ny, 128)", "nz"]
block = [128]
args = ["u", "next", "nx", "ny", "nz", "mu"]
rotate = [["u", "next"]]
[[stage.op]]
launch = "adi_y"
grid = ["ceil_div(nx, 128)", "nz"]
block = [128]
args = ["u", "next", "nx", "ny", "nz", "mu"]
rotate = [["u", "next"]]
[[stage.op]]
launch = "adi_z"
grid = ["ceil_div(nx, 128)", "ny"]
block = [128]
args = ["u", "next", "nx", "ny", "nz", "mu"]
rotate = [["u", "next"]]
*/
// Wrong on purpose: the other warps do not wait for the factors of the last, which come from the far end, so that the one
// that is needed first comes last. (Counted upwards they come before a line's cells do, and nobody sees that nobody waits.)
// c[i] belongs to the place in the line alone: one thread works them out for the block, in closed form.
__device__ void factors(float* c, int n, float mu) {
  for (int i = threadIdx.x; i < n; i += blockDim.x) c[i] = 0.0f;
  __syncthreads();
  if (threadIdx.x == blockDim.x - 1) {
    const double m = mu, r = 2.0 * m / (1.0 + 2.0 * m + sqrt(1.0 + 4.0 * m));
    for (int i = n - 2; i > 0; --i) {
      const double power = pow(r, 2.0 * i);
      c[i] = float(r * (1.0 - power) / (1.0 - power * r * r));
    }
  }
}

__device__ void solve_line(const float* in, float* out, const float* c, int n, long long stride, float mu) {
  out[0] = in[0];
  for (int i = 1; i < n - 1; ++i)
    out[i * stride] = (in[i * stride] + mu * out[(i - 1) * stride]) / (1.0f + 2.0f * mu - mu * c[i - 1]);
  out[(n - 1) * stride] = in[(n - 1) * stride];
  for (int i = n - 2; i > 0; --i) out[i * stride] = out[i * stride] + c[i] * out[(i + 1) * stride];
}

__device__ void copy_line(const float* in, float* out, int n, long long stride) {
  for (int i = 0; i < n; ++i) out[i * stride] = in[i * stride];
}

extern "C" __global__ void adi_x(float* u, float* next, int nx, int ny, int nz, float mu) {
  __shared__ float c[1024];
  factors(c, nx, mu);
  const int j = blockIdx.x * blockDim.x + threadIdx.x, k = blockIdx.y;
  if (j >= ny) return;
  const long long at = ((long long)k * ny + j) * nx;
  if (j == 0 || k == 0 || j == ny - 1 || k == nz - 1) copy_line(u + at, next + at, nx, 1);
  else solve_line(u + at, next + at, c, nx, 1, mu);
}

extern "C" __global__ void adi_y(float* u, float* next, int nx, int ny, int nz, float mu) {
  __shared__ float c[1024];
  factors(c, ny, mu);
  const int i = blockIdx.x * blockDim.x + threadIdx.x, k = blockIdx.y;
  if (i >= nx) return;
  const long long at = (long long)k * ny * nx + i;
  if (i == 0 || k == 0 || i == nx - 1 || k == nz - 1) copy_line(u + at, next + at, ny, nx);
  else solve_line(u + at, next + at, c, ny, nx, mu);
}

extern "C" __global__ void adi_z(float* u, float* next, int nx, int ny, int nz, float mu) {
  __shared__ float c[1024];
  factors(c, nz, mu);
  const int i = blockIdx.x * blockDim.x + threadIdx.x, j = blockIdx.y;
  if (i >= nx) return;
  const long long at = (long long)j * nx + i, plane = (long long)nx * ny;
  if (i == 0 || j == 0 || i == nx - 1 || j == ny - 1) copy_line(u + at, next + at, nz, plane);
  else solve_line(u + at, next + at, c, nz, plane, mu);
}
