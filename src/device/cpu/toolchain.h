// Compiling a candidate: one translation unit with generated glue, built by a confined compiler, cached by content.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "device/device.h"

namespace ridge::cpu {

struct Toolchain {
  std::map<std::string, std::string> compilers;  // "g++" → absolute path; only those that work
  std::map<std::string, std::string> versions;   // "g++" → "g++ (Debian 12.2.0-14) 12.2.0"
  std::vector<std::string> names;                // default first
  static Toolchain find();
};

// The candidate's source followed by glue: a table of functions that unpack arguments and call the kernels. The glue
// holds number, constness and element size of every argument against the plan, by decltype(&kernel), so a wrong
// signature is a compile error.
std::string translation_unit(const CompileJob& job);

// Compiles in the jail. `cache_folder` empty = no cache. The candidate's faults come back as such; a missing compiler
// is an Error.
Result<Judged<Binary>> compile_unit(const Toolchain& toolchain, const std::string& worker,
                                    const std::string& cache_folder, const CompileJob& job);

// The compiler's output for an operator or a person: first errors first, our own paths removed, at most 2,000
// characters.
std::string short_diagnostics(const std::string& compiler_output);

}  // namespace ridge::cpu
