// Runs of consecutive indices are found and copied at once; any order is right.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "gather"
args = ["x", "index", "z", "n"]
*/
#include <string.h>

extern "C" void gather(const float* x, const int* index, float* z, int n) {
  for (int i = 0; i < n;) {
    int run = 1;
    while (i + run < n && index[i + run] == index[i] + run) ++run;
    memcpy(z + i, x + index[i], sizeof(float) * run);
    i += run;
  }
}
