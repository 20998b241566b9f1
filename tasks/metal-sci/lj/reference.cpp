// lj: Lennard-Jones fluid with a hard cut-off in a periodic box, symplectic Euler, in double precision. Particles are sorted into cells
// of at least the cut-off, which are as large as they have to be: no cell overflows.
#include <ridgeline/reference.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

// A cubic lattice, loosened, with vacancies where n is no cube, and a kick for everybody.
void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  const std::int64_t n = c.integer("n");
  const double box = c.real("L");
  ridge::ref::Rng for_pos = rng.stream(0), for_vel = rng.stream(1), for_sites = rng.stream(2);
  std::int64_t side = 1;
  while (side * side * side < n) ++side;
  std::vector<std::int64_t> site(side * side * side);
  std::iota(site.begin(), site.end(), 0);
  for (std::int64_t k = std::int64_t(site.size()); k > n; --k)   // one of the first k leaves
    site.erase(site.begin() + for_sites.integer(0, k - 1));
  const double spacing = box / double(side);
  const auto pos = c.f32("pos");
  const auto vel = c.f32("vel");
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t at[3] = {site[i] / (side * side), site[i] / side % side, site[i] % side};
    for (int k = 0; k < 3; ++k) {
      double x = (double(at[k]) + for_pos.uniform(-0.08, 0.08)) * spacing;
      if (x < 0) x += box;
      float f = float(x);
      if (f >= float(box)) f = 0;
      pos[4 * i + k] = f;
    }
    pos[4 * i + 3] = 0;
  }
  double mean[3] = {};
  std::vector<double> v(3 * n);
  for (std::int64_t i = 0; i < 3 * n; ++i) mean[i % 3] += v[i] = for_vel.uniform(-0.6, 0.6);
  for (std::int64_t i = 0; i < n; ++i) {
    for (int k = 0; k < 3; ++k) vel[4 * i + k] = float(v[3 * i + k] - mean[k] / double(n));
    vel[4 * i + 3] = 0;
  }
}

namespace {

struct Cells {
  int side;
  std::vector<int> begin, member;

  Cells(const std::vector<double>& r, std::int64_t n, double box, double cut) : side(std::max(1, int(box / cut))) {
    std::vector<int> cell(n);
    begin.assign(std::size_t(side) * side * side + 1, 0);
    for (std::int64_t i = 0; i < n; ++i) {
      int at[3];
      for (int k = 0; k < 3; ++k) {
        const double x = r[3 * i + k] / box;
        at[k] = std::min(side - 1, int((x - std::floor(x)) * side));
      }
      cell[i] = (at[2] * side + at[1]) * side + at[0];
      ++begin[cell[i] + 1];
    }
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    member.resize(n);
    std::vector<int> next(begin.begin(), begin.end() - 1);
    for (std::int64_t i = 0; i < n; ++i) member[next[cell[i]]++] = int(i);
  }
};

// The different neighbours of a cell along one axis, itself included.
int around(int at, int side, int* out) {
  int many = 0;
  for (int d = -1; d <= 1; ++d) {
    const int x = (at + d + side) % side;
    if (std::find(out, out + many, x) == out + many) out[many++] = x;
  }
  return many;
}

}  // namespace

void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const std::int64_t n = c.integer("n"), steps = c.integer("steps");
  const double box = c.real("L"), cut = c.real("r_cut"), dt = c.real("dt"), cut2 = cut * cut;
  const auto pos = c.f32("pos");
  const auto vel = c.f32("vel");
  std::vector<double> r(3 * n), v(3 * n);
  for (std::int64_t i = 0; i < n; ++i)
    for (int k = 0; k < 3; ++k) r[3 * i + k] = pos[4 * i + k], v[3 * i + k] = vel[4 * i + k];
  for (std::int64_t t = 0; t < steps; ++t) {
    const Cells cells(r, n, box, cut);
    const int side = cells.side;
#pragma omp parallel for schedule(dynamic, 8)
    for (int cell = 0; cell < side * side * side; ++cell) {
      int xs[3], ys[3], zs[3];
      const int nx = around(cell % side, side, xs), ny = around(cell / side % side, side, ys), nz = around(cell / side / side, side, zs);
      for (int a = cells.begin[cell]; a < cells.begin[cell + 1]; ++a) {
        const int i = cells.member[a];
        double f[3] = {};
        for (int p = 0; p < nx * ny * nz; ++p) {
          const int other = (zs[p / (nx * ny)] * side + ys[p / nx % ny]) * side + xs[p % nx];
          for (int b = cells.begin[other]; b < cells.begin[other + 1]; ++b) {
            const int j = cells.member[b];
            double d[3], r2 = 0;
            for (int k = 0; k < 3; ++k) {
              d[k] = r[3 * j + k] - r[3 * i + k];
              d[k] -= box * std::nearbyint(d[k] / box);
              r2 += d[k] * d[k];
            }
            if (!(r2 > 1e-12 && r2 < cut2)) continue;
            const double s2 = 1.0 / r2, s6 = s2 * s2 * s2, pull = -24.0 * (2.0 * s6 * s6 - s6) * s2;
            for (int k = 0; k < 3; ++k) f[k] += pull * d[k];
          }
        }
        for (int k = 0; k < 3; ++k) v[3 * i + k] += f[k] * dt;
      }
    }
    for (std::int64_t i = 0; i < 3 * n; ++i) r[i] += v[i] * dt;
  }
  const auto new_pos = out.real("pos");
  const auto new_vel = out.real("vel");
  for (std::int64_t i = 0; i < n; ++i) {
    for (int k = 0; k < 3; ++k) new_pos[4 * i + k] = r[3 * i + k], new_vel[4 * i + k] = v[3 * i + k];
    new_pos[4 * i + 3] = pos[4 * i + 3];
    new_vel[4 * i + 3] = vel[4 * i + 3];
  }
}

namespace {

// Two limits for each output. Rounding moves every particle a little: the root mean square of the errors is small against what the forces
// did. And now and then it puts a pair that passes the cut-off on the other side for one step, which gives two particles a kick of
// the force there: the largest error may be a few of those.
double error(const ridge::ref::Case& c, const ridge::ref::RawBuffer& got, const ridge::ref::RawBuffer& expected) {
  const bool velocities = std::string_view(got.name) == "vel";
  const auto begin = c.f32(got.name);
  const auto* g = static_cast<const float*>(got.data);
  const auto* e = static_cast<const double*>(expected.data);
  double worst = 0, square = 0, change = 0;
  for (std::size_t i = 0; i < begin.size(); ++i) {
    if (!std::isfinite(g[i])) return NAN;
    const double off = std::fabs(g[i] - e[i]);
    if (i % 4 == 3 && off > 0) return 1e9;
    worst = std::max(worst, off);
    square += off * off;
    change += (e[i] - begin[i]) * (e[i] - begin[i]);
  }
  const double many = 0.75 * double(begin.size());
  const double box = c.real("L"), cut = c.real("r_cut"), dt = c.real("dt"), time = dt * double(c.integer("steps"));
  const double kick = 24.0 * std::fabs(2.0 * std::pow(cut, -13.0) - std::pow(cut, -7.0)) * dt, moved = std::sqrt(change / many);
  const double usual = velocities ? 1e-6 + 2e-4 * moved : 5e-7 * box;
  const double most = velocities ? 1e-5 + 1e-3 * moved + 4.0 * kick : 2e-6 * box + 4.0 * kick * time;
  return std::max(std::sqrt(square / many) / usual, worst / most);
}

}  // namespace

RIDGELINE_REFERENCE_WITH_METRIC(inputs, oracle, error)
