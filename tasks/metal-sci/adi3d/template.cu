/* ridgeline
# Elimination is a recurrence of first order, d[i] = c[i] d[i-1] + m[i] v[i], and so is substitution, backwards. A line is cut into pieces
# that each stay in a thread's registers: every piece is worked out as if nothing came in, what comes in is found from the pieces' ends,
# and then added, weakened by c from cell to cell. So each sweep reads and writes the grid once, in place. Along x a warp has a line,
# and pieces talk by shuffles; along y and z lanes are lines next to each other, and pieces talk through shared memory. The factors
# c are known in closed form (1 / m = 1 + 2 mu - mu c of the cell before): nothing is divided in a line.

[tune]
SEG   = [16, 8, 32, 4]     # cells of a piece along y and z, at least
XWARPS = [4, 8, 2]         # warps of a block along x
XLINES = [2, 1, 4, 8]      # lines of a warp along x, one after the other

[scratch]
factors = { type = "f32", count = "max(nx, ny, nz)" }

[[stage]]
[[stage.op]]
launch = "adi_factors"
grid = ["ceil_div(max(nx, ny, nz), 128)"]
block = [128]
args = ["factors", { value = "max(nx, ny, nz)" }, "mu"]

[[stage]]
repeat = "steps"
[[stage.op]]
launch = "adi_x"
when = "nx <= 256"
grid = ["ceil_div((ny - 2) * (nz - 2), XWARPS * XLINES)"]
block = [32, "XWARPS"]
shared = "4 * XWARPS * 32 * (max(2, next_pow2(ceil_div(nx, 32))) + 1)"
args = ["u", "factors", "nx", "ny", "nz", { value = "max(2, next_pow2(ceil_div(nx, 32)))" }, "mu"]
[[stage.op]]
launch = "adi_x_long"
when = "nx > 256"
grid = ["ceil_div((ny - 2) * (nz - 2), XWARPS * XLINES)"]
block = [32, "XWARPS"]
shared = "4 * XWARPS * 32 * (max(2, next_pow2(ceil_div(nx, 32))) + 1)"
args = ["u", "factors", "nx", "ny", "nz", { value = "max(2, next_pow2(ceil_div(nx, 32)))" }, "mu"]
[[stage.op]]
launch = "adi_across"
when = "ny <= 32 * SEG"
grid = ["ceil_div(nx, ceil_div(ny, max(SEG, next_pow2(ceil_div(ny, 32)))) > 16 ? 16 : 32)", "nz - 2"]
block = ["ceil_div(ny, max(SEG, next_pow2(ceil_div(ny, 32)))) > 16 ? 16 : 32", "ceil_div(ny, max(SEG, next_pow2(ceil_div(ny, 32))))"]
shared = "4 * ceil_div(ny, max(SEG, next_pow2(ceil_div(ny, 32)))) * (max(SEG, next_pow2(ceil_div(ny, 32))) + 65)"
args = ["u", "factors", "nx", { value = "ny" }, { value = "nx", type = "i64" }, { value = "nx * ny", type = "i64" }, { value = "max(SEG, next_pow2(ceil_div(ny, 32)))" }, "mu"]
[[stage.op]]
launch = "adi_across_long"
when = "ny > 32 * SEG"
grid = ["ceil_div(nx, ceil_div(ny, max(SEG, next_pow2(ceil_div(ny, 32)))) > 16 ? 16 : 32)", "nz - 2"]
block = ["ceil_div(ny, max(SEG, next_pow2(ceil_div(ny, 32)))) > 16 ? 16 : 32", "ceil_div(ny, max(SEG, next_pow2(ceil_div(ny, 32))))"]
shared = "4 * ceil_div(ny, max(SEG, next_pow2(ceil_div(ny, 32)))) * (max(SEG, next_pow2(ceil_div(ny, 32))) + 65)"
args = ["u", "factors", "nx", { value = "ny" }, { value = "nx", type = "i64" }, { value = "nx * ny", type = "i64" }, { value = "max(SEG, next_pow2(ceil_div(ny, 32)))" }, "mu"]
[[stage.op]]
launch = "adi_across"
when = "nz <= 32 * SEG"
grid = ["ceil_div(nx, ceil_div(nz, max(SEG, next_pow2(ceil_div(nz, 32)))) > 16 ? 16 : 32)", "ny - 2"]
block = ["ceil_div(nz, max(SEG, next_pow2(ceil_div(nz, 32)))) > 16 ? 16 : 32", "ceil_div(nz, max(SEG, next_pow2(ceil_div(nz, 32))))"]
shared = "4 * ceil_div(nz, max(SEG, next_pow2(ceil_div(nz, 32)))) * (max(SEG, next_pow2(ceil_div(nz, 32))) + 65)"
args = ["u", "factors", "nx", { value = "nz" }, { value = "nx * ny", type = "i64" }, { value = "nx", type = "i64" }, { value = "max(SEG, next_pow2(ceil_div(nz, 32)))" }, "mu"]
[[stage.op]]
launch = "adi_across_long"
when = "nz > 32 * SEG"
grid = ["ceil_div(nx, ceil_div(nz, max(SEG, next_pow2(ceil_div(nz, 32)))) > 16 ? 16 : 32)", "ny - 2"]
block = ["ceil_div(nz, max(SEG, next_pow2(ceil_div(nz, 32)))) > 16 ? 16 : 32", "ceil_div(nz, max(SEG, next_pow2(ceil_div(nz, 32))))"]
shared = "4 * ceil_div(nz, max(SEG, next_pow2(ceil_div(nz, 32)))) * (max(SEG, next_pow2(ceil_div(nz, 32))) + 65)"
args = ["u", "factors", "nx", { value = "nz" }, { value = "nx * ny", type = "i64" }, { value = "nx", type = "i64" }, { value = "max(SEG, next_pow2(ceil_div(nz, 32)))" }, "mu"]
*/
#define ALL 0xffffffffu

