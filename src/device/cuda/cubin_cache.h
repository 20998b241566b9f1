// Compiled programs by content. A file stands behind its own hash, so a torn or damaged one is only a miss.
#pragma once

#include <optional>
#include <string>

#include "device/device.h"

namespace ridge::cuda {

class CubinCache {
 public:
  // Empty folder: keeps nothing.
  explicit CubinCache(std::string folder) : folder_(std::move(folder)) {}
  std::optional<Binary> find(const Digest& key) const;
  void store(const Digest& key, const Binary& binary) const;

 private:
  std::string path(const Digest& key) const;
  std::string folder_;
};

}  // namespace ridge::cuda
