#include "device/cpu/image_cache.h"

#include <cstring>
#include <filesystem>

#include "base/text.h"

namespace ridge::cpu {
namespace {

std::span<const std::byte> bytes_of(std::string_view s) {
  return std::as_bytes(std::span(s.data(), s.size()));
}

struct Entry {
  Digest image{}, code{};
  std::uint32_t first_kernel = 0;
  std::int32_t unit = 1;
};
static_assert(sizeof(Entry) == 72, "no padding: an entry is stored as it stands");

}  // namespace

std::optional<std::string> read_hashed(const std::string& path) {
  auto content = read_file(path, 256u << 20);
  if (!content || content->size() < 32) return std::nullopt;
  const Digest digest = hash_bytes(bytes_of(*content).subspan(32));
  if (std::memcmp(digest.data(), content->data(), 32) != 0) return std::nullopt;
  return content->substr(32);
}

// A full disk only costs the next run a compilation.
void write_hashed(const std::string& path, std::string_view payload) {
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  const Digest digest = hash_bytes(bytes_of(payload));
  std::string content(reinterpret_cast<const char*>(digest.data()), digest.size());
  (void)write_scratch(path, content.append(payload));
}

std::string ImageCache::path(const Digest& name) const {
  const std::string text = hex(name);
  return folder_ + "/" + text.substr(0, 2) + "/" + text;
}

std::optional<Binary> ImageCache::find(const Digest& key) const {
  if (folder_.empty()) return std::nullopt;
  const auto text = read_hashed(path(key));
  Entry entry;
  if (!text || text->size() != sizeof entry) return std::nullopt;
  std::memcpy(&entry, text->data(), sizeof entry);
  const auto image = read_hashed(path(entry.image));
  if (!image || hash_bytes(bytes_of(*image)) != entry.image) return std::nullopt;
  Binary b;
  const auto bytes = bytes_of(*image);
  b.image = std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
  b.digest = entry.code;
  b.first_kernel = entry.first_kernel;
  b.unit = entry.unit;
  b.cached = true;
  return b;
}

void ImageCache::store(std::span<const Digest> keys, std::span<const Binary> binaries) const {
  if (folder_.empty() || keys.empty()) return;
  const auto& image = *binaries.front().image;
  const Digest name = hash_bytes(image);
  write_hashed(path(name), {reinterpret_cast<const char*>(image.data()), image.size()});
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const Entry entry{name, binaries[i].digest, binaries[i].first_kernel, binaries[i].unit};
    write_hashed(path(keys[i]), {reinterpret_cast<const char*>(&entry), sizeof entry});
  }
}

}  // namespace ridge::cpu
