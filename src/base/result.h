// Three blames are kept apart everywhere. A candidate's fault is a Verdict (kernel/verdict.h): a value like any other.
// The world's fault (a file, a compiler, a task somebody wrote) is an Error inside a Result: what was found, what was
// expected, what to do. Our own fault stops the program loudly: RIDGE_CHECK.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace ridge {

struct Error {
  enum class Kind {
    usage,    // the command line is wrong: exit status 2
    invalid,  // a task, plan or file that somebody wrote is wrong: exit status 3
    world,    // the system failed us: exit status 3
  };
  Kind kind = Kind::world;
  std::string message;  // complete: "file:line: field: what was found, what was expected, what to do"
};

template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
  Result() = default;
};

template <class... Args>
std::unexpected<Error> fail(Error::Kind kind, fmt::format_string<Args...> text, Args&&... args) {
  return std::unexpected(Error{kind, fmt::format(text, std::forward<Args>(args)...)});
}
template <class... Args>
std::unexpected<Error> invalid(fmt::format_string<Args...> text, Args&&... args) {
  return fail(Error::Kind::invalid, text, std::forward<Args>(args)...);
}
template <class... Args>
std::unexpected<Error> world(fmt::format_string<Args...> text, Args&&... args) {
  return fail(Error::Kind::world, text, std::forward<Args>(args)...);
}
// The same error with "prefix: " in front: callers add the place that only they know.
inline std::unexpected<Error> within(const std::string& prefix, const Error& error) {
  return std::unexpected(Error{error.kind, prefix + ": " + error.message});
}

[[noreturn]] void check_failed(const char* condition, const char* file, int line, const std::string& note);

}  // namespace ridge

// Returns from the enclosing function with the error; otherwise `target` is the value.
#define RIDGE_CONCAT_(a, b) a##b
#define RIDGE_CONCAT(a, b) RIDGE_CONCAT_(a, b)
#define RIDGE_TRY_(tmp, target, ...)                        \
  auto tmp = (__VA_ARGS__);                                 \
  if (!tmp) return std::unexpected(std::move(tmp).error()); \
  target = std::move(*tmp)
#define RIDGE_TRY(target, ...) RIDGE_TRY_(RIDGE_CONCAT(ridge_try_, __LINE__), target, __VA_ARGS__)
#define RIDGE_TRY_VOID(...)                                                         \
  do {                                                                              \
    auto ridge_try_void = (__VA_ARGS__);                                            \
    if (!ridge_try_void) return std::unexpected(std::move(ridge_try_void).error()); \
  } while (false)

// An invariant of ours: also checked in release builds.
#define RIDGE_CHECK(condition, note) \
  ((condition) ? void(0) : ::ridge::check_failed(#condition, __FILE__, __LINE__, (note)))
