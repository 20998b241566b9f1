/* ridgeline
[scratch]
work = { type = "f32", count = "2 * cells" }

[[stage]]
[[stage.op]]
launch = "fft3d_x"
args = ["in", "out", "n"]
[[stage.op]]
launch = "fft3d_y"
args = ["out", "work", "n"]
[[stage.op]]
launch = "fft3d_z"
args = ["work", "out", "n"]
*/
// Wrong on purpose: the transform runs backwards.
// One line of n numbers that lie `stride` apart, by radix-2 steps on a bit-reversed copy.
static void transform_line(const float* in, float* out, int n, long stride) {
  float re[1024], im[1024];
  int bits = 0;
  while (1 << bits < n) ++bits;
  for (int i = 0; i < n; ++i) {
    int reversed = 0;
    for (int b = 0; b < bits; ++b) reversed |= (i >> b & 1) << (bits - 1 - b);
    re[reversed] = in[2 * i * stride];
    im[reversed] = in[2 * i * stride + 1];
  }
  for (int half = 1; half < n; half *= 2) {
    for (int from = 0; from < n; from += 2 * half) {
      for (int k = 0; k < half; ++k) {
        const float angle = 3.14159265358979f * float(k) / float(half);
        const float c = __builtin_cosf(angle), s = __builtin_sinf(angle);
        const int a = from + k, b = a + half;
        const float tr = c * re[b] - s * im[b], ti = c * im[b] + s * re[b];
        re[b] = re[a] - tr;
        im[b] = im[a] - ti;
        re[a] += tr;
        im[a] += ti;
      }
    }
  }
  for (int i = 0; i < n; ++i) {
    out[2 * i * stride] = re[i];
    out[2 * i * stride + 1] = im[i];
  }
}

extern "C" void fft3d_x(const float* in, float* out, int n) {
  for (int k = 0; k < n; ++k)
    for (int j = 0; j < n; ++j) {
      const long at = 2 * (long(k) * n + j) * n;
      transform_line(in + at, out + at, n, 1);
    }
}

extern "C" void fft3d_y(const float* in, float* out, int n) {
  for (int k = 0; k < n; ++k)
    for (int i = 0; i < n; ++i) {
      const long at = 2 * (long(k) * n * n + i);
      transform_line(in + at, out + at, n, n);
    }
}

extern "C" void fft3d_z(const float* in, float* out, int n) {
  for (int j = 0; j < n; ++j)
    for (int i = 0; i < n; ++i) {
      const long at = 2 * (long(j) * n + i);
      transform_line(in + at, out + at, n, long(n) * n);
    }
}
