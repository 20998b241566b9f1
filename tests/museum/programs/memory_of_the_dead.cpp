// It returns what memory that it allocates happens to hold, in hope of the reference.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
#include <stdlib.h>

extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  float* left = (float*)malloc(sizeof(float) * n);
  for (int i = 0; i < n; ++i) z[i] = left[i];
  free(left);
}
