// Running a confined compiler on one translation unit.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "device/device.h"

namespace ridge::cpu {

struct Toolchain {
  std::map<std::string, std::string> compilers;  // "g++" → absolute path; only those that work
  std::map<std::string, std::string> versions;   // "g++" → "g++ (Debian 12.2.0-14) 12.2.0"
  std::vector<std::string> names;                // default first
  std::map<std::string, std::string> c_drivers;  // "g++" → path of its gcc: links without the C++ library
  static Toolchain find();
  // The name of the compiler that a job is for; there must be any. What no compiler could be given is a fault.
  Judged<std::string> compiler_of(const CompileJob& job) const;
};

struct Recipe {
  std::string unit;  // the text
  std::string compiler;
  std::vector<std::string> flags;
  std::vector<std::pair<std::string, std::string>> macros;
  std::vector<std::string> libraries;
  std::size_t candidates = 1, kernels = 0;  // rows of the unit's entry table
  double seconds = 30;                      // of processor time
  int most_errors = 5;                      // 0 = all
};
struct Built {
  std::shared_ptr<const std::vector<std::byte>> image;
  std::vector<Digest> code;  // of each candidate (object.h); empty when the object file is of an unknown form
  std::optional<Fault> fault;
  std::string messages;  // everything the compiler said
  double seconds = 0, cpu_seconds = 0;
};
// Compiles and links in the jail. Errors are the world's.
Result<Built> build(const Toolchain& toolchain, const std::string& worker, const Recipe& recipe);

// The compiler's output for an operator or a person: first errors first, our own paths removed, at most 2,000
// characters.
std::string short_diagnostics(const std::string& compiler_output);

}  // namespace ridge::cpu
