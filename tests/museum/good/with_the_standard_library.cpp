// A vector of its own and an algorithm of the library.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
#include <algorithm>
#include <vector>

extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  std::vector<float> scaled(x, x + n);
  for (float& v : scaled) v *= a;
  std::transform(scaled.begin(), scaled.end(), y, z, [](float u, float v) { return u + v; });
}
