// Odd register tiles, with ends handled by the same code.
/* ridgeline
[build]
flags = ["-O3"]
[[stage]]
[[stage.op]]
launch = "layer"
args = ["x", "matrix", "bias", "h", "positive", "rows", "width", "depth", "rectify"]
*/
extern "C" void layer(const float* x, const float* weight, const float* bias, float* h, int* positive, int rows,
                      int width, int depth, int rectify) {
  for (int i = 0; i < rows; ++i) positive[i] = 0;
  for (int i0 = 0; i0 < rows; i0 += 3)
    for (int j0 = 0; j0 < width; j0 += 5) {
      float s[3][5] = {};
      const int im = i0 + 3 < rows ? 3 : rows - i0, jm = j0 + 5 < width ? 5 : width - j0;
      for (int k = 0; k < depth; ++k)
        for (int i = 0; i < im; ++i)
          for (int j = 0; j < jm; ++j) s[i][j] += x[(i0 + i) * depth + k] * weight[(j0 + j) * depth + k];
      for (int i = 0; i < im; ++i)
        for (int j = 0; j < jm; ++j) {
          float v = s[i][j] + bias[j0 + j];
          if (rectify && v < 0) v = 0;
          h[(i0 + i) * width + j0 + j] = v;
          positive[i0 + i] += v > 0;
        }
    }
}
