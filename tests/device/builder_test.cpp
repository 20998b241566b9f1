// Many candidates at once: what each is told and given is what it would have been told and given alone.
#include "device/cpu/builder.h"

#include <filesystem>
#include <fstream>

#include "base/paths.h"
#include "device/cpu/unit.h"
#include "plans.h"
#include "workshop.h"

namespace ridge::cpu {
namespace {

using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using namespace plans;

// y[i] = what the body says, for i < n.
const std::vector<KernelSignature> fill_kernel = {{"fill", {pointer(ScalarType::f32), value(ScalarType::i32)}}};
std::string filler(const std::string& value, const std::string& head = "") {
  return head + "\nextern \"C\" void fill(float* y, int n) {\n  for (int i = 0; i < n; ++i) y[i] = " + value + ";\n}\n";
}

std::vector<CompileJob> variants(const std::string& source, int count, std::vector<std::string> flags = {"-O2"}) {
  std::vector<CompileJob> jobs;
  for (int v = 0; v < count; ++v) {
    CompileJob j = job(source, fill_kernel, flags);
    j.macros = {{"V", std::to_string(v)}};
    jobs.push_back(std::move(j));
  }
  return jobs;
}

const Toolchain& found() {
  static const Toolchain toolchain = Toolchain::find();
  return toolchain;
}

// What the binary's kernel writes.
std::vector<float> written(const Binary& b, std::size_t count = 8) {
  LaneSpec spec;
  spec.binary = &b;
  spec.arena_bytes = 1 << 20;
  const auto lane = sure(workshop::device().open(spec));
  sure(
      lane->allot(plan({storage("y", count)}, fill_kernel, {launch(0, {buffer(0), integer(std::int64_t(count))})}), 1));
  put(*lane, 0, 0, std::vector<float>(count, -1));
  sure(lane->run(0, 1, 30));
  return get(*lane, 0, 0, count);
}

class Many : public testing::Test {
 protected:
  std::vector<Result<Judged<Binary>>> built(const std::vector<CompileJob>& jobs) { return builder.many(jobs, 1); }
  // All of them good, in shared units, with the code that they have alone, and doing what `expected` says.
  void expect_shared(const std::vector<CompileJob>& jobs, float (*expected)(int variant, int i)) {
    const auto results = built(jobs);
    ASSERT_EQ(results.size(), jobs.size());
    for (std::size_t v = 0; v < jobs.size(); ++v) {
      const Binary b = sure(results[v]);
      EXPECT_GT(b.unit, 1) << v;
      EXPECT_EQ(b.digest, sure(builder.alone(jobs[v])).digest) << v;
      std::vector<float> values;
      for (int i = 0; i < 8; ++i) values.push_back(expected(int(v), i));
      EXPECT_EQ(written(b), values) << v;
    }
  }
  // All of them as if built one by one.
  void expect_alone(const std::vector<CompileJob>& jobs, float (*expected)(int variant, int i)) {
    const auto results = built(jobs);
    for (std::size_t v = 0; v < jobs.size(); ++v) {
      const Binary b = sure(results[v]);
      EXPECT_EQ(b.unit, 1) << v;
      std::vector<float> values;
      for (int i = 0; i < 8; ++i) values.push_back(expected(int(v), i));
      EXPECT_EQ(written(b), values) << v;
    }
  }
  Builder builder{found(), worker_path(), "", {.alone_seconds = 20}};
};

TEST_F(Many, VariantsOfOneSourceShareAUnitAndStayInOrder) {
  expect_shared(variants(filler("V * 10 + i"), 5), [](int v, int i) { return float(10 * v + i); });
}

TEST_F(Many, HelpersTemplatesTablesAndStaticsAreEachVariantsOwn) {
  const std::string head = R"(#include <cmath>
#include <algorithm>
#define TWICE(x) (2 * (x) + V)
static const float table[8] = {V, V + 1, V + 2, V + 3, V + 4, V + 5, V + 6, V + 7};
static int calls;
struct Pair { float a[V + 1]; };
template <int N> static inline float pick(int i) { return table[i] + float(N) * 0 + float(sizeof(Pair) / 4); }
extern "C" float shared_name(int i) { return std::max(pick<V>(i), 0.0f) + std::sqrt(4.0f); }
)";
  expect_shared(variants(filler("shared_name(i) + TWICE(1) + float(calls++ & 0)", head), 4),
                [](int v, int i) { return float(v + i) + float(v + 1) + 2 + float(2 + v); });
}

TEST_F(Many, MacrosOfTheSourceDoNotLeak) {
  // Alone, the second definition of WIDTH would be seen only where V is odd.
  const std::string head = R"(#ifndef WIDTH
#define WIDTH 1
#endif
#if V % 2
#undef WIDTH
#define WIDTH 100
#endif
)";
  expect_shared(variants(filler("WIDTH", head), 4), [](int v, int) { return v % 2 ? 100.0f : 1.0f; });
}

