// Total reading of JSON values: the kind of every field is looked at before it is taken. The first fault is kept and
// the rest of the reading goes on with defaults, so a reader lists its fields once and asks for the fault at the end.
//
//   JsonReader in(json, "evaluation");
//   in.get("device", e.device);
//   in.list("workloads", e.workloads, [](JsonReader& item, WorkloadResult& w) { item.get("name", w.name); });
//   RIDGE_TRY_VOID(in.result());
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace ridge {

class JsonReader {
 public:
  using Json = nlohmann::json;

  JsonReader(const Json& value, std::string where) : value_(value), where_(std::move(where)) {
    if (!value_.is_object()) fault("", "expected an object, found {}", value_.type_name());
  }

  // Required fields.
  template <class T>
  void get(std::string_view key, T& out) {
    if (const Json* field = require(key)) take(key, *field, out);
  }
  // Optional ones keep their default when absent or null. True if there was something to read.
  template <class T>
  bool maybe(std::string_view key, T& out) {
    const Json* field = find(key);
    if (!field || field->is_null()) return false;
    take(key, *field, out);
    return true;
  }
  template <class T>
  void maybe(std::string_view key, std::optional<T>& out) {
    T value{};
    if (maybe(key, value)) out = std::move(value);
  }
  // A word of a fixed table; `of` gives nothing for unknown words.
  template <class E, class Of>
  void word(std::string_view key, E& out, Of of) {
    std::string text;
    get(key, text);
    if (failed()) return;
    if (auto known = of(text)) {
      out = *known;
    } else {
      fault(key, "unknown word \"{}\"", text);
    }
  }
  template <class Fill>
  void object(std::string_view key, Fill fill) {
    if (const Json* field = require(key)) inner(*field, path(key), fill);
  }
  template <class Fill>
  bool maybe_object(std::string_view key, Fill fill) {
    const Json* field = find(key);
    if (!field || field->is_null()) return false;
    inner(*field, path(key), fill);
    return true;
  }
  // An array of objects.
  template <class T, class Fill>
  void list(std::string_view key, std::vector<T>& out, Fill fill) {
    items(key, [&](const Json& item, std::string place) {
      inner(item, std::move(place), [&](JsonReader& in) { fill(in, out.emplace_back()); });
    });
  }
  // Every member of an object that is used as a map: each(name, value).
  template <class Each>
  void members(std::string_view key, Each each) {
    const Json* field = require(key);
    if (!field) return;
    if (!field->is_object()) return fault(key, "expected an object, found {}", field->type_name());
    for (const auto& [name, value] : field->items()) each(name, value);
  }

  const Json* find(std::string_view key) const {
    if (!value_.is_object()) return nullptr;
    const auto it = value_.find(key);
    return it == value_.end() ? nullptr : &*it;
  }
  template <class... Args>
  void fault(std::string_view key, fmt::format_string<Args...> text, Args&&... args) {
    if (!fault_) fault_ = path(key) + ": " + fmt::format(text, std::forward<Args>(args)...);
  }
  bool failed() const { return fault_.has_value(); }
  Result<void> result() const {
    if (fault_) return invalid("{}", *fault_);
    return {};
  }

 private:
  std::string path(std::string_view key) const { return key.empty() ? where_ : fmt::format("{}.{}", where_, key); }

  const Json* require(std::string_view key) {
    const Json* field = find(key);
    if (!field) fault(key, "missing");
    return field;
  }
  template <class Fill>
  void inner(const Json& value, std::string where, Fill fill) {
    JsonReader in(value, std::move(where));
    fill(in);
    if (in.fault_ && !fault_) fault_ = std::move(in.fault_);
  }
  template <class Each>
  void items(std::string_view key, Each each) {
    const Json* field = require(key);
    if (!field) return;
    if (!field->is_array()) return fault(key, "expected an array, found {}", field->type_name());
    for (std::size_t i = 0; i < field->size() && !failed(); ++i) each((*field)[i], fmt::format("{}[{}]", path(key), i));
  }

  void take(std::string_view key, const Json& field, std::string& out) {
    if (!field.is_string()) return fault(key, "expected a string, found {}", field.type_name());
    out = field.get_ref<const std::string&>();
  }
  void take(std::string_view key, const Json& field, bool& out) {
    if (!field.is_boolean()) return fault(key, "expected true or false, found {}", field.type_name());
    out = field.get<bool>();
  }
  void take(std::string_view key, const Json& field, double& out) {
    if (!field.is_number()) return fault(key, "expected a number, found {}", field.type_name());
    out = field.get<double>();
  }
  template <std::signed_integral I>
  void take(std::string_view key, const Json& field, I& out) {
    if (!field.is_number_integer()) return fault(key, "expected an integer, found {}", field.type_name());
    // Above the largest signed value the library keeps an unsigned one, which would wrap.
    const bool wraps =
        field.is_number_unsigned() && field.get<std::uint64_t>() > std::uint64_t(std::numeric_limits<I>::max());
    const auto value = field.get<std::int64_t>();
    if (wraps || !std::in_range<I>(value)) return fault(key, "{} is out of range", field.dump());
    out = I(value);
  }
  template <class T>
  void take(std::string_view key, const Json& field, std::vector<T>& out) {
    if (!field.is_array()) return fault(key, "expected an array, found {}", field.type_name());
    for (std::size_t i = 0; i < field.size() && !failed(); ++i)
      take(fmt::format("{}[{}]", key, i), field[i], out.emplace_back());
  }
  template <class T, std::size_t N>
  void take(std::string_view key, const Json& field, std::array<T, N>& out) {
    if (!field.is_array() || field.size() != N) return fault(key, "expected an array of {} values", N);
    for (std::size_t i = 0; i < N; ++i) take(fmt::format("{}[{}]", key, i), field[i], out[i]);
  }

  const Json& value_;
  std::string where_;
  std::optional<std::string> fault_;
};

}  // namespace ridge
