#include "device/cuda/cubin_cache.h"

#include <cstring>
#include <filesystem>

#include "base/text.h"

namespace ridge::cuda {
namespace {

constexpr std::size_t most_bytes = 256u << 20;

std::string_view view_of(const void* data, std::size_t bytes) {
  return {static_cast<const char*>(data), bytes};
}

void put_number(std::string& to, std::uint64_t value) {
  to += view_of(&value, sizeof value);
}
void put_text(std::string& to, std::string_view text) {
  put_number(to, text.size());
  to += text;
}

// Reads what the two above wrote; anything after damage is empty.
class Parts {
 public:
  explicit Parts(std::string_view from) : rest_(from) {}
  std::uint64_t number() {
    std::uint64_t value = 0;
    if (rest_.size() < sizeof value) {
      good_ = false;
      return 0;
    }
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
  }
  std::string_view text() {
    const std::uint64_t n = number();
    if (n > rest_.size()) {
      good_ = false;
      return "";
    }
    const std::string_view out = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return out;
  }
  bool good() const { return good_; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

}  // namespace

std::string CubinCache::path(const Digest& key) const {
  const std::string text = hex(key);
  return folder_ + "/" + text.substr(0, 2) + "/" + text;
}

std::optional<Binary> CubinCache::find(const Digest& key) const {
  if (folder_.empty()) return std::nullopt;
  const auto file = read_file(path(key), most_bytes);
  if (!file || file->size() < sizeof(Digest)) return std::nullopt;
  const std::string_view payload = std::string_view(*file).substr(sizeof(Digest));
  const Digest hash = hash_text(payload);
  if (std::memcmp(hash.data(), file->data(), hash.size()) != 0) return std::nullopt;
  Parts parts(payload);
  Binary b;
  const std::string_view code = parts.text(), image = parts.text();
  const std::uint64_t facts = parts.number();
  for (std::uint64_t i = 0; parts.good() && i < facts; ++i) {
    const std::string name(parts.text());
    b.facts[name] = std::string(parts.text());
  }
  if (!parts.good() || code.size() != b.digest.size()) return std::nullopt;
  std::memcpy(b.digest.data(), code.data(), code.size());
  const auto bytes = std::as_bytes(std::span(image.data(), image.size()));
  b.image = std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
  b.cached = true;
  return b;
}

void CubinCache::store(const Digest& key, const Binary& binary) const {
  if (folder_.empty()) return;
  std::string payload;
  put_text(payload, view_of(binary.digest.data(), binary.digest.size()));
  put_text(payload, view_of(binary.image->data(), binary.image->size()));
  put_number(payload, binary.facts.size());
  for (const auto& [name, value] : binary.facts) {
    put_text(payload, name);
    put_text(payload, value);
  }
  const std::string file = path(key);
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(file).parent_path(), ignored);
  const Digest hash = hash_text(payload);
  // A full disk only costs the next run a compilation.
  (void)write_scratch(file, std::string(view_of(hash.data(), hash.size())).append(payload));
}

}  // namespace ridge::cuda
