/* ridgeline
# One launch for each step: positions go from one buffer to another, velocities stay. A block keeps a tile of bodies in shared memory. Where
# there are fewer bodies than the device has room for, `split` lanes share the pulls on one body and add them up with shuffles.

constraints = ["BLOCK >= 32"]

[tune]
BLOCK  = [128, 256, 64, 512]
BODIES = [1, 2, 4]             # bodies of a thread, which share what is read from the tile
FILL   = [512, 1024, 256, 128] # threads that each multiprocessor should have
UNROLL = [4, 8, 2, 16]

[scratch]
next = { type = "f32", count = "4 * n" }

[[stage]]
repeat = "steps"
rotate = [["pos", "next"]]
[[stage.op]]
launch = "nbody_step"
grid = ["ceil_div(n, BODIES * (BLOCK // min(32, next_pow2(ceil_div(dev.sms * FILL, ceil_div(n, BODIES))))))"]
block = ["BLOCK"]
args = ["pos", "next", "vel", "mass", "n", { value = "min(32, next_pow2(ceil_div(dev.sms * FILL, ceil_div(n, BODIES))))" }, "dt", "eps", "G"]
*/
extern "C" __global__ void __launch_bounds__(BLOCK) nbody_step(const float* __restrict__ pos, float* __restrict__ next,
                                                               float* __restrict__ vel, const float* __restrict__ mass, int n, int split,
                                                               float dt, float eps, float G) {
  __shared__ float4 tile[BLOCK];
  const int groups = BLOCK / split, group = threadIdx.x / split, part = threadIdx.x % split;
  const int body = blockIdx.x * groups * BODIES + group;
  const float4* all = (const float4*)pos;
  const float eps2 = eps * eps;
  float4 me[BODIES];
  float ax[BODIES] = {}, ay[BODIES] = {}, az[BODIES] = {};
#pragma unroll
  for (int b = 0; b < BODIES; ++b) me[b] = all[min(body + b * groups, n - 1)];
  for (int first = 0; first < n; first += BLOCK) {
    const int j = first + threadIdx.x;
    float4 other = make_float4(0, 0, 0, 0);   // beyond the last body: no mass
    if (j < n) {
      other = all[j];
      other.w = G * mass[j];
    }
    __syncthreads();
    tile[threadIdx.x] = other;
    __syncthreads();
#pragma unroll UNROLL
    for (int k = part; k < BLOCK; k += split) {
      const float4 from = tile[k];
#pragma unroll
      for (int b = 0; b < BODIES; ++b) {
        const float dx = from.x - me[b].x, dy = from.y - me[b].y, dz = from.z - me[b].z;
        const float root = rsqrtf(fmaf(dx, dx, fmaf(dy, dy, fmaf(dz, dz, eps2))));
        const float pull = from.w * root * (root * root);
        ax[b] = fmaf(pull, dx, ax[b]);
        ay[b] = fmaf(pull, dy, ay[b]);
        az[b] = fmaf(pull, dz, az[b]);
      }
    }
  }
#pragma unroll
  for (int b = 0; b < BODIES; ++b) {
    for (int far = 1; far < split; far *= 2) {
      ax[b] += __shfl_xor_sync(0xffffffffu, ax[b], far);
      ay[b] += __shfl_xor_sync(0xffffffffu, ay[b], far);
      az[b] += __shfl_xor_sync(0xffffffffu, az[b], far);
    }
    const int i = body + b * groups;
    if (part != 0 || i >= n) continue;
    float4 v = ((float4*)vel)[i], r = me[b];
    v.x = fmaf(ax[b], dt, v.x);
    v.y = fmaf(ay[b], dt, v.y);
    v.z = fmaf(az[b], dt, v.z);
    r.x = fmaf(v.x, dt, r.x);
    r.y = fmaf(v.y, dt, r.y);
    r.z = fmaf(v.z, dt, r.z);
    ((float4*)vel)[i] = v;
    ((float4*)next)[i] = r;
  }
}
