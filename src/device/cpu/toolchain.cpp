#include "device/cpu/toolchain.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>

#include <sys/stat.h>

#include "base/subprocess.h"
#include "base/text.h"
#include "device/cpu/elf.h"

namespace ridge::cpu {
namespace {

constexpr std::string_view glue_name = "ridgeline-glue";
constexpr double compile_seconds = 30;
constexpr std::uint64_t compile_bytes = 4ull << 30;

// The traits stand before the candidate (it may define macros), their names are reserved by the prefix.
constexpr std::string_view glue_traits = R"(namespace ridgeline_glue {
template <class T> struct real { static constexpr bool value = false; };
template <> struct real<float> { static constexpr bool value = true; };
template <> struct real<double> { static constexpr bool value = true; };
template <class T> struct real<const T> : real<T> {};
template <class T> struct real<T*> : real<T> {};
template <class T> struct element { static constexpr unsigned long size = 0; static constexpr bool pointer = false, constant = false; };
template <class T> struct element<T*> { static constexpr unsigned long size = sizeof(T); static constexpr bool pointer = true, constant = false; };
template <class T> struct element<const T*> { static constexpr unsigned long size = sizeof(T); static constexpr bool pointer = true, constant = true; };
template <> struct element<void*> { static constexpr unsigned long size = 1; static constexpr bool pointer = true, constant = false; };
template <> struct element<const void*> { static constexpr unsigned long size = 1; static constexpr bool pointer = true, constant = true; };
template <class T> struct plain { using type = T; };
template <class T> struct plain<T* __restrict> { using type = T*; };
template <class T> struct plain<T* const> { using type = T*; };
template <class T> struct plain<const T> { using type = T; };
template <class... P> struct list { static constexpr unsigned long size = sizeof...(P); };
template <class F> struct parameters;
template <class R, class... P> struct parameters<R (*)(P...)> { using type = list<P...>; };
template <class R, class... P> struct parameters<R (*)(P...) noexcept> { using type = list<P...>; };
template <unsigned long I, class L> struct at;
template <class P, class... R> struct at<0, list<P, R...>> { using type = typename plain<P>::type; };
template <unsigned long I, class P, class... R> struct at<I, list<P, R...>> : at<I - 1, list<R...>> {};
template <class T> struct get { static T from(void* a) { return *static_cast<T*>(a); } };
template <class T> struct get<T*> { static T* from(void* a) { return static_cast<T*>(a); } };
}
)";

std::string check_of(const KernelSignature& k, std::size_t i) {
  const KernelSignature::Parameter& p = k.parameters[i];
  const std::string type = fmt::format("ridgeline_glue::at<{}, L>::type", i);
  const std::size_t n = i + 1;
  std::string text;
  if (p.pointer) {
    text += fmt::format(
        "  static_assert(ridgeline_glue::element<{0}>::pointer, \"kernel {1}, argument {2}: the plan passes a buffer, "
        "the kernel takes a "
        "value\");\n",
        type, k.kernel, n);
    if (p.read_only)
      text += fmt::format(
          "  static_assert(ridgeline_glue::element<{0}>::constant, \"kernel {1}, argument {2}: this buffer is read "
          "only, take it by "
          "pointer to const\");\n",
          type, k.kernel, n);
    text += fmt::format(
        "  static_assert(ridgeline_glue::real<{0}>::value ? {5} && ridgeline_glue::element<{0}>::size == {3} : "
        "ridgeline_glue::element<{0}>::size % {3} == 0 || ridgeline_glue::element<{0}>::size == 1, "
        "\"kernel {1}, argument {2}: the plan passes a buffer of {4} ({6})\");\n",
        // Integers and vectors may be another view of the same bytes, a float or double is a mistake.
        type, k.kernel, n, size_of(p.type), name(p.type), is_real(p.type), cpp_name(p.type));
  } else {
    text += fmt::format(
        "  static_assert(!ridgeline_glue::element<{0}>::pointer && sizeof({0}) == {3} && "
        "ridgeline_glue::real<{0}>::value == {4}, "
        "\"kernel {1}, argument {2}: the plan passes a {5} ({6})\");\n",
        type, k.kernel, n, size_of(p.type), p.type == ScalarType::f32 || p.type == ScalarType::f64, name(p.type),
        cpp_name(p.type));
  }
  return text;
}

