// What holds a kernel back, by rule, from a device's counters. The rule is that of "speed of light" analyses: whichever
// unit is busy for most of what it could do is the limit, and where none is, latency is.
#pragma once

#include <map>
#include <string>

namespace ridge::measure {

// Names of values that the rule reads; each may be missing. Percentages are of what the unit could do in the time.
//   dram_percent l2_percent l1_percent sm_percent tensor_percent
//   busy_percent       time in which a multiprocessor has work, on the average over all
//   occupancy_percent  warps that are there, of those that would fit
//   issue_percent      cycles in which a scheduler issues
//   bank_conflicts instructions
//   stall.<reason>     warps that wait for it, for each cycle in which something is issued
using CounterValues = std::map<std::string, double>;

// 0 where it was not counted.
double counter(const CounterValues& values, const char* name);

struct Bottleneck {
  // "memory", "L2 cache", "L1 cache and shared memory", "tensor cores", "instructions", "too little work", "latency";
  // empty: the counters tell nothing.
  std::string limit;
  std::string why;  // with the numbers: "DRAM is at 87 % of its peak, 1.05 times the compulsory traffic"
};
// `traffic_ratio`: bytes moved to and from DRAM over the compulsory ones; 0: unknown.
Bottleneck bottleneck(const CounterValues& values, double traffic_ratio = 0);

// In words: "long_scoreboard" is "loads from L1, L2 and DRAM".
std::string stall_words(const std::string& reason);

}  // namespace ridge::measure
