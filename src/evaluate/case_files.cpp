#include "evaluate/case_files.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "evaluate/compare.h"
#include "evaluate/npy.h"
#include "model/json.h"

namespace ridge {
namespace {

using Json = nlohmann::json;

std::unexpected<Error> refused(const std::string& text) {
  return fail(Error::Kind::usage, "{}", text);
}

bool in_range(const Symbol& s, const Number& v) {
  return v.is_integer() && s.min.is_integer() && s.max.is_integer()
             ? v.integer() >= s.min.integer() && v.integer() <= s.max.integer()
             : v.real() >= s.min.real() && v.real() <= s.max.real();
}

Result<Number> checked(const Symbol& s, const Number& v) {
  if (!in_range(s, v))
    return refused(
        fmt::format("{} = {}: outside the task's range, {} to {}", s.name, v.text(), s.min.text(), s.max.text()));
  return v;
}

std::string file_of(const std::string& folder, const std::string& name) {
  return (std::filesystem::path(folder) / name).string();
}

Result<void> make_folder(const std::string& folder) {
  std::error_code trouble;
  std::filesystem::create_directories(folder, trouble);
  if (trouble) return world("{}: {}", folder, trouble.message());
  return {};
}

Json case_json(const Task& task, const Workload& workload) {
  Json symbols = Json::object();
  for (const auto& [name, value] : workload.binding)
    symbols[name] = value.is_integer() ? Json(value.integer()) : Json(value.real());
  return {{"format", 1}, {"task", task.id}, {"workload", workload.name}, {"symbols", std::move(symbols)}};
}

// Integers in the output's own type: what a kernel would return.
Result<std::vector<std::byte>> integers(const BufferSpec& b, const Answer& answer) {
  const std::size_t size = size_of(b.type);
  std::vector<std::byte> out(answer.integer.size() * size);
  for (std::size_t i = 0; i < answer.integer.size(); ++i) {
    std::uint64_t bits = std::uint64_t(answer.integer[i]);
    if (b.type != ScalarType::u64) {
      const auto encoded = encode(Number(answer.integer[i]), b.type);
      if (!encoded) return within(fmt::format("the oracle's {}: element {}", b.name, i), encoded.error());
      bits = *encoded;
    }
    std::memcpy(out.data() + i * size, &bits, size);
  }
  return out;
}

}  // namespace

Result<Number> symbol_value(const Symbol& symbol, std::string_view written) {
  const char* end = written.data() + written.size();
  if (!is_real(symbol.type)) {
    std::int64_t v = 0;
    const auto [at, trouble] = std::from_chars(written.data(), end, v);
    if (trouble != std::errc() || at != end)
      return refused(fmt::format("{} = {}: expected a whole number ({})", symbol.name, written, name(symbol.type)));
    return checked(symbol, Number(v));
  }
  double v = 0;
  const auto [at, trouble] = std::from_chars(written.data(), end, v);
  if (trouble != std::errc() || at != end || !std::isfinite(v))
    return refused(fmt::format("{} = {}: expected a number ({})", symbol.name, written, name(symbol.type)));
  return checked(symbol, Number(v));
}

Result<Binding> read_case_symbols(const std::string& folder, const Task& task) {
  const std::string file = file_of(folder, "case.json");
  RIDGE_TRY(const std::string text, read_file(file, 1 << 20));
  RIDGE_TRY(const Json json, parse_json(text, file));
  if (!json.is_object() || !json.contains("symbols") || !json["symbols"].is_object())
    return invalid("{}: symbols: expected an object with a value for each symbol of the task", file);
  if (json.contains("task") && json["task"] != task.id)
    return invalid("{}: task: {}, expected \"{}\"", file, dump_json(json["task"]), task.id);
  Binding binding;
  for (const auto& [key, value] : json["symbols"].items()) {
    const Symbol* symbol = task.interface.symbol(key);
    if (!symbol) {
      std::vector<std::string> known;
      for (const Symbol& s : task.interface.symbols) known.push_back(s.name);
      return invalid("{}: symbols.{}: no such symbol of {}{}", file, key, task.id, suggestion(key, known));
    }
    const bool fits = is_real(symbol->type) ? value.is_number() : value.is_number_integer();
    if (!fits)
      return invalid("{}: symbols.{} = {}: expected {} ({})", file, key, dump_json(value),
                     is_real(symbol->type) ? "a number" : "a whole number", name(symbol->type));
    const Number number = is_real(symbol->type) ? Number(value.get<double>()) : Number(value.get<std::int64_t>());
    auto right = checked(*symbol, number);
    if (!right) return within(file + ": symbols", right.error());
    binding.emplace(key, *right);
  }
  for (const Symbol& s : task.interface.symbols)
    if (!binding.contains(s.name)) return invalid("{}: symbols.{} is missing", file, s.name);
  return binding;
}

Result<Draw> read_case_inputs(const std::string& folder, const Task& task, const Workload& workload) {
  RIDGE_TRY(const auto shapes, buffer_shapes(task.interface, workload));
  Draw draw;
  draw.inputs.resize(task.interface.buffers.size());
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const BufferSpec& b = task.interface.buffers[i];
    if (b.access == Access::out) continue;
    RIDGE_TRY(draw.inputs[i], read_npy(file_of(folder, b.name + ".npy"), b.type, shapes[i]));
    if (!is_real(b.type)) continue;
    for (std::size_t k = 0; k < draw.inputs[i].size(); k += size_of(b.type))
      if (!std::isfinite(decode(draw.inputs[i].data() + k, b.type)))
        return invalid("{}: element {} is not finite", file_of(folder, b.name + ".npy"), k / size_of(b.type));
  }
  return draw;
}

