// Runs the museum: every planted program must be caught for a reason that its manifest names, every honest kernel must
// pass, and with a mechanism turned off its proof must come through. Programs share one runner in a process, so each of
// them also shows that the run goes on after the one before.
#include "trust/runner.h"
#include "workshop.h"

namespace ridge {

void PrintTo(const MuseumProgram& p, std::ostream* out) {
  *out << p.what;
}
void PrintTo(const GoodKernel& k, std::ostream* out) {
  *out << k.unusual;
}
void PrintTo(const MuseumMechanism& m, std::ostream* out) {
  *out << m.title;
}

namespace {

const Museum& museum() {
  static const Museum m = [] {
    auto found = find_museum();
    RIDGE_CHECK(found, found ? "" : found.error().message);
    return std::move(*found);
  }();
  return m;
}

// Ceilings of a slow machine: a call that does nothing takes microseconds where two processes share it.
class SlowMachine : public workshop::WithCeilings {
 public:
  using WithCeilings::WithCeilings;
  Result<Ceilings> ceilings(bool) override {
    Ceilings c;
    c.bandwidth = {{"L1", 32e3, 5e10}, {"DRAM", 1e9, 5e9}};
    c.flops_f32 = c.flops_f64 = 1e13;
    c.call_latency_s = 1e-6;
    return c;
  }
};

// The emulator runs the threads of a block one after the other: of the museum's own tasks, where none waits for
// another.
#ifdef RIDGELINE_TEST_EMULATOR
constexpr Dialect kDialect = Dialect::cuda;
constexpr const char *kDevice = "cuda:0", *kLeftOut = "metal-sci/";
#else
constexpr Dialect kDialect = Dialect::cpp;
constexpr const char *kDevice = "cpu", *kLeftOut = "none of them";
#endif

Device& machine() {
  static SlowMachine one([] {
    auto opened = open_device(kDevice);
    RIDGE_CHECK(opened, opened ? "" : opened.error().message);
    return std::move(*opened);
  }());
  return one;
}

// RIDGELINE_MUSEUM_TELLS=1: what became of each of them, and when.
bool tells() {
  return std::getenv("RIDGELINE_MUSEUM_TELLS") != nullptr;
}

MuseumRunner& runner() {
  static MuseumRunner one(museum(), machine(), [] {
    MuseumSettings settings;
    if (tells())
      settings.progress = [](const std::string& phrase) { fmt::print("{:.3f} {}\n", SteadyClock().seconds(), phrase); };
    return settings;
  }());
  return one;
}

std::string told(const MuseumOutcome& o) {
  std::string text = fmt::format("{} at {}: {}", outcome_text(o), name(o.stage), o.text);
  for (const TrustCheck& c : o.checks) text += fmt::format("\n  {}: {} {}", c.mechanism, name(c.outcome), c.detail);
  return text;
}

class Program : public testing::TestWithParam<MuseumProgram> {};

TEST_P(Program, IsCaught) {
  const auto o = runner().run(GetParam());
  ASSERT_TRUE(o) << o.error().message;
  if (!o->skipped.empty()) GTEST_SKIP() << o->skipped;
  EXPECT_TRUE(o->as_expected) << told(*o);
  if (tells()) fmt::print("{}: {:.2f} s, {}\n", o->id, o->seconds, told(*o));
}

// Those of the device that this program was built for.
template <class T>
std::vector<T> of_this_device(const std::vector<T>& all) {
  std::vector<T> out;
  for (const T& one : all)
    if (one.dialect == kDialect && !one.task.starts_with(kLeftOut)) out.push_back(one);
  return out;
}

INSTANTIATE_TEST_SUITE_P(Museum, Program, testing::ValuesIn(of_this_device(museum().programs)),
                         [](const auto& row) { return row.param.id; });

class Honest : public testing::TestWithParam<GoodKernel> {};

TEST_P(Honest, Passes) {
  const auto o = runner().run(GetParam());
  ASSERT_TRUE(o) << o.error().message;
  if (!o->skipped.empty()) GTEST_SKIP() << o->skipped;
  EXPECT_TRUE(o->as_expected) << told(*o);
  if (tells()) fmt::print("{}: {:.2f} s, {}\n", o->id, o->seconds, told(*o));
}

INSTANTIATE_TEST_SUITE_P(Museum, Honest, testing::ValuesIn(of_this_device(museum().good)),
                         [](const auto& row) { return row.param.id; });

// More tries are for those who are caught by chance. That nothing catches one shows in the first.
MuseumProgram once(MuseumProgram program) {
  program.tries = 1;
  return program;
}

class Switch : public testing::TestWithParam<MuseumMechanism> {};

TEST_P(Switch, SomethingPassesWithoutIt) {
  const MuseumMechanism& k = GetParam();
  const MuseumProgram& proof = *museum().program(k.proof);
  // That it is caught with everything on, Program.IsCaught shows. What stands behind alone must not be what caught it.
  MuseumSettings settings;
  settings.duel_seconds = 0;
  if (k.off != "timed_calls") settings.visit_seconds = settings.honest_visit_seconds;
  for (const std::string& other : k.also_off) *settings.mechanisms.find(other) = false;
  if (!k.also_off.empty()) {
    MuseumRunner alone(museum(), machine(), settings);
    const auto o = alone.run(proof);
    ASSERT_TRUE(o) << o.error().message;
    if (!o->skipped.empty()) GTEST_SKIP() << o->skipped;
    EXPECT_TRUE(o->as_expected) << told(*o);
  }
  *settings.mechanisms.find(k.off) = false;
  MuseumRunner without(museum(), machine(), settings);
  const auto o = without.run(once(proof));
  ASSERT_TRUE(o) << o.error().message;
  if (!o->skipped.empty()) GTEST_SKIP() << o->skipped;
  EXPECT_EQ(outcome_text(*o), k.without) << told(*o);
  // The others that the manifest says are caught by it: without it they end otherwise.
  for (const MuseumProgram& p : museum().programs) {
    if (p.mechanism != k.id || p.id == k.proof || p.dialect != kDialect) continue;
    const auto other = without.run(once(p));
    ASSERT_TRUE(other) << other.error().message;
    if (!other->skipped.empty()) continue;
    EXPECT_FALSE(other->as_expected) << p.id << " is caught without it: " << told(*other);
    if (tells()) fmt::print("{} without {}: {}\n", p.id, k.id, outcome_text(*other));
  }
}

std::vector<MuseumMechanism> switchable() {
  std::vector<MuseumMechanism> out;
  if (kDialect != Dialect::cpp) return out;  // the switches are tried once
  for (const MuseumMechanism& k : museum().mechanisms)
    if (!k.off.empty()) out.push_back(k);
  return out;
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Switch);
INSTANTIATE_TEST_SUITE_P(Mechanisms, Switch, testing::ValuesIn(switchable()),
                         [](const auto& row) { return row.param.id; });

}  // namespace
}  // namespace ridge
