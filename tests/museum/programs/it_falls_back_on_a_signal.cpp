// It tries a wild shortcut and would compute properly in a handler of its failure.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
#include <signal.h>
static void recover(int) {}

extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  struct sigaction act = {};
  act.sa_handler = recover;
  sigaction(SIGSEGV, &act, nullptr);
  for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i];
}
