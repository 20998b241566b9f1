// A reference that is wrong in itself is an Error that names it, and the next request finds a new worker.
#include "evaluate/oracle.h"

#include "workshop.h"

namespace ridge {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string good_inputs =
    "#include <ridgeline/reference.h>\n"
    "void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) { for (float& v : c.f32(\"x\")) v = float(rng.unit()); }\n";

std::string with_oracle(const std::string& body) {
  return good_inputs + "void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {\n" + body +
         "\n}\nRIDGELINE_REFERENCE(inputs, oracle)\n";
}

struct Asked {
  workshop::Folder folder;
  std::unique_ptr<Oracle> oracle;
  Draw draw;

  explicit Asked(const std::string& reference, double time_limit_s = 60)
      : folder(workshop::Folder::make(workshop::manifest, reference)) {
    auto made = make_oracle(*folder.task, time_limit_s);
    EXPECT_TRUE(made) << made.error().message;
    if (made) oracle = std::move(*made);
    draw.seed = 1;
  }
  const Workload& workload() const { return folder.task->workloads.front(); }
  Result<void> inputs() { return oracle->inputs(workload(), draw); }
  Result<void> answers() { return oracle->answers(workload(), draw); }
};

std::string message(const Result<void>& r) {
  return r ? "(no error)" : r.error().message;
}

TEST(OracleProcess, SameSeedSameInputsOtherSeedOthers) {
  Asked a(workshop::reference);
  ASSERT_TRUE(a.inputs());
  const auto first = a.draw.inputs;
  ASSERT_TRUE(a.inputs());
  EXPECT_EQ(a.draw.inputs, first);
  EXPECT_EQ(first[0].size(), 4000u);
  EXPECT_TRUE(first[2].empty()) << "an output has no input";
  a.draw.seed = 2;
  ASSERT_TRUE(a.inputs());
  EXPECT_NE(a.draw.inputs, first);
}

TEST(OracleProcess, AnswersFollowFromInputs) {
  Asked a(workshop::reference);
  ASSERT_TRUE(a.inputs());
  ASSERT_TRUE(a.answers());
  const double x = decode(a.draw.inputs[0].data(), ScalarType::f32),
               y = decode(a.draw.inputs[1].data(), ScalarType::f32);
  EXPECT_DOUBLE_EQ(a.draw.answers[2].real[0], 2.5 * x + y);
  EXPECT_TRUE(a.draw.answers[0].real.empty());
}

TEST(OracleProcess, ACrashIsAnErrorAndTheNextRequestIsServed) {
  // Crashes for one seed only, which arrives in the first input.
  Asked a(
      good_inputs.substr(0, good_inputs.find("void inputs")) +
      "void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) { c.f32(\"x\")[0] = float(rng.integer(1, 1 << 20)); }\n"
      "void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {\n"
      "  if (c.f32(\"x\")[0] == 0) __builtin_trap();\n  for (double& v : out.real(\"z\")) v = 1;\n}\n"
      "RIDGELINE_REFERENCE(inputs, oracle)\n");
  ASSERT_TRUE(a.inputs());
  const auto good = a.draw.inputs;
  for (int i = 0; i < 3; ++i) {
    a.draw.answers.clear();
    std::fill_n(a.draw.inputs[0].begin(), 4, std::byte{0});
    EXPECT_THAT(message(a.answers()), AllOf(HasSubstr("reference.cpp: workload 1000"), HasSubstr("it crashed")));
    a.draw.inputs = good;
    EXPECT_EQ(message(a.answers()), "(no error)");
    EXPECT_EQ(a.draw.answers[2].real[0], 1.0);
  }
}

TEST(OracleProcess, AHangIsAnErrorAndTheNextRequestIsServed) {
  Asked a(with_oracle("for (;;) asm volatile(\"\");"), 0.3);
  EXPECT_EQ(message(a.inputs()), "(no error)");
  EXPECT_THAT(message(a.answers()), HasSubstr("no answer within 0.3 s"));
  EXPECT_EQ(message(a.inputs()), "(no error)");
}

TEST(OracleProcess, OnlyTheLastWorkersComplaintIsTold) {
  Asked a(with_oracle("if (c.f32(\"x\")[0] == 0) c.f32(\"first\"); else c.f32(\"second\");"));
  ASSERT_TRUE(a.inputs());
  auto other = a.draw.inputs;
  std::fill_n(a.draw.inputs[0].begin(), 4, std::byte{0});
  EXPECT_THAT(message(a.answers()), HasSubstr("no input buffer of this name: \"first\""));
  a.draw.inputs = other;
  EXPECT_THAT(message(a.answers()), AllOf(HasSubstr("\"second\""), testing::Not(HasSubstr("\"first\""))));
}

TEST(OracleProcess, ANameOrTypeTheTaskDoesNotDeclareIsSaid) {
  EXPECT_THAT(message([] {
                Asked a(with_oracle("c.f64(\"x\");"));
                (void)a.inputs();
                return a.answers();
              }()),
              HasSubstr("another type than the task declares"));
  EXPECT_THAT(message([] {
                Asked a(with_oracle("c.integer(\"m\");"));
                (void)a.inputs();
                return a.answers();
              }()),
              HasSubstr("no symbol of this name: \"m\""));
}

TEST(OracleProcess, AnswersThatWereForgottenOrAreNotFiniteAreAnError) {
  for (const char* body : {"", "for (double& v : out.real(\"z\")) v = 1; out.real(\"z\")[3] = 1.0 / 0.0;"}) {
    Asked a(with_oracle(body));
    ASSERT_TRUE(a.inputs());
    EXPECT_THAT(message(a.answers()), HasSubstr("not finite everywhere")) << body;
  }
}

TEST(OracleProcess, AReferenceThatIsNoneIsAnError) {
  Asked without_entry("int nothing_here;\n// RIDGELINE_REFERENCE(inputs, oracle)\n");
  EXPECT_THAT(message(without_entry.inputs()), HasSubstr("no RIDGELINE_REFERENCE"));

  const auto folder =
      workshop::Folder::make(workshop::manifest, "this is not C++\n// RIDGELINE_REFERENCE(inputs, oracle)\n");
  const auto oracle = make_oracle(*folder.task);
  ASSERT_FALSE(oracle);
  EXPECT_THAT(oracle.error().message, AllOf(HasSubstr("reference.cpp: does not compile"), HasSubstr("error:")));
}

TEST(OracleProcess, ACustomMetricIsAsked) {
  Asked a(with_oracle("for (double& v : out.real(\"z\")) v = 1;").substr(0, std::string::npos));
  ASSERT_TRUE(a.inputs());
  ASSERT_TRUE(a.answers());
  const std::vector<std::byte> got(4000);
  const auto none = a.oracle->metric(a.workload(), a.draw, 2, got);
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("no custom metric"));

  std::string text = with_oracle("for (double& v : out.real(\"z\")) v = 1;");
  text = text.substr(0, text.find("RIDGELINE_REFERENCE")) +
         "double error(const ridge::ref::Case& c, const ridge::ref::RawBuffer& got, const ridge::ref::RawBuffer& "
         "expected) {\n"
         "  return double(got.count) + static_cast<float*>(got.data)[0] + static_cast<double*>(expected.data)[0] + "
         "c.real(\"a\");\n}\n"
         "RIDGELINE_REFERENCE_WITH_METRIC(inputs, oracle, error)\n";
  Asked b(text);
  ASSERT_TRUE(b.inputs());
  ASSERT_TRUE(b.answers());
  const auto error = b.oracle->metric(b.workload(), b.draw, 2, got);
  ASSERT_TRUE(error) << error.error().message;
  EXPECT_DOUBLE_EQ(*error, 1000 + 0 + 1 + 2.5);
}

}  // namespace
}  // namespace ridge
