#include "device/cpu/glue.h"

#include <fmt/format.h>

namespace ridge::cpu {
namespace {

// The traits stand before the candidate (it may define macros), their names are reserved by the prefix.
constexpr std::string_view traits = R"(namespace ridgeline_glue {
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

std::string caller_of(const KernelSignature& k, std::size_t index) {
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

}  // namespace

std::string_view glue_traits() {
  return traits;
}

std::string glue_of(std::span<const KernelSignature> kernels) {
  std::string text = fmt::format("\n#line 1 \"{}\"\n", glue_name);
  for (std::size_t i = 0; i < kernels.size(); ++i) text += caller_of(kernels[i], i);
  return text;
}

std::string entry_table(std::span<const std::string> scopes, std::size_t kernels) {
  // `extern "C"` on each declaration: inside a block a const object would stay internal.
  std::string text = fmt::format(
      "#line 1 \"{}\"\nextern \"C\" __attribute__((visibility(\"default\"), used)) void (*const {}[])(void* const*) = "
      "{{",
      glue_name, entries_name);
  for (std::size_t s = 0; s < scopes.size(); ++s)
    for (std::size_t k = 0; k < kernels; ++k)
      text += fmt::format("{}{}ridgeline_call_{}", s + k ? ", " : "", scopes[s], k);
  text += fmt::format(
      "}};\nextern \"C\" __attribute__((visibility(\"default\"), used)) const unsigned ridgeline_entry_count = {};\n",
      scopes.size() * kernels);
  // What start-up files would define (and do, where a sanitizer links it with them: so weak). In assembler, because the
  // compiler declares it itself where a source needs it.
  text +=
      "asm(\".pushsection .data.rel.local,\\\"aw\\\"\\n.weak __dso_handle\\n.hidden __dso_handle\\n.balign 8\\n"
      "__dso_handle:\\n.quad __dso_handle\\n.popsection\");\n";
  return text;
}

}  // namespace ridge::cpu
