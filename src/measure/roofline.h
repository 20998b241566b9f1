// How near a time is to what the machine can do. Two different questions:
//   fraction  the *work convention* of the field over the measured ceilings; may exceed 1 when a candidate is cleverer
//   than the
//             convention (fewer passes over memory), and then says so;
//   floor     compulsory traffic and provable operations only; a time below it is an error of the measurement.
// Units: bytes, operations, seconds, and per second. A ceiling of 0 is unknown and limits nothing.
#pragma once

#include <span>
#include <string>

namespace ridge::measure {

struct Ceiling {
  double working_set_bytes = 0;
  double bytes_per_s = 0;
};

// Bandwidth at a working set: linear in the logarithm of the size between neighbours, the end values outside. Ascending
// by working set; 0 for an empty table.
double bandwidth_at(std::span<const Ceiling> ceilings, double working_set_bytes);

struct Roofline {
  double fraction = 0;  // of the lower roof; 0 when nothing is known
  std::string bound;    // "memory" or "compute"; empty when nothing is known
  double achieved = 0;  // bytes/s or operations/s, whichever `bound` names
  double ceiling = 0;   // the same unit
  std::string text;     // "83 % of memory: 48.2 GB/s of 58.1 GB/s"
};

Roofline fraction(double work_flops, double work_bytes, double seconds, double flops_per_s, double bytes_per_s);

// The least time: the larger of traffic and operations, each at its ceiling.
double floor_seconds(double bytes, double flops, double bytes_per_s, double flops_per_s);

}  // namespace ridge::measure
