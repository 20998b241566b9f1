// What reads strangers' text or bytes, one function each, for libFuzzer (tools/fuzz) and for the replay in the tests.
// A target returns for every input; a broken promise stops the program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace ridge::fuzz {

struct Target {
  std::string_view name;  // its folder in tests/data/fuzz
  void (*run)(std::string_view input);
  bool text = true;
  std::size_t longest = 4096;
};

std::span<const Target> targets();
const Target* target(std::string_view name);  // null: no such

void expression(std::string_view input);
void plan(std::string_view input);
void task(std::string_view input);
void landscape(std::string_view input);
void messages(std::string_view input);
void image(std::string_view input);

}  // namespace ridge::fuzz
