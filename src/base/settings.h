// Settings of policies and optimisers: all are numbers, so that one check serves all and `name=number` is their form
// everywhere.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ridge {

struct Setting {
  std::string_view name, meaning;
  double standard, least, most;
  bool integer = false;
};
using Settings = std::map<std::string, double, std::less<>>;

// What is not given gets its standard; unknown names and values out of range are usage errors that begin with `owner`
// ("policy random").
Result<Settings> complete_settings(std::string_view owner, std::span<const Setting> known, const Settings& given);

}  // namespace ridge
