// Does a template find everything it asks for? The template engine renders a missing key as nothing, so a misspelt one
// would go unseen; this walk reads the tags by itself and looks each of them up.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <kainjow/mustache.hpp>

namespace ridge {

struct TemplateKeys {
  std::vector<std::string> missing;    // "section.key": asked for, not supplied
  std::vector<std::string> unvisited;  // sections whose body these data never entered, so their keys were not looked at
  std::vector<std::string> faults;     // unbalanced sections, unknown tags
};
TemplateKeys check_template(std::string_view text, const kainjow::mustache::data& data);

}  // namespace ridge
