// Sizes as 64-bit numbers, the scalar in double precision, restricted pointers, noexcept.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["z", { value = "n", type = "i64" }, { value = "a", type = "f64" }, "y", "x"]
*/
extern "C" void axpy(float* __restrict z, const long n, double a, const float* __restrict y,
                     const float* const __restrict x) noexcept {
  for (long i = 0; i < n; ++i) z[i] = float(a * double(x[i]) + double(y[i]));
}
