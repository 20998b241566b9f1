/* ridgeline
[[stage]]
[[stage.op]]
launch = "gather"
args = ["x", "index", "z", "n"]
*/
extern "C" void gather(const float* x, const int* index, float* z, int n) {
  for (int i = 0; i < n; ++i) z[i] = x[index[i]];
}
