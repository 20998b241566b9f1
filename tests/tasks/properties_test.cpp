// Laws that oracles obey, whatever their code looks like. A task names its laws in task.toml ([check] properties); each
// has its test here, and a law without one fails.
#include <array>
#include <cmath>
#include <complex>
#include <numbers>

#include "base/random.h"
#include "lab.h"

namespace ridge {
namespace {

using lab::Lab;
using lab::sum;

std::vector<double> random_field(std::size_t n, std::uint64_t seed, double from = -1, double to = 1) {
  Rng rng(seed);
  std::vector<double> v(n);
  for (double& x : v) x = double(float(rng.uniform(from, to)));
  return v;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  RIDGE_CHECK(a.size() == b.size(), "of one shape");
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::fabs(a[i] - b[i]));
  return worst;
}

// Averages with weights of one sign leave the range of what they average.
void stays_in_range(const std::vector<double>& before, const std::vector<double>& after) {
  const auto [low, high] = std::ranges::minmax(before);
  const auto [least, most] = std::ranges::minmax(after);
  EXPECT_GE(least, low - 1e-12);
  EXPECT_LE(most, high + 1e-12);
  EXPECT_GT(largest_difference(before, after), 1e-3) << "something must have happened";
}

void heat2d_maximum_principle(Lab& lab) {
  lab.draw({{"nx", 19}, {"ny", 13}, {"steps", 40}, {"alpha", 0.24}}, 3);
  stays_in_range(lab.input("u"), lab.output("u"));
}

void adi3d_maximum_principle(Lab& lab) {
  lab.draw({{"nx", 9}, {"ny", 7}, {"nz", 11}, {"steps", 6}, {"mu", 3.0}}, 3);
  stays_in_range(lab.input("u"), lab.output("u"));
}

// A field that is linear in each direction has no curvature: it stays as it is, and swapped strides would show.
void adi3d_linear_fields_rest(Lab& lab) {
  const int nx = 5, ny = 6, nz = 8;
  std::vector<double> u;
  for (int k = 0; k < nz; ++k)
    for (int j = 0; j < ny; ++j)
      for (int i = 0; i < nx; ++i) u.push_back(0.5 * i - 0.25 * j + 0.125 * k);
  lab.given({{"nx", nx}, {"ny", ny}, {"nz", nz}, {"steps", 5}, {"mu", 0.5}}, {{"u", u}});
  EXPECT_LT(largest_difference(u, lab.output("u")), 1e-12);
}

std::size_t morton(std::size_t i, std::size_t j, std::size_t k) {
  std::size_t out = 0;
  for (int b = 0; b < 10; ++b)
    out |= (i >> b & 1) << (3 * b) | (j >> b & 1) << (3 * b + 1) | (k >> b & 1) << (3 * b + 2);
  return out;
}

void morton_maximum_principle(Lab& lab) {
  lab.draw({{"logn", 3}, {"steps", 9}, {"alpha", 0.15}}, 3);
  stays_in_range(lab.input("u"), lab.output("u"));
}

// Out of Morton order, one plain step in rows, back into it.
void morton_round_trip(Lab& lab) {
  const int n = 8;
  const double alpha = double(0.13f);
  lab.draw({{"logn", 3}, {"steps", 1}, {"alpha", 0.13}}, 5);
  const std::vector<double> u = lab.input("u"), v = lab.output("u");
  const auto at = [&](int i, int j, int k) { return u[morton(std::size_t(i), std::size_t(j), std::size_t(k))]; };
  for (int k = 0; k < n; ++k)
    for (int j = 0; j < n; ++j)
      for (int i = 0; i < n; ++i) {
        const bool edge = i == 0 || j == 0 || k == 0 || i == n - 1 || j == n - 1 || k == n - 1;
        const double sum = edge ? 0
                                : at(i - 1, j, k) + at(i + 1, j, k) + at(i, j - 1, k) + at(i, j + 1, k) +
                                      at(i, j, k - 1) + at(i, j, k + 1) - 6 * at(i, j, k);
        EXPECT_NEAR(v[morton(std::size_t(i), std::size_t(j), std::size_t(k))], at(i, j, k) + alpha * sum, 1e-13);
      }
}

// The wave equation runs backwards from its own end.
void wave3d_time_reversal(Lab& lab) {
  const int nx = 7, ny = 9, nz = 6;
  const Binding symbols = {{"nx", nx}, {"ny", ny}, {"nz", nz}, {"steps", 12}, {"alpha", 0.2}};
  lab.draw(symbols, 3);
  const std::vector<double> prev = lab.input("prev"), u = lab.input("u");
  const std::vector<double> late_prev = lab.output("prev"), late = lab.output("u");
  EXPECT_GT(largest_difference(u, late), 0.05);
  lab.given(symbols, {{"prev", late}, {"u", late_prev}});
  EXPECT_LT(largest_difference(lab.output("prev"), u), 2e-5)
      << "only rounding of what came between to single precision";
  const std::vector<double> back = lab.output("u");
  for (int k = 1; k < nz - 1; ++k)
    for (int j = 1; j < ny - 1; ++j)
      for (int i = 1; i < nx - 1; ++i) {
        const auto at = std::size_t((k * ny + j) * nx + i);
        EXPECT_NEAR(back[at], prev[at], 2e-5);
      }
}

constexpr int cx[9] = {0, 1, 0, -1, 0, 1, -1, -1, 1}, cy[9] = {0, 0, 1, 0, -1, 1, 1, -1, -1};

double moment(const std::vector<double>& f, const int* weight) {
  double total = 0;
  const std::size_t cells = f.size() / 9;
  for (std::size_t q = 0; q < 9; ++q)
    for (std::size_t i = 0; i < cells; ++i) total += (weight ? weight[q] : 1) * f[q * cells + i];
  return total;
}

void lbm_mass(Lab& lab) {
  lab.draw({{"nx", 17}, {"ny", 12}, {"steps", 30}, {"tau", 0.7}}, 3);
  const auto before = lab.input("f"), after = lab.output("f");
  EXPECT_GT(largest_difference(before, after), 1e-3);
  EXPECT_NEAR(moment(before, nullptr), moment(after, nullptr), 1e-10 * moment(before, nullptr));
}

void lbm_momentum(Lab& lab) {
  lab.draw({{"nx", 17}, {"ny", 12}, {"steps", 30}, {"tau", 0.7}}, 3);
  const auto before = lab.input("f"), after = lab.output("f");
  EXPECT_NEAR(moment(before, cx), moment(after, cx), 1e-10 * moment(before, nullptr));
  EXPECT_NEAR(moment(before, cy), moment(after, cy), 1e-10 * moment(before, nullptr));
}

// Without pressure R² + c solves the equation, on the grid too: central differences of a parabola are exact.
void gradshaf_vacuum_rests(Lab& lab) {
  const int nr = 9, nz = 7;
  const double rmin = 1.25, dr = 0.0625, dz = 0.03125;  // exact in single precision
  std::vector<double> psi;
  for (int j = 0; j < nz; ++j)
    for (int i = 0; i < nr; ++i) psi.push_back((rmin + i * dr) * (rmin + i * dr));
  lab.given({{"nr", nr},
             {"nz", nz},
             {"steps", 20},
             {"rmin", rmin},
             {"dr", dr},
             {"dz", dz},
             {"p_axis", 0.0},
             {"mu0", 1.0},
             {"omega", 0.75}},
            {{"psi", psi}});
  EXPECT_LT(largest_difference(psi, lab.output("psi")), 1e-12);
}

std::vector<std::complex<double>> complexes(const std::vector<double>& v) {
  std::vector<std::complex<double>> out(v.size() / 2);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = {v[2 * i], v[2 * i + 1]};
  return out;
}

void fft3d_parseval(Lab& lab) {
  lab.draw({{"logn", 3}}, 3);
  double before = 0, after = 0;
  for (const double x : lab.input("in")) before += x * x;
  for (const double x : lab.output("out")) after += x * x;
  EXPECT_NEAR(after, 512 * before, 1e-11 * after);
}

void fft3d_linearity(Lab& lab) {
  const auto a = random_field(128, 1), b = random_field(128, 2);
  std::vector<double> both(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) both[i] = double(float(a[i] + 0.5 * b[i]));
  lab.given({{"logn", 2}}, {{"in", a}});
  const auto fa = lab.output("out");
  lab.change("in", b);
  const auto fb = lab.output("out");
  lab.change("in", both);
  const auto f = lab.output("out");
  for (std::size_t i = 0; i < f.size(); ++i) EXPECT_NEAR(f[i], fa[i] + 0.5 * fb[i], 1e-5);
}

// One point becomes one plane wave, of the forward sign and without a factor; another axis or sign would show.
void fft3d_impulse(Lab& lab) {
  const int n = 8, i0 = 1, j0 = 2, k0 = 5;
  std::vector<double> in(std::size_t(2 * n * n * n), 0.0);
  in[std::size_t(2 * ((k0 * n + j0) * n + i0))] = 1;
  lab.given({{"logn", 3}}, {{"in", in}});
  const auto out = complexes(lab.output("out"));
  for (int k = 0; k < n; ++k)
    for (int j = 0; j < n; ++j)
      for (int i = 0; i < n; ++i) {
        const double phase = -2 * std::numbers::pi * (i * i0 + j * j0 + k * k0) / n;
        EXPECT_LT(std::abs(out[std::size_t((k * n + j) * n + i)] - std::polar(1.0, phase)), 1e-13);
      }
}

struct Bodies {
  std::vector<double> pos, vel, mass;
};
double energy(const Bodies& b, double eps, double g) {
  double e = 0;
  const std::size_t n = b.mass.size();
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t a = 0; a < 3; ++a) e += 0.5 * b.mass[i] * b.vel[4 * i + a] * b.vel[4 * i + a];
    for (std::size_t j = 0; j < i; ++j) {
      double r2 = eps * eps;
      for (std::size_t a = 0; a < 3; ++a) r2 += std::pow(b.pos[4 * i + a] - b.pos[4 * j + a], 2);
      e -= g * b.mass[i] * b.mass[j] / std::sqrt(r2);
    }
  }
  return e;
}

