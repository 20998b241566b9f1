#include "device/cuda/glue.h"

#include <filesystem>

#include <fmt/format.h>

namespace ridge::cuda {
namespace {

// They stand before the candidate (it may define macros); their names are reserved by the prefix. NVRTC has no
// <type_traits>.
constexpr std::string_view traits = R"(namespace ridgeline_glue {
template <class T> struct element { static constexpr unsigned size = 0; static constexpr bool pointer = false, constant = false, real = false; };
template <class T> struct element<const T> : element<T> {};
template <class T> struct scalar { static constexpr bool real = false; };
template <> struct scalar<float> { static constexpr bool real = true; };
template <> struct scalar<double> { static constexpr bool real = true; };
template <class T> struct scalar<const T> : scalar<T> {};
template <class T> struct element<T*> { static constexpr unsigned size = sizeof(T); static constexpr bool pointer = true, constant = false, real = scalar<T>::real; };
template <class T> struct element<const T*> { static constexpr unsigned size = sizeof(T); static constexpr bool pointer = true, constant = true, real = scalar<T>::real; };
template <> struct element<void*> { static constexpr unsigned size = 1; static constexpr bool pointer = true, constant = false, real = false; };
template <> struct element<const void*> { static constexpr unsigned size = 1; static constexpr bool pointer = true, constant = true, real = false; };
template <class... P> struct list { static constexpr unsigned size = sizeof...(P); };
template <class F> struct parameters { static constexpr bool function = false; };
template <class... P> struct parameters<void (*)(P...)> { static constexpr bool function = true; using type = list<P...>; };
template <unsigned I, class L> struct at;
template <class P, class... R> struct at<0, list<P, R...>> { using type = P; };
template <unsigned I, class P, class... R> struct at<I, list<P, R...>> : at<I - 1, list<R...>> {};
template <class T> struct plain { using type = T; };
template <class T> struct plain<T* __restrict__> { using type = T*; };
template <class T> struct plain<T* const> { using type = T*; };
template <class T> struct plain<const T> { using type = T; };
template <bool right> struct all_arguments { static constexpr bool value = right; };
}
)";

std::string check_of(const KernelSignature& k, std::size_t i, const std::string& list) {
  const KernelSignature::Parameter& p = k.parameters[i];
  const std::string type = fmt::format("ridgeline_glue::plain<ridgeline_glue::at<{}, {}>::type>::type", i, list);
  const std::string where = fmt::format("kernel {}, argument {}", k.kernel, i + 1);
  if (!p.pointer)
    return fmt::format(
        "static_assert(!ridgeline_glue::element<{0}>::pointer && sizeof({0}) == {2} && "
        "ridgeline_glue::scalar<{0}>::real "
        "== {3}, \"{1}: the plan passes a {4} ({5})\");\n",
        type, where, size_of(p.type), p.type == ScalarType::f32 || p.type == ScalarType::f64, name(p.type),
        cpp_name(p.type));
  std::string text = fmt::format(
      "static_assert(ridgeline_glue::element<{0}>::pointer, \"{1}: the plan passes a buffer, the kernel takes a "
      "value\");\n",
      type, where);
  if (p.read_only)
    text += fmt::format(
        "static_assert(ridgeline_glue::element<{0}>::constant, \"{1}: this buffer is read only, take it by pointer to "
        "const\");\n",
        type, where);
  // Integers and vectors may be another view of the same bytes; a float or double of another size is a mistake.
  text += fmt::format(
      "static_assert(ridgeline_glue::element<{0}>::real ? {4} && ridgeline_glue::element<{0}>::size == {2} : "
      "ridgeline_glue::element<{0}>::size % {2} == 0 || ridgeline_glue::element<{0}>::size == 1, \"{1}: the plan "
      "passes "
      "a buffer of {3} ({5})\");\n",
      type, where, size_of(p.type), name(p.type), is_real(p.type), cpp_name(p.type));
  return text;
}

}  // namespace

std::string translation_unit(const CompileJob& job) {
  std::string text(traits);
  text += fmt::format("#line 1 \"{}\"\n", std::filesystem::path(job.file).filename().string());
  text += job.source;
  text += fmt::format("\n#line 1 \"{}\"\n", glue_name);
  for (std::size_t i = 0; i < job.kernels.size(); ++i) {
    const KernelSignature& k = job.kernels[i];
    const std::string list = fmt::format("ridgeline_parameters_{}", i);
    text += fmt::format(
        "static_assert(ridgeline_glue::parameters<decltype(&{0})>::function, \"kernel {0}: must return nothing\");\n"
        "using {1} = typename ridgeline_glue::parameters<decltype(&{0})>::type;\n"
        "static_assert({1}::size == {2}, \"kernel {0}: the plan passes {2} argument(s)\");\n",
        k.kernel, list, k.parameters.size());
    for (std::size_t p = 0; p < k.parameters.size(); ++p) text += check_of(k, p, list);
  }
  return text;
}

}  // namespace ridge::cuda
