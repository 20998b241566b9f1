// A table is built in each call: the operand turned around on the stack.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "layer"
args = ["x", "matrix", "bias", "h", "positive", "rows", "width", "depth", "rectify"]
*/
extern "C" void layer(const float* x, const float* weight, const float* bias, float* h, int* positive, int rows,
                      int width, int depth, int rectify) {
  float turned[60 * 100];
  const bool fits = depth <= 100 && width <= 60;
  float* table = fits ? turned : (float*)__builtin_malloc(sizeof(float) * width * depth);
  for (int j = 0; j < width; ++j)
    for (int k = 0; k < depth; ++k) table[k * width + j] = weight[j * depth + k];
  for (int i = 0; i < rows; ++i) {
    int count = 0;
    for (int j = 0; j < width; ++j) {
      float s = bias[j];
      for (int k = 0; k < depth; ++k) s += x[i * depth + k] * table[k * width + j];
      if (rectify && s < 0) s = 0;
      h[i * width + j] = s;
      count += s > 0;
    }
    positive[i] = count;
  }
  if (!fits) __builtin_free(table);
}