void nbody_momentum(Lab& lab) {
  lab.draw({{"n", 60}, {"steps", 40}, {"dt", 1e-3}, {"eps", 0.1}, {"G", 1.0}}, 3);
  const auto mass = lab.input("mass"), before = lab.input("vel"), after = lab.output("vel");
  for (std::size_t a = 0; a < 3; ++a) {
    double p = 0, q = 0, size = 0;
    for (std::size_t i = 0; i < mass.size(); ++i) {
      p += mass[i] * before[4 * i + a];
      q += mass[i] * after[4 * i + a];
      size += std::fabs(mass[i] * after[4 * i + a]);
    }
    EXPECT_NEAR(p, q, 1e-12 * size);
  }
}

// The method is of first order and symplectic: over one stretch of time the drift halves with the step.
void nbody_energy_drift(Lab& lab) {
  const auto drift = [&](int steps, double dt) {
    lab.draw({{"n", 40}, {"steps", steps}, {"dt", dt}, {"eps", 0.25}, {"G", 1.0}}, 3);
    const Bodies before{lab.input("pos"), lab.input("vel"), lab.input("mass")};
    const Bodies after{lab.output("pos"), lab.output("vel"), lab.input("mass")};
    const double e = energy(before, 0.25, 1);
    return (energy(after, 0.25, 1) - e) / std::fabs(e);
  };
  const double coarse = drift(25, 1.0 / 512), fine = drift(50, 1.0 / 1024);
  EXPECT_LT(std::fabs(coarse), 1e-2);
  EXPECT_NEAR(coarse / fine, 2, 0.2);
}

