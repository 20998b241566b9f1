// From a source to an image: what a wrong signature is told, what the cache may and may not do.
#include "device/cpu/toolchain.h"

#include <filesystem>
#include <fstream>

#include "base/paths.h"
#include "device/cpu/builder.h"
#include "plans.h"
#include "workshop.h"

namespace ridge::cpu {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using namespace plans;

const Toolchain& toolchain() {
  static const Toolchain found = Toolchain::find();
  return found;
}

Result<Judged<Binary>> built(const CompileJob& j, const std::string& cache = "") {
  return Builder(toolchain(), worker_path(), cache).alone(j);
}

// "x" is read only, "y" is not; then a 32-bit integer and a float.
const std::vector<KernelSignature> one_kernel = {
    {"k", {pointer(ScalarType::f32, true), pointer(ScalarType::f32), value(ScalarType::i32), value(ScalarType::f32)}}};

struct Mismatch {
  std::string name, declaration, text;
};
void PrintTo(const Mismatch& m, std::ostream* out) {
  *out << m.name;
}

class WrongSignature : public testing::TestWithParam<Mismatch> {};

TEST_P(WrongSignature, IsACompileErrorThatNamesTheArgument) {
  const Fault f = fault_of(built(job("extern \"C\" void k(" + GetParam().declaration + ") {}\n", one_kernel)));
  EXPECT_EQ(outcome(f), "compile_failed signature") << f.text;
  EXPECT_THAT(f.text, HasSubstr(GetParam().text));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, WrongSignature,
    testing::Values(
        Mismatch{"too_few", "const float*, float*, int", "kernel k: the plan passes 4 argument(s)"},
        Mismatch{"too_many", "const float*, float*, int, float, int", "kernel k: the plan passes 4 argument(s)"},
        Mismatch{"writable_input", "float*, float*, int, float", "argument 1: this buffer is read only"},
        Mismatch{"value_for_a_buffer", "const float*, float, int, float", "argument 2: the plan passes a buffer"},
        Mismatch{"buffer_for_a_value", "const float*, float*, int*, float", "argument 3: the plan passes a i32 (int)"},
        Mismatch{"wider_integer", "const float*, float*, long, float", "argument 3: the plan passes a i32 (int)"},
        Mismatch{"integer_for_a_real", "const float*, float*, int, int", "argument 4: the plan passes a f32 (float)"},
        Mismatch{"wider_real", "const float*, float*, int, double", "argument 4: the plan passes a f32 (float)"},
        Mismatch{"wider_elements", "const float*, double*, int, float",
                 "argument 2: the plan passes a buffer of f32 (float)"},
        Mismatch{"narrower_elements", "const float*, short*, int, float",
                 "argument 2: the plan passes a buffer of f32"}),
    [](const auto& row) { return row.param.name; });

TEST(Glue, OtherViewsOfTheSameElementsAreFine) {
  for (const char* declaration : {"const float* __restrict, float* const, int, float",
                                  "const void*, void*, unsigned, const float", "const int*, unsigned char*, int, float",
                                  "const float*, float __attribute__((vector_size(64)))*, int, float"}) {
    const Fault f = fault_of(built(job(std::string("extern \"C\" void k(") + declaration + ") {}\n", one_kernel)));
    EXPECT_EQ(f.stage, "no fault") << declaration << ": " << f.text;
  }
}

TEST(Glue, AKernelThatIsNotThereIsNamed) {
  const Fault f = fault_of(built(job("extern \"C\" void other() {}\n", one_kernel)));
  EXPECT_EQ(outcome(f), "compile_failed missing_kernel");
  EXPECT_THAT(f.text, HasSubstr("k"));
}

TEST(Glue, AKernelOnlyDeclaredDoesNotLink) {
  const Fault f = fault_of(built(job("extern \"C\" void k(const float*, float*, int, float);\n", one_kernel)));
  EXPECT_EQ(f.verdict, Verdict::compile_failed);
  EXPECT_THAT(f.text, HasSubstr("undefined reference"));
}

// The first link does without the C++ library; what needs it is linked again and says nothing of the first.
TEST(Glue, AKernelMayUseTheCxxLibrary) {
  const auto b =
      built(job("#include <map>\n#include <string>\nextern \"C\" void k(const float* x, float* y, int n, float) {\n"
                "  std::map<std::string, float> m;\n  for (int i = 0; i < n; ++i) m[std::to_string(x[i])] = x[i];\n"
                "  for (int i = 0; i < n; ++i) y[i] = float(m.size());\n}\n",
                one_kernel));
  ASSERT_TRUE(b) << b.error().message;
  EXPECT_TRUE(*b) << b->error().text;
  const Fault f =
      fault_of(built(job("#include <string>\nvoid absent(std::string);\n"
                         "extern \"C\" void k(const float*, float*, int, float) { absent(\"\"); }\n",
                         one_kernel)));
  EXPECT_THAT(f.text,
              AllOf(HasSubstr("undefined reference"), HasSubstr("absent"),
                    Not(HasSubstr("basic_string<char, std::char_traits<char>, std::allocator<char> >::_M_create"))));
}

TEST(Glue, TheCandidatesOwnMistakesKeepTheirLines) {
  const Fault f = fault_of(built(job("int a;\nint b = ;\n", one_kernel)));
  EXPECT_EQ(outcome(f), "compile_failed compiler_error");
  EXPECT_THAT(f.text, AllOf(HasSubstr("it.cpp:2"), Not(HasSubstr("unit.cpp"))));
}

TEST(Glue, ACompilerThatIsNotHereIsNamedWithTheNearest) {
  CompileJob j = job("", one_kernel);
  j.compiler = "g+++";
  EXPECT_THAT(fault_of(built(j)).text, AllOf(HasSubstr("g+++"), HasSubstr("g++")));
}

TEST(ShortDiagnostics, ErrorsComeFirstAndPathsOfOursGo) {
  EXPECT_EQ(
      short_diagnostics("it.cpp: In function 'k':\nit.cpp:3: error: no\n\n/usr/bin/ld: undefined reference to `f'\n"),
      "it.cpp:3: error: no\nld: undefined reference to `f'\nit.cpp: In function 'k':");
  EXPECT_EQ(short_diagnostics(""), "");
}

TEST(ShortDiagnostics, AFloodIsCutAtWholeLines) {
  std::string flood;
  for (int i = 0; i < 1000; ++i) flood += "it.cpp:1: error: again and again\n";
  const std::string text = short_diagnostics(flood);
  EXPECT_LE(text.size(), 2010u);
  EXPECT_TRUE(text.ends_with("again\n…")) << text.substr(text.size() - 40);
}

class ImageCache : public testing::Test {
 protected:
  const std::string source = "extern \"C\" void k(const float*, float* y, int, float a) { y[0] = a; }\n";
  Binary made(const CompileJob& j) { return sure(built(j, folder.path())); }
  std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> found;
    for (const auto& f : std::filesystem::recursive_directory_iterator(folder.path()))
      if (f.is_regular_file()) found.push_back(f.path());
    return found;
  }
  TempDir folder = *TempDir::make("cache");
};

