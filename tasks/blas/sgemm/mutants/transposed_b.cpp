/* ridgeline
[[stage]]
[[stage.op]]
launch = "sgemm"
args = ["a", "b", "c", "m", "n", "k"]
*/
// Wrong on purpose: B is read as its transpose.
extern "C" void sgemm(const float* a, const float* b, float* c, int m, int n, int k) {
  for (int i = 0; i < m; ++i) {
    for (int j = 0; j < n; ++j) {
      float sum = 0;
      for (int p = 0; p < k; ++p) sum += a[i * k + p] * b[j % k * n + p % n];
      c[i * n + j] = sum;
    }
  }
}
