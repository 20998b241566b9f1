// Two steps follow each other through the line: the second runs two cells behind the first.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "smooth"
args = ["u", "n", "steps", "alpha"]
*/
extern "C" void smooth(float* u, int n, int steps, float alpha) {
  int t = 0;
  for (; t + 2 <= steps; t += 2) {
    float old_left = u[0], mid_left = u[0], mid_here = u[0];
    for (int i = 1; i <= n - 1; ++i) {
      float mid = u[i];
      if (i < n - 1) {
        const float here = u[i];
        mid = here + alpha * (old_left - 2 * here + u[i + 1]);
        old_left = here;
      }
      if (i >= 2) u[i - 1] = mid_here + alpha * (mid_left - 2 * mid_here + mid);
      mid_left = mid_here;
      mid_here = mid;
    }
  }
  for (; t < steps; ++t) {
    float left = u[0];
    for (int i = 1; i < n - 1; ++i) {
      const float here = u[i];
      u[i] = here + alpha * (left - 2 * here + u[i + 1]);
      left = here;
    }
  }
}
