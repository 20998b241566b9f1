// Images that would run code before the seal, made by the same compiler with the same flags as every candidate.
#include "device/cpu/elf.h"

#include "base/paths.h"
#include "device/cpu/builder.h"
#include "plans.h"
#include "workshop.h"

namespace ridge::cpu {
namespace {

using testing::HasSubstr;
using namespace plans;

const std::vector<KernelSignature> elf_kernel = {{"k", {pointer(ScalarType::f32)}}};
const std::string plain = "extern \"C\" void k(float* y) { y[0] = 1; }\n";

Result<Judged<Binary>> image_of(const std::string& head, std::vector<std::string> libraries = {}) {
  static const Toolchain found = Toolchain::find();
  CompileJob j = job(head + "\n" + plain, elf_kernel);
  j.libraries = std::move(libraries);
  return Builder(found, worker_path(), "").alone(j);
}

struct LoadTime {
  std::string name, source, text;
};
void PrintTo(const LoadTime& row, std::ostream* out) {
  *out << row.name;
}

class LoadTimeCode : public testing::TestWithParam<LoadTime> {};

TEST_P(LoadTimeCode, IsRefused) {
  const Fault f = fault_of(image_of(GetParam().source));
  // What the linker itself will not make is refused just as well.
  if (f.verdict == Verdict::compile_failed) return;
  EXPECT_EQ(outcome(f), "rejected load_time_code") << f.stage << " " << f.text;
  EXPECT_THAT(f.text, HasSubstr(GetParam().text));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, LoadTimeCode,
    testing::Values(
        LoadTime{"constructor", "volatile int v; __attribute__((constructor)) void f() { v = 1; }", "constructors"},
        LoadTime{"early_constructor", "volatile int v; __attribute__((constructor(101))) void f() { v = 1; }",
                 "constructors"},
        LoadTime{"destructor", "volatile int v; __attribute__((destructor)) void f() { v = 1; }", "destructors"},
        LoadTime{"initialised_global", "int make(); int g = make(); int make() { static volatile int v; return v; }",
                 "constructors"},
        LoadTime{"object_with_a_constructor", "volatile int v; struct S { S() { v = 1; } } s;", "constructors"},
        LoadTime{"init_function", "volatile int v; extern \"C\" void _init() { v = 1; }", "_init"},
        LoadTime{"fini_function", "volatile int v; extern \"C\" void _fini() { v = 1; }", "_fini"},
        LoadTime{"section_by_hand", "asm(\".section .init_array,\\\"aw\\\"\\n.quad k\\n.text\");", "constructors"},
        LoadTime{"ctors_by_hand", "asm(\".section .ctors,\\\"aw\\\"\\n.quad k\\n.text\");", "constructors"},
        LoadTime{"preinit_by_hand", "asm(\".section .preinit_array,\\\"aw\\\"\\n.quad k\\n.text\");", "preinit"},
        LoadTime{"ifunc",
                 "extern \"C\" { static void one() {} static void* pick() { return (void*)one; } void f() "
                 "__attribute__((ifunc(\"pick\"))); } void use() { f(); }",
                 "ifunc"},
        LoadTime{"hidden_ifunc",
                 "extern \"C\" { static void one() {} static void* pick() { return (void*)one; } static void f() "
                 "__attribute__((ifunc(\"pick\"), used)); } void (*use)() = f;",
                 "ifunc"},
        LoadTime{"dynamic_section_by_hand", "asm(\".section .dynamic,\\\"aw\\\"\\n.quad 25, k, 27, 8\\n.text\");", ""}),
    [](const auto& row) { return row.param.name; });

TEST(Image, AnHonestOnePasses) {
  for (const char* head :
       {"", "#include <cmath>\nfloat f(float x) { return std::sin(x); }", "static const float table[3] = {1, 2, 3};",
        "#include <vector>\nvoid f() { static std::vector<int> v(3); v[0] = 1; }"}) {
    const Fault f = fault_of(image_of(head));
    EXPECT_EQ(f.stage, "no fault") << head << ": " << f.text;
  }
}

TEST(Image, AForeignLibraryIsForBaselinesOnly) {
  const Binary b =
      sure(image_of("#include <dlfcn.h>\nvoid* f() { return dlopen(\"x\", 1); }\n"
                    "extern \"C\" const char* zlibVersion(); const char* g() { return zlibVersion(); }",
                    {"z"}));
  EXPECT_TRUE(b.trusted);
  EXPECT_FALSE(inspect_image(*b.image, true));
  const auto fault = inspect_image(*b.image, false);
  ASSERT_TRUE(fault);
  EXPECT_EQ(outcome(*fault), "rejected foreign_library");
  EXPECT_THAT(fault->text, HasSubstr("libz.so"));
}

TEST(Image, AForbiddenImportIsRefused) {
  for (const char* name :
       {"dlopen", "dlsym", "dl_iterate_phdr", "__asan_init", "__tsan_read4", "__sanitizer_print_stack_trace"}) {
    const Fault f = fault_of(
        image_of(fmt::format("extern \"C\" __attribute__((weak)) void {0}(); bool there() {{ return {0} != nullptr; }} "
                             "__attribute__((used)) bool (*ask)() = there;",
                             name)));
    EXPECT_EQ(outcome(f), "rejected foreign_library") << name << ": " << f.text;
    EXPECT_THAT(f.text, HasSubstr(name));
  }
}

TEST(Image, WhatIsNoImageIsRefusedWithoutACrash) {
  EXPECT_TRUE(inspect_image({}, false));
  const Binary good = sure(image_of(""));
  for (const std::size_t n :
       {std::size_t(1), std::size_t(16), std::size_t(64), std::size_t(200), good.image->size() / 4})
    EXPECT_TRUE(inspect_image(std::span(*good.image).first(n), false)) << n;
  // Damage anywhere in the headers and the dynamic section: refused or not, but read within bounds.
  Rng rng(5);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::byte> damaged = *good.image;
    for (int k = 0; k < 4; ++k)
      damaged[rng.below(std::min<std::size_t>(damaged.size(), 4096))] = std::byte(rng.below(256));
    (void)inspect_image(damaged, round % 2 == 0);
  }
}

}  // namespace
}  // namespace ridge::cpu
