#include "doctor/internal/bystanders.h"

#include <algorithm>
#include <fstream>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"

namespace ridge {
namespace {

// Seconds of work of all processors: user, nice, system, irq and softirq; negative when not told.
double busy_seconds() {
  std::ifstream in("/proc/stat");
  std::string label;
  double user = 0, nice = 0, system = 0, idle = 0, waiting = 0, irq = 0, softirq = 0;
  if (!(in >> label >> user >> nice >> system >> idle >> waiting >> irq >> softirq) || label != "cpu") return -1;
  return (user + nice + system + irq + softirq) / double(sysconf(_SC_CLK_TCK));
}

double own_seconds() {
  double seconds = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage u{};
    getrusage(__rusage_who(who), &u);
    for (const timeval& t : {u.ru_utime, u.ru_stime}) seconds += double(t.tv_sec) + 1e-6 * double(t.tv_usec);
  }
  return seconds;
}

}  // namespace

Bystanders::Bystanders() : busy_s_(busy_seconds()), own_s_(own_seconds()), wall_s_(SteadyClock().seconds()) {}

std::optional<double> Bystanders::cores() const {
  const double busy = busy_seconds(), wall = SteadyClock().seconds() - wall_s_;
  if (busy_s_ < 0 || busy < 0 || !(wall > 0)) return std::nullopt;
  return std::max(0.0, busy - busy_s_ - (own_seconds() - own_s_)) / wall;
}

}  // namespace ridge
