#include "device/cpu/internal/processors.h"

namespace ridge::cpu {
namespace {

Processors find_processors() {
  Processors p;
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (sched_getaffinity(0, sizeof mask, &mask) != 0) return p;
  int last = -1;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &mask)) last = cpu;
  if (CPU_COUNT(&mask) < 2) return p;
  p.kernels = mask;
  CPU_CLR(last, &p.kernels);
  CPU_SET(last, &p.watch);
  p.split = true;
  return p;
}

}  // namespace

const Processors& processors() {
  static const Processors found = find_processors();
  return found;
}

StandOn::StandOn(const cpu_set_t* set) {
  if (!set || sched_getaffinity(0, sizeof before_, &before_) != 0) return;
  changed_ = sched_setaffinity(0, sizeof *set, set) == 0;
}

StandOn::~StandOn() {
  if (changed_) sched_setaffinity(0, sizeof before_, &before_);
}

}  // namespace ridge::cpu
