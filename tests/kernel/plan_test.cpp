#include "kernel/plan.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "sample_plans.h"

namespace ridge {
namespace {

using testing::HasSubstr;

const char* const heat = R"(// Some licence, with "quotes" and 'c'.
const char* a = "/* ridgeline no plan */"; int b = 1'000; char c = '"';
const char* r = R"x(" /* ridgeline )x";
/* ridgeline
constraints = ["TILE % WIDE == 0"]
[tune]
TILE = [8, 16, 32]
WIDE = { values = [1, 2, 4], default = 2 }
FAST = [true, false]
[build]
choices = [["-O2"], ["-O3", "-march=native"]]
compilers = ["g++", "clang++"]
[scratch]
next = { type = "f32", count = "cells" }
bits = { type = "u8", count = 16 }
[[stage]]
repeat = "steps // 2"
index = "t"
rotate = [["u", "next"]]
[[stage.op]]
launch = "step"
workers = 2
args = ["u", "next", "nx", { value = "TILE", type = "u32" }, { buffer = "w", offset = "nx" }, 7]
[[stage.op]]
fill = "next"
value = 0
when = "t == 0"
[[stage.op]]
loop = 3
index = "i"
op = [{ copy = { from = "u", to = "next", count = "i" } }]
*/
void step();
)";

TEST(Plan, IsReadFromASource) {
  const auto plan = plan_from_source(heat, "seed.cpp");
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(plan->tunables.size(), 5u);
  EXPECT_EQ(plan->tunables[0].name, "TILE");
  EXPECT_EQ(plan->tunables[0].line, 7);
  EXPECT_EQ(plan->tunables[1].default_index, 1u);
  EXPECT_EQ(plan->tunables[3].name, "FLAGS");
  EXPECT_EQ(plan->tunables[3].values,
            (std::vector<ParameterValue>{std::string("-O2"), std::string("-O3 -march=native")}));
  EXPECT_EQ(plan->tunables[4].name, "COMPILER");
  EXPECT_EQ(plan->scratch[0].name, "next");
  ASSERT_EQ(plan->stages.size(), 1u);
  const Stage& stage = plan->stages[0];
  EXPECT_EQ(stage.index, "t");
  ASSERT_EQ(stage.ops.size(), 3u);
  EXPECT_EQ(stage.ops[0].line, 21);
  const Launch& launch = std::get<Launch>(stage.ops[0].action);
  ASSERT_EQ(launch.arguments.size(), 6u);
  EXPECT_EQ(launch.arguments[0].line, 23);
  EXPECT_EQ(launch.arguments[3].type, ScalarType::u32);
  EXPECT_EQ(launch.arguments[4].kind, Argument::Kind::part);
  EXPECT_EQ(launch.arguments[5].value.text(), "7");
  EXPECT_EQ(std::get<Loop>(stage.ops[2].action).ops.size(), 1u);
}

TEST(Plan, StandsInLineCommentsToo) {
  const std::string source =
      "#include <x>\n  // ridgeline\n  // [[stage]]\n\t//[[stage.op]]\n// launch = \"f\" # last\nint x; // not part\n";
  const auto plan = plan_from_source(source, "a.cl");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->stages[0].ops[0].line, 5);
  const auto text = find_plan(source, "a.cl");
  EXPECT_EQ(source.substr(text->end), "\nint x; // not part\n");
}

TEST(Plan, IsReplacedInItsSource) {
  const auto plan = plan_from_source(heat, "a.cpp");
  ASSERT_TRUE(plan);
  const std::string again = with_plan(heat, *plan);
  const auto back = plan_from_source(again, "a.cpp");
  ASSERT_TRUE(back) << back.error().message << again;
  EXPECT_EQ(*back, *plan);
  EXPECT_THAT(again, testing::StartsWith("// Some licence"));
  EXPECT_THAT(again, testing::EndsWith("*/\nvoid step();\n"));
  EXPECT_THAT(with_plan("int x;\n", *plan), testing::EndsWith("*/\nint x;\n"));
}

TEST(Plan, TomlAndJsonAreTwoFormsOfOneValue) {
  Rng rng(7);
  for (int i = 0; i < 1500; ++i) {
    const Plan plan = samples::RandomPlan(rng).make();
    const std::string toml = to_toml(plan);
    ASSERT_EQ(toml.find("*/"), std::string::npos) << toml;
    const auto back = parse_plan(toml, "x");
    ASSERT_TRUE(back) << back.error().message << "\n" << toml;
    ASSERT_EQ(*back, plan) << toml;
    const nlohmann::json json = to_json(plan);
    const auto same = plan_from_json(nlohmann::json::parse(json.dump()));
    ASSERT_TRUE(same) << same.error().message << "\n" << json.dump(1);
    ASSERT_EQ(*same, plan) << json.dump(1);
    const auto in_source = plan_from_source(with_plan("int x;", plan), "x");
    ASSERT_TRUE(in_source);
    ASSERT_EQ(*in_source, plan);
  }
}

