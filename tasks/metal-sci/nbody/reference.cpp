// nbody: softened gravity, all pairs, symplectic Euler, in double precision.
#include <ridgeline/reference.h>

#include <vector>

void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  ridge::ref::Rng for_pos = rng.stream(0), for_vel = rng.stream(1), for_mass = rng.stream(2);
  const auto pos = c.f32("pos");
  const auto vel = c.f32("vel");
  for (std::size_t i = 0; i < pos.size(); ++i) pos[i] = float(for_pos.uniform(-1.0, 1.0));   // the fourth component too: cargo
  for (std::size_t i = 0; i < vel.size(); ++i) vel[i] = float(for_vel.uniform(-0.01, 0.01));
  for (float& m : c.f32("mass")) m = float(for_mass.uniform(0.5, 1.5));
}

void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const std::int64_t n = c.integer("n"), steps = c.integer("steps");
  const double dt = c.real("dt"), eps2 = c.real("eps") * c.real("eps"), g = c.real("G");
  const auto pos = c.f32("pos");
  const auto vel = c.f32("vel");
  const auto mass = c.f32("mass");
  std::vector<double> x(n), y(n), z(n), gm(n), vx(n), vy(n), vz(n);
  for (std::int64_t i = 0; i < n; ++i) {
    x[i] = pos[4 * i], y[i] = pos[4 * i + 1], z[i] = pos[4 * i + 2];
    vx[i] = vel[4 * i], vy[i] = vel[4 * i + 1], vz[i] = vel[4 * i + 2];
    gm[i] = g * double(mass[i]);
  }
  for (std::int64_t t = 0; t < steps; ++t) {
#pragma omp parallel for schedule(static)
    for (std::int64_t i = 0; i < n; ++i) {
      const double xi = x[i], yi = y[i], zi = z[i];
      double ax = 0, ay = 0, az = 0;
#pragma omp simd reduction(+ : ax, ay, az)
      for (std::int64_t j = 0; j < n; ++j) {
        const double dx = x[j] - xi, dy = y[j] - yi, dz = z[j] - zi;
        const double r2 = dx * dx + dy * dy + dz * dz + eps2;
        const double pull = gm[j] / (r2 * __builtin_sqrt(r2));
        ax += pull * dx, ay += pull * dy, az += pull * dz;
      }
      vx[i] += ax * dt, vy[i] += ay * dt, vz[i] += az * dt;
    }
    for (std::int64_t i = 0; i < n; ++i) x[i] += vx[i] * dt, y[i] += vy[i] * dt, z[i] += vz[i] * dt;
  }
  const auto new_pos = out.real("pos");
  const auto new_vel = out.real("vel");
  for (std::int64_t i = 0; i < n; ++i) {
    new_pos[4 * i] = x[i], new_pos[4 * i + 1] = y[i], new_pos[4 * i + 2] = z[i], new_pos[4 * i + 3] = pos[4 * i + 3];
    new_vel[4 * i] = vx[i], new_vel[4 * i + 1] = vy[i], new_vel[4 * i + 2] = vz[i], new_vel[4 * i + 3] = vel[4 * i + 3];
  }
}

RIDGELINE_REFERENCE(inputs, oracle)
