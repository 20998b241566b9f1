// Four partial sums for each inner product, and no branch for the rectifier.
/* ridgeline
[build]
flags = ["-O3", "-march=native"]
[[stage]]
[[stage.op]]
launch = "layer"
args = ["x", "matrix", "bias", "h", "positive", "rows", "width", "depth", "rectify"]
*/
extern "C" void layer(const float* x, const float* weight, const float* bias, float* h, int* positive, int rows,
                      int width, int depth, int rectify) {
  const float floor = rectify ? 0.0f : -3e38f;
  for (int i = 0; i < rows; ++i) {
    int count = 0;
    for (int j = 0; j < width; ++j) {
      float s[4] = {bias[j], 0, 0, 0};
      int k = 0;
      for (; k + 4 <= depth; k += 4)
        for (int q = 0; q < 4; ++q) s[q] += x[i * depth + k + q] * weight[j * depth + k + q];
      for (; k < depth; ++k) s[0] += x[i * depth + k] * weight[j * depth + k];
      const float sum = s[0] + s[1] + (s[2] + s[3]), v = sum > floor ? sum : floor;
      h[i * width + j] = v;
      count += v > 0;
    }
    positive[i] = count;
  }
}
