/* ridgeline
[[stage]]
[[stage.op]]
launch = "dot"
workers = "dev.cores"
args = ["x", "y", "out", "n"]
*/
// The prototype of the C interface.
extern "C" float cblas_sdot(int n, const float* x, int step_x, const float* y, int step_y);

extern "C" void dot(const float* x, const float* y, float* out, int n) { *out = cblas_sdot(n, x, 1, y, 1); }
