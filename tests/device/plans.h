// Plans made by hand for tests of devices, which know no task.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "device/device.h"

namespace ridge::plans {

inline KernelSignature::Parameter pointer(ScalarType t, bool read_only = false) {
  return {.pointer = true, .read_only = read_only, .type = t};
}
inline KernelSignature::Parameter value(ScalarType t) {
  return {.pointer = false, .read_only = false, .type = t};
}

inline Storage storage(const std::string& name, std::uint64_t count, ScalarType type = ScalarType::f32) {
  return {name, type, count, count * size_of(type), -1, false, {count}};
}
inline ResolvedArgument buffer(std::uint32_t s, std::uint64_t offset = 0) {
  return {ResolvedArgument::Kind::storage, ScalarType::f32, s, offset, 0};
}
inline ResolvedArgument integer(std::int64_t v) {
  return {ResolvedArgument::Kind::value, ScalarType::i32, 0, 0, std::uint64_t(v)};
}
inline ResolvedArgument real(float v) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &v, 4);
  return {ResolvedArgument::Kind::value, ScalarType::f32, 0, 0, bits};
}
inline ResolvedStep launch(std::uint32_t kernel, std::vector<ResolvedArgument> arguments) {
  ResolvedStep s;
  s.kernel = kernel;
  s.arguments = std::move(arguments);
  return s;
}
inline ResolvedStep fill(std::uint32_t to, std::uint64_t offset, std::uint64_t bytes, std::uint64_t pattern,
                         std::uint32_t pattern_bytes) {
  ResolvedStep s;
  s.kind = ResolvedStep::Kind::fill;
  s.to = to;
  s.to_offset = offset;
  s.bytes = bytes;
  s.pattern = pattern;
  s.pattern_bytes = pattern_bytes;
  return s;
}
inline ResolvedStep copy(std::uint32_t from, std::uint64_t from_offset, std::uint32_t to, std::uint64_t to_offset,
                         std::uint64_t bytes) {
  ResolvedStep s;
  s.kind = ResolvedStep::Kind::copy;
  s.from = from;
  s.from_offset = from_offset;
  s.to = to;
  s.to_offset = to_offset;
  s.bytes = bytes;
  return s;
}
inline ResolvedPlan plan(std::vector<Storage> storages, std::vector<KernelSignature> kernels,
                         std::vector<ResolvedStep> steps) {
  ResolvedPlan p;
  p.storages = std::move(storages);
  p.kernels = std::move(kernels);
  p.steps = std::move(steps);
  for (const ResolvedStep& s : p.steps) p.workers = std::max(p.workers, s.workers);
  return p;
}

inline CompileJob job(const std::string& source, std::vector<KernelSignature> kernels,
                      std::vector<std::string> flags = {"-O1"}) {
  CompileJob j;
  j.file = "it.cpp";
  j.source = source;
  j.flags = std::move(flags);
  j.kernels = std::move(kernels);
  return j;
}

// Unwraps what a test takes for granted.
template <class T>
T sure(Result<Judged<T>> r) {
  RIDGE_CHECK(r, r ? "" : r.error().message);
  RIDGE_CHECK(*r, *r ? "" : r->error().text);
  if constexpr (!std::is_void_v<T>) return std::move(**r);
}
template <class T>
Fault fault_of(Result<Judged<T>> r) {
  if (!r) return {Verdict::ok, Reason::none, "an Error", r.error().message};
  if (*r) return {Verdict::ok, Reason::none, "no fault", ""};
  return std::move(*r).error();
}
inline std::string outcome(const Fault& f) {
  return fmt::format("{} {}", name(f.verdict), name(f.reason));
}

inline void put(Lane& lane, std::uint32_t set, std::uint32_t s, const std::vector<float>& v) {
  const auto written = lane.write(set, s, std::as_bytes(std::span(v)));
  EXPECT_TRUE(written) << written.error().message;
}
inline std::vector<float> get(Lane& lane, std::uint32_t set, std::uint32_t s, std::size_t count) {
  std::vector<float> v(count);
  const auto got = lane.read(set, s, std::as_writable_bytes(std::span(v)));
  EXPECT_TRUE(got) << got.error().message;
  return v;
}

}  // namespace ridge::plans
