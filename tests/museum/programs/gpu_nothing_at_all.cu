/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
grid = ["ceil_div(n, 256)"]
block = [256]
args = ["x", "y", "z", "n", "a"]
*/
extern "C" __global__ void axpy(const float*, const float*, float*, int, float) {}
