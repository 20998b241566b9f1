/* ridgeline
[[stage]]
[[stage.op]]
launch = "sgemm"
args = ["a", "b", "c", "m", "n", "k"]
*/
// Wrong on purpose: columns after the last whole group of 16 are set to zero.
extern "C" void sgemm(const float* a, const float* b, float* c, int m, int n, int k) {
  for (int i = 0; i < m; ++i) {
    for (int j = 0; j < n; ++j) {
      float sum = 0;
      for (int p = 0; p < k; ++p) sum += a[i * k + p] * b[p * n + j];
      c[i * n + j] = j < n / 16 * 16 ? sum : 0;
    }
  }
}
