/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
grid = ["ceil_div(n, 256)"]
block = [256]
args = ["x", "y", "z", "n", "a"]
*/
// It tells the device that a dependent launch may begin, which none has asked for.
extern "C" __global__ void axpy(const float* x, const float* y, float* z, int n, float a) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
#ifndef RIDGELINE_EMULATED
  asm volatile("griddepcontrol.launch_dependents;");
#endif
  if (i < n) z[i] = a * x[i] + y[i];
}
