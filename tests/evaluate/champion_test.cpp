// What only a champion goes through. Every candidate here is right on everything that screening draws; each is refused
// by the one mechanism that its test names, and the honest one passes them all.
#include <nlohmann/json.hpp>

#include "evaluate/tripwire.h"
#include "workshop.h"

namespace ridge {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using workshop::axpy;

std::string with(std::string text, const std::string& before, const std::string& insertion) {
  const std::size_t at = text.find(before);
  RIDGE_CHECK(at != std::string::npos, before);
  return text.insert(at, insertion);
}

struct Judged_ {
  std::string screened;
  Confirmation confirmation;
  std::string outcome(const std::string& mechanism) const {
    for (const TrustCheck& c : confirmation.checks)
      if (c.mechanism == mechanism) return std::string(name(c.outcome));
    return "none";
  }
  std::string reason() const { return confirmation.fault ? std::string(name(confirmation.fault->reason)) : "none"; }
};

Judged_ judge(const std::string& manifest, const std::string& reference, const std::string& seed,
              const std::string& source) {
  const auto folder = workshop::Folder::make(manifest, reference, seed);
  auto evaluator = workshop::evaluator_for(folder.task);
  RIDGE_CHECK(evaluator, evaluator ? "" : evaluator.error().message);
  const auto c = workshop::candidate_from(*folder.task, source), s = workshop::candidate_from(*folder.task, seed);
  RIDGE_CHECK(c && s, c ? "" : c.error().message);
  Judged_ out;
  auto e = (*evaluator)->evaluate(*c);
  RIDGE_CHECK(e, e ? "" : e.error().message);
  out.screened = workshop::outcome(*e);
  ConfirmJob job;
  job.candidate = *c;
  job.seed = *s;
  job.time_limit_s = 1;
  (*evaluator)->submit(job);
  auto done = (*evaluator)->poll();
  RIDGE_CHECK(done && done->size() == 1, done ? "one completion" : done.error().message);
  out.confirmation = std::get<Confirmation>((*done)[0].result);
  return out;
}

TEST(Champion, AnHonestOnePassesEveryMechanism) {
  const std::string manifest = with(
      workshop::manifest, "[build.cpp]",
      "sensitive_to = [\"x\", \"y\", \"a\", \"n\"]\n[[check.relation]]\nkind = \"linear\"\ninputs = [\"x\", \"y\"]\n"
      "outputs = [\"z\"]\n[[check.relation]]\nkind = \"permute\"\ninputs = [\"x\", \"y\"]\noutputs = [\"z\"]\n"
      "[[check.relation]]\nkind = \"shift\"\ninputs = [\"x\", \"y\"]\noutputs = [\"z\"]\n");
  const auto j = judge(manifest, workshop::reference, workshop::honest(),
                       axpy("\n#pragma omp parallel for\n  HONEST", "", "[build]\nflags = [\"-O2\", \"-fopenmp\"]\n"));
  EXPECT_EQ(j.screened, "ok");
  EXPECT_TRUE(j.confirmation.passed) << to_json(j.confirmation).dump(1);
  for (const char* mechanism : {"ghost replay", "sensitive to x", "sensitive to y", "sensitive to a", "sensitive to n",
                                "relation: linear in x", "relation: permute in x", "relation: shift in x",
                                "address and undefined-behaviour sanitizer", "thread sanitizer"})
    EXPECT_EQ(j.outcome(mechanism), "held") << mechanism << to_json(j.confirmation).dump(1);
}

TEST(Champion, AReadBeyondTheEndIsRefused) {
  const auto j = judge(workshop::manifest, workshop::reference, workshop::honest(),
                       axpy("HONEST asm volatile(\"\" ::\"r\"(x[n]));"));
  EXPECT_EQ(j.screened, "ok");
  EXPECT_FALSE(j.confirmation.passed);
  EXPECT_EQ(j.reason(), "bounds");
}

TEST(Champion, ARaceIsRefused) {
  if (workshop::device().capabilities().cores < 2) return;  // there is no second thread to race with
  const auto j =
      judge(workshop::manifest, workshop::reference, workshop::honest(),
            axpy("int seen = 0;\n#pragma omp parallel for\n  for (int i = 0; i < n; ++i) { seen = i; z[i] = a "
                 "* x[i] + y[i]; }\n  asm volatile(\"\" ::\"r\"(seen));",
                 "", "[build]\nflags = [\"-O2\", \"-fopenmp\"]\n"));
  EXPECT_EQ(j.screened, "ok");
  EXPECT_EQ(j.reason(), "race");
}

// The draws of this task are correlated (y is always 2 x), so a kernel that never reads y is right on all of them.
TEST(Champion, AnOperandThatIsIgnoredIsNoticedWhenItAloneChanges) {
  const std::string manifest = with(workshop::manifest, "[build.cpp]", "sensitive_to = [\"y\"]\n");
  std::string reference = workshop::reference;
  const std::string drawn = "for (float& v : c.f32(\"y\")) v = float(rng.uniform(-1, 1));";
  reference.replace(
      reference.find(drawn), drawn.size(),
      "auto x = c.f32(\"x\"); auto y = c.f32(\"y\"); for (std::size_t i = 0; i < x.size(); ++i) y[i] = 2 * "
      "x[i];");
  const auto j =
      judge(manifest, reference, workshop::honest(), axpy("for (int i = 0; i < n; ++i) z[i] = a * x[i] + 2 * x[i];"));
  EXPECT_EQ(j.screened, "ok");
  EXPECT_FALSE(j.confirmation.passed);
  EXPECT_EQ(j.outcome("sensitive to y"), "failed");
  EXPECT_EQ(j.reason(), "mismatch");
}

TEST(Champion, AnOperandThatTheAnswersDoNotShowIsSaid) {
  const std::string manifest = with(workshop::manifest, "[build.cpp]", "sensitive_to = [\"y\"]\n");
  std::string reference = workshop::reference;
  reference.replace(reference.find(" + double(y[i])"), 15, "");
  const std::string source = axpy("for (int i = 0; i < n; ++i) z[i] = a * x[i];");
  const auto j = judge(manifest, reference, source, source);
  EXPECT_TRUE(j.confirmation.passed) << to_json(j.confirmation).dump(1);
  EXPECT_EQ(j.outcome("sensitive to y"), "not_possible");
}

// Oracle and kernel share a mistake: only the relation can know.
TEST(Champion, AMistakeThatTheOracleSharesBreaksTheRelation) {
  const std::string manifest =
      with(workshop::manifest, "[build.cpp]",
           "[[check.relation]]\nkind = \"linear\"\ninputs = [\"x\", \"y\"]\noutputs = [\"z\"]\n");
  std::string reference = workshop::reference;
  reference.replace(reference.find("double(y[i])"), 12, "double(y[i]) + 0.125 * double(x[i]) * double(x[i])");
  const std::string source = axpy("for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i] + 0.125f * x[i] * x[i];");
  const auto j = judge(manifest, reference, source, source);
  EXPECT_EQ(j.screened, "ok");
  EXPECT_FALSE(j.confirmation.passed);
  EXPECT_EQ(j.reason(), "relation");
  EXPECT_EQ(j.outcome("relation: linear in x"), "failed");
}

// The plan's own copy gives the answer; the kernel is a decoy.
TEST(Champion, WithoutItsKernelsThePlanMustBeWrong) {
  std::string reference = workshop::reference;
  reference.replace(reference.find("c.real(\"a\") * double(x[i]) + double(y[i])"), 41, "double(x[i])");
  const std::string seed = axpy("for (int i = 0; i < n; ++i) z[i] = x[i];");
  std::string decoy = axpy("asm volatile(\"\" ::: \"memory\");");
  decoy.replace(decoy.find("[[stage.op]]"), 12, "[[stage.op]]\ncopy = { from = \"x\", to = \"z\" }\n[[stage.op]]");
  const auto j = judge(workshop::manifest, reference, seed, decoy);
  EXPECT_EQ(j.screened, "ok");
  EXPECT_FALSE(j.confirmation.passed);
  EXPECT_EQ(j.reason(), "no_work");
}

TEST(LowerPrecision, IsNamedByWhatItDid) {
  const std::string head =
      "#include <string.h>\nstatic float bf16(float v) { unsigned b; memcpy(&b, &v, 4); b = (b + 0x7fff + (b >> 16 & "
      "1)) & "
      "0xffff0000u; memcpy(&v, &b, 4); return v; }\n";
  const auto inputs =
      workshop::Bench::shared().judge(axpy("for (int i = 0; i < n; ++i) z[i] = a * bf16(x[i]) + bf16(y[i]);", head));
  EXPECT_EQ(workshop::outcome(inputs), "wrong_result lower_precision") << workshop::said(inputs);
  EXPECT_THAT(workshop::said(inputs), HasSubstr("right for inputs rounded to bf16"));
  const auto outputs =
      workshop::Bench::shared().judge(axpy("for (int i = 0; i < n; ++i) z[i] = bf16(a * x[i] + y[i]);", head));
  EXPECT_EQ(workshop::outcome(outputs), "wrong_result lower_precision") << workshop::said(outputs);
  EXPECT_THAT(workshop::said(outputs), HasSubstr("every element of z is a value of bf16"));
  const auto other =
      workshop::Bench::shared().judge(axpy("for (int i = 0; i < n; ++i) z[i] = 1.01f * a * x[i] + y[i];"));
  EXPECT_EQ(workshop::outcome(other), "wrong_result mismatch") << workshop::said(other);
}

TEST(Tripwire, NotesWhatHonestKernelsSeldomNeedAndJudgesNothing) {
  EXPECT_THAT(tripwires("extern \"C\" void k(float* x) { x[0] = 1; }\n// asm rdtsc\n/* static int k; */"), IsEmpty());
  EXPECT_THAT(tripwires("const char* s = \"asm\"; static const int k = 3; static inline int f() { return 1; }"),
              IsEmpty());
  EXPECT_THAT(tripwires("unsigned long t = __builtin_ia32_rdtsc();"), Contains("reads a clock"));
  EXPECT_THAT(tripwires("static float memo[1024];"), Contains("keeps state between calls"));
  EXPECT_THAT(tripwires("static bool first = true;"), Contains("keeps state between calls"));
  EXPECT_THAT(tripwires("#pragma GCC optimize(\"fast-math\")"), Contains("changes the compiler's options by pragma"));
  EXPECT_THAT(tripwires("auto f = fopen(\"/proc/self/maps\", \"r\");"), Contains("names a path of the system"));
  EXPECT_THAT(tripwires(std::string(200000, 'a') + " asm(\"nop\");"), Contains("contains assembler"));
  const auto e = workshop::Bench::shared().judge(axpy("HONEST asm volatile(\"\" ::: \"memory\");"));
  EXPECT_EQ(workshop::outcome(e), "ok");
  EXPECT_THAT(workshop::said(e), HasSubstr("tripwire: contains assembler"));
}

}  // namespace
}  // namespace ridge
