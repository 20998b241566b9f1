#include "evaluate/tripwire.h"

#include <algorithm>
#include <regex>

namespace ridge {
namespace {

struct Wire {
  const char* pattern;
  const char* note;
};
constexpr Wire kWires[] = {
    {R"(\b(__rdtscp?|_rdtsc|rdtscp?|__builtin_ia32_rdtscp?|clock_gettime|gettimeofday|steady_clock|omp_get_wtime)\b)",
     "reads a clock"},
    {R"(\b(asm|__asm__)\b)", "contains assembler"},
    {R"(\b(syscall|dlopen|dlsym|mmap|mprotect|ptrace|fork|execve|socket|sigaction|signal|setjmp|longjmp|__builtin_setjmp|__builtin_longjmp)\b)",
     "calls the system or leaves the flow of calls"},
    {R"(\bridgeline_)", "names the harness"},
    {R"(#\s*pragma\s+GCC\s+(optimize|target|plugin))", "changes the compiler's options by pragma"},
    {R"(\b(static|thread_local)\s+(?!inline\b|const\b|constexpr\b|constinit\b|__attribute__|_Noreturn)[A-Za-z_][\w:<>,\s*&]*[\s*&]\w+(\[[^\]]*\])*\s*(=|;))",
     "keeps state between calls"},
    {R"(/proc/|/dev/|/etc/)", "names a path of the system"},
};

// Comments and literals become blanks: a word there does nothing. (Paths are looked for with literals kept.)
std::string code_only(const std::string& source, bool keep_literals) {
  std::string out;
  out.reserve(source.size());
  for (std::size_t i = 0; i < source.size();) {
    if (source.compare(i, 2, "//") == 0) {
      while (i < source.size() && source[i] != '\n') ++i;
    } else if (source.compare(i, 2, "/*") == 0) {
      const std::size_t end = source.find("*/", i + 2);
      i = end == std::string::npos ? source.size() : end + 2;
      out += ' ';
    } else if (source[i] == '"' || source[i] == '\'') {
      const char quote = source[i];
      const std::size_t begin = i++;
      while (i < source.size() && source[i] != quote && source[i] != '\n') i += source[i] == '\\' ? 2 : 1;
      i = std::min(source.size(), i + 1);
      out += keep_literals ? source.substr(begin, i - begin) : std::string("\"\"");
    } else {
      out += source[i++];
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> tripwires(const std::string& source) {
  // std::regex recurses over what it matches: long lines are looked at in pieces.
  std::vector<std::string> notes;
  for (const Wire& wire : kWires) {
    const std::regex pattern(wire.pattern);
    const std::string code = code_only(source, wire.pattern[0] == '/');
    bool found = false;
    for (std::size_t at = 0; at < code.size() && !found;) {
      std::size_t end = code.find('\n', at);
      if (end == std::string::npos) end = code.size();
      for (std::size_t piece = at; piece < end && !found; piece += 1000)
        found = std::regex_search(code.begin() + std::ptrdiff_t(piece),
                                  code.begin() + std::ptrdiff_t(std::min(end, piece + 1100)), pattern);
      at = end + 1;
    }
    if (found) notes.emplace_back(wire.note);
  }
  return notes;
}

}  // namespace ridge
