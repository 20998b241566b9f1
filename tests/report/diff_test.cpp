#include "report/diff.h"

#include <gmock/gmock.h>

#include "base/random.h"
#include "base/text.h"

namespace ridge {
namespace {

std::string side(const std::vector<DiffLine>& lines, DiffLine::Kind left_out) {
  std::string out;
  for (const DiffLine& l : lines)
    if (l.kind != left_out) out += l.text + "\n";
  return out;
}

int edits(const std::vector<DiffLine>& lines) {
  return int(std::count_if(lines.begin(), lines.end(), [](const auto& l) { return l.kind != DiffLine::Kind::same; }));
}

// The length of the shortest script, the slow way.
int shortest(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::vector<std::vector<int>> common(a.size() + 1, std::vector<int>(b.size() + 1, 0));
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j)
      common[i][j] = a[i - 1] == b[j - 1] ? common[i - 1][j - 1] + 1 : std::max(common[i - 1][j], common[i][j - 1]);
  return int(a.size() + b.size()) - 2 * common.back().back();
}

TEST(Diff, EqualTextsHaveNoEdits) {
  EXPECT_EQ(edits(diff_lines("a\nb\n", "a\nb\n")), 0);
  EXPECT_TRUE(hunks(diff_lines("a\nb\n", "a\nb\n")).hunks.empty());
  EXPECT_TRUE(diff_lines("", "").empty());
}

TEST(Diff, NumbersLinesOnBothSides) {
  const auto d = diff_lines("a\nb\nc\n", "a\nx\nc\n");
  ASSERT_EQ(d.size(), 4u);
  EXPECT_EQ(d[1].kind, DiffLine::Kind::removed);
  EXPECT_EQ(d[1].old_line, 2);
  EXPECT_EQ(d[2].kind, DiffLine::Kind::added);
  EXPECT_EQ(d[2].new_line, 2);
  EXPECT_EQ(d[3].old_line, 3);
  EXPECT_EQ(d[3].new_line, 3);
}

TEST(Diff, RebuildsBothSidesAndIsShortestOnRandomTexts) {
  Rng rng(1, "diff");
  for (int round = 0; round < 500; ++round) {
    std::string a, b;
    for (auto* text : {&a, &b})
      for (std::uint64_t i = rng.below(14); i > 0; --i) *text += std::string(1, char('a' + rng.below(4))) + "\n";
    const auto d = diff_lines(a, b);
    ASSERT_EQ(side(d, DiffLine::Kind::added), a);
    ASSERT_EQ(side(d, DiffLine::Kind::removed), b);
    ASSERT_EQ(edits(d), shortest(split_lines(a), split_lines(b))) << a << "--\n" << b;
  }
}

TEST(Diff, BeyondItsLimitItReplacesWhatStandsBetweenTheCommonEnds) {
  std::string a = "same\n", b = "same\n";
  for (int i = 0; i < 50; ++i) {
    a += fmt::format("a{}\n", i);
    b += fmt::format("b{}\n", i);
  }
  const auto d = diff_lines(a + "end\n", b + "end\n", 10);
  EXPECT_EQ(side(d, DiffLine::Kind::added), a + "end\n");
  EXPECT_EQ(side(d, DiffLine::Kind::removed), b + "end\n");
  EXPECT_EQ(edits(d), 100);
}

TEST(Diff, HunksKeepTheirContextAndCountWhatTheySkip) {
  std::string a, b;
  for (int i = 1; i <= 40; ++i) {
    a += fmt::format("{}\n", i);
    b += i == 10 || i == 30 ? fmt::format("new {}\n", i) : fmt::format("{}\n", i);
  }
  const auto h = hunks(diff_lines(a, b), 3);
  ASSERT_EQ(h.hunks.size(), 2u);
  EXPECT_EQ(h.hunks[0].skipped_before, 6);
  EXPECT_EQ(h.hunks[0].lines.size(), 8u);
  EXPECT_EQ(h.hunks[1].skipped_before, 13);
  EXPECT_EQ(h.skipped_after, 7);
  EXPECT_EQ(h.added, 2);
  EXPECT_EQ(h.removed, 2);
}

TEST(Diff, NearChangesShareAHunk) {
  const auto h = hunks(diff_lines("1\n2\n3\n4\n5\n", "x\n2\n3\n4\ny\n"), 3);
  EXPECT_EQ(h.hunks.size(), 1u);
  EXPECT_EQ(h.skipped_after, 0);
}

}  // namespace
}  // namespace ridge
