// The header that a task's reference.cpp includes: the only one of Ridgeline's, self-contained, C++20, stable.
//
// A reference has two functions. `inputs` fills the input buffers of one draw; `oracle` computes every output from them
// in double precision (threads allowed). They are compiled when a task is first used and run in a process of their own,
// so a crash here is reported as the task's error and never decides about a candidate.
//
//   void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
//     for (float& x : c.f32("u")) x = float(rng.uniform(0.0, 1.0));
//   }
//   void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
//     std::span<const float> u = c.f32("u");            // as drawn, also for inout buffers
//     std::span<double> v = out.real("u");              // every out and inout buffer, in the task's shape, row-major
//   }
//   RIDGELINE_REFERENCE(inputs, oracle)
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>

namespace ridge::ref {

// Element types as they cross the boundary; the values are part of the stable interface.
enum class Type : std::int32_t { f64, f32, f16, bf16, fp8, i8, u8, i16, u16, i32, u32, i64, u64, boolean };

// Plain records that cross the boundary between the worker and the compiled reference.
struct RawBuffer {
  const char* name;
  Type type;
  std::uint32_t rank;
  const std::uint64_t* shape;  // elements, slowest dimension first
  std::uint64_t count;         // product of shape
  void* data;                  // inputs: elements of `type`; outputs: double or std::int64_t, `count` of them
};
struct RawScalar {
  const char* name;
  std::int32_t is_real;
  std::int64_t integer;
  double real;
};
struct RawCase {
  std::uint32_t buffer_count;
  RawBuffer* buffers;
  std::uint32_t scalar_count;
  const RawScalar* scalars;
};

[[noreturn]] inline void complain(const char* what, std::string_view name) {
  std::fprintf(stderr, "reference: %s \"%.*s\"\n", what, int(name.size()), name.data());
  std::abort();
}

__extension__ typedef unsigned __int128 Wide;

inline bool is_real(Type t) {
  return t <= Type::fp8;
}

// Sizes, scalars and buffers of one draw. Asking for a name or type that the task does not declare stops the worker
// with a message.
class Case {
 public:
  explicit Case(RawCase& raw) : raw_(&raw) {}

  // Symbols of the task: sizes, scalars and derived ones.
  std::int64_t integer(std::string_view name) const {
    const RawScalar& s = scalar(name);
    if (s.is_real) complain("not an integer symbol:", name);
    return s.integer;
  }
  double real(std::string_view name) const {
    const RawScalar& s = scalar(name);
    return s.is_real ? s.real : double(s.integer);
  }

  std::span<float> f32(std::string_view name) { return view<float>(name, Type::f32); }
  std::span<const float> f32(std::string_view name) const { return view<float>(name, Type::f32); }
  std::span<double> f64(std::string_view name) { return view<double>(name, Type::f64); }
  std::span<const double> f64(std::string_view name) const { return view<double>(name, Type::f64); }
  std::span<std::int8_t> i8(std::string_view name) { return view<std::int8_t>(name, Type::i8); }
  std::span<const std::int8_t> i8(std::string_view name) const { return view<std::int8_t>(name, Type::i8); }
  std::span<std::uint8_t> u8(std::string_view name) { return view<std::uint8_t>(name, Type::u8); }
  std::span<const std::uint8_t> u8(std::string_view name) const { return view<std::uint8_t>(name, Type::u8); }
  std::span<std::int32_t> i32(std::string_view name) { return view<std::int32_t>(name, Type::i32); }
  std::span<const std::int32_t> i32(std::string_view name) const { return view<std::int32_t>(name, Type::i32); }
  std::span<std::uint32_t> u32(std::string_view name) { return view<std::uint32_t>(name, Type::u32); }
  std::span<const std::uint32_t> u32(std::string_view name) const { return view<std::uint32_t>(name, Type::u32); }
  std::span<std::int64_t> i64(std::string_view name) { return view<std::int64_t>(name, Type::i64); }
  std::span<const std::int64_t> i64(std::string_view name) const { return view<std::int64_t>(name, Type::i64); }

 private:
  const RawScalar& scalar(std::string_view name) const {
    for (std::uint32_t i = 0; i < raw_->scalar_count; ++i)
      if (name == raw_->scalars[i].name) return raw_->scalars[i];
    complain("no symbol of this name:", name);
  }
  template <class T>
  std::span<T> view(std::string_view name, Type type) const {
    for (std::uint32_t i = 0; i < raw_->buffer_count; ++i) {
      const RawBuffer& b = raw_->buffers[i];
      if (name != b.name) continue;
      if (b.type != type) complain("buffer asked for with another type than the task declares:", name);
      return {static_cast<T*>(b.data), std::size_t(b.count)};
    }
    complain("no input buffer of this name:", name);
  }
  RawCase* raw_;
};

// The oracle's answers: double for every real type, 64-bit integers for every integer type.
class Outputs {
 public:
  explicit Outputs(RawCase& raw) : raw_(&raw) {}
  std::span<double> real(std::string_view name) { return view<double>(name, true); }
  std::span<std::int64_t> integer(std::string_view name) { return view<std::int64_t>(name, false); }

 private:
  template <class T>
  std::span<T> view(std::string_view name, bool real) {
    for (std::uint32_t i = 0; i < raw_->buffer_count; ++i) {
      const RawBuffer& b = raw_->buffers[i];
      if (name != b.name) continue;
      if (is_real(b.type) != real) complain("output asked for as the wrong kind of number:", name);
      return {static_cast<T*>(b.data), std::size_t(b.count)};
    }
    complain("no output buffer of this name:", name);
  }
  RawCase* raw_;
};

// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11). The
// same seed gives the same values on every machine; `stream(k)` gives independent generators for threads or for
// separate buffers.
class Rng {
 public:
  explicit Rng(std::uint64_t seed, std::uint64_t stream_id = 0) : seed_(seed), stream_(stream_id) {}

