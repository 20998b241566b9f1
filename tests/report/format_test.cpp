#include "report/format.h"

#include <gmock/gmock.h>

#include "report/highlight.h"

namespace ridge {
namespace {

TEST(Format, NumbersForPeople) {
  EXPECT_EQ(grouped(7), "7");
  EXPECT_EQ(grouped(1312), "1 312");
  EXPECT_EQ(grouped(-1234567), "-1 234 567");
  EXPECT_EQ(ratio_text(9.836), "9.84×");
  EXPECT_EQ(ratio_text(9.996), "10.0×");
  EXPECT_EQ(ratio_text(123.4), "123×");
  EXPECT_EQ(interval_text({9.84, 9.71, 9.97, .95}), "9.84× [9.71, 9.97]");
  EXPECT_EQ(range_text({10.6, 10.41, 10.84, .95}), "10.4 to 10.8");
  EXPECT_EQ(percent_text(0.41), "41 %");
  EXPECT_EQ(percent_text(0.0042), "0.42 %");
  EXPECT_EQ(percent_text(0), "0 %");
  EXPECT_EQ(duration_text(41.4), "41 s");
  EXPECT_EQ(duration_text(725), "12 min 5 s");
  EXPECT_EQ(duration_text(7380), "2 h 3 min");
}

TEST(Format, WidthCountsColumnsAndNotBytes) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("µs → ×"), 6u);
  EXPECT_EQ(display_width("e\xCC\x81"), 1u);  // combining accent
  EXPECT_EQ(display_width("漢字"), 4u);
  EXPECT_EQ(display_width("\xff\xfe"), 2u);  // broken bytes show as something
  EXPECT_EQ(fit("漢字漢字", 5), "漢字…");
  EXPECT_EQ(fit("abc", 3), "abc");
  EXPECT_EQ(fit("abcd", 3), "ab…");
  EXPECT_EQ(fit("abcd", 0), "");
}

TEST(Format, PrintableDisarmsTerminals) {
  EXPECT_EQ(printable("a\x1b[2Jb"), "a\\x1b[2Jb");
  EXPECT_EQ(printable("\xffx"), "\\xffx");
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");  // an overlong slash
  EXPECT_EQ(printable("a\nb\tµ"), "a\nb\tµ");
  EXPECT_EQ(printable("\xE2\x80\xAE"), "\\u202e");  // right-to-left override
  EXPECT_EQ(printable("abcdef", 3), "abc…");
}

TEST(Format, TablesAlignByWidth) {
  TextTable t({"name", "time"});
  t.row({"µµ", "1 ms"}).row({"abcdef", "10 ms"}).right(1);
  EXPECT_EQ(t.text(), "  name     time\n  µµ       1 ms\n  abcdef  10 ms\n");
}

TEST(Highlight, EscapesAndMarks) {
  EXPECT_EQ(highlight("int x = 0x1F; // a<b"),
            "<i class=\"k\">int</i> x = <i class=\"n\">0x1F</i>; <i class=\"c\">// a&lt;b</i>");
  EXPECT_EQ(highlight("#include <a>\n"), "<i class=\"p\">#include</i> &lt;a&gt;\n");
  EXPECT_EQ(highlight("\"a\\\"b\"c"), "<i class=\"s\">&quot;a\\&quot;b&quot;</i>c");
  EXPECT_EQ(highlight("1e-4f+x"), "<i class=\"n\">1e-4f</i>+x");
}

TEST(Highlight, EndsOnAnyInput) {
  for (const char* text : {"/*", "//", "\"", "'", "\"\\", "#", "#\n", "/", "\\", "1e", "1.", "é#", "\xff/*\xff"})
    EXPECT_FALSE(highlight(text).empty()) << text;
  EXPECT_EQ(highlight(""), "");
}

}  // namespace
}  // namespace ridge