extern __shared__ __align__(16) float shared_floats[];

// c[i] = r (1 - r^2i) / (1 - r^(2i+2)), where r and 1/r are the roots of mu (1 + r^2) = (1 + 2 mu) r.
extern "C" __global__ void adi_factors(float* factors, int count, float mu) {
  const int i = blockIdx.x * 128 + threadIdx.x;
  if (i >= count) return;
  const double m = mu, r = 2.0 * m / (1.0 + 2.0 * m + sqrt(1.0 + 4.0 * m)), power = pow(r, 2.0 * i);
  factors[i] = float(r * (1.0 - power) / (1.0 - power * r * r));
}

// The ends of a line keep their values: no factor there, and no scaling.
__device__ __forceinline__ float factor(const float* factors, int i, int n) { return i > 0 && i < n - 1 ? factors[i] : 0.0f; }

template <int N>
__device__ __forceinline__ void sweep_x(float* u, const float* factors, int nx, int ny, int nz, float per_mu) {
  float* line = shared_floats + threadIdx.y * 32 * (N + 1);
  const int lane = threadIdx.x, lines = (ny - 2) * (nz - 2);
  float c[N], product = 1.0f;
#pragma unroll
  for (int j = 0; j < N; ++j) c[j] = factor(factors, lane * N + j, nx), product *= c[j];
  for (int q = 0; q < XLINES; ++q) {
    const int number = (blockIdx.x * XLINES + q) * XWARPS + threadIdx.y;
    if (number >= lines) return;
    float* row = u + ((long long)(1 + number / (ny - 2)) * ny + 1 + number % (ny - 2)) * nx;
    for (int i = lane; i < nx; i += 32) line[i + i / N] = row[i];
    __syncwarp();
    float d[N], end = 0.0f;
#pragma unroll
    for (int j = 0; j < N; ++j) {
      const float v = lane * N + j < nx ? line[lane * (N + 1) + j] : 0.0f;
      d[j] = end = fmaf(c[j], end, c[j] > 0.0f ? c[j] * per_mu * v : v);
    }
    float from = product;
#pragma unroll
    for (int far = 1; far < 32; far *= 2) {
      const float other = __shfl_up_sync(ALL, end, far), its = __shfl_up_sync(ALL, from, far);
      if (lane >= far) end = fmaf(from, other, end), from *= its;
    }
    float carry = __shfl_up_sync(ALL, end, 1);
    if (lane == 0) carry = 0.0f;
#pragma unroll
    for (int j = 0; j < N; ++j) carry *= c[j], d[j] += carry;
    end = 0.0f, from = product;
#pragma unroll
    for (int j = N - 1; j >= 0; --j) d[j] = end = fmaf(c[j], end, d[j]);
#pragma unroll
    for (int far = 1; far < 32; far *= 2) {
      const float other = __shfl_down_sync(ALL, end, far), its = __shfl_down_sync(ALL, from, far);
      if (lane < 32 - far) end = fmaf(from, other, end), from *= its;
    }
    carry = __shfl_down_sync(ALL, end, 1);
    if (lane == 31) carry = 0.0f;
#pragma unroll
    for (int j = N - 1; j >= 0; --j) carry *= c[j], d[j] += carry;
#pragma unroll
    for (int j = 0; j < N; ++j) line[lane * (N + 1) + j] = d[j];
    __syncwarp();
    for (int i = lane; i < nx; i += 32) row[i] = line[i + i / N];
    __syncwarp();
  }
}

extern "C" __global__ void __launch_bounds__(32 * XWARPS, 1)
    adi_x(float* u, const float* factors, int nx, int ny, int nz, int piece, float mu) {
  if (piece == 2) return sweep_x<2>(u, factors, nx, ny, nz, 1.0f / mu);
  if (piece == 4) return sweep_x<4>(u, factors, nx, ny, nz, 1.0f / mu);
  sweep_x<8>(u, factors, nx, ny, nz, 1.0f / mu);
}

