#include "base/intact.h"

#include "base/hash.h"
#include "base/result.h"

namespace ridge {
namespace {

constexpr std::string_view kMember = "\"digest\": \"";
constexpr std::size_t hex_digits = 64;

std::string raw(const Digest& d) {
  return {reinterpret_cast<const char*>(d.data()), d.size()};
}

}  // namespace

std::string with_digest_behind(std::string bytes) {
  return bytes += raw(hash_text(bytes));
}

bool digest_behind_holds(std::string_view bytes) {
  if (bytes.size() < Digest().size()) return false;
  const std::string_view content = bytes.substr(0, bytes.size() - Digest().size());
  return raw(hash_text(content)) == bytes.substr(content.size());
}

std::string with_digest_inside(std::string json) {
  const std::size_t at = json.find(kMember);
  RIDGE_CHECK(at != std::string::npos && json[at + kMember.size()] == '"', "a text with an empty digest");
  return json.insert(at + kMember.size(), hex(hash_text(json)));
}

bool digest_inside_holds(std::string_view json) {
  const std::size_t at = json.find(kMember), begin = at + kMember.size();
  if (at == std::string_view::npos || json.size() < begin + hex_digits) return false;
  std::string empty(json);
  empty.erase(begin, hex_digits);
  return hex(hash_text(empty)) == json.substr(begin, hex_digits);
}

}  // namespace ridge
