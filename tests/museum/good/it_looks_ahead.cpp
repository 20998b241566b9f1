// Prefetches, whose addresses may lie beyond what is needed but never beyond the array.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "gather"
args = ["x", "index", "z", "n"]
*/
extern "C" void gather(const float* x, const int* index, float* z, int n) {
  for (int i = 0; i < n; ++i) {
    if (i + 16 < n) __builtin_prefetch(x + index[i + 16]);
    z[i] = x[index[i]];
  }
}
