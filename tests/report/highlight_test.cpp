#include "report/highlight.h"

#include <gmock/gmock.h>

namespace ridge {
namespace {

using testing::ElementsAre;

TEST(HighlightLines, EachLineIsCompleteInItself) {
  EXPECT_THAT(highlight_lines("int a; /* one\ntwo */ int b;\n", 100),
              ElementsAre("<i class=\"k\">int</i> a; <i class=\"c\">/* one</i>",
                          "<i class=\"c\">two */</i> <i class=\"k\">int</i> b;"));
}

TEST(HighlightLines, KeepsEmptyLinesAndEscapes) {
  EXPECT_THAT(highlight_lines("a<b\n\nc", 100), ElementsAre("a&lt;b", "", "c"));
  EXPECT_TRUE(highlight_lines("", 100).empty());
}

TEST(HighlightLines, CutsLongLinesBetweenCharacters) {
  EXPECT_THAT(highlight_lines("ab\u00e4cd\n", 3), ElementsAre("ab…"));
  EXPECT_THAT(highlight_lines("// " + std::string(50, 'x'), 10), ElementsAre("<i class=\"c\">// xxxxxxx…</i>"));
}

}  // namespace
}  // namespace ridge