TEST_F(Many, OptimisationPragmasEndWithTheirVariant) {
  const std::string head = "#if V == 0\n#pragma GCC optimize(\"O0\")\n#endif\n";
  expect_shared(variants(filler("V + i", head), 3), [](int v, int i) { return float(v + i); });
}

TEST_F(Many, LoopPragmasAndOpenMPWork) {
  const std::string source = R"(extern "C" int omp_get_thread_num();
#define UNROLL(n) _Pragma(#n)
extern "C" void fill(float* y, int n) {
#pragma omp parallel for schedule(static)
  for (int i = 0; i < n; ++i) y[i] = float(V + omp_get_thread_num() * 0);
  UNROLL(GCC unroll 4)
  for (int i = 0; i < n; ++i) y[i] += float(i);
}
)";
  expect_shared(variants(source, 3, {"-O2", "-fopenmp"}), [](int v, int i) { return float(v + i); });
}

TEST_F(Many, KernelsWithAttributesAndBlocksOfCLinkageWork) {
  const std::string source = R"(extern "C" {
static int helper(int i) { return i * V; }
__attribute__((noinline, target("avx2"))) void fill(float* __restrict y, int n) {
  for (int i = 0; i < n; ++i) y[i] = float(helper(i));
}
}
)";
  expect_shared(variants(source, 3), [](int v, int i) { return float(v * i); });
}

// Each of these repeated would be something else, or nothing at all.
TEST_F(Many, SourcesThatRepetitionChangesAreBuiltAlone) {
  for (const char* head : {"#line 7 \"other.cpp\"", "asm(\".globl nowhere\");", "static int c = __COUNTER__;",
                           "namespace std { static int mine; }", "static const char* r = R\"(x)\";",
                           "#pragma GCC visibility push(default)", "#pragma GCC pop_options\n#pragma GCC push_options",
                           "#undef NULL", "static int c;\n#if V\n#include <cmath>\n#endif"}) {
    SCOPED_TRACE(head);
    EXPECT_FALSE(repeatable(filler("V", head), {"V"})) << head;
  }
  expect_alone(variants(filler("V + __COUNTER__ * 0", "namespace std { static int mine; }"), 2),
               [](int v, int) { return float(v); });
}

// This one looks harmless and is not: found out by building it, once, and remembered.
TEST_F(Many, ASourceThatFailsOnlyInAUnitIsBuiltAlone) {
  const std::string source = filler("::helper(i)", "static float helper(int i) { return float(V + i); }");
  ASSERT_TRUE(repeatable(source, {"V"}));
  for (int again = 0; again < 2; ++again) expect_alone(variants(source, 3), [](int v, int i) { return float(v + i); });
}

TEST_F(Many, OneBrokenVariantCostsItselfAndIsToldItsOwnLine) {
  const std::string head = R"(#if V == 1
int broken = ;
#endif
static_assert(V != 3, "three is not wanted");
#if V == 4
extern "C" float nowhere(int);
#else
static float nowhere(int i) { return float(V + i); }
#endif
)";
  const auto jobs = variants(filler("nowhere(i)", head), 6);
  const auto results = built(jobs);
  for (const int bad : {1, 3, 4}) {
    const Fault shared = fault_of(results[std::size_t(bad)]), alone = fault_of(builder.alone(jobs[std::size_t(bad)]));
    EXPECT_EQ(outcome(shared), outcome(alone)) << bad;
    EXPECT_EQ(shared.text, alone.text) << bad;
  }
  EXPECT_THAT(fault_of(results[1]).text, AllOf(HasSubstr("it.cpp:2"), Not(HasSubstr("1/it.cpp"))));
  EXPECT_THAT(fault_of(results[3]).text, HasSubstr("three is not wanted"));
  EXPECT_THAT(fault_of(results[4]).text, HasSubstr("nowhere"));
  for (const std::size_t good : {0u, 2u, 5u}) EXPECT_EQ(written(sure(results[good]))[1], float(good + 1)) << good;
}

TEST_F(Many, ACompilerThatTakesForEverIsCutOutOfTheUnit) {
  Builder quick(found(), worker_path(), "", {.alone_seconds = 1});
  const std::string head =
      R"(template <int A, int B> struct Tree { enum { value = Tree<A - 1, 2 * B>::value + Tree<A - 1, 2 * B + 1>::value }; };
template <int B> struct Tree<0, B> { enum { value = B }; };
#if V == 2
static const int endless = Tree<30, 0>::value;
#else
static const int endless = 0;
#endif
)";
  const auto results = quick.many(variants(filler("V + endless", head), 4), 2);
  EXPECT_EQ(outcome(fault_of(results[2])), "compile_failed compiler_limit");
  for (const std::size_t good : {0u, 1u, 3u}) EXPECT_EQ(written(sure(results[good]))[0], float(good)) << good;
}

