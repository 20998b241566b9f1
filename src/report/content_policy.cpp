#include <fmt/format.h>

#include "base/hash.h"
#include "report/internal/embedded.h"
#include "report/internal/report_view.h"

namespace ridge::view {
namespace {

// RFC 4648, for the hashes of a content security policy.
std::string base64(const Digest& digest) {
  static constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < digest.size(); i += 3) {
    const auto byte = [&](std::size_t k) { return i + k < digest.size() ? std::uint32_t(digest[i + k]) : 0u; };
    const std::uint32_t bits = byte(0) << 16 | byte(1) << 8 | byte(2);
    for (const int shift : {18, 12, 6, 0}) out += letters[bits >> shift & 63];
  }
  // 32 bytes: the last group has two.
  out.back() = '=';
  return out;
}

}  // namespace

std::string content_policy() {
  return fmt::format(
      "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
      base64(hash_text(embedded::report_style)), base64(hash_text(embedded::report_script)));
}

}  // namespace ridge::view
