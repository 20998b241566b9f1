// What both formats share: values, names and the accounting of what was read.
#pragma once

#include <span>

#include <nlohmann/json.hpp>

#include "landscape/landscape.h"

namespace ridge::landscape {

using Json = nlohmann::json;

// A member that is a text; empty where there is none.
std::string text_of(const Json& object, const char* key);
// A tunable from a name and an array of its values: all numbers, all texts, or all booleans, none twice.
Result<Tunable> tunable(const std::string& where, const std::string& name, const Json& values);
// One value of a tunable as its place in the list.
Result<std::uint32_t> value_index(const std::string& where, const Tunable& tunable, const Json& value);
// A configuration object: exactly one value of each tunable; further keys are skipped where `open`.
Result<Point> point(const std::string& where, std::span<const Tunable> tunables, const Json& object, bool open);
// Numbers that are positive and finite, times `unit`.
Result<std::vector<double>> times(const std::string& where, const Json& array, double unit);

// The objective's value: a positive number, or a word that says how it failed.
Result<void> read_value(const std::string& where, const Json& value, double unit, Configuration& c);

// Space, order, best and counts from the tunables and what was recorded.
Result<void> complete(Landscape& landscape, std::vector<Tunable> tunables, const std::string& where);

}  // namespace ridge::landscape
