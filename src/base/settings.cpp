#include "base/settings.h"

#include <cmath>
#include <vector>

#include "base/text.h"

namespace ridge {

Result<Settings> complete_settings(std::string_view owner, std::span<const Setting> known, const Settings& given) {
  Settings out;
  std::vector<std::string> names;
  for (const Setting& s : known) {
    out.emplace(s.name, s.standard);
    names.emplace_back(s.name);
  }
  for (const auto& [name, value] : given) {
    const auto it = out.find(name);
    if (it == out.end())
      return fail(Error::Kind::usage, "{}: {}: no such setting{}", owner, name, suggestion(name, names));
    it->second = value;
  }
  for (const Setting& s : known) {
    const double value = out.find(s.name)->second;
    if (!(value >= s.least && value <= s.most) || (s.integer && value != std::floor(value)))
      return fail(Error::Kind::usage, "{}: {} = {}: expected {} from {} to {}", owner, s.name, value,
                  s.integer ? "an integer" : "a number", s.least, s.most);
  }
  return out;
}

}  // namespace ridge
