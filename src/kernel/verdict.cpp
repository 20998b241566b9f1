#include "kernel/verdict.h"

#include <array>
#include <cstddef>

namespace ridge {

namespace {

constexpr std::array<std::string_view, 7> verdict_names = {
    "rejected", "compile_failed", "launch_failed", "crashed", "timed_out", "wrong_result", "ok"};

struct ReasonRow {
  std::string_view name, text;
};
constexpr ReasonRow reason_rows[] = {
#define X(e, t) {#e, t},
    RIDGE_REASONS(X)
#undef X
};

}  // namespace

std::string_view name(Verdict v) {
  return verdict_names[std::size_t(v)];
}

std::optional<Verdict> verdict_of(std::string_view name) {
  for (std::size_t i = 0; i < verdict_names.size(); ++i)
    if (verdict_names[i] == name) return Verdict(i);
  return std::nullopt;
}

std::string_view name(Reason r) {
  return reason_rows[std::size_t(r)].name;
}
std::string_view describe(Reason r) {
  return reason_rows[std::size_t(r)].text;
}

std::optional<Reason> reason_of(std::string_view name) {
  for (std::size_t i = 0; i < std::size(reason_rows); ++i)
    if (reason_rows[i].name == name) return Reason(i);
  return std::nullopt;
}

}  // namespace ridge
