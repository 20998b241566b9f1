#include "model/json.h"

#include <limits>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace ridge {
namespace {

using testing::HasSubstr;

TEST(Json, DepthAndSizeAreBoundedBeforeParsing) {
  EXPECT_TRUE(parse_json(std::string(64, '[') + std::string(64, ']'), "t"));
  EXPECT_THAT(parse_json(std::string(200'000, '['), "t").error().message, HasSubstr("nested deeper than 64"));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_THAT(parse_json(objects, "t").error().message, HasSubstr("nested deeper"));
  EXPECT_THAT(parse_json("[1,2,3]", "t", 4).error().message, HasSubstr("at most 4"));
}

TEST(Json, BracketsInStringsAreNoDepth) {
  EXPECT_TRUE(parse_json("\"" + std::string(1000, '[') + "\"", "t"));
  EXPECT_TRUE(parse_json("\"\\\"" + std::string(1000, '[') + "\"", "t"));
}

TEST(Json, NonsenseIsAnError) {
  for (const char* text : {"", "{", "]", "nul", "{\"a\":}", "1 2", "\"\xff\"", "[1,]", "\"\\"})
    EXPECT_THAT(parse_json(text, "t").error().message, HasSubstr("not valid JSON")) << text;
}

TEST(Json, BrokenUtf8IsReplacedInPrinting) {
  EXPECT_EQ(dump_json("a\xff"), "\"a\xEF\xBF\xBD\"");
}

TEST(Json, FindsWhatIsNotFinite) {
  nlohmann::json json = {{"a", {1.0, {{"b", std::numeric_limits<double>::quiet_NaN()}}}}};
  EXPECT_EQ(first_not_finite(json), ".a[1].b");
  EXPECT_EQ(first_not_finite({{"a", 1.0}}), std::nullopt);
}

}  // namespace
}  // namespace ridge