TEST(Plan, EveryMistakeHasItsMessage) {
  const std::string op = "\n[[stage]]\n[[stage.op]]\nlaunch = \"f\"\n";
  const samples::Broken cases[] = {
      {"", "a.cpp:1: the plan has no [[stage]]"},
      {"[tune]\nTILE = []\n", "a.cpp:2: [tune] TILE: values = []: at least one value is needed"},
      {"[tune]\nTILE = [1, 2.0]\n", "a.cpp:2: [tune] TILE: values[2] = 2.0: a real, but values[1] is an integer"},
      {"[tune]\nTILE = [1, 1]\n", "values[2] = 1: the value stands there twice"},
      {"[tune]\nTILE = { values = [1], default = 2 }\n", "default = 2: not one of the values [1]"},
      {"[tune]\nTILE = { value = [1] }\n", "a.cpp:2: [tune] TILE: unknown key \"value\"; did you mean \"values\"?"},
      {"[tune]\n\"a b\" = [1]\n", "expected a name"},
      {"[tun]\nTILE = [1]\n", "a.cpp:1: unknown key \"tun\"; did you mean \"tune\"?"},
      {"[build]\nflags = [\"-O2 -g\"]\n", "a.cpp:2: [build]: flags[1] = \"-O2 -g\": expected one build flag"},
      {"[build]\nflags = \"-O2\"\n", "flags = \"-O2\": a string, expected an array of strings"},
      {"[build]\nchoices = [[\"-O2\"], [\"-O2\"]]\n", "choices[2]: the choice stands there twice"},
      {"[tune]\nFLAGS = [\"-O2\"]\n[build]\nchoices = [[\"-O2\"]]\n", "FLAGS is already a tunable"},
      {"[scratch]\nnext = { type = \"f33\", count = 1 }\n", "a.cpp:2: [scratch] next: type = \"f33\": not known"},
      {"[scratch]\nnext = { type = \"f32\" }\n", "a.cpp:2: [scratch] next: count is missing"},
      {"[scratch]\nnext = { type = \"f32\", count = \"nx *\" }\n", "a.cpp:2: [scratch] next: count: "},
      {"[[stage]]\n", "a.cpp:1: stage 1: no op: at least one is needed"},
      {"[[stage]]\n[[stage.op]]\n", "a.cpp:2: stage 1, op 1: an op needs one of launch, fill, copy and loop"},
      {"[[stage]]\n[[stage.op]]\nlanch = \"f\"\n",
       "a.cpp:3: stage 1, op 1: unknown key \"lanch\"; did you mean \"launch\"?"},
      {"[[stage]]\n[[stage.op]]\nlaunch = \"f\"\nfill = \"u\"\n", "this one has launch and fill"},
      {"[[stage]]\n[[stage.op]]\nlaunch = \"f\"\nargz = []\n",
       "a.cpp:4: stage 1, op 1: unknown key \"argz\"; did you mean \"args\"?"},
      {"[[stage]]\n[[stage.op]]\nlaunch = \"f\"\ngrid = [1,2,3,4]\n", "grid = [1, 2, 3, 4]: expected 1 to 3 numbers"},
      {"[[stage]]\n[[stage.op]]\nlaunch = \"f\"\nargs = [\"nx * ny\"]\n",
       "args[1] = \"nx * ny\": expected a name; an expression stands in { value"},
      {"[[stage]]\n[[stage.op]]\nlaunch = \"f\"\nargs = [{ valu = 1 }]\n",
       "args[1] = { valu = 1 }: expected { value, type }"},
      {"[[stage]]\n[[stage.op]]\nlaunch = \"f\"\nargs = [1.5]\n", "args[1] = 1.5: a real, expected a name"},
      {"[[stage]]\n[[stage.op]]\nlaunch = \"f\"\nwhen = true\n", "when = true: a bool, expected an expression"},
      {"[[stage]]\n[[stage.op]]\nlaunch = \"f\"\nrotate = [\"u\", \"v\"]\n",
       "rotate[1] = \"u\": a string, expected an array of names"},
      {"[[stage]]\n[[stage.op]]\nlaunch = \"f\"\nrotate = [[\"u\"]]\n", "rotate[1] = [\"u\"]: expected 2 to"},
      {"[[stage]]\n[[stage.op]]\nfill = \"u\"\n", "a.cpp:3: stage 1, op 1: value is missing"},
      {"[[stage]]\n[[stage.op]]\ncopy = { from = \"u\" }\n", "stage 1, op 1, copy: to is missing"},
      {"[[stage]]\n[[stage.op]]\nloop = 2\n", "stage 1, op 1: no op"},
      {"[[stage]]\nindex = \"t\"\n[[stage.op]]\nlaunch = \"f\"\n",
       "a.cpp:2: stage 1: index names the counter of a repeat"},
      {"[[stage]]\n[[stage.op]]\nloop=1\nop=[{loop=1,op=[{loop=1,op=[{loop=1,op=[{launch=\"f\"}]}]}]}]\n",
       "loops are nested deeper than 3"},
      {"[[stage]]\nrepeat = 1e999\n", "a.cpp:2: "},
      {"[[stage]]\nwhen = 1979-05-27\n", "a.cpp:2: dates and times"},
      {"stage = 3\n", "a.cpp:1: stage = 3: an integer, expected an array of tables"},
      {"x = [\n", "a.cpp:"},
      {"a.b.c.d.e.f.g.h.i.j = 1\n", "a.cpp:1: a dotted key has more than 8 parts"},
      {"[[stage]]\n[[stage.op]]\nlaunch = \"f\xc3\xa4\"\n", "only printable ASCII"},
  };
  for (const samples::Broken& c : cases) {
    const auto plan = parse_plan(c.toml, "a.cpp");
    ASSERT_FALSE(plan) << c.toml;
    EXPECT_EQ(plan.error().kind, Error::Kind::invalid);
    EXPECT_THAT(plan.error().message, HasSubstr(c.message)) << c.toml;
  }
  EXPECT_TRUE(parse_plan(op, "a.cpp"));
  EXPECT_THAT(plan_from_source("int x;", "a.cpp").error().message, HasSubstr("a.cpp: no launch plan"));
  EXPECT_THAT(plan_from_source("\n\n/* ridgeline\n", "a.cpp").error().message,
              HasSubstr("a.cpp:3: the comment with the plan is not closed"));
}

