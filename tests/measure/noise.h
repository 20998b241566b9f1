// Made-up machines for the tests of measure/: blocks as a device would give them, from a fixed seed.
#pragma once

#include <cmath>
#include <vector>

#include "base/random.h"
#include "measure/duel.h"

namespace ridge::measure {

struct Machine {
  double sigma = 0.01;                   // of one visit, log
  double wild_share = 0;                 // visits that take up to 25 % longer
  double drift = 0;                      // random walk of the machine's speed between visits, log
  double process_sigma = 0;              // lasting bias of a process pair, log; the pair is restarted every 8 blocks
  double step_share = 0;                 // chance per visit that the speed jumps by 2 % and stays
  double restless_share = 0;             // blocks whose clock probes differ by 5 %
  std::vector<double> seconds = {1e-3};  // incumbent, per workload
  std::vector<double> speedup = {1.0};   // of the candidate, per workload
};

class BlockSource {
 public:
  BlockSource(Machine machine, std::uint64_t seed) : m_(std::move(machine)), rng_(seed, "blocks") {}

  Block next() {
    if (count_ % 8 == 0) bias_ = m_.process_sigma * rng_.normal();
    Block block;
    block.process_pair = count_++ / 8;
    block.candidate_first = rng_.coin();
    block.probe_spread = rng_.coin(m_.restless_share) ? 0.05 : 0.01 * rng_.unit();
    block.visits.resize(m_.seconds.size());
    // In the order of time: the outer visits are one side's, the inner two the other's.
    for (int place = 0; place < 4; ++place) {
      const bool outer = place == 0 || place == 3, candidate = outer == block.candidate_first;
      const std::size_t slot = candidate ? (place < 2 ? 1 : 2) : (place < 2 ? 0 : 3);
      for (std::size_t w = 0; w < m_.seconds.size(); ++w) block.visits[w][slot] = visit(w, candidate);
    }
    return block;
  }

 private:
  double visit(std::size_t w, bool candidate) {
    speed_ += m_.drift * rng_.normal();
    if (rng_.coin(m_.step_share)) speed_ += rng_.coin() ? 0.02 : -0.02;
    double log = std::log(m_.seconds[w]) + speed_ + m_.sigma * rng_.normal();
    if (candidate) log -= std::log(m_.speedup[w]) + bias_;
    if (rng_.coin(m_.wild_share)) log += std::log1p(0.25 * rng_.unit());
    return std::exp(log);
  }

  Machine m_;
  Rng rng_;
  double speed_ = 0, bias_ = 0;
  int count_ = 0;
};

inline Duel fought(const Machine& machine, std::uint64_t seed, DuelSettings settings = {}) {
  Duel duel(std::move(settings), std::vector<double>(machine.seconds.size(), 1.0));
  BlockSource source(machine, seed);
  while (duel.add(source.next()) == Duel::State::more) {
  }
  return duel;
}

}  // namespace ridge::measure
