// Sanitizers over kernels made by hand. What each row plants is right in value on every run of a lane, so nothing else
// would notice it.
#include "device/cpu/sanitize.h"

#include "plans.h"
#include "workshop.h"

namespace ridge::cpu {
namespace {

using testing::HasSubstr;
using namespace plans;

constexpr std::uint64_t kCount = 1000;

SanitizerFinding find(const std::string& body, const std::string& tool, const std::string& head = "",
                      std::vector<std::string> flags = {"-O2", "-fopenmp"}, const std::string& compiler = "",
                      std::uint64_t memory_limit = 1ull << 30) {
  const std::vector<KernelSignature> kernels = {
      {"k", {pointer(ScalarType::f32, true), pointer(ScalarType::f32), value(ScalarType::i32)}}};
  const ResolvedPlan p = plan({storage("x", kCount), storage("y", kCount)}, kernels,
                              {fill(1, 0, 4 * kCount, 0, 4), copy(0, 0, 1, 0, 40),
                               launch(0, {buffer(0), buffer(1), integer(std::int64_t(kCount))})});
  SanitizerJob s;
  s.compile = job(head + "\nextern \"C\" void k(const float* x, float* y, int n) {\n" + body + "\n}\n", kernels,
                  std::move(flags));
  s.compile.compiler = compiler;
  s.runs = {{p, {std::vector<std::byte>(4 * kCount), std::vector<std::byte>(4 * kCount)}}};
  s.workers = 2;
  s.memory_limit = memory_limit;
  const auto findings = workshop::device().sanitize(s);
  EXPECT_TRUE(findings) << findings.error().message;
  if (findings)
    for (const SanitizerFinding& f : *findings)
      if (f.tool.starts_with(tool)) return f;
  return {"none", SanitizerFinding::Outcome::not_possible, Reason::none, "no such tool"};
}

int outcome_of(const SanitizerFinding& f) {
  return int(f.outcome);
}
constexpr int kClean = int(SanitizerFinding::Outcome::clean), kFound = int(SanitizerFinding::Outcome::found),
              kNotPossible = int(SanitizerFinding::Outcome::not_possible);

TEST(Sanitize, AnHonestKernelIsClean) {
  const std::string body = "for (int i = 0; i < n; ++i) y[i] = 2 * x[i];";
  for (const char* tool : {"address", "thread"}) {
    const auto f = find(body, tool);
    EXPECT_EQ(outcome_of(f), kClean) << f.text;
  }
}

TEST(Sanitize, AReadBeyondTheEndIsFound) {
  const auto f = find("float s = 0; for (int i = 0; i <= n; ++i) s += 0 * x[i]; y[0] = s;", "address");
  ASSERT_EQ(outcome_of(f), kFound) << f.text;
  EXPECT_EQ(f.reason, Reason::bounds);
  EXPECT_THAT(f.text, HasSubstr("heap-buffer-overflow"));
  EXPECT_THAT(f.text, HasSubstr("it.cpp:3"));
}

TEST(Sanitize, AReadBeforeTheBeginningIsFound) {
  const auto f = find("y[0] = x[0] + 0 * x[-1];", "address");
  ASSERT_EQ(outcome_of(f), kFound) << f.text;
  EXPECT_EQ(f.reason, Reason::bounds);
}

TEST(Sanitize, UndefinedBehaviourIsFound) {
  const auto f = find("int k = n + 40; y[0] = float(1 << (k - n));", "address");
  ASSERT_EQ(outcome_of(f), kFound) << f.text;
  EXPECT_EQ(f.reason, Reason::undefined_behaviour);
  EXPECT_THAT(f.text, HasSubstr("shift exponent 40"));
  EXPECT_THAT(f.text, HasSubstr("it.cpp"));
}

TEST(Sanitize, ADataRaceIsFound) {
  const auto f = find("#pragma omp parallel for\nfor (int i = 0; i < n; ++i) { y[i] = x[i]; y[0] = 1; }", "thread");
  ASSERT_EQ(outcome_of(f), kFound) << f.text;
  EXPECT_EQ(f.reason, Reason::race);
  EXPECT_THAT(f.text, HasSubstr("data race"));
}

// These programs cannot have a limit on their address space: what they use is watched.
TEST(Sanitize, WhoTakesTooMuchMemoryIsStoppedAndItIsNamed) {
  const std::string greedy =
      "char* p = (char*)malloc(300 << 20); for (long i = 0; i < 300 << 20; i += 4096) ((volatile char*)p)[i] = 1; "
      "y[0] = x[0]; free(p);";
  const std::string head = "#include <stdlib.h>";
  const auto f = find(greedy, "address", head, {"-O1"}, "", 200 << 20);
  ASSERT_EQ(outcome_of(f), kFound) << f.text;
  EXPECT_EQ(f.reason, Reason::memory_limit);
  EXPECT_THAT(f.text, HasSubstr("200 MiB are allowed"));
  EXPECT_EQ(outcome_of(find(greedy, "address", head, {"-O1"}, "", 1ull << 30)), kClean);
}

// libgomp's own barriers are invisible to the sanitizer and would be reported; ours are not.
TEST(Sanitize, BarriersLoopsAndReductionsAreNoRaces) {
  const auto f = find(
      "float sum = 0;\n"
      "#pragma omp parallel\n{\n"
      "#pragma omp for\nfor (int i = 0; i < n; ++i) y[i] = x[i] + i;\n"
      "#pragma omp for schedule(dynamic, 16) reduction(+ : sum)\nfor (int i = 0; i < n; ++i) sum += y[n - 1 - i];\n"
      "#pragma omp single\ny[0] = sum;\n"
      "#pragma omp for schedule(guided) nowait\nfor (int i = 1; i < n; ++i) y[i] += 1;\n"
      "#pragma omp critical\nsum += 1;\n"
      "#pragma omp barrier\n"
      "#pragma omp for schedule(dynamic)\nfor (int i = 1; i < n; ++i) y[i] += sum + y[0];\n}\n",
      "thread");
  EXPECT_EQ(outcome_of(f), kClean) << f.text;
}

TEST(Sanitize, AMeetingMadeOfAtomicsIsNoRace) {
  const auto f = find(
      "int arrived = 0;\n#pragma omp parallel\n{\n"
      "  const int me = omp_get_thread_num(), team = omp_get_num_threads();\n"
      "  y[me] = float(me);\n"
      "  __atomic_add_fetch(&arrived, 1, __ATOMIC_ACQ_REL);\n"
      "  while (__atomic_load_n(&arrived, __ATOMIC_ACQUIRE) < team) {}\n"
      "  y[100 + me] = y[(me + 1) % team];\n}\n",
      "thread", "extern \"C\" int omp_get_thread_num();\nextern \"C\" int omp_get_num_threads();");
  EXPECT_EQ(outcome_of(f), kClean) << f.text;
}

TEST(Sanitize, WhatItsTeamCannotDoIsSaidAndIsNoFault) {
  const auto f = find("#pragma omp parallel\n#pragma omp single\n#pragma omp task\ny[0] = x[0];", "thread");
  EXPECT_EQ(outcome_of(f), kNotPossible) << f.text;
  EXPECT_THAT(f.text, HasSubstr("GOMP_task"));
}

// clang's OpenMP does not start where /dev/shm cannot be seen, and no start-up trouble is a candidate's fault.
TEST(Sanitize, AnotherCompilerIsNoFault) {
  const auto& compilers = workshop::device().capabilities().compilers;
  if (std::ranges::find(compilers, "clang++") == compilers.end()) GTEST_SKIP() << "clang++ is not there";
  const std::string body = "for (int i = 0; i < n; ++i) y[i] = 2 * x[i];";
  const auto serial = find(body, "address", "", {"-O2"}, "clang++");
  EXPECT_NE(outcome_of(serial), kFound) << serial.text;
  const auto team = find("\n#pragma omp parallel for\n" + body, "address", "", {"-O2", "-fopenmp"}, "clang++");
  EXPECT_NE(outcome_of(team), kFound) << team.text;
  const auto wrong =
      find("float s = 0; for (int i = 0; i <= n; ++i) s += 0 * x[i]; y[0] = s;", "address", "", {"-O2"}, "clang++");
  EXPECT_NE(outcome_of(wrong), kClean) << wrong.text;
}

TEST(Sanitize, ACandidateIsNotToldThatItIsLookedAt) {
  for (const char* sign : {"!defined(__SANITIZE_ADDRESS__)", "__PIC__ == 2 && !defined(__PIE__)"}) {
    const auto f =
        find(fmt::format("float s = 0;\n#if {}\nfor (int i = 0; i <= n; ++i) s += 0 * x[i];\n#endif\ny[0] = s;", sign),
             "address");
    EXPECT_EQ(outcome_of(f), kFound) << sign << ": " << f.text;
  }
}

TEST(Sanitize, OneThreadCannotRace) {
  const auto f = find("y[0] = x[0];", "thread", "", {"-O2"});
  EXPECT_EQ(outcome_of(f), kClean);
  EXPECT_EQ(f.text, "it runs on one thread");
}

TEST(Sanitize, ReportsBecomeOneLine) {
  EXPECT_EQ(first_report("all is well\n"), "");
  EXPECT_EQ(first_report("unit.cpp:3:9: runtime error: signed integer overflow: 1 + 2\n"),
            "signed integer overflow: 1 + 2 at unit.cpp:3:9");
  EXPECT_EQ(first_report("==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x1 at pc 0x2\n"
                         "READ of size 4 at 0x1 thread T0\nSUMMARY: AddressSanitizer: heap-buffer-overflow "
                         "/job/it.cpp:7 in k\n"),
            "heap-buffer-overflow: READ of size 4 at it.cpp:7");
  EXPECT_EQ(first_report("==1==ERROR: AddressSanitizer failed to allocate\n"), "");
}

}  // namespace
}  // namespace ridge::cpu