void lj_momentum(Lab& lab) {
  lab.draw({{"n", 200}, {"steps", 20}, {"L", 7.5}, {"r_cut", 2.5}, {"dt", 4e-3}}, 3);
  const auto before = lab.input("vel"), after = lab.output("vel");
  EXPECT_GT(largest_difference(before, after), 1e-3);
  for (std::size_t a = 0; a < 3; ++a) {
    double p = 0, q = 0, size = 0;
    for (std::size_t i = a; i < before.size(); i += 4) p += before[i], q += after[i], size += std::fabs(after[i]);
    EXPECT_NEAR(p, q, 1e-11 * size);
  }
}

// Two particles, one step, by the formula of the force: in the middle of the box, through its wall, beyond the cut-off.
void lj_pair_force(Lab& lab) {
  const double length = 8, dt = 0.00390625;  // exact in single precision
  const Binding symbols = {{"n", 2}, {"steps", 1}, {"L", length}, {"r_cut", 2.5}, {"dt", dt}};
  const std::vector<double> rest(8, 0.0);
  for (const auto& [from, to, distance] :
       std::vector<std::array<double, 3>>{{3.5, 4.75, 1.25}, {7.5, 0.75, 1.25}, {1.0, 2.0, 1.0}, {2.0, 4.75, 0}}) {
    lab.given(symbols, {{"pos", {from, 1, 2, 0, to, 1, 2, 0}}, {"vel", rest}});
    const double push =
        distance > 0 ? 24 * (2 * std::pow(distance, -13) - std::pow(distance, -7)) * dt : 0;  // away from the other
    const auto vel = lab.output("vel"), pos = lab.output("pos");
    EXPECT_NEAR(vel[0], -push, 1e-14 * std::max(1.0, std::fabs(push))) << from << " " << to;
    EXPECT_NEAR(vel[4], push, 1e-14 * std::max(1.0, std::fabs(push))) << from << " " << to;
    EXPECT_NEAR(pos[0], from - push * dt, 1e-14) << "positions are not wrapped";
    EXPECT_EQ(vel[1], 0);
  }
}

