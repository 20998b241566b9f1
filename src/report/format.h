// How numbers and names look to a person: the same on the console and in the HTML report.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/evaluation.h"

namespace ridge {

std::string grouped(std::int64_t n);   // "1 312"
std::string count_text(double n);      // "41.9 M"
std::string ratio_text(double ratio);  // "9.84×": three significant digits, never fewer than the whole part
std::string interval_text(const Interval& interval);    // "9.84× [9.71, 9.97]"
std::string range_text(const Interval& interval);       // "9.71 to 9.97", with the digits of the estimate
std::string percent_text(double fraction);              // "41 %", "0.42 %"
std::string roofline_text(const RooflinePoint& point);  // "41 % of L2 48 GB/s"
// A device's counter that is a percentage, "83 %", or a dash where it was not counted.
std::string counter_percent(const std::map<std::string, double>& values, const char* name);
std::string error_text(double error);                       // "3.1e-06"
std::string duration_text(double seconds);                  // "41 s", "12 min 5 s", "2 h 3 min"
std::string parameters_text(const Parameters& parameters);  // "TILE=32 WIDE=2"
std::string words(std::string_view identifier);             // "wrong_result" → "wrong result"

// Text that a candidate, a compiler or a file had a say in, made safe for a terminal: control characters (an escape
// sequence could rewrite the screen) and broken UTF-8 become visible marks; cut at `limit` bytes.
std::string printable(std::string_view text, std::size_t limit = 4096);

// Columns that a UTF-8 text takes on a terminal.
std::size_t display_width(std::string_view text);
std::string fit(std::string_view text, std::size_t columns);  // cut with "…" where it is wider

// Aligned columns, two spaces apart; the last one is not padded.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header = {});
  TextTable& row(std::vector<std::string> cells);
  TextTable& right(std::size_t column);  // numbers line up at their end
  std::string text(std::string_view indent = "  ") const;
  bool empty() const { return rows_.empty(); }

 private:
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> right_;
};

}  // namespace ridge
