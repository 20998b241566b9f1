// Seeded randomness. Two kinds, never mixed: Rng drives decisions and must replay from a run's public seed; Secret
// gives hidden draws from the operating system's entropy and is revealed when the run ends.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ridge {

// Small counter-free generator (xoshiro256**, Blackman and Vigna 2018), seeded by hashing, so nearby seeds are
// unrelated.
class Rng {
 public:
  explicit Rng(std::uint64_t seed, std::string_view purpose = "", std::uint64_t index = 0);
  std::uint64_t bits();
  std::uint64_t below(std::uint64_t n);  // uniform in [0, n), n > 0, without bias
  std::int64_t integer(std::int64_t from, std::int64_t to);
  double unit();  // [0, 1)
  double uniform(double from, double to) { return from + (to - from) * unit(); }
  double normal();
  bool coin(double p = 0.5) { return unit() < p; }
  template <class T>
  void shuffle(std::vector<T>& v) {
    for (std::size_t i = v.size(); i > 1; --i) std::swap(v[i - 1], v[below(i)]);
  }

 private:
  std::uint64_t s_[4];
};

// A secret 256-bit key; seeds of draws are keyed hashes of a purpose and a counter, so disjoint purposes give disjoint
// streams.
class Secret {
 public:
  static Secret from_entropy();
  static Secret from_text(std::string_view text);  // tests, and replay of a revealed run
  std::uint64_t seed(std::string_view purpose, std::uint64_t counter) const;
  std::string reveal() const;  // hexadecimal
  // A hash that binds to this secret and tells nothing of it: published before a run, it proves afterwards that the
  // revealed secret was chosen first.
  std::string commitment() const;  // hexadecimal

 private:
  std::string key_;
};

}  // namespace ridge
