// A/A duels: a kernel against itself. From many of them come the noise of each duration class, the rate of false
// alarms, and whether one side is favoured.
#pragma once

#include <array>
#include <vector>

#include "doctor/record/record.h"

namespace ridge {

class AaDuels {
 public:
  // A duel of a fixed number of blocks, in which each pair of processes ran `blocks_per_process` blocks.
  void add(const DuelRecord& duel, std::size_t blocks_per_process);
  // A duel as claims are made, with a pair of processes for every block: what the blocks of one pair share is then no
  // false agreement.
  void add_claim_form(const DuelRecord& duel);

  measure::NoiseTable table() const;
  std::size_t duels() const { return decided_ + claims_ + voided_; }
  std::vector<DoctorFinding> findings() const;

 private:
  DoctorFinding of_class(std::size_t i) const;
  struct Class {
    std::vector<std::vector<double>> pairs;  // block log ratios of each pair of processes
    std::vector<double> seconds;             // median call of each duel
    std::size_t duels = 0;
  };
  std::array<Class, measure::duration_class_count> classes_;
  std::size_t decided_ = 0, differing_ = 0, promoting_ = 0, voided_ = 0;
  std::size_t claims_ = 0, alarms_ = 0;  // in the form of claims
};

DoctorFinding bystanders_finding(double cores);

// Log ratios of a duel on one workload, by pair of processes.
std::vector<std::vector<double>> logs_by_pair(const DuelRecord& duel, std::size_t blocks_per_process);
double median_call_seconds(const DuelRecord& duel);

}  // namespace ridge