std::string glue_of(const KernelSignature& k, std::size_t index) {
  std::string text = fmt::format("static void ridgeline_call_{}(void* const* a) {{\n", index);
  text += fmt::format("  using L = ridgeline_glue::parameters<decltype(&{})>::type;\n", k.kernel);
  text += fmt::format("  static_assert(L::size == {1}, \"kernel {0}: the plan passes {1} argument(s)\");\n", k.kernel,
                      k.parameters.size());
  for (std::size_t i = 0; i < k.parameters.size(); ++i) text += check_of(k, i);
  text += fmt::format("  {}(", k.kernel);
  for (std::size_t i = 0; i < k.parameters.size(); ++i)
    text += fmt::format("{}ridgeline_glue::get<ridgeline_glue::at<{}, L>::type>::from(a[{}])", i ? ", " : "", i, i);
  return text + ");\n}\n";
}

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

Digest cache_key(const Toolchain& toolchain, const CompileJob& job, const std::string& unit) {
  Hasher h;
  h.field("ridgeline cpu image 1").field(unit).field(job.compiler).field(toolchain.versions.at(job.compiler));
  for (const auto& [macro, value] : job.macros) h.field(macro).field(value);
  h.field(std::uint64_t(job.flags.size()));
  for (const std::string& f : job.flags) h.field(f);
  for (const std::string& l : job.libraries) h.field(l);
  return h.digest();
}

std::span<const std::byte> bytes_of(const std::string& s) {
  return std::as_bytes(std::span(s.data(), s.size()));
}

// A cached image stands behind its own hash, so a torn or damaged file is only a miss.
std::optional<std::string> cached_image(const std::string& path) {
  auto content = read_file(path);
  if (!content || content->size() < 32) return std::nullopt;
  const Digest digest = hash_bytes(bytes_of(*content).subspan(32));
  if (std::memcmp(digest.data(), content->data(), 32) != 0) return std::nullopt;
  return content->substr(32);
}

void store_image(const std::string& path, const std::string& image) {
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  const Digest digest = hash_bytes(bytes_of(image));
  std::string content(reinterpret_cast<const char*>(digest.data()), digest.size());
  (void)write_file(path, content + image);  // a full disk only costs the next run a compilation
}

Binary binary_of(std::string image, double seconds, bool cached) {
  Binary b;
  const auto bytes = bytes_of(image);
  b.image = std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
  b.digest = hash_bytes(bytes);
  b.compile_seconds = seconds;
  b.cached = cached;
  return b;
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
      t.versions[name] = split_lines(said->output).empty() ? path : split_lines(said->output)[0];
      t.names.push_back(name);
      break;
    }
  }
  return t;
}

std::string translation_unit(const CompileJob& job) {
  std::string unit(glue_traits);
  unit += fmt::format("#line 1 \"{}\"\n", job.file);
  unit += job.source;
  unit += fmt::format("\n#line 1 \"{}\"\n", glue_name);
  for (std::size_t i = 0; i < job.kernels.size(); ++i) unit += glue_of(job.kernels[i], i);
  // `extern "C"` on each declaration: inside a block a const object would stay internal.
  unit +=
      "extern \"C\" __attribute__((visibility(\"default\"), used)) void (*const ridgeline_entries[])(void* const*) = {";
  for (std::size_t i = 0; i < job.kernels.size(); ++i) unit += fmt::format("{}ridgeline_call_{}", i ? ", " : "", i);
  unit += fmt::format(
      "}};\nextern \"C\" __attribute__((visibility(\"default\"), used)) const unsigned ridgeline_entry_count = {};\n",
      job.kernels.size());
  // What start-up files would define (and do, where a sanitizer links it with them: so weak). In assembler, because the
  // compiler declares it itself where a source needs it.
  unit +=
      "asm(\".pushsection .data.rel.local,\\\"aw\\\"\\n.weak __dso_handle\\n.hidden __dso_handle\\n.balign 8\\n"
      "__dso_handle:\\n.quad __dso_handle\\n.popsection\");\n";
  return unit;
}