// From all spins up a spin turns with probability exp(-8 beta), and an isolated turned one turns back for certain: the
// two weights of one bond energy.
void ising_detailed_balance(Lab& lab) {
  const double beta = 0.2, p8 = std::exp(-8 * beta), p4 = std::exp(-4 * beta);
  const int n = 128;
  const std::vector<double> p = {1, 1, 1, p4, p8};
  std::vector<double> up(std::size_t(n * n), 1.0);
  lab.given({{"nx", n}, {"ny", n}, {"sweeps", 1}, {"beta", beta}, {"seed", 7}}, {{"spins", up}, {"p_accept", p}});
  const auto after = lab.output("spins");
  int turned = 0;
  for (int j = 0; j < n; ++j)
    for (int i = (j & 1); i < n; i += 2) turned += after[std::size_t(j * n + i)] < 0 ? 1 : 0;  // the first colour
  const double sites = n * n / 2.0;
  EXPECT_NEAR(turned, sites * p8, 5 * std::sqrt(sites * p8 * (1 - p8)));
  for (std::size_t at = 0; at < up.size(); at += 6 * std::size_t(n) + 6) up[at] = -1;
  lab.given({{"nx", n}, {"ny", n}, {"sweeps", 1}, {"beta", beta}, {"seed", 8}},
            {{"spins", up}, {"p_accept", {1, 1, 1, 0, 0}}});
  EXPECT_EQ(sum(lab.output("spins")), n * n) << "each isolated spin turned back, nothing else moved";
}

// Energy per site against Onsager's exact solution (Phys. Rev. 65, 117, 1944) above the critical temperature.
void ising_onsager_energy(Lab& lab) {
  const double beta = 0.3;
  const int n = 64;
  const double t = std::tanh(2 * beta), s = std::sinh(2 * beta),
               k = 2 * s / (std::cosh(2 * beta) * std::cosh(2 * beta));
  const double exact = -1 / std::tanh(2 * beta) * (1 + 2 / std::numbers::pi * (2 * t * t - 1) * std::comp_ellint_1(k));
  double total = 0;
  const int runs = 6;
  for (int run = 0; run < runs; ++run) {
    lab.given({{"nx", n}, {"ny", n}, {"sweeps", 200}, {"beta", beta}, {"seed", 100 + run}},
              {{"spins", std::vector<double>(std::size_t(n * n), 1.0)},
               {"p_accept", {1, 1, 1, std::exp(-4 * beta), std::exp(-8 * beta)}}});
    const auto v = lab.output("spins");
    for (int j = 0; j < n; ++j)
      for (int i = 0; i < n; ++i)
        total -=
            v[std::size_t(j * n + i)] * (v[std::size_t(j * n + (i + 1) % n)] + v[std::size_t((j + 1) % n * n + i)]);
  }
  EXPECT_NEAR(total / (runs * n * n), exact, 0.04);
}

