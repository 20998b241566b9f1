// Built images by content. An entry says what a job became: which image, where in it, and the digest of its code; the
// image stands beside it once, however many candidates share it. Files stand behind their own hash, so a torn or
// damaged one is only a miss.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "device/device.h"

namespace ridge::cpu {

// One file of that kind.
std::optional<std::string> read_hashed(const std::string& path);
void write_hashed(const std::string& path, std::string_view payload);

class ImageCache {
 public:
  // Empty folder: keeps nothing.
  explicit ImageCache(std::string folder) : folder_(std::move(folder)) {}
  std::optional<Binary> find(const Digest& key) const;
  // Several jobs of one image: keys and binaries in one order.
  void store(std::span<const Digest> keys, std::span<const Binary> binaries) const;

 private:
  std::string path(const Digest& name) const;
  std::string folder_;
};

}  // namespace ridge::cpu
