// fft3d: forward transform exp(-2 pi i ...), unnormalised, in double precision: Stockham's radix-2 passes with a table of roots that
// are each accurate by themselves, on blocks of lines side by side.
#include <ridgeline/reference.h>

#include <algorithm>
#include <utility>
#include <vector>

using std::int64_t;

constexpr int64_t lanes = 8;

// White noise of variance one: every frequency is as loud as every other.
void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  const auto u = c.f32("in");
  const std::size_t chunk = 65536;
  const std::size_t chunks = (u.size() + chunk - 1) / chunk;
#pragma omp parallel for schedule(dynamic)
  for (std::size_t part = 0; part < chunks; ++part) {
    ridge::ref::Rng own = rng.stream(part);
    for (std::size_t i = part * chunk; i < u.size() && i < (part + 1) * chunk; ++i) u[i] = float((double(own.bits32()) * 0x1p-31 - 1.0) * 1.7320508);
  }
}

struct Roots {   // exp(-2 pi i k / n), k < n / 2
  std::vector<double> re, im;
  explicit Roots(int64_t n) {
    for (int64_t k = 0; k < n / 2; ++k) {
      const double angle = 6.283185307179586476925 * double(k) / double(n);
      re.push_back(std::cos(angle));
      im.push_back(-std::sin(angle));
    }
  }
};

// `lanes` lines of n numbers at `x`, element (k, part, lane) at (2 k + part) * lanes + lane; `y` is as large. The answer is in x or y.
double* transform(double* x, double* y, int64_t n, const Roots& w) {
  for (int64_t half = n / 2, stride = 1; half >= 1; half /= 2, stride *= 2) {
    for (int64_t p = 0; p < half; ++p) {
      const double re = w.re[std::size_t(p * stride)], im = w.im[std::size_t(p * stride)];
      for (int64_t q = 0; q < stride; ++q) {
        const double* a = x + 2 * lanes * (q + stride * p);
        const double* b = x + 2 * lanes * (q + stride * (p + half));
        double* sum = y + 2 * lanes * (q + stride * 2 * p);
        double* turned = sum + 2 * lanes * stride;
        for (int64_t l = 0; l < lanes; ++l) {
          const double dr = a[l] - b[l], di = a[l + lanes] - b[l + lanes];
          sum[l] = a[l] + b[l];
          sum[l + lanes] = a[l + lanes] + b[l + lanes];
          turned[l] = dr * re - di * im;
          turned[l + lanes] = dr * im + di * re;
        }
      }
    }
    std::swap(x, y);
  }
  return x;
}

// Lines along one axis, `lanes` at a time: element k of line l of block b is number base(b, l) + k * stride of the cube.
template <class From, class Base>
void along(const From* from, double* to, int64_t n, int64_t stride, const Roots& w, Base base) {
  const int64_t lines = n * n;
#pragma omp parallel
  {
    std::vector<double> x(std::size_t(2 * lanes * n)), y(x.size());
#pragma omp for
    for (int64_t first = 0; first < lines; first += lanes) {
      const int64_t count = std::min(lanes, lines - first);
      for (int64_t k = 0; k < n; ++k)
        for (int64_t part = 0; part < 2; ++part)
          for (int64_t l = 0; l < lanes; ++l)
            x[std::size_t((2 * k + part) * lanes + l)] = l < count ? double(from[2 * (base(first + l) + k * stride) + part]) : 0.0;
      const double* done = transform(x.data(), y.data(), n, w);
      for (int64_t k = 0; k < n; ++k)
        for (int64_t part = 0; part < 2; ++part)
          for (int64_t l = 0; l < count; ++l) to[2 * (base(first + l) + k * stride) + part] = done[(2 * k + part) * lanes + l];
    }
  }
}

void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const int64_t n = c.integer("n");
  const float* in = c.f32("in").data();
  double* u = out.real("out").data();
  const Roots w(n);
  along(in, u, n, 1, w, [n](int64_t line) { return line * n; });
  along(u, u, n, n, w, [n](int64_t line) { return line / n * n * n + line % n; });
  along(u, u, n, n * n, w, [](int64_t line) { return line; });
}

RIDGELINE_REFERENCE(inputs, oracle)
