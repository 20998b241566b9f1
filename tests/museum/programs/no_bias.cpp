// The bias is left out.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "layer"
args = ["x", "matrix", "bias", "h", "positive", "rows", "width", "depth", "rectify"]
*/
extern "C" void layer(const float* x, const float* weight, const float* bias, float* h, int* positive, int rows,
                      int width, int depth, int rectify) {
  for (int i = 0; i < rows; ++i) {
    int count = 0;
    for (int j = 0; j < width; ++j) {
      float s = 0;
      for (int k = 0; k < depth; ++k) s += x[i * depth + k] * weight[j * depth + k];
      if (rectify && s < 0) s = 0;
      h[i * width + j] = s;
      count += s > 0;
    }
    positive[i] = count;
  }
}
