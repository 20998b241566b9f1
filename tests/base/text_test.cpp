#include "base/text.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/subprocess.h"

namespace ridge {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Text, SuggestsLikelySlips) {
  const std::vector<std::string> known{"tmp", "nx", "alpha"};
  EXPECT_EQ(nearest("tpm", known), "tmp");
  EXPECT_EQ(nearest("Alpha", known), "alpha");
  EXPECT_EQ(nearest("alhpa", known), "alpha");
  EXPECT_EQ(nearest("zebra", known), std::nullopt);
  EXPECT_EQ(nearest("", known), std::nullopt);
  EXPECT_EQ(nearest(std::string(100000, 'x'), known), std::nullopt);
  EXPECT_EQ(nearest("x", std::vector<std::string>{"y"}), std::nullopt);
  EXPECT_EQ(suggestion("tpm", known), "; did you mean \"tmp\"?");
  EXPECT_EQ(suggestion("zebra", known), " (known: tmp, nx, alpha)");
  EXPECT_EQ(suggestion("zebra", {}), "");
}

TEST(Text, SplitsJoinsTrims) {
  EXPECT_THAT(split_lines("a\r\n\nb"), ElementsAre("a", "", "b"));
  EXPECT_THAT(split_lines("a\n"), ElementsAre("a"));
  EXPECT_TRUE(split_lines("").empty());
  EXPECT_EQ(join(std::vector<std::string>{"a", "b"}, ", "), "a, b");
  EXPECT_EQ(trim(" \t a b\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
}

TEST(Text, HumanNumbers) {
  EXPECT_EQ(human_seconds(1.92e-3), "1.92 ms");
  EXPECT_EQ(human_seconds(37.1e-6), "37.1 µs");
  EXPECT_EQ(human_seconds(999.7e-6), "1.00 ms");
  EXPECT_EQ(human_seconds(9.996e-9), "10.0 ns");
  EXPECT_EQ(human_seconds(12), "12.0 s");
  EXPECT_EQ(human_seconds(-0.5), "-500 ms");
  EXPECT_EQ(human_seconds(0), "0 s");
  EXPECT_EQ(human_seconds(5400), "90.0 min");
  EXPECT_EQ(human_bytes(512 * 1024.0), "512 KiB");
  EXPECT_EQ(human_bytes(1.5 * (1 << 30)), "1.5 GiB");
  EXPECT_EQ(human_bytes(7), "7 B");
  EXPECT_EQ(human_bytes(1000), "1000 B");
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_rate(48.2e9, "B"), "48.2 GB/s");
  EXPECT_EQ(human_rate(74e9, "FLOP/s"), "74.0 GFLOP/s");
  for (double v : {1e300, -1e300, double(INFINITY), double(NAN)})
    EXPECT_FALSE((human_seconds(v) + human_bytes(v) + human_rate(v, "B")).empty());
}

TEST(Text, Durations) {
  EXPECT_DOUBLE_EQ(parse_duration("60s").value(), 60);
  EXPECT_DOUBLE_EQ(parse_duration(" 2m ").value(), 120);
  EXPECT_DOUBLE_EQ(parse_duration("1.5h").value(), 5400);
  EXPECT_DOUBLE_EQ(parse_duration("500ms").value(), 0.5);
  EXPECT_DOUBLE_EQ(parse_duration("20 us").value(), 20e-6);
  for (const char* text : {"", "s", "-1s", "infs", "nans", "1e999s", "ten s"})
    EXPECT_FALSE(parse_duration(text)) << text;
  EXPECT_THAT(parse_duration("60").error().message, HasSubstr("has no unit"));
  EXPECT_THAT(parse_duration("60 sec").error().message, HasSubstr("unknown unit \"sec\""));
}

TEST(Files, WriteThenRead) {
  const auto folder = TempDir::make("text test").value();
  const std::string path = folder.path() + "/a.txt";
  const std::string content("one\0two\n", 8);
  ASSERT_TRUE(write_file(path, "older and longer content"));
  ASSERT_TRUE(write_file(path, content));
  EXPECT_EQ(read_file(path).value(), content);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1)
      << "a temporary file was left behind";
  EXPECT_THAT(read_file(path, 7).error().message, HasSubstr("longer than the limit of 7 B"));
  EXPECT_TRUE(read_file(path, 8));
}

TEST(Files, FailuresNameThePathAndNeverBlock) {
  const auto folder = TempDir::make("files").value();
  EXPECT_THAT(read_file(folder.path() + "/none").error().message, HasSubstr("/none: cannot be opened"));
  EXPECT_THAT(read_file(folder.path()).error().message, HasSubstr("is a folder"));
  const std::string pipe = folder.path() + "/pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_FALSE(read_file(pipe));
  EXPECT_FALSE(write_file(folder.path() + "/no/such", "x"));
  EXPECT_FALSE(write_file(folder.path(), "x"));
}

}  // namespace
}  // namespace ridge
