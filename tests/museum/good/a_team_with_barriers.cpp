// One parallel region for all steps, with barriers between them.
/* ridgeline
[build]
flags = ["-O2", "-fopenmp"]
[scratch]
next = { type = "f32", count = "n" }
[[stage]]
[[stage.op]]
launch = "smooth"
args = ["u", "next", "n", "steps", "alpha"]
*/
extern "C" void smooth(float* u, float* next, int n, int steps, float alpha) {
#pragma omp parallel
  for (int t = 0; t < steps; ++t) {
#pragma omp for
    for (int i = 1; i < n - 1; ++i) next[i] = u[i] + alpha * (u[i - 1] - 2 * u[i] + u[i + 1]);
#pragma omp for
    for (int i = 1; i < n - 1; ++i) u[i] = next[i];
  }
}
