// It throws and catches an exception once in each call.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  try {
    throw n;
  } catch (int count) {
    for (int i = 0; i < count; ++i) z[i] = a * x[i] + y[i];
  }
}
