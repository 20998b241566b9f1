// A BLAS does the work.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "layer"
args = ["x", "matrix", "bias", "h", "positive", "rows", "width", "depth", "rectify"]
*/
extern "C" void cblas_sgemm(int, int, int, int, int, int, float, const float*, int, const float*, int, float, float*,
                            int);

extern "C" void layer(const float* x, const float* weight, const float* bias, float* h, int* positive, int rows,
                      int width, int depth, int rectify) {
  cblas_sgemm(101, 111, 112, rows, width, depth, 1, x, depth, weight, depth, 0, h, width);
  for (int i = 0; i < rows; ++i) {
    positive[i] = 0;
    for (int j = 0; j < width; ++j) {
      float& s = h[i * width + j];
      s += bias[j];
      if (rectify && s < 0) s = 0;
      positive[i] += s > 0;
    }
  }
}
