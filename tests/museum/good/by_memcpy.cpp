// The library's own copy.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "move"
args = ["x", "z", "n"]
*/
#include <string.h>

extern "C" void move(const float* x, float* z, int n) {
  memcpy(z, x, sizeof(float) * n);
}
