/* ridgeline
# A version with tunable parameters. The search tries their values; the source
# sees each as a macro. The first value is the default. `constraints` (a list
# of formulas) rules out what does not go together. Delete this file if your
# kernel has nothing to tune: then the search has only what other operators do.
[tune]
UNROLL = [4, 1, 2, 8, 16]
SHARED = [0, 1]              # 1: all cores

[build]                      # flags can be tuned too; the first choice is the default
choices = [["-O2", "-fopenmp"], ["-O3", "-fopenmp"], ["-O3", "-march=native", "-fopenmp"]]

[[stage]]
[[stage.op]]
launch = "kernel"
args = ["x", "y", "n", "a", "bias"]
*/
extern "C" void kernel(const float* x, float* y, int n, float a, float bias) {
  const int whole = n - n % UNROLL;
#pragma omp parallel for if (SHARED)
  for (int i = 0; i < whole; i += UNROLL)
    for (int u = 0; u < UNROLL; ++u) {
      const float v = a * x[i + u] + bias;
      y[i + u] = v > 0 ? v : 0;
    }
  for (int i = whole; i < n; ++i) {
    const float v = a * x[i] + bias;
    y[i] = v > 0 ? v : 0;
  }
}
