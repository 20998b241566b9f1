#include "targets.h"

namespace ridge::fuzz {

std::span<const Target> targets() {
  static constexpr Target all[] = {{"expression", expression, true, 512},
                                   {"plan", plan},
                                   {"task", task},
                                   {"landscape", landscape},
                                   {"messages", messages, false},
                                   {"image", image, false, 16384}};
  return all;
}

const Target* target(std::string_view name) {
  for (const Target& t : targets())
    if (t.name == name) return &t;
  return nullptr;
}

}  // namespace ridge::fuzz