TEST_F(ImageCache, TheSecondTimeNothingIsCompiled) {
  const Binary first = made(job(source, one_kernel)), second = made(job(source, one_kernel));
  EXPECT_FALSE(first.cached);
  EXPECT_TRUE(second.cached);
  EXPECT_EQ(second.digest, first.digest);
  EXPECT_EQ(*second.image, *first.image);
}

TEST_F(ImageCache, FlagsMacrosAndPlansAreDifferentImages) {
  made(job(source, one_kernel));
  CompileJob j = job(source, one_kernel, {"-O2"});
  EXPECT_FALSE(made(j).cached);
  j.macros = {{"A", "1"}};
  EXPECT_FALSE(made(j).cached);
  j.macros = {{"A", "2"}};
  EXPECT_FALSE(made(j).cached);
}

TEST_F(ImageCache, AFreshBuildNeverComesFromIt) {
  made(job(source, one_kernel));
  CompileJob j = job(source, one_kernel);
  j.fresh = true;
  EXPECT_FALSE(made(j).cached);
}

TEST_F(ImageCache, ADamagedFileIsCompiledAgain) {
  const Binary first = made(job(source, one_kernel));
  ASSERT_EQ(files().size(), 2u) << "the image, and what the job became";
  for (const auto& path : files()) {
    const auto whole = *read_file(path.string());
    std::string flipped = whole;
    flipped[flipped.size() / 2] ^= 1;
    for (const std::string& damaged : {flipped, whole.substr(0, whole.size() / 2), std::string(), whole + "x"}) {
      ASSERT_TRUE(write_file(path.string(), damaged));
      const Binary again = made(job(source, one_kernel));
      EXPECT_FALSE(again.cached);
      EXPECT_EQ(again.digest, first.digest);
      EXPECT_TRUE(made(job(source, one_kernel)).cached) << "and it is whole again";
    }
  }
}

TEST_F(ImageCache, FaultsAreNotKept) {
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(outcome(fault_of(built(job("nonsense", one_kernel), folder.path()))), "compile_failed compiler_error");
  EXPECT_TRUE(files().empty());
}

}  // namespace
}  // namespace ridge::cpu