Result<std::vector<std::string>> write_case_inputs(const std::string& folder, const Task& task,
                                                   const Workload& workload, const Draw& draw) {
  RIDGE_TRY_VOID(make_folder(folder));
  RIDGE_TRY(const auto shapes, buffer_shapes(task.interface, workload));
  std::vector<std::string> files;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const BufferSpec& b = task.interface.buffers[i];
    if (b.access == Access::out) continue;
    files.push_back(file_of(folder, b.name + ".npy"));
    RIDGE_TRY_VOID(write_npy(files.back(), npy_descr(b.type), shapes[i], draw.inputs[i]));
  }
  files.push_back(file_of(folder, "case.json"));
  Json json = case_json(task, workload);
  if (draw.seed) json["seed"] = draw.seed;
  RIDGE_TRY_VOID(write_file(files.back(), dump_json(json, 2) + "\n"));
  return files;
}

Result<std::vector<std::string>> write_case_answers(const std::string& folder, const Task& task,
                                                    const Workload& workload, const Draw& draw) {
  RIDGE_TRY_VOID(make_folder(folder));
  RIDGE_TRY(const auto shapes, buffer_shapes(task.interface, workload));
  RIDGE_TRY(const MapScope scope, bind(task.interface, workload.binding));
  std::vector<std::string> files;
  Json json = case_json(task, workload);
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const BufferSpec& b = task.interface.buffers[i];
    if (b.access == Access::in) continue;
    files.push_back(file_of(folder, b.name + ".npy"));
    if (is_real(b.type)) {
      RIDGE_TRY_VOID(write_npy(files.back(), npy_descr(ScalarType::f64), shapes[i],
                               std::as_bytes(std::span(draw.answers[i].real))));
    } else {
      RIDGE_TRY(const auto bytes, integers(b, draw.answers[i]));
      RIDGE_TRY_VOID(write_npy(files.back(), npy_descr(b.type), shapes[i], bytes));
    }
    const Tolerance& rule = task.check.of(b.name);
    RIDGE_TRY(const double bound, tolerance_of(draw.answers[i], rule, scope));
    json["outputs"][b.name] = {{"metric", std::string(name(rule.metric))}, {"tolerance", bound}};
  }
  files.push_back(file_of(folder, "case.json"));
  RIDGE_TRY_VOID(write_file(files.back(), dump_json(json, 2) + "\n"));
  return files;
}

}  // namespace ridge
