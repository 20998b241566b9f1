// Every row of "hostile candidates: who notices, and what is said" as a candidate. After each of them the same
// evaluator judges an honest one: a candidate may fail, a run may not.
#include <cstddef>

#include "confine/confine.h"
#include "device/cpu/internal/protocol.h"
#include "workshop.h"

namespace ridge {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using workshop::axpy;

struct Row {
  std::string name, source;
  std::string expected;      // verdict and reason
  std::string text = "";     // a part of what is said
  double time_limit_s = 60;  // of one call: generous but where the limit itself is tested
};
void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

const std::string openmp = "[build]\nflags = [\"-O2\", \"-fopenmp\"]\n";
const std::string fast = "[build]\nflags = [\"-O2\", \"-ffast-math\"]\n";

// The doorbell lies at a fixed distance before the first set's first buffer, so a candidate can find it.
const std::string doorbell = fmt::format(
    "#include <unistd.h>\n#include <sys/syscall.h>\n#include <linux/futex.h>\n#include <time.h>\n#include <string.h>\n"
    "static char* control(const float* x) {{ return (char*)((unsigned long)x / 4096 * 4096) - 4096 - {}ul - 4096; }}\n"
    "static void answer(char* c, unsigned phase) {{\n"
    "  __atomic_store_n((unsigned*)(c + {}), *(unsigned*)(c + {}) * 4 + phase, __ATOMIC_SEQ_CST);\n"
    "  syscall(SYS_futex, c + {}, FUTEX_WAKE, 1 << 30, nullptr, nullptr, 0);\n"
    "  timespec t{{0, 200000000}};\n"
    "  nanosleep(&t, nullptr);\n}}\n"
    "static bool first = true;\n",
    cpu::program_bytes, offsetof(cpu::Control, answer), offsetof(cpu::Control, go), offsetof(cpu::Control, answer));

std::vector<Row> rows() {
  return {
      {"segfault", axpy("volatile int* p = nullptr; asm(\"\" : \"+r\"(p)); *p = 1; HONEST"), "crashed signal",
       "signal 11"},
      {"abort", axpy("__builtin_abort();"), "crashed signal", "signal 6"},
      {"illegal_instruction", axpy("__builtin_trap();"), "crashed signal", "signal 4"},
      {"stack_overflow",
       axpy("z[0] = deep(n);",
            "static __attribute__((noinline)) int deep(int n) { volatile char c[4096]; c[n % 4096] = 1; "
            "return deep(n + 1) + c[n % 4096]; }"),
       "crashed signal", "signal 11"},
      {"exit", axpy("_exit(0);", "#include <unistd.h>"), "crashed exit", "status 0"},
      {"throws", axpy("throw 1;"), "crashed signal", "signal 6"},
      {"loops_for_ever", axpy("for (volatile int i = 0;; i = i + 1) {}"), "timed_out time_limit", "no answer within",
       0.5},
      {"sleeps_for_ever", axpy("for (;;) pause();", "#include <unistd.h>"), "crashed forbidden_call", "pause"},
      {"exhausts_memory",
       axpy("for (;;) { volatile char* p = (volatile char*)malloc(1 << 20); for (int i = 0; i < 1 << 20; i += 4096) "
            "p[i] = 1; }",
            "#include <stdlib.h>"),
       "crashed memory_limit", "MiB"},
      {"forks", axpy("fork(); HONEST", "#include <unistd.h>"), "crashed forbidden_call", "clone"},
      {"runs_a_program", axpy("system(\"true\"); HONEST", "#include <stdlib.h>"), "crashed forbidden_call"},
      {"opens_a_socket", axpy("socket(AF_INET, SOCK_STREAM, 0); HONEST", "#include <sys/socket.h>"),
       "crashed forbidden_call", "socket"},
      {"reads_a_file", axpy("open(\"/etc/passwd\", O_RDONLY); HONEST", "#include <fcntl.h>"), "crashed forbidden_call",
       "openat"},
      {"writes_a_file", axpy("fopen(\"/tmp/x\", \"w\"); HONEST", "#include <stdio.h>"), "crashed forbidden_call",
       "openat"},
      {"ptraces", axpy("ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); HONEST", "#include <sys/ptrace.h>"),
       "crashed forbidden_call", "ptrace"},
      {"signals_its_parent", axpy("kill(getppid(), 9); HONEST", "#include <signal.h>\n#include <unistd.h>"),
       "crashed forbidden_call"},
      {"maps_executable_memory",
       axpy("mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); HONEST",
            "#include <sys/mman.h>"),
       "crashed forbidden_call", "mmap"},
      {"makes_a_thread", axpy("std::thread([] {}).join(); HONEST", "#include <thread>"), "crashed forbidden_call",
       "clone"},
      {"makes_a_thread_beside_its_team", axpy("std::thread([] {}).join(); HONEST", "#include <thread>", openmp),
       "crashed forbidden_call", "clone"},
      {"asks_for_a_larger_team",
       axpy(fmt::format("\n#pragma omp parallel for num_threads({})\n  HONEST",
                        workshop::device().capabilities().cores + 6),
            "", openmp),
       "crashed forbidden_call", "clone"},
      // The master leaves the region by longjmp, past the barrier at its end: the only way to return while another
      // thread of the team goes on. (On a machine with one core there is no other thread, and so nothing to be late.)
      {"works_after_the_call",
       axpy("HONEST\n  if (!begun) {\n    begun = true;\n    if (!__builtin_setjmp(out)) {\n#pragma omp parallel\n     "
            " {\n"
            "        if (omp_get_thread_num() == 0) leave();\n        for (volatile long i = 0;; i = i + 1) {}\n      "
            "}\n    "
            "}\n  }",
            "#include <omp.h>\nstatic bool begun = false;\nstatic void* out[5];\n"
            "static __attribute__((noinline)) void leave() { __builtin_longjmp(out, 1); }",
            openmp),
       workshop::device().capabilities().cores > 1 ? "wrong_result late_work" : "timed_out time_limit",
       workshop::device().capabilities().cores > 1 ? "processor time" : "",
       workshop::device().capabilities().cores > 1 ? 60.0 : 0.5},
      {"answers_before_it_is_done", axpy("if (first) { first = false; answer(control(x), 1); }\n  HONEST", doorbell),
       "wrong_result unwritten"},
      {"claims_that_the_worker_refuses",
       axpy(fmt::format(
                "if (first) {{ first = false; strcpy(control(x) + {}, \"seal: no\"); answer(control(x), 3); }} HONEST",
                offsetof(cpu::Control, message)),
            doorbell),
       "launch_failed launch"},
      {"constructor",
       axpy("HONEST", "static volatile int k;\n__attribute__((constructor)) static void early() { k = 1; }"),
       "rejected load_time_code", "constructors"},
      {"destructor",
       axpy("HONEST", "static volatile int k;\n__attribute__((destructor)) static void late() { k = 1; }"),
       "rejected load_time_code", "destructors"},
      {"static_initialiser",
       axpy("HONEST", "#include <stdlib.h>\nstatic int k = abs(rand());\nint* use() { return &k; }"),
       "rejected load_time_code", "constructors"},
      {"one_element_behind", axpy("HONEST z[n] = 1;"), "wrong_result bounds",
       "z: written [1-4] byte\\(s\\) behind its end"},
      {"one_element_before", axpy("HONEST z[-1] = 1;"), "wrong_result bounds",
       "z: written [1-4] byte\\(s\\) before its beginning"},
      {"one_byte_behind_an_input", axpy("HONEST ((char*)(x + n))[0] ^= 1;"), "wrong_result bounds",
       "x: written 1 byte"},
      {"far_behind", axpy("HONEST for (int i = n; i < n + 8192; ++i) z[i] = 1;"), "crashed signal", "guard page"},
      {"far_before", axpy("HONEST for (int i = 0; i > -8192; --i) z[i - 1] = 1;"), "crashed signal", "guard page"},
      {"outputs_left_unwritten", axpy("for (int i = 0; i < n / 2; ++i) z[i] = a * x[i] + y[i];"),
       "wrong_result unwritten", "not written"},
      {"one_output_left_unwritten", axpy("for (int i = 0; i < n - 1; ++i) z[i] = a * x[i] + y[i];"),
       "wrong_result unwritten", "1 of "},
      {"returns_nan", axpy("HONEST z[n / 2] = __builtin_nanf(\"\");"), "wrong_result not_finite", "not finite"},
      {"returns_infinity", axpy("HONEST z[n / 2] = __builtin_inff();"), "wrong_result not_finite", "not finite"},
      {"modifies_an_input", axpy("HONEST ((float*)x)[n - 1] += 1;"), "wrong_result input_modified", "x: input changed"},
      {"swaps_an_input_behind_the_comparison", axpy("HONEST ((float*)y)[0] = 0;"), "wrong_result input_modified",
       "y: "},
      {"prints_a_gigabyte",
       axpy("static bool said = false;\n  if (!said) for (int i = 0; i < 1 << 18; ++i) fwrite(line, 1, 4096, stdout);\n"
            "  said = true;\n  HONEST",
            "#include <stdio.h>\nstatic char line[4096] = \"much\";"),
       "ok", "cut at 64 KiB"},
      {"prints_bytes_that_are_no_text", axpy("write(2, \"\\xff\\xfe\\x80\", 3); HONEST", "#include <unistd.h>"), "ok",
       "output: "},
      {"includes_a_file_outside", axpy("HONEST", "#include \"/etc/passwd\""), "compile_failed compiler_error",
       "/etc/passwd"},
      {"includes_from_the_host", axpy("HONEST", "#include \"/proc/self/environ\""), "compile_failed compiler_error"},
      {"incbins_a_file_outside", axpy("HONEST", "asm(\".data\\n.incbin \\\"/etc/passwd\\\"\\n.text\");"),
       "compile_failed compiler_error", "/etc/passwd"},
      {"template_recursion",
       axpy("HONEST z[0] += Deep<0>::value;",
            "template <int N> struct Deep { static const int value = Deep<N + 1>::value; };"),
       "compile_failed compiler_error", "instantiation depth"},
      {"image_beyond_the_limit", axpy("HONEST", "asm(\".data\\n.fill 400000000, 1, 1\\n.text\");"),
       "compile_failed compiler_limit"},
      {"no_such_kernel", "/* ridgeline\n[[stage]]\n[[stage.op]]\nlaunch = \"axpy\"\nargs = [\"x\"]\n*/\n",
       "compile_failed missing_kernel"},
#if defined(__x86_64__)
      // Linked with -ffast-math, a shared object usually carries start-up code that sets flush-to-zero for the process.
      {"fast_math_start_up", axpy("HONEST if (__builtin_ia32_stmxcsr() & 0x8040) z[0] = 0;", "", fast), "ok"},
#endif
      {"plan_names_something_unknown",
       "/* ridgeline\n[[stage]]\n[[stage.op]]\nlaunch = \"axpy\"\nargs = [\"x\", \"yy\"]\n*/\nextern \"C\" void axpy() "
       "{}\n",
       "rejected plan", "it.cpp:5"},
      {"flag_outside_the_set", axpy("HONEST", "", "[build]\nflags = [\"-fplugin=/tmp/x.so\"]\n"), "rejected flags",
       "-fplugin"},
      {"ignores_a_scalar", axpy("for (int i = 0; i < n; ++i) z[i] = 2.5f * x[i] + y[i];"),
       "wrong_result ignored_scalar", "passes when a = 2.5"},
      {"knows_the_published_sizes", axpy("if (n == 1000 || n == 4096) HONEST"), "wrong_result hard_coded_size",
       "passes when n = 1000"},
      {"nondeterministic", axpy("static int calls = 0;\n  HONEST\n  if (++calls % 3 == 0) z[0] += 1;"),
       "wrong_result nondeterministic", "the same input"},
      {"right_only_once_in_a_process", axpy("static int calls = 0;\n  HONEST\n  if (++calls > 1) z[0] += 1;"),
       "wrong_result nondeterministic", "the same input"},
      // Remembering by pointer or by content gains nothing: no process sees a draw twice but at another address, and
      // outputs are poisoned before every call.
      {"remembers_by_pointer",
       axpy("static const float* seen[64];\n  for (auto& s : seen) { if (s == x) return; if (!s) { s = x; break; } }\n "
            " HONEST"),
       "", ""},
      {"remembers_by_content",
       axpy("static float key[64], value[64][4096]; static int used = 0;\n"
            "  for (int k = 0; k < used; ++k) if (key[k] == x[0] && n <= 4096) { memcpy(z, value[k], 4 * n); return; "
            "}\n  HONEST\n"
            "  if (used < 64 && n <= 4096) { key[used] = x[0]; memcpy(value[used++], z, 4 * n); }",
            "#include <string.h>"),
       "", ""},
  };
}

class Hostile : public testing::TestWithParam<Row> {};

TEST_P(Hostile, IsNoticedAndTheRunGoesOn) {
  const Row& row = GetParam();
  if (!probe_layers().seccomp && row.expected.ends_with("forbidden_call"))
    GTEST_SKIP() << "the system has no seccomp: " << probe_layers().missing().back();
  auto& bench = workshop::Bench::shared(row.time_limit_s);
  const Evaluation e = bench.judge(row.source);
  if (row.expected.empty()) {
    EXPECT_TRUE(e.verdict == Verdict::ok || e.verdict == Verdict::wrong_result) << workshop::outcome(e);
  } else {
    EXPECT_EQ(workshop::outcome(e), row.expected) << workshop::said(e);
  }
  if (row.text.find('[') != std::string::npos) {
    EXPECT_THAT(workshop::said(e), ContainsRegex(row.text));
  } else {
    EXPECT_THAT(workshop::said(e), HasSubstr(row.text));
  }
  const Evaluation after = bench.judge(workshop::honest());
  EXPECT_EQ(workshop::outcome(after), "ok") << workshop::said(after);
}

INSTANTIATE_TEST_SUITE_P(Rows, Hostile, testing::ValuesIn(rows()), [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace ridge
