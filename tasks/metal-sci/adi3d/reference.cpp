// adi3d: implicit heat steps, one axis after the other, in double precision. The matrix of a line depends on mu and on the place in
// the line alone, so its elimination is tabulated once; right-hand sides go through it by Thomas's algorithm.
#include <ridgeline/reference.h>

#include <algorithm>
#include <vector>

using std::int64_t;

// Waves of random length, direction and phase, and noise on top: no symmetry, no quiet corner, faces too.
void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  const int64_t nx = c.integer("nx"), ny = c.integer("ny"), nz = c.integer("nz");
  float* u = c.f32("u").data();
  double wave[3][3], phase[3];
  for (int w = 0; w < 3; ++w) {
    phase[w] = rng.uniform(0.0, 6.283185307179586);
    for (double& k : wave[w]) k = rng.uniform(-8.0, 8.0);
  }
  const ridge::ref::Rng noise(rng.bits64());
#pragma omp parallel for schedule(dynamic)
  for (int64_t k = 0; k < nz; ++k) {
    ridge::ref::Rng own = noise.stream(std::uint64_t(k));
    for (int64_t j = 0; j < ny; ++j) {
      double at[3], step[3][2], now[3][2];   // sin and cos of each wave, turned on by one cell at a time
      for (int w = 0; w < 3; ++w) {
        at[w] = phase[w] + wave[w][1] * double(j) / double(ny) + wave[w][2] * double(k) / double(nz);
        now[w][0] = std::sin(at[w]), now[w][1] = std::cos(at[w]);
        step[w][0] = std::sin(wave[w][0] / double(nx)), step[w][1] = std::cos(wave[w][0] / double(nx));
      }
      float* row = u + (k * ny + j) * nx;
      for (int64_t i = 0; i < nx; ++i) {
        row[i] = float(0.2 * (now[0][0] + now[1][0] + now[2][0]) + 0.4 * (double(own.bits32()) * 0x1p-31 - 1.0));
        for (int w = 0; w < 3; ++w) {
          const double s = now[w][0] * step[w][1] + now[w][1] * step[w][0];
          now[w][1] = now[w][1] * step[w][1] - now[w][0] * step[w][0];
          now[w][0] = s;
        }
      }
    }
  }
}

// With d'[0] = v[0] and c'[0] = 0: d'[i] = (v[i] + mu d'[i-1]) m[i], backwards v[i] = d'[i] + c[i] v[i+1], c[i] = mu m[i].
struct Elimination {
  std::vector<double> m, c;
  Elimination(int64_t n, double mu) : m(std::size_t(n), 0.0), c(std::size_t(n), 0.0) {
    for (int64_t i = 1; i < n - 1; ++i) {
      m[std::size_t(i)] = 1.0 / (1.0 + 2.0 * mu - mu * c[std::size_t(i - 1)]);
      c[std::size_t(i)] = mu * m[std::size_t(i)];
    }
  }
};

// Lines of `n` cells `stride` apart; `wide` lines that lie next to each other at once.
void solve(double* v, int64_t n, int64_t stride, int64_t wide, double mu, const Elimination& e) {
  for (int64_t i = 1; i < n - 1; ++i) {
    const double m = e.m[std::size_t(i)];
    double* now = v + i * stride;
    for (int64_t l = 0; l < wide; ++l) now[l] = (now[l] + mu * now[l - stride]) * m;
  }
  for (int64_t i = n - 2; i > 0; --i) {
    const double c = e.c[std::size_t(i)];
    double* now = v + i * stride;
    for (int64_t l = 0; l < wide; ++l) now[l] += c * now[l + stride];
  }
}

void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const int64_t nx = c.integer("nx"), ny = c.integer("ny"), nz = c.integer("nz"), steps = c.integer("steps");
  const double mu = c.real("mu");
  const auto first = c.f32("u");
  const auto result = out.real("u");
  std::copy(first.begin(), first.end(), result.begin());
  double* u = result.data();
  const Elimination ex(nx, mu), ey(ny, mu), ez(nz, mu);
  const int64_t plane = nx * ny, strip = 32;
  for (int64_t t = 0; t < steps; ++t) {
#pragma omp parallel
    {
#pragma omp for
      for (int64_t k = 1; k < nz - 1; ++k) {
        for (int64_t j = 1; j < ny - 1; ++j) solve(u + k * plane + j * nx, nx, 1, 1, mu, ex);
        for (int64_t i = 1; i < nx - 1; i += strip) solve(u + k * plane + i, ny, nx, std::min(strip, nx - 1 - i), mu, ey);
      }
#pragma omp for
      for (int64_t j = 1; j < ny - 1; ++j)
        for (int64_t i = 1; i < nx - 1; i += strip) solve(u + j * nx + i, nz, plane, std::min(strip, nx - 1 - i), mu, ez);
    }
  }
}

RIDGELINE_REFERENCE(inputs, oracle)
