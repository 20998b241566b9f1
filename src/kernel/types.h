// The vocabulary of programs: dialects, element types, the interface a plan binds to, and the values of tunables.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/expression.h"
#include "base/result.h"

namespace ridge {

enum class Dialect : std::uint8_t { cpp, cuda, opencl, metal };
std::string_view name(Dialect d);
std::optional<Dialect> dialect_of(std::string_view name);
std::string_view extension(Dialect d);  // "cpp", "cu", "cl", "metal"
std::optional<Dialect> dialect_of_extension(std::string_view extension);

enum class ScalarType : std::uint8_t { f64, f32, f16, bf16, fp8, i8, u8, i16, u16, i32, u32, i64, u64, boolean };
std::string_view name(ScalarType t);  // "f32", "bool"
std::optional<ScalarType> scalar_type_of(std::string_view name);
std::size_t size_of(ScalarType t);  // bytes
bool is_real(ScalarType t);
std::string_view cpp_name(ScalarType t);  // "float", "int", "unsigned long long"…
// The value's bits as the type's memory holds them, low bytes first. Integers out of range and reals that overflow
// f32/f16/bf16 to infinity are errors. fp8 is e4m3.
Result<std::uint64_t> encode(Number value, ScalarType type);
double decode(const void* element, ScalarType type);  // any type as a double (64-bit integers may round)

enum class Access : std::uint8_t { in, out, inout };
std::string_view name(Access a);
std::optional<Access> access_of(std::string_view name);

// A device's name: "cpu", "null", "cuda:0".
using DeviceId = std::string;

// One symbol that every workload binds: a size or a scalar.
struct Symbol {
  std::string name;
  ScalarType type = ScalarType::i32;  // how it reaches a kernel unless the plan says otherwise
  Number min, max;
  friend bool operator==(const Symbol&, const Symbol&) = default;
};
struct Derived {
  std::string name;
  Expression value;  // over symbols and earlier derived names
  friend bool operator==(const Derived&, const Derived&) = default;
};
struct BufferSpec {
  std::string name;
  ScalarType type = ScalarType::f32;
  std::vector<Expression> shape;  // elements, slowest first; row-major
  Access access = Access::in;
  bool constant = false;  // a [[setup]] may read it
  friend bool operator==(const BufferSpec&, const BufferSpec&) = default;
};

// What a plan may name: the device-neutral part of a task.
struct Interface {
  std::vector<Symbol> symbols;
  std::vector<Derived> derived;
  std::vector<BufferSpec> buffers;  // in the order of a default launch's arguments
  bool setup_allowed = false;
  const BufferSpec* buffer(std::string_view name) const;
  const Symbol* symbol(std::string_view name) const;
  std::vector<std::string> names() const;  // symbols, derived and buffers
  friend bool operator==(const Interface&, const Interface&) = default;
};

// One binding of the interface's symbols (derived ones not included).
using Binding = std::map<std::string, Number, std::less<>>;
// Symbols and derived values together; checks types and that every symbol is bound. Reals come out as the symbol's type
// holds them. Call it as ridge::bind: for arguments that are not const, std::bind would be the better match.
Result<MapScope> bind(const Interface& interface, const Binding& binding);

// A tunable's value. Flags are strings ("-O3 -march=native").
using ParameterValue = std::variant<std::int64_t, double, bool, std::string>;
std::string text(const ParameterValue& v);  // as a macro sees it: 8, 0.5, 1, -O3 …
using Parameters = std::map<std::string, ParameterValue, std::less<>>;

}  // namespace ridge
