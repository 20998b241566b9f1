// The products go to scratch, a second kernel adds, rectifies and counts.
/* ridgeline
[scratch]
products = { type = "f32", count = "rows * width" }
[[stage]]
[[stage.op]]
launch = "multiply"
args = ["x", "matrix", "products", "rows", "width", "depth"]
[[stage.op]]
launch = "finish"
args = ["products", "bias", "h", "positive", "rows", "width", "rectify"]
*/
extern "C" void multiply(const float* x, const float* weight, float* products, int rows, int width, int depth) {
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < width; ++j) {
      float s = 0;
      for (int k = 0; k < depth; ++k) s += x[i * depth + k] * weight[j * depth + k];
      products[i * width + j] = s;
    }
}

extern "C" void finish(const float* products, const float* bias, float* h, int* positive, int rows, int width,
                       int rectify) {
  for (int i = 0; i < rows; ++i) {
    positive[i] = 0;
    for (int j = 0; j < width; ++j) {
      const float s = products[i * width + j] + bias[j];
      h[i * width + j] = rectify && s < 0 ? 0 : s;
      positive[i] += s > 0;
    }
  }
}
