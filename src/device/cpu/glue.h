// Generated C++ around a candidate: functions that unpack arguments and call its kernels, and the table that the lane
// looks up. The glue holds number, constness and element size of every argument against the plan, by decltype(&kernel),
// so a wrong signature is a compile error.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "kernel/resolve.h"

namespace ridge::cpu {

inline constexpr std::string_view glue_name = "ridgeline-glue";        // as a file, in the compiler's messages
inline constexpr std::string_view entries_name = "ridgeline_entries";  // the table's symbol

// Stands once, before every candidate (which may define macros); its names are reserved by their prefix.
std::string_view glue_traits();
// One caller for each kernel; stands behind the candidate's source, in its scope.
std::string glue_of(std::span<const KernelSignature> kernels);
// The table of the callers of all `scopes` ("" or "name::"), each with `kernels` of them; stands once, at the end.
std::string entry_table(std::span<const std::string> scopes, std::size_t kernels);

}  // namespace ridge::cpu
