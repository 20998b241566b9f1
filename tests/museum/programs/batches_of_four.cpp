// Calls are collected, and each fourth one does the work of all.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
struct Call {
  const float *x, *y;
  float* z;
  int n;
  float a;
};
static Call noted[4];
static int count = 0;

extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  noted[count++] = {x, y, z, n, a};
  if (count < 4) return;
  for (const Call& c : noted)
    for (int i = 0; i < c.n; ++i) c.z[i] = c.a * c.x[i] + c.y[i];
  count = 0;
}
