// Equality of plans: where something stood in a file does not count.
#include "kernel/plan.h"

#include <tuple>

namespace ridge {

bool operator==(const Argument& a, const Argument& b) {
  return std::tie(a.kind, a.name, a.value, a.type) == std::tie(b.kind, b.name, b.value, b.type);
}
bool operator==(const Loop& a, const Loop& b) {
  return std::tie(a.repeat, a.index, a.ops) == std::tie(b.repeat, b.index, b.ops);
}
bool operator==(const Op& a, const Op& b) {
  return std::tie(a.action, a.when, a.rotate) == std::tie(b.action, b.when, b.rotate);
}
bool operator==(const Stage& a, const Stage& b) {
  return std::tie(a.repeat, a.index, a.when, a.rotate, a.ops) == std::tie(b.repeat, b.index, b.when, b.rotate, b.ops);
}
bool operator==(const Scratch& a, const Scratch& b) {
  return std::tie(a.name, a.type, a.count, a.keep) == std::tie(b.name, b.type, b.count, b.keep);
}
bool operator==(const Tunable& a, const Tunable& b) {
  return std::tie(a.name, a.values, a.default_index) == std::tie(b.name, b.values, b.default_index);
}

}  // namespace ridge
