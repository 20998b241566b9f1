// It updates in place and keeps only the left neighbour's old value.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "smooth"
args = ["u", "n", "steps", "alpha"]
*/
extern "C" void smooth(float* u, int n, int steps, float alpha) {
  for (int t = 0; t < steps; ++t) {
    float left = u[0];
    for (int i = 1; i < n - 1; ++i) {
      const float here = u[i];
      u[i] = here + alpha * (left - 2 * here + u[i + 1]);
      left = here;
    }
  }
}