extern "C" __global__ void __launch_bounds__(32 * XWARPS, 1)
    adi_x_long(float* u, const float* factors, int nx, int ny, int nz, int piece, float mu) {
  if (piece == 16) return sweep_x<16>(u, factors, nx, ny, nz, 1.0f / mu);
  sweep_x<32>(u, factors, nx, ny, nz, 1.0f / mu);
}

// Lines of n cells `stride` apart, 32 or 16 of them side by side; thread y has a piece of N cells.
template <int N>
__device__ __forceinline__ void sweep_across(float* u, const float* factors, int nx, int n, long long stride, long long apart, float per_mu) {
  const int lane = threadIdx.x, piece = threadIdx.y, pieces = blockDim.y, x = blockIdx.x * blockDim.x + lane;
  float *c = shared_floats, *ends = c + pieces * N, *starts = ends + pieces * 32, *products = starts + pieces * 32;
  for (int i = piece * blockDim.x + lane; i < pieces * N; i += blockDim.x * pieces) c[i] = factor(factors, i, n);
  const bool mine = x > 0 && x < nx - 1;
  float* line = u + (long long)(1 + blockIdx.y) * apart + x + piece * N * stride;
  const int count = min(n - piece * N, N);
  float d[N];
#pragma unroll
  for (int j = 0; j < N; ++j) d[j] = mine && j < count ? line[j * stride] : 0.0f;
  __syncthreads();
  const float4* own = (const float4*)(c + piece * N);
  float end = 0.0f, product = 1.0f;
  const auto scale = [&](float f) { return f > 0.0f ? f * per_mu : 1.0f; };
#pragma unroll
  for (int j = 0; j < N; j += 4) {
    const float4 f = own[j / 4];
    d[j] = end = fmaf(f.x, end, scale(f.x) * d[j]);
    d[j + 1] = end = fmaf(f.y, end, scale(f.y) * d[j + 1]);
    d[j + 2] = end = fmaf(f.z, end, scale(f.z) * d[j + 2]);
    d[j + 3] = end = fmaf(f.w, end, scale(f.w) * d[j + 3]);
    product *= (f.x * f.y) * (f.z * f.w);
  }
  ends[piece * 32 + lane] = end;
  if (lane == 0) products[piece] = product;
  __syncthreads();
  float carry = 0.0f;
  for (int p = 0; p < piece; ++p) carry = fmaf(products[p], carry, ends[p * 32 + lane]);
#pragma unroll
  for (int j = 0; j < N; j += 4) {
    const float4 f = own[j / 4];
    d[j] += carry *= f.x;
    d[j + 1] += carry *= f.y;
    d[j + 2] += carry *= f.z;
    d[j + 3] += carry *= f.w;
  }
  float start = 0.0f;
#pragma unroll
  for (int j = N - 4; j >= 0; j -= 4) {
    const float4 f = own[j / 4];
    d[j + 3] = start = fmaf(f.w, start, d[j + 3]);
    d[j + 2] = start = fmaf(f.z, start, d[j + 2]);
    d[j + 1] = start = fmaf(f.y, start, d[j + 1]);
    d[j] = start = fmaf(f.x, start, d[j]);
  }
  starts[piece * 32 + lane] = start;
  __syncthreads();
  carry = 0.0f;
  for (int p = pieces - 1; p > piece; --p) carry = fmaf(products[p], carry, starts[p * 32 + lane]);
#pragma unroll
  for (int j = N - 4; j >= 0; j -= 4) {
    const float4 f = own[j / 4];
    d[j + 3] += carry *= f.w;
    d[j + 2] += carry *= f.z;
    d[j + 1] += carry *= f.y;
    d[j] += carry *= f.x;
  }
#pragma unroll
  for (int j = 0; j < N; ++j)
    if (mine && j < count) line[j * stride] = d[j];
}

// At most 32 pieces, and 512 threads.
extern "C" __global__ void __launch_bounds__(512, SEG > 16 ? 1 : 2)
    adi_across(float* u, const float* factors, int nx, int n, long long stride, long long apart, int, float mu) {
  sweep_across<SEG>(u, factors, nx, n, stride, apart, 1.0f / mu);
}

extern "C" __global__ void __launch_bounds__(512, 1)
    adi_across_long(float* u, const float* factors, int nx, int n, long long stride, long long apart, int piece, float mu) {
  if (piece == 8) return sweep_across<8>(u, factors, nx, n, stride, apart, 1.0f / mu);
  if (piece == 16) return sweep_across<16>(u, factors, nx, n, stride, apart, 1.0f / mu);
  sweep_across<32>(u, factors, nx, n, stride, apart, 1.0f / mu);
}
