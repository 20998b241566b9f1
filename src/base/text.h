// Small text helpers shared by messages and reports.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ridge {

// The known name nearest to `word` by edit distance, if near enough to be a likely slip of the keyboard.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> known);
// `; did you mean "tmp"?` or ` (known: a, b, c)`, to be appended to a message.
std::string suggestion(std::string_view word, std::span<const std::string> known);
std::string join(std::span<const std::string> parts, std::string_view separator);
std::vector<std::string> split_lines(std::string_view text);
std::string_view trim(std::string_view text);
// A compiler's lines, errors before the rest, as many as fit into `limit` bytes.
std::string errors_first(const std::vector<std::string>& errors, const std::vector<std::string>& others,
                         std::size_t limit = 2000);

// "1.92 ms", "37.1 µs": three significant digits.
std::string human_seconds(double seconds);
std::string human_bytes(double bytes);                             // "512 KiB", "1.5 GiB"
std::string human_rate(double per_second, std::string_view unit);  // "48.2 GB/s", "74.0 GFLOP/s"
// "60s", "2m", "1h", "500ms" → seconds. A bare number is an error that names the units.
Result<double> parse_duration(std::string_view text);

Result<std::string> read_file(const std::string& path, std::size_t limit = 64u << 20);
// Writes to a temporary name beside it, syncs and renames: a reader sees the old or the new content.
// `mode`: of a new file, before the umask.
Result<void> write_file(const std::string& path, std::string_view content, unsigned mode = 0666);
// The same without the sync: for files that may be lost, or torn by a power cut, without harm.
Result<void> write_scratch(const std::string& path, std::string_view content);

}  // namespace ridge
