#include "report/format.h"

#include <algorithm>
#include <cmath>

namespace ridge {
namespace {

// Decimals that give three significant digits; an interval's bounds follow their estimate so that they can be compared
// by eye.
int decimals_for(double value) {
  const double v = std::fabs(value);
  return v < 9.995 ? 2 : v < 99.95 ? 1 : 0;
}

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

CodePoint decode_at(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned char first = byte(i);
  if (first < 0x80) return {first, 1, true};
  const std::size_t bytes = first >= 0xF0 && first < 0xF5   ? 4
                            : first >= 0xE0 && first < 0xF0 ? 3
                            : first >= 0xC2 && first < 0xE0 ? 2
                                                            : 0;
  if (bytes == 0 || i + bytes > text.size()) return {};
  char32_t value = first & (0xFF >> (bytes + 1));
  for (std::size_t k = 1; k < bytes; ++k) {
    if ((byte(i + k) & 0xC0) != 0x80) return {};
    value = value << 6 | (byte(i + k) & 0x3F);
  }
  const bool overlong = (bytes == 3 && value < 0x800) || (bytes == 4 && value < 0x10000);
  if (overlong || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return {};
  return {value, bytes, true};
}

bool takes_no_column(char32_t c) {
  return (c >= 0x300 && c <= 0x36F) || (c >= 0x200B && c <= 0x200F) || (c >= 0x20D0 && c <= 0x20FF) ||
         (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF;
}

bool takes_two_columns(char32_t c) {
  return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
         (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F300 && c <= 0x1FAFF) || (c >= 0x20000 && c <= 0x3FFFD);
}

std::size_t width_of(const CodePoint& c) {
  if (!c.valid) return 1;
  return takes_no_column(c.value) ? 0 : takes_two_columns(c.value) ? 2 : 1;
}

// C0, DEL and C1 controls, and the marks that reorder text: a name must not be able to show itself as another one.
bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
         c == 0x200E || c == 0x200F || c == 0x061C || c == 0x2028 || c == 0x2029;
}

}  // namespace

std::string grouped(std::int64_t n) {
  std::string digits = std::to_string(n);
  const std::size_t begin = n < 0 ? 1 : 0;
  for (std::size_t i = digits.size(); i > begin + 3;) digits.insert(i -= 3, " ");
  return digits;
}

std::string count_text(double n) {
  static constexpr const char* prefixes[] = {"", " k", " M", " G", " T", " P"};
  std::size_t step = 0;
  while (n >= 999.5 && step + 1 < std::size(prefixes)) n /= 1000, ++step;
  return fmt::format("{:.3g}{}", n, prefixes[step]);
}

std::string ratio_text(double ratio) {
  return fmt::format("{:.{}f}×", ratio, decimals_for(ratio));
}

std::string interval_text(const Interval& i) {
  const int d = decimals_for(i.estimate);
  // Too few undisturbed blocks for an interval: the ends of the record are no statement.
  if (i.upper >= 1e9) return fmt::format("{:.{}f}× [no interval]", i.estimate, d);
  return fmt::format("{:.{}f}× [{:.{}f}, {:.{}f}]", i.estimate, d, i.lower, d, i.upper, d);
}

std::string range_text(const Interval& i) {
  const int d = decimals_for(i.estimate);
  return fmt::format("{:.{}f} to {:.{}f}", i.lower, d, i.upper, d);
}

std::string percent_text(double fraction) {
  const double p = fraction * 100;
  return fmt::format("{:.{}f} %", p, std::fabs(p) < 0.995 && p != 0 ? 2 : std::fabs(p) < 9.95 && p != 0 ? 1 : 0);
}

std::string roofline_text(const RooflinePoint& point) {
  return point.ceiling.empty() ? percent_text(point.fraction)
                               : fmt::format("{} of {}", percent_text(point.fraction), point.ceiling);
}

std::string counter_percent(const std::map<std::string, double>& values, const char* name) {
  const auto at = values.find(name);
  return at == values.end() ? "–" : fmt::format("{:.0f} %", at->second);
}

std::string error_text(double error) {
  return error == 0 ? "0" : fmt::format("{:.1e}", error);
}

std::string duration_text(double seconds) {
  const auto s = std::int64_t(std::llround(std::max(0.0, seconds)));
  if (s < 120) return fmt::format("{} s", s);
  if (s < 7200) return fmt::format("{} min {} s", s / 60, s % 60);
  return fmt::format("{} h {} min", s / 3600, s % 3600 / 60);
}

std::string parameters_text(const Parameters& parameters) {
  std::string out;
  for (const auto& [key, value] : parameters) out += fmt::format("{}{}={}", out.empty() ? "" : " ", key, text(value));
  return out;
}

std::string words(std::string_view identifier) {
  std::string out(identifier);
  std::replace(out.begin(), out.end(), '_', ' ');
  return out;
}

std::string printable(std::string_view text, std::size_t limit) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (i >= limit) return out + "…";
    const CodePoint c = decode_at(text, i);
    if (!c.valid)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]));
    else if (c.value == '\n' || c.value == '\t')
      out += text[i];
    else if (is_control(c.value))
      out +=
          c.value < 0x100 ? fmt::format("\\x{:02x}", unsigned(c.value)) : fmt::format("\\u{:04x}", unsigned(c.value));
    else
      out += text.substr(i, c.bytes);
    i += c.bytes;
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = decode_at(text, i);
    width += width_of(c);
    i += c.bytes;
  }
  return width;
}

std::string fit(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t width = 0, i = 0;
  while (i < text.size()) {
    const CodePoint c = decode_at(text, i);
    if (width + width_of(c) > columns - 1) break;
    width += width_of(c);
    i += c.bytes;
  }
  return std::string(text.substr(0, i)) + "…";
}

TextTable::TextTable(std::vector<std::string> header) {
  if (!header.empty()) rows_.push_back(std::move(header));
}

TextTable& TextTable::row(std::vector<std::string> cells) {
  rows_.push_back(std::move(cells));
  return *this;
}

TextTable& TextTable::right(std::size_t column) {
  right_.push_back(column);
  return *this;
}

std::string TextTable::text(std::string_view indent) const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], display_width(row[c]));
  }
  std::string out;
  for (const auto& row : rows_) {
    std::string line(indent);
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string gap(widths[c] - display_width(row[c]), ' ');
      const bool right = std::find(right_.begin(), right_.end(), c) != right_.end();
      line += right ? gap + row[c] : row[c] + gap;
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

}  // namespace ridge
