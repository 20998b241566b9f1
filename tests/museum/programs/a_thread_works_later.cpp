// A detached thread does the work after the call has returned.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
#include <thread>

extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  std::thread([=] {
    for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i];
  }).detach();
}