TEST_F(Many, ConstructorsOfOneVariantAreItsOwnFault) {
  const std::string head = R"(static float start() { return float(V); }
#if V == 1
extern float changed;
float changed = []{ volatile float v = start(); return v; }();
#else
static const float changed = 0;
#endif
)";
  const auto results = built(variants(filler("V + changed * 0", head), 4));
  EXPECT_EQ(outcome(fault_of(results[1])), "rejected load_time_code");
  for (const std::size_t good : {0u, 2u, 3u}) EXPECT_EQ(written(sure(results[good]))[0], float(good)) << good;
}

TEST_F(Many, JobsThatCannotShareComeOutTheSame) {
  auto jobs = variants(filler("V"), 2);
  jobs.push_back(job(filler("7"), fill_kernel));         // another source
  jobs.push_back(job("nonsense", fill_kernel));          // and a broken one
  jobs.push_back(variants(filler("V"), 1, {"-O1"})[0]);  // other flags
  jobs.push_back(jobs[1]);                               // once more
  jobs.back().alone = true;
  const auto results = built(jobs);
  const float expected[] = {0, 1, 7, -1, 0, 1};
  for (const std::size_t i : {0u, 1u, 2u, 4u, 5u}) EXPECT_EQ(written(sure(results[i]))[0], expected[i]) << i;
  EXPECT_EQ(outcome(fault_of(results[3])), "compile_failed compiler_error");
  EXPECT_EQ(sure(results[1]).unit, 2);
  EXPECT_EQ(sure(results[5]).unit, 1);
}

// Identity is machine code and data, wherever they stand.
TEST_F(Many, EqualCodeIsEqualInWhicheverUnitAndUnequalDataIsNot) {
  const std::string head = "typedef float V16 __attribute__((vector_size(64), aligned(4)));\n";
  const auto wide = [&](const std::string& last) {  // a constant of 64 bytes has no section of its own
    return head +
           "extern \"C\" void fill(float* y, int n) { for (int i = 0; i < n; i += 16) *(V16*)(y + i) = V16{1, 2, 3, "
           "4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, " +
           last + "}; }\n";
  };
  for (const std::string& flag : {std::string("-O2"), std::string("-O3")}) {
    const auto twins = built(variants(wide("16.0f + 0 * V"), 4, {flag, "-mavx512f"}));
    const auto others = built(variants(wide("16.0f + V"), 4, {flag, "-mavx512f"}));
    const Digest first = sure(twins[0]).digest;
    EXPECT_EQ(sure(others[0]).digest, first);
    for (std::size_t i = 1; i < 4; ++i) {
      EXPECT_EQ(sure(twins[i]).digest, first) << flag << i;
      EXPECT_NE(sure(others[i]).digest, first) << flag << i;
    }
  }
  const auto tables = built(variants(filler("t[i]", "static const float t[8] = {1, 2, 3, 4, 5, 6, 7, V / 2};"), 3));
  EXPECT_EQ(sure(tables[0]).digest, sure(tables[1]).digest);
  EXPECT_NE(sure(tables[0]).digest, sure(tables[2]).digest);
}

class SharedCache : public testing::Test {
 protected:
  Builder fresh() { return Builder(found(), worker_path(), folder.path()); }
  TempDir folder = *TempDir::make("cache");
};

TEST_F(SharedCache, AUnitFillsItForEveryVariantAndFinalistsAreStillBuiltAlone) {
  const auto jobs = variants(filler("V + i"), 4);
  const auto first = fresh().many(jobs, 2), second = fresh().many(jobs, 2);
  for (std::size_t v = 0; v < jobs.size(); ++v) {
    EXPECT_FALSE(sure(first[v]).cached) << v;
    EXPECT_TRUE(sure(second[v]).cached) << v;
    EXPECT_EQ(sure(second[v]).digest, sure(first[v]).digest) << v;
    EXPECT_EQ(sure(second[v]).unit, sure(first[v]).unit) << v;
    EXPECT_EQ(written(sure(second[v]))[1], float(v + 1)) << v;
  }
  const Binary alone = sure(fresh().alone(jobs[2]));
  EXPECT_FALSE(alone.cached);
  EXPECT_EQ(alone.unit, 1);
  EXPECT_EQ(sure(fresh().many(jobs, 2)[2]).unit, 1) << "the better entry is taken";
}

TEST_F(SharedCache, DamagedFilesAreMisses) {
  const auto jobs = variants(filler("V + i"), 2);
  const auto first = fresh().many(jobs, 1);
  std::vector<std::string> files;
  for (const auto& f : std::filesystem::recursive_directory_iterator(folder.path()))
    if (f.is_regular_file()) files.push_back(f.path().string());
  ASSERT_EQ(files.size(), 3u) << "an image and two entries";
  for (const std::string& file : files) {
    std::string damaged = *read_file(file);
    damaged[damaged.size() / 2] ^= 1;
    ASSERT_TRUE(write_file(file, damaged));
    const auto again = fresh().many(jobs, 1);
    for (std::size_t v = 0; v < 2; ++v) EXPECT_EQ(written(sure(again[v]))[1], float(v + 1)) << file;
  }
}

}  // namespace
}  // namespace ridge::cpu
