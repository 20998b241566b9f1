/* ridgeline
[scratch]
acc = { type = "f32", count = "3 * n" }

[[stage]]
repeat = "steps"
index = "t"
[[stage.op]]
when = "t == 0"
launch = "pulls"
args = ["pos", "mass", "acc", "n", "eps", "G"]
[[stage.op]]
launch = "move"
args = ["pos", "vel", "acc", "n", "dt"]
*/
// Wrong on purpose: accelerations of the first step serve all the others.
extern "C" void pulls(float* pos, const float* mass, float* acc, int n, float eps, float G) {
  for (int i = 0; i < n; ++i) {
    float ax = 0, ay = 0, az = 0;
    for (int j = 0; j < n; ++j) {
      const float dx = pos[4 * j] - pos[4 * i];
      const float dy = pos[4 * j + 1] - pos[4 * i + 1];
      const float dz = pos[4 * j + 2] - pos[4 * i + 2];
      const float r2 = dx * dx + dy * dy + dz * dz + eps * eps;
      const float pull = G * mass[j] / (r2 * __builtin_sqrtf(r2));
      ax += pull * dx;
      ay += pull * dy;
      az += pull * dz;
    }
    acc[3 * i] = ax;
    acc[3 * i + 1] = ay;
    acc[3 * i + 2] = az;
  }
}

extern "C" void move(float* pos, float* vel, float* acc, int n, float dt) {
  for (int i = 0; i < n; ++i) {
    for (int k = 0; k < 3; ++k) {
      vel[4 * i + k] += acc[3 * i + k] * dt;
      pos[4 * i + k] += vel[4 * i + k] * dt;
    }
  }
}
