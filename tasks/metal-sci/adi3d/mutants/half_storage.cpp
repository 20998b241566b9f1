/* ridgeline
[scratch]
next = { type = "f32", count = "cells" }

[[stage]]
repeat = "steps"
[[stage.op]]
launch = "adi_x"
args = ["u", "next", "nx", "ny", "nz", "mu"]
rotate = [["u", "next"]]
[[stage.op]]
launch = "adi_y"
args = ["u", "next", "nx", "ny", "nz", "mu"]
rotate = [["u", "next"]]
[[stage.op]]
launch = "adi_z"
args = ["u", "next", "nx", "ny", "nz", "mu"]
rotate = [["u", "next"]]
*/
// Wrong on purpose: every sweep stores in half precision.
static void solve_line(const float* in, float* out, int n, long stride, float mu) {
  float c[1024];
  c[0] = 0.0f;
  out[0] = in[0];
  for (int i = 1; i < n - 1; ++i) {
    const float pivot = 1.0f + 2.0f * mu - mu * c[i - 1];
    c[i] = mu / pivot;
    out[i * stride] = (in[i * stride] + mu * out[(i - 1) * stride]) / pivot;
  }
  out[(n - 1) * stride] = in[(n - 1) * stride];
  for (int i = n - 2; i > 0; --i) out[i * stride] = float(_Float16(out[i * stride] + c[i] * out[(i + 1) * stride]));
}

static void copy_line(const float* in, float* out, int n, long stride) {
  for (int i = 0; i < n; ++i) out[i * stride] = in[i * stride];
}

extern "C" void adi_x(float* u, float* next, int nx, int ny, int nz, float mu) {
  for (int k = 0; k < nz; ++k) {
    for (int j = 0; j < ny; ++j) {
      const long at = (long(k) * ny + j) * nx;
      if (j == 0 || k == 0 || j == ny - 1 || k == nz - 1) copy_line(u + at, next + at, nx, 1);
      else solve_line(u + at, next + at, nx, 1, mu);
    }
  }
}

extern "C" void adi_y(float* u, float* next, int nx, int ny, int nz, float mu) {
  for (int k = 0; k < nz; ++k) {
    for (int i = 0; i < nx; ++i) {
      const long at = long(k) * ny * nx + i;
      if (i == 0 || k == 0 || i == nx - 1 || k == nz - 1) copy_line(u + at, next + at, ny, nx);
      else solve_line(u + at, next + at, ny, nx, mu);
    }
  }
}

extern "C" void adi_z(float* u, float* next, int nx, int ny, int nz, float mu) {
  for (int j = 0; j < ny; ++j) {
    for (int i = 0; i < nx; ++i) {
      const long at = long(j) * nx + i;
      if (i == 0 || j == 0 || i == nx - 1 || j == ny - 1) copy_line(u + at, next + at, nz, long(nx) * ny);
      else solve_line(u + at, next + at, nz, long(nx) * ny, mu);
    }
  }
}