  Rng stream(std::uint64_t k) const { return Rng(seed_, stream_ + 0x9E3779B97F4A7C15ull * (k + 1)); }

  std::uint32_t bits32() {
    if (at_ == end_) refill();
    return block_[at_++];
  }
  std::uint64_t bits64() {
    const std::uint64_t hi = bits32();
    return hi << 32 | bits32();
  }
  // [0, 1), 53 random bits.
  double unit() { return double(bits64() >> 11) * 0x1p-53; }
  double uniform(double from, double to) { return from + (to - from) * unit(); }
  // Standard normal (Box and Muller).
  double normal() {
    if (spare_full_) {
      spare_full_ = false;
      return spare_;
    }
    const double u = 1.0 - unit();
    const double v = unit();
    const double r = std::sqrt(-2.0 * std::log(u));
    spare_ = r * std::sin(6.283185307179586476925 * v);
    spare_full_ = true;
    return r * std::cos(6.283185307179586476925 * v);
  }
  // Uniform in [from, to], both included.
  std::int64_t integer(std::int64_t from, std::int64_t to) {
    const std::uint64_t range = std::uint64_t(to) - std::uint64_t(from) + 1;
    if (range == 0) return std::int64_t(bits64());
    return std::int64_t(std::uint64_t(from) + std::uint64_t(static_cast<Wide>(bits64()) * range >> 64));
  }

 private:
  // One counter at first, for the many generators that are asked for a few numbers; then several side by side, which
  // compilers turn into vector instructions. The sequence is the same.
  void refill() { end_ == 0 ? fill<1>() : fill<wide>(); }
  template <int n>
  void fill() {
    std::uint32_t c0[n], c1[n], c2[n], c3[n];
    for (int i = 0; i < n; ++i) {
      c0[i] = std::uint32_t(counter_ + std::uint64_t(i));
      c1[i] = std::uint32_t((counter_ + std::uint64_t(i)) >> 32);
      c2[i] = std::uint32_t(stream_);
      c3[i] = std::uint32_t(stream_ >> 32);
    }
    std::uint32_t k0 = std::uint32_t(seed_), k1 = std::uint32_t(seed_ >> 32);
    for (int round = 0; round < 10; ++round) {
      for (int i = 0; i < n; ++i) {
        const std::uint64_t p0 = 0xD2511F53ull * c0[i], p1 = 0xCD9E8D57ull * c2[i];
        c0[i] = std::uint32_t(p1 >> 32) ^ c1[i] ^ k0;
        c2[i] = std::uint32_t(p0 >> 32) ^ c3[i] ^ k1;
        c1[i] = std::uint32_t(p1);
        c3[i] = std::uint32_t(p0);
      }
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
    for (int i = 0; i < n; ++i) {
      block_[4 * i] = c0[i];
      block_[4 * i + 1] = c1[i];
      block_[4 * i + 2] = c2[i];
      block_[4 * i + 3] = c3[i];
    }
    counter_ += n;
    at_ = 0;
    end_ = 4 * n;
  }
  static constexpr int wide = 32;
  std::uint64_t seed_, stream_, counter_ = 0;
  std::uint32_t block_[4 * wide] = {};
  int at_ = 0, end_ = 0;
  double spare_ = 0;
  bool spare_full_ = false;
};

// What the worker looks up in the compiled reference.
struct Entry {
  std::uint32_t version;  // 1
  void (*inputs)(RawCase* inputs, std::uint64_t seed);
  void (*oracle)(RawCase* inputs, RawCase* outputs);
  // Optional (metric = "custom"): an error for one output buffer, compared with the task's tolerance. `got` has the
  // buffer's own type, `expected` is double or std::int64_t. NaN never passes.
  double (*metric)(RawCase* inputs, const RawBuffer* got, const RawBuffer* expected);
};

}  // namespace ridge::ref

#define RIDGELINE_REFERENCE(inputs_function, oracle_function) \
  RIDGELINE_REFERENCE_WITH_METRIC(inputs_function, oracle_function, nullptr)

// `metric_function` is double(const Case&, const RawBuffer& got, const RawBuffer& expected), or nullptr.
#define RIDGELINE_REFERENCE_WITH_METRIC(inputs_function, oracle_function, metric_function)                                 \
  extern "C" __attribute__((visibility("default"))) const ridge::ref::Entry* ridgeline_reference() {                       \
    using namespace ridge::ref;                                                                                            \
    static constexpr double (*custom)(const Case&, const RawBuffer&, const RawBuffer&) = metric_function;                  \
    static const Entry entry = {                                                                                         \
        1,                                                                                                               \
        [](RawCase* raw, std::uint64_t seed) {                                                                           \
          Case c(*raw);                                                                                                  \
          Rng rng(seed);                                                                                                 \
          inputs_function(c, rng);                                                                                       \
        },                                                                                                               \
        [](RawCase* raw, RawCase* outputs) {                                                                             \
          const Case c(*raw);                                                                                            \
          Outputs out(*outputs);                                                                                         \
          oracle_function(c, out);                                                                                       \
        },                                                                                                               \
        custom ? +[](RawCase* raw, const RawBuffer* got, const RawBuffer* expected) {                                    \
          const Case c(*raw);                                                                                            \
          return custom(c, *got, *expected);                                                                             \
        } : nullptr,                                                                                                     \
    }; \
    return &entry;                                                                                                         \
  }
