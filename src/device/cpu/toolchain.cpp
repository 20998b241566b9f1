#include "device/cpu/toolchain.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>

#include <sys/stat.h>

#include "base/subprocess.h"
#include "base/text.h"
#include "confine/confine.h"
#include "device/cpu/elf.h"
#include "device/cpu/glue.h"
#include "device/cpu/object.h"

namespace ridge::cpu {
namespace {

constexpr std::uint64_t compile_bytes = 4ull << 30;

Fault compile_fault(Reason reason, std::string text) {
  return {Verdict::compile_failed, reason, "compile", std::move(text)};
}

// First error decides between a wrong signature, a missing kernel and the candidate's own mistakes.
Reason reason_of_output(const std::string& output) {
  for (const std::string& line : split_lines(output)) {
    if (line.find("error:") == std::string::npos && line.find("undefined reference") == std::string::npos) continue;
    const bool glue = line.find(glue_name) != std::string::npos;
    if (line.find("static assertion failed") != std::string::npos ||
        line.find("static_assert failed") != std::string::npos)
      return line.find("kernel ") != std::string::npos ? Reason::signature : Reason::compiler_error;
    if (glue &&
        (line.find("was not declared") != std::string::npos || line.find("undeclared identifier") != std::string::npos))
      return Reason::missing_kernel;
    return Reason::compiler_error;
  }
  return Reason::compiler_error;
}

std::span<const std::byte> bytes_of(const std::string& s) {
  return std::as_bytes(std::span(s.data(), s.size()));
}

}  // namespace

Toolchain Toolchain::find() {
  Toolchain t;
  for (const auto& [name, programs] : {std::pair<std::string, std::vector<std::string>>{"g++", {"g++-12", "g++"}},
                                       {"clang++", {"clang++-19", "clang++"}}}) {
    for (const std::string& program : programs) {
      const std::string path = find_program(program);
      if (path.empty()) continue;
      const auto said = run_process({.argv = {path, "--version"}, .folder = "", .environment = {}, .time_limit_s = 10});
      if (!said || said->exit_code != 0) continue;
      t.compilers[name] = path;
      if (const std::size_t at = program.find("g++"); at != std::string::npos && name == "g++")
        if (const std::string c = find_program(std::string(program).replace(at, 3, "gcc")); !c.empty())
          t.c_drivers[name] = c;
      t.versions[name] = split_lines(said->output).empty() ? path : split_lines(said->output)[0];
      t.names.push_back(name);
      break;
    }
  }
  return t;
}

Judged<std::string> Toolchain::compiler_of(const CompileJob& job) const {
  const std::string& wanted = job.compiler.empty() ? names.front() : job.compiler;
  if (!compilers.contains(wanted))
    return std::unexpected(compile_fault(Reason::compiler_error, fmt::format("compiler \"{}\" is not on this machine{}",
                                                                             wanted, suggestion(wanted, names))));
  // A NUL would end the unit early.
  if (job.source.find('\0') != std::string::npos)
    return std::unexpected(Fault{Verdict::rejected, Reason::plan, "admit", "the source contains a NUL byte"});
  return wanted;
}

Result<Built> build(const Toolchain& toolchain, const std::string& worker, const Recipe& recipe) {
  RIDGE_TRY(const TempDir folder, TempDir::make("compile"));
  const std::string inside = folder.path() + "/job";
  if (mkdir(inside.c_str(), 0755) != 0) return world("{}: {}", inside, std::strerror(errno));
  RIDGE_TRY_VOID(write_scratch(inside + "/unit.cpp", recipe.unit));

  const std::string& program = toolchain.compilers.at(recipe.compiler);
  const bool gnu = recipe.compiler == "g++";
  std::vector<std::string> argv = {
      worker, "jail",  folder.path(), fmt::format("{}", recipe.seconds), fmt::format("{}", compile_bytes),
      "--",   program, "-std=c++20"};
  argv.insert(argv.end(), recipe.flags.begin(), recipe.flags.end());
  for (const auto& [macro, value] : recipe.macros) argv.push_back(fmt::format("-D{}={}", macro, value));
  // A section for each function and object, so that each candidate's code can be told from its neighbours' (object.h).
  for (const char* f : {"-w", "-fPIC", "-fvisibility=hidden", "-fno-ident", "-fdiagnostics-color=never",
                        "-ffunction-sections", "-fdata-sections", "-c", "unit.cpp", "-o", "unit.o"})
    argv.emplace_back(f);
  // Identical functions of two variants would become one, with a jump for the other.
  if (gnu) argv.insert(argv.end(), {"-fno-ipa-icf", "-Wa,--keep-locals"});
  if (recipe.most_errors > 0)
    argv.push_back(fmt::format("-f{}={}", gnu ? "max-errors" : "error-limit", recipe.most_errors));
  const auto link = [&](const std::string& with) {
    argv.push_back(with);
    argv.insert(argv.end(), recipe.flags.begin(), recipe.flags.end());
    for (const char* f :
         {"-w", "-shared", "-nostartfiles", "-fdiagnostics-color=never", "-Wl,--build-id=none", "-Wl,--discard-locals",
          "-Wl,-z,defs", "-Wl,-z,now", "-Wl,-z,noexecstack", "unit.o", "-o", "image.so", "-lm"})
      argv.emplace_back(f);
    for (const std::string& l : recipe.libraries) argv.push_back("-l" + l);
  };
  argv.emplace_back("--then");
  // Reading the symbols of the C++ library takes half of a small unit's link, and hardly a kernel needs it.
  const auto plain = recipe.libraries.empty() ? toolchain.c_drivers.find(recipe.compiler) : toolchain.c_drivers.end();
  if (plain != toolchain.c_drivers.end()) {
    link(plain->second);
    argv.emplace_back("--else");
  }
  link(program);

  // The limit is on processor time: other work on the machine is not the candidate's fault.
  const auto begin = std::chrono::steady_clock::now();
  RIDGE_TRY(const ProcessResult said, run_jailed({.argv = argv,
                                                  .folder = "",
                                                  .environment = {},
                                                  .time_limit_s = 2 * recipe.seconds + 10,
                                                  .output_limit = 256 << 10},
                                                 recipe.seconds));
  Built out;
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  out.cpu_seconds = said.cpu_seconds;
  out.messages = said.output;
  if (said.exit_code == jail_broken) return world("the compiler's jail could not be built: {}", trim(said.output));
  const auto failed = [&](Reason reason, std::string text) {
    out.fault = compile_fault(reason, std::move(text));
    return out;
  };
  if (said.timed_out || said.signal != 0 || said.exit_code == 128 + 24 || said.exit_code == 128 + 9)
    return failed(Reason::compiler_limit, fmt::format("the compiler was stopped after {:.1f} s", out.seconds));
  if (said.exit_code != 0) {
    // The driver outlives the compiler or assembler that met a limit, and says how that one ended.
    if (const std::size_t at = said.output.find("signal terminated program"); at != std::string::npos) {
      const std::size_t line = said.output.rfind('\n', at) + 1;
      return failed(Reason::compiler_limit, "a limit on the compiler's time, memory or output was met: " +
                                                short_diagnostics(said.output.substr(line)));
    }
    if (said.output.find("annot allocate") != std::string::npos ||
        said.output.find("out of memory") != std::string::npos)
      return failed(Reason::compiler_limit, "the compiler ran out of its 4 GiB of memory");
    return failed(reason_of_output(said.output), short_diagnostics(said.output));
  }
  auto image = read_file(inside + "/image.so", 256u << 20);
  if (!image) return failed(Reason::compiler_error, "the compiler left no image");
  const auto bytes = bytes_of(*image);
  out.image = std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
  out.fault = inspect_image(bytes, !recipe.libraries.empty());
  if (auto object = read_file(inside + "/unit.o", 256u << 20))
    if (auto digests = code_digests(bytes_of(*object), recipe.candidates, recipe.kernels))
      out.code = std::move(*digests);
  return out;
}

std::string short_diagnostics(const std::string& output) {
  std::vector<std::string> errors, others;
  for (std::string line : split_lines(output)) {
    if (trim(line).empty()) continue;
    for (std::size_t at; (at = line.find("/usr/bin/")) != std::string::npos;) line.erase(at, 9);
    const bool error =
        line.find("error:") != std::string::npos || line.find("undefined reference") != std::string::npos;
    (error ? errors : others).push_back(std::move(line));
  }
  return errors_first(errors, others);
}

}  // namespace ridge::cpu
