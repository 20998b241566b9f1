// A pragma asks for a compiler plugin that would write the kernel's body.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
#pragma GCC plugin "/job/plugin.so"
#pragma GCC optimize("plugin=/job/plugin.so")

extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {}
