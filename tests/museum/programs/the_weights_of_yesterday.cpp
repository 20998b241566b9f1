// Weights are turned around once, outside of what it hopes is timed, and believed to stay.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "layer"
args = ["x", "matrix", "bias", "h", "positive", "rows", "width", "depth", "rectify"]
*/
static int known_width = 0, known_depth = 0;
static float turned[1 << 20];

extern "C" void layer(const float* x, const float* weight, const float* bias, float* h, int* positive, int rows,
                      int width, int depth, int rectify) {
  if (known_width != width || known_depth != depth) {
    known_width = width;
    known_depth = depth;
    for (int j = 0; j < width; ++j)
      for (int k = 0; k < depth; ++k) turned[k * width + j] = weight[j * depth + k];
  }
  for (int i = 0; i < rows; ++i) {
    int count = 0;
    for (int j = 0; j < width; ++j) {
      float s = bias[j];
      for (int k = 0; k < depth; ++k) s += x[i * depth + k] * turned[k * width + j];
      if (rectify && s < 0) s = 0;
      h[i * width + j] = s;
      count += s > 0;
    }
    positive[i] = count;
  }
}