Result<Judged<Binary>> compile_unit(const Toolchain& toolchain, const std::string& worker,
                                    const std::string& cache_folder, const CompileJob& original) {
  CompileJob job = original;
  if (job.compiler.empty() && !toolchain.names.empty()) job.compiler = toolchain.names.front();
  if (toolchain.names.empty()) return world("no C++ compiler found: install g++ (Debian: apt-get install g++)");
  const auto program = toolchain.compilers.find(job.compiler);
  if (program == toolchain.compilers.end())
    return Judged<Binary>(std::unexpected(
        compile_fault(Reason::compiler_error, fmt::format("compiler \"{}\" is not on this machine{}", job.compiler,
                                                          suggestion(job.compiler, toolchain.names)))));
  // A #line inside the candidate could claim to be our glue; a NUL would end the unit early.
  if (job.source.find('\0') != std::string::npos)
    return Judged<Binary>(
        std::unexpected(Fault{Verdict::rejected, Reason::plan, "admit", "the source contains a NUL byte"}));
  const std::string unit = translation_unit(job);
  const bool trusted = !job.libraries.empty();

  const std::string key = hex(cache_key(toolchain, job, unit));
  const std::string cached_path =
      cache_folder.empty() || job.fresh ? "" : cache_folder + "/" + key.substr(0, 2) + "/" + key;
  if (!cached_path.empty()) {
    if (auto image = cached_image(cached_path)) {
      Binary b = binary_of(std::move(*image), 0, true);
      b.trusted = trusted;
      return Judged<Binary>(std::move(b));
    }
  }

  RIDGE_TRY(const TempDir folder, TempDir::make("compile"));
  const std::string inside = folder.path() + "/job";
  if (mkdir(inside.c_str(), 0755) != 0) return world("{}: {}", inside, std::strerror(errno));
  RIDGE_TRY_VOID(write_file(inside + "/unit.cpp", unit));

  std::vector<std::string> argv = {
      worker, "jail",          folder.path(), fmt::format("{}", compile_seconds), fmt::format("{}", compile_bytes),
      "--",   program->second, "-std=c++20"};
  argv.insert(argv.end(), job.flags.begin(), job.flags.end());
  for (const auto& [macro, value] : job.macros) argv.push_back(fmt::format("-D{}={}", macro, value));
  for (const char* f : {"-w", "-fPIC", "-shared", "-nostartfiles", "-fvisibility=hidden", "-fno-ident",
                        "-fdiagnostics-color=never", "-Wl,--build-id=none", "-Wl,-z,defs", "-Wl,-z,now",
                        "-Wl,-z,noexecstack", "-x", "c++", "unit.cpp", "-x", "none", "-o", "image.so"})
    argv.emplace_back(f);
  argv.emplace_back(job.compiler == "clang++" ? "-ferror-limit=5" : "-fmax-errors=5");
  for (const std::string& l : job.libraries) argv.push_back("-l" + l);

  const auto begin = std::chrono::steady_clock::now();
  RIDGE_TRY(const ProcessResult said, run_process({.argv = argv,
                                                   .folder = "",
                                                   .environment = {},
                                                   .time_limit_s = compile_seconds + 5,
                                                   .output_limit = 256 << 10}));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (said.exit_code == 125) return world("the compiler's jail could not be built: {}", trim(said.output));
  if (said.timed_out || said.exit_code == 128 + 24 || said.exit_code == 128 + 9)
    return Judged<Binary>(std::unexpected(
        compile_fault(Reason::compiler_limit, fmt::format("the compiler was stopped after {:.1f} s", seconds))));
  if (said.exit_code != 0) {
    // The driver outlives the compiler or assembler that met a limit, and says how that one ended.
    if (const std::size_t at = said.output.find("signal terminated program"); at != std::string::npos) {
      const std::size_t line = said.output.rfind('\n', at) + 1;
      return Judged<Binary>(std::unexpected(compile_fault(
          Reason::compiler_limit,
          "a limit on the compiler's time, memory or output was met: " + short_diagnostics(said.output.substr(line)))));
    }
    if (said.output.find("annot allocate") != std::string::npos ||
        said.output.find("out of memory") != std::string::npos)
      return Judged<Binary>(
          std::unexpected(compile_fault(Reason::compiler_limit, "the compiler ran out of its 4 GiB of memory")));
    return Judged<Binary>(
        std::unexpected(compile_fault(reason_of_output(said.output), short_diagnostics(said.output))));
  }
  auto image = read_file(inside + "/image.so", 256u << 20);
  if (!image)
    return Judged<Binary>(std::unexpected(compile_fault(Reason::compiler_error, "the compiler left no image")));
  if (auto fault = inspect_image(bytes_of(*image), trusted)) return Judged<Binary>(std::unexpected(std::move(*fault)));
  if (!cached_path.empty()) store_image(cached_path, *image);
  Binary b = binary_of(std::move(*image), seconds, false);
  b.trusted = trusted;
  return Judged<Binary>(std::move(b));
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
  std::string text;
  for (const auto* lines : {&errors, &others})
    for (const std::string& line : *lines) {
      if (text.size() + line.size() > 2000) return text + "…";
      text += line + "\n";
    }
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace ridge::cpu