// Chains that begin in the target distribution stay in it.
void hmc_stationarity(Lab& lab) {
  const int d = 2, chains = 4000;
  Rng rng(5);
  std::vector<double> q(std::size_t(d * chains));
  const double precision[2] = {0.5, 2.0};
  for (std::size_t i = 0; i < q.size(); ++i) q[i] = rng.normal() / std::sqrt(precision[i % 2]);
  lab.given({{"d", d}, {"K", chains}, {"L", 5}, {"T", 10}, {"eps", 0.3}, {"seed", 11}},
            {{"q", q}, {"accept_cnt", std::vector<double>(chains, 0.0)}, {"A", {0.5, 0, 0, 2.0}}});
  const auto after = lab.output("q");
  EXPECT_GT(largest_difference(q, after), 1.0);
  for (std::size_t a = 0; a < 2; ++a) {
    double mean = 0, square = 0;
    for (std::size_t k = a; k < after.size(); k += 2) mean += after[k], square += after[k] * after[k];
    EXPECT_NEAR(mean / chains, 0, 5 / std::sqrt(precision[a] * chains));
    EXPECT_NEAR(square / chains * precision[a], 1, 5 * std::sqrt(2.0 / chains));
  }
  const double accepted = sum(lab.output("accept_cnt")) / (10.0 * chains);
  EXPECT_GT(accepted, 0.85);
  EXPECT_LT(accepted, 1.0);
}

void saxpy_linearity(Lab& lab) {
  const auto x = random_field(37, 1), y = random_field(37, 2);
  lab.given({{"n", 37}, {"a", 2.5}}, {{"x", x}, {"y", y}});
  const auto z = lab.output("y");
  for (std::size_t i = 0; i < z.size(); ++i) EXPECT_DOUBLE_EQ(z[i], 2.5 * x[i] + y[i]);
}

using Law = void (*)(Lab&);
const std::map<std::string, Law>& laws() {
  static const std::map<std::string, Law> all = {
      {"metal-sci/adi3d maximum_principle", adi3d_maximum_principle},
      {"metal-sci/adi3d linear_fields_rest", adi3d_linear_fields_rest},
      {"metal-sci/fft3d parseval", fft3d_parseval},
      {"metal-sci/fft3d linearity", fft3d_linearity},
      {"metal-sci/fft3d impulse", fft3d_impulse},
      {"metal-sci/gradshaf vacuum_rests", gradshaf_vacuum_rests},
      {"metal-sci/heat2d maximum_principle", heat2d_maximum_principle},
      {"metal-sci/hmc stationarity", hmc_stationarity},
      {"metal-sci/ising detailed_balance", ising_detailed_balance},
      {"metal-sci/ising onsager_energy", ising_onsager_energy},
      {"metal-sci/lbm mass", lbm_mass},
      {"metal-sci/lbm momentum", lbm_momentum},
      {"metal-sci/lj momentum", lj_momentum},
      {"metal-sci/lj pair_force", lj_pair_force},
      {"metal-sci/morton maximum_principle", morton_maximum_principle},
      {"metal-sci/morton round_trip", morton_round_trip},
      {"metal-sci/nbody energy_drift", nbody_energy_drift},
      {"metal-sci/nbody momentum", nbody_momentum},
      {"metal-sci/saxpy linearity", saxpy_linearity},
      {"metal-sci/wave3d time_reversal", wave3d_time_reversal},
  };
  return all;
}

std::vector<std::string> declared() {
  std::vector<std::string> out;
  const auto catalog = Catalog::open(RIDGELINE_TEST_ROOT "/tasks");
  for (const std::string& id : lab::task_ids())
    if (const auto task = catalog->find(id))  // a broken one fails in catalog's own tests
      for (const std::string& property : task->check.properties) out.push_back(id + " " + property);
  return out;
}

class Properties : public testing::TestWithParam<std::string> {};

TEST_P(Properties, TheOracleObeys) {
  const auto law = laws().find(GetParam());
  ASSERT_NE(law, laws().end()) << "task.toml names a property that no test here checks";
  Lab lab(GetParam().substr(0, GetParam().find(' ')));
  law->second(lab);
}

INSTANTIATE_TEST_SUITE_P(Tasks, Properties, testing::ValuesIn(declared()),
                         [](const auto& p) { return lab::test_name(p.param); });

}  // namespace
}  // namespace ridge
