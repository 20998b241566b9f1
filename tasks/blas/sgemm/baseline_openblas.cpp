/* ridgeline
[[stage]]
[[stage.op]]
launch = "sgemm"
workers = "dev.cores"
args = ["a", "b", "c", "m", "n", "k"]
*/
// The prototype of the C interface: 101 row-major, 111 not transposed.
extern "C" void cblas_sgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float* a, int lda,
                            const float* b, int ldb, float beta, float* c, int ldc);

extern "C" void sgemm(const float* a, const float* b, float* c, int m, int n, int k) {
  cblas_sgemm(101, 111, 111, m, n, k, 1.0f, a, k, b, n, 0.0f, c, n);
}
