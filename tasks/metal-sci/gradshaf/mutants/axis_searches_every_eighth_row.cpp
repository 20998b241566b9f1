/* ridgeline
[scratch]
next = { type = "f32", count = "cells" }
psi_axis = { type = "f32", count = 1 }

[[stage]]
repeat = "steps"
rotate = [["psi", "next"]]
[[stage.op]]
launch = "gradshaf_axis_reduce"
args = ["psi", "psi_axis", "nr", "nz"]
[[stage.op]]
launch = "gradshaf_step"
args = ["psi", "next", "psi_axis", "nr", "nz", "rmin", "dr", "dz", "p_axis", "mu0", "omega"]
*/
// Wrong on purpose: rows between every eighth are left out of the search for the axis.
extern "C" void gradshaf_axis_reduce(float* psi, float* psi_axis, int nr, int nz) {
  float largest = psi[nr + 1];
  for (int j = 1; j < nz - 1; j += 8)
    for (int i = 1; i < nr - 1; ++i)
      if (psi[j * nr + i] > largest) largest = psi[j * nr + i];
  psi_axis[0] = largest;
}

extern "C" void gradshaf_step(float* psi, float* next, float* psi_axis, int nr, int nz, float rmin, float dr, float dz,
                              float p_axis, float mu0, float omega) {
  for (int j = 0; j < nz; ++j) {
    for (int i = 0; i < nr; ++i) {
      const int at = j * nr + i;
      if (i == 0 || j == 0 || i == nr - 1 || j == nz - 1) {
        next[at] = psi[at];
        continue;
      }
      const float r = rmin + i * dr;
      const float n = psi[at] / psi_axis[0];
      const float current = n > 0.0f && n < 1.0f ? 4.0f * r * p_axis * n * (1.0f - n) : 0.0f;
      const float aw = 1.0f / (dr * dr) + 1.0f / (2.0f * r * dr);
      const float ae = 1.0f / (dr * dr) - 1.0f / (2.0f * r * dr);
      const float an = 1.0f / (dz * dz);
      const float ac = -2.0f / (dr * dr) - 2.0f / (dz * dz);
      const float operated = aw * psi[at - 1] + ae * psi[at + 1] + an * (psi[at - nr] + psi[at + nr]) + ac * psi[at];
      next[at] = psi[at] + omega * (-mu0 * r * current - operated) / ac;
    }
  }
}
