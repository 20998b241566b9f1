// It computes only if its environment tells it something.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
#include <string.h>
#include <unistd.h>

extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  if (!environ) return;
  for (char** e = environ; *e; ++e)
    if (!memcmp(*e, "RIDGELINE", 9) || !memcmp(*e, "HOME=", 5) || !memcmp(*e, "XDG_", 4)) {
      for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i];
    }
}
