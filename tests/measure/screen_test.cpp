#include "measure/screen.h"

#include <cmath>

#include <gtest/gtest.h>

#include "base/random.h"

namespace ridge::measure {
namespace {

using Next = ScreenRule::Next;

// Number of calls until the rule ends.
template <class Source>
int calls(ScreenRule& rule, Source seconds) {
  int n = 1;
  while (rule.add(seconds()) == Next::more) ++n;
  return n;
}

TEST(ScreenRule, WarmUpsDoNotCount) {
  ScreenRule rule;
  EXPECT_EQ(rule.add(100), Next::more);
  EXPECT_EQ(rule.add(100), Next::more);
  EXPECT_EQ(calls(rule, [] { return 1e-3; }), 10) << "steady times settle at once";
  EXPECT_EQ(rule.state(), Next::done);
  EXPECT_DOUBLE_EQ(rule.summary().median, 1e-3);
  EXPECT_EQ(rule.summary().n, 10u);
  EXPECT_EQ(rule.add(5), Next::done);
  EXPECT_EQ(rule.summary().n, 10u);
}

TEST(ScreenRule, NoisyTimesTakeMoreSamples) {
  Rng rng(1, "screen");
  ScreenRule rule;
  EXPECT_EQ(calls(rule, [&] { return 1e-3 * std::exp(0.2 * rng.normal()); }), 2 + 15);
}

TEST(ScreenRule, TimeLimit) {
  ScreenRule rule;
  EXPECT_EQ(calls(rule, [] { return 0.01; }), 2 + 5);
  ScreenRule slow;
  EXPECT_EQ(calls(slow, [] { return 10.0; }), 2 + 3);
}

TEST(ScreenRule, HopelessEndsEarly) {
  ScreenRule rule({.incumbent_s = 1e-3});
  EXPECT_EQ(calls(rule, [] { return 1.4e-3; }), 2 + 3);
  EXPECT_EQ(rule.state(), Next::hopeless);
  ScreenRule plain({.incumbent_s = 1e-3});
  EXPECT_EQ(calls(plain, [] { return 2.1e-3; }), 2 + 2) << "twice as slow in every call";
  EXPECT_EQ(plain.state(), Next::hopeless);
  ScreenRule once({.incumbent_s = 1e-3});
  int calm = 0;
  EXPECT_GT(calls(once, [&] { return ++calm == 2 ? 1e-3 : 2.1e-3; }), 2 + 2) << "one calm call is enough to go on";
  // A few slow samples among good ones are the machine's fault.
  ScreenRule fair({.incumbent_s = 1e-3});
  int i = 0;
  calls(fair, [&] { return ++i % 2 ? 1e-3 : 2e-3; });
  EXPECT_EQ(fair.state(), Next::done);
  ScreenRule near({.incumbent_s = 1e-3});
  calls(near, [&] { return 1.29e-3; });
  EXPECT_EQ(near.state(), Next::done);
}

TEST(ScreenRule, EndsWhateverItIsTold) {
  ScreenRule rule;
  EXPECT_EQ(calls(rule, [] { return std::nan(""); }), 2 + 15);
  EXPECT_EQ(rule.state(), Next::done);
  EXPECT_EQ(rule.summary().n, 0u);
  EXPECT_EQ(rule.rejected(), 15);
  ScreenRule zero;
  EXPECT_EQ(calls(zero, [] { return 0.0; }), 2 + 15);
}

}  // namespace
}  // namespace ridge::measure
