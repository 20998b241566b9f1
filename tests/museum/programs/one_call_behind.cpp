// Each call only notes its work; the next one does it.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
static struct {
  const float *x, *y;
  float* z;
  int n;
  float a;
} pending;

extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  if (pending.z)
    for (int i = 0; i < pending.n; ++i) pending.z[i] = pending.a * pending.x[i] + pending.y[i];
  pending = {x, y, z, n, a};
}
