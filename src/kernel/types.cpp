#include "kernel/types.h"

#include <algorithm>

#include "base/text.h"

namespace ridge {

namespace {

struct DialectRow {
  Dialect dialect;
  std::string_view name, extension;
};
constexpr DialectRow dialect_rows[] = {{Dialect::cpp, "cpp", "cpp"},
                                       {Dialect::cuda, "cuda", "cu"},
                                       {Dialect::opencl, "opencl", "cl"},
                                       {Dialect::metal, "metal", "metal"}};

struct TypeRow {
  std::string_view name, cpp;
  std::size_t size;
  bool real;
};
// In the order of ScalarType. Types without a C++ counterpart in every compiler arrive as the integer of their size.
constexpr TypeRow type_rows[] = {{"f64", "double", 8, true},
                                 {"f32", "float", 4, true},
                                 {"f16", "_Float16", 2, true},
                                 {"bf16", "unsigned short", 2, true},
                                 {"fp8", "unsigned char", 1, true},
                                 {"i8", "signed char", 1, false},
                                 {"u8", "unsigned char", 1, false},
                                 {"i16", "short", 2, false},
                                 {"u16", "unsigned short", 2, false},
                                 {"i32", "int", 4, false},
                                 {"u32", "unsigned int", 4, false},
                                 {"i64", "long long", 8, false},
                                 {"u64", "unsigned long long", 8, false},
                                 {"bool", "bool", 1, false}};
constexpr const TypeRow& row(ScalarType t) {
  return type_rows[std::size_t(t)];
}

constexpr std::string_view access_names[] = {"in", "out", "inout"};

}  // namespace

std::string_view name(Dialect d) {
  return dialect_rows[std::size_t(d)].name;
}
std::string_view extension(Dialect d) {
  return dialect_rows[std::size_t(d)].extension;
}

std::optional<Dialect> dialect_of(std::string_view name) {
  for (const DialectRow& r : dialect_rows)
    if (r.name == name) return r.dialect;
  return std::nullopt;
}

std::optional<Dialect> dialect_of_extension(std::string_view extension) {
  if (extension.starts_with('.')) extension.remove_prefix(1);
  for (const DialectRow& r : dialect_rows)
    if (r.extension == extension) return r.dialect;
  return std::nullopt;
}

std::string_view name(ScalarType t) {
  return row(t).name;
}
std::size_t size_of(ScalarType t) {
  return row(t).size;
}
bool is_real(ScalarType t) {
  return row(t).real;
}
std::string_view cpp_name(ScalarType t) {
  return row(t).cpp;
}

std::optional<ScalarType> scalar_type_of(std::string_view name) {
  for (std::size_t i = 0; i < std::size(type_rows); ++i)
    if (type_rows[i].name == name) return ScalarType(i);
  return std::nullopt;
}

std::string_view name(Access a) {
  return access_names[std::size_t(a)];
}

std::optional<Access> access_of(std::string_view name) {
  for (std::size_t i = 0; i < std::size(access_names); ++i)
    if (access_names[i] == name) return Access(i);
  return std::nullopt;
}

const BufferSpec* Interface::buffer(std::string_view name) const {
  const auto at = std::ranges::find(buffers, name, &BufferSpec::name);
  return at == buffers.end() ? nullptr : &*at;
}

const Symbol* Interface::symbol(std::string_view name) const {
  const auto at = std::ranges::find(symbols, name, &Symbol::name);
  return at == symbols.end() ? nullptr : &*at;
}

std::vector<std::string> Interface::names() const {
  std::vector<std::string> out;
  for (const Symbol& s : symbols) out.push_back(s.name);
  for (const Derived& d : derived) out.push_back(d.name);
  for (const BufferSpec& b : buffers) out.push_back(b.name);
  return out;
}

Result<MapScope> bind(const Interface& interface, const Binding& binding) {
  MapScope scope;
  for (const auto& [name, value] : binding) {
    if (interface.symbol(name)) continue;
    std::vector<std::string> known;
    for (const Symbol& s : interface.symbols) known.push_back(s.name);
    return invalid("{} = {}: unknown symbol \"{}\"{}", name, value.text(), name, suggestion(name, known));
  }
  for (const Symbol& s : interface.symbols) {
    const auto at = binding.find(s.name);
    if (at == binding.end()) return invalid("symbol \"{}\" is not bound", s.name);
    const auto bits = encode(at->second, s.type);
    if (!bits) return within(fmt::format("symbol \"{}\"", s.name), bits.error());
    // The value that a kernel gets is the value that everybody computes with.
    scope.set(s.name, is_real(s.type) ? Number(decode(&*bits, s.type)) : at->second);
  }
  for (const Derived& d : interface.derived) {
    const auto value = d.value.evaluate(scope);
    if (!value) return within(fmt::format("derived \"{}\" = \"{}\"", d.name, d.value.text()), value.error());
    scope.set(d.name, *value);
  }
  return scope;
}

std::string text(const ParameterValue& v) {
  if (const auto* integer = std::get_if<std::int64_t>(&v)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&v)) return Number(*real).text();
  if (const auto* flag = std::get_if<bool>(&v)) return *flag ? "1" : "0";
  return std::get<std::string>(v);
}

}  // namespace ridge
