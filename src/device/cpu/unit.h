// From jobs to translation units. Alone, a candidate's source stands as it is between traits and glue. Variants of one
// source (same text, other macros) can share a unit: the text is repeated, each time in a namespace of its own with its
// own #defines around it, and what would leak from one to the next is undone or makes the source unfit for sharing.
#pragma once

#include <expected>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "device/device.h"

namespace ridge::cpu {

// The unit of one job alone.
std::string translation_unit(const CompileJob& job);

// A source that can be repeated.
struct Repeatable {
  std::string head;               // its includes of system headers: once, before everything
  std::string body;               // the same number of lines as the source; `extern "C"` of definitions is taken away
  std::set<std::string> defined;  // macros that it defines: undefined after each repetition
};
// Or why not, in words: constructs that the repetition would change (`__COUNTER__`, assembler, `#line`, specialisations
// in std, includes between definitions, pragmas that last …). `macros` are the names that the jobs define.
std::expected<Repeatable, std::string> repeatable(std::string_view source, const std::set<std::string>& macros);

// The unit of several jobs with the same source and kernels. Messages about job i stand under the file name "i/<file>".
std::string shared_unit(const Repeatable& source, std::span<const CompileJob* const> jobs);
// Which of `count` jobs a compiler's messages are about, ascending.
std::vector<std::size_t> blamed(const std::string& messages, std::size_t count);

}  // namespace ridge::cpu
