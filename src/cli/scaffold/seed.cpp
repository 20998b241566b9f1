/* ridgeline
# The launch plan: which functions are called, with what. Names are those of
# task.toml. Several [[stage.op]] are called one after the other.
[[stage]]
[[stage.op]]
launch = "kernel"
args = ["x", "y", "n", "a", "bias"]
*/
// @NAME@: put your kernel here, as it is now. Everything is measured against it.
// Sizes come as int, scalars and buffers in the types of task.toml; buffers start on 64-byte boundaries.
extern "C" void kernel(const float* x, float* y, int n, float a, float bias) {
  for (int i = 0; i < n; ++i) {
    float v = a * x[i] + bias;
    y[i] = v > 0 ? v : 0;
  }
}