// Found by tools/fuzz: toml++ took each of these to a place that it calls unreachable.
TEST(Plan, CharactersBeyondAsciiOutsideOfStringsAreMistakesLikeOthers) {
  for (const char* text : {"\u00bb = 1", "a = 1 \u00bb", "a = [1, 2\u02f0", "[\u00ab]", "a.\u3000b = 2"})
    EXPECT_FALSE(parse_plan(text, "x")) << text;
}

TEST(Plan, HugeAndDeepTextsAreRefused) {
  EXPECT_FALSE(parse_plan("a" + std::string(100'000, '.') + "b = 1", "x"));
  std::string dotted = "a";
  for (int i = 0; i < 50'000; ++i) dotted += ".a";
  EXPECT_THAT(parse_plan(dotted + " = 1", "x").error().message, HasSubstr("dotted key"));
  EXPECT_THAT(parse_plan("[" + dotted + "]", "x").error().message, HasSubstr("dotted key"));
  EXPECT_THAT(parse_plan("a = " + std::string(100'000, '['), "x").error().message, HasSubstr("nested deeper"));
  EXPECT_THAT(parse_plan("a = '''" + std::string(300'000, 'x') + "'''", "x").error().message, HasSubstr("too large"));
  nlohmann::json deep = 1;
  for (int i = 0; i < 1000; ++i) deep = nlohmann::json::array({std::move(deep)});
  EXPECT_THAT(plan_from_json({{"stage", std::move(deep)}}).error().message, HasSubstr("nested deeper"));
  EXPECT_FALSE(plan_from_json(nullptr));
  EXPECT_FALSE(plan_from_json({{"stage", nlohmann::json::array({1})}}));
}

// Whatever happens to a text, the answer is a plan or a message.
TEST(Plan, MutatedTextsNeverCrash) {
  Rng rng(11);
  const std::string pieces[] = {"[",   "]",   "{",  "}",     "\"", "'",      "\"\"\"", "'''",  "=",
                                ".",   ",",   "\n", "#",     "*/", "/*",     "//",     "\\",   "[[",
                                "]]",  "1e9", "-",  "stage", "op", "rotate", "loop",   "\xff", std::string(1, '\0'),
                                "R\"("};
  int good = 0;
  for (int i = 0; i < 4000; ++i) {
    std::string text = i % 2 == 0 ? std::string(heat) : with_plan("int x;", samples::RandomPlan(rng).make());
    for (auto n = 1 + rng.below(4); n > 0; --n) {
      const auto at = rng.below(text.size());
      switch (rng.below(4)) {
        case 0:
          text.erase(at, 1 + rng.below(8));
          break;
        case 1:
          text.insert(at, pieces[rng.below(std::size(pieces))]);
          break;
        case 2:
          text[at] = char(rng.below(256));
          break;
        default:
          text.insert(at, text.substr(rng.below(text.size()), 1 + rng.below(40)));
          break;
      }
      if (text.empty()) text = "x";
    }
    const auto plan = plan_from_source(text, "x");
    if (!plan) continue;
    ++good;
    ASSERT_EQ(parse_plan(to_toml(*plan), "x").value(), *plan);
    (void)validate(*plan, samples::stencil(), samples::cpu(), "x");
    (void)validate(*plan, samples::stencil(), samples::gpu(), "x");
  }
  EXPECT_GT(good, 100);
}

}  // namespace
}  // namespace ridge
