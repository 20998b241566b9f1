// What takes long: a compiler at its limit.
#include "workshop.h"

namespace ridge {
namespace {

TEST(CompilerLimit, AnExponentialTemplateEndsInTime) {
  const Evaluation e = workshop::Bench::shared().judge(
      workshop::axpy("HONEST z[0] += Bomb<40, 0>::value;",
                     "template <int N, long K> struct Bomb { static const int value = Bomb<N - 1, 2 * K>::value + "
                     "Bomb<N - 1, 2 * K + 1>::value; };\n"
                     "template <long K> struct Bomb<0, K> { static const int value = 0; };"));
  EXPECT_EQ(workshop::outcome(e), "compile_failed compiler_limit") << workshop::said(e);
}

}  // namespace
}  // namespace ridge
