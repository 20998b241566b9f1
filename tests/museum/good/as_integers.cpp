// Values go through integer registers, eight bytes at a time.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "move"
args = ["x", "z", "n"]
*/
extern "C" void move(const float* x, float* z, int n) {
  int i = 0;
  for (; i + 2 <= n; i += 2) {
    unsigned long both;
    __builtin_memcpy(&both, x + i, 8);
    __builtin_memcpy(z + i, &both, 8);
  }
  for (; i < n; ++i) z[i] = x[i];
}
