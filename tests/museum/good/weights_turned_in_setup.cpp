// Weights are transposed in the untimed setup, as the task allows for constant operands.
/* ridgeline
[scratch]
turned = { type = "f32", count = "width * depth", keep = true }
[[setup]]
[[setup.op]]
launch = "turn"
args = ["matrix", "turned", "width", "depth"]
[[stage]]
[[stage.op]]
launch = "layer"
args = ["x", "turned", "bias", "h", "positive", "rows", "width", "depth", "rectify"]
*/
extern "C" void turn(const float* weight, float* turned, int width, int depth) {
  for (int j = 0; j < width; ++j)
    for (int k = 0; k < depth; ++k) turned[k * width + j] = weight[j * depth + k];
}

extern "C" void layer(const float* x, const float* turned, const float* bias, float* h, int* positive, int rows,
                      int width, int depth, int rectify) {
  for (int i = 0; i < rows; ++i) {
    float* out = h + i * width;
    for (int j = 0; j < width; ++j) out[j] = bias[j];
    for (int k = 0; k < depth; ++k)
      for (int j = 0; j < width; ++j) out[j] += x[i * depth + k] * turned[k * width + j];
    int count = 0;
    for (int j = 0; j < width; ++j) {
      if (rectify && out[j] < 0) out[j] = 0;
      count += out[j] > 0;
    }
    positive[i] = count;
  }
}
