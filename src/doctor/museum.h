// The museum and the good corpus on this machine: is every hostile program stopped for the reason that was foreseen,
// and no honest kernel?
#pragma once

#include <map>
#include <string>
#include <vector>

#include "doctor/record/record.h"
#include "trust/runner.h"

namespace ridge {

class MuseumTally {
 public:
  void add_program(const MuseumOutcome& outcome) { add(programs_, outcome); }
  void add_kernel(const MuseumOutcome& outcome) { add(kernels_, outcome); }
  // One that the world kept from being run.
  void add_broken(const std::string& id, const std::string& why) { broken_.push_back(id + ": " + why); }

  // How many programs and kernels there are: a part of them may not have been reached.
  std::vector<DoctorFinding> findings(std::size_t programs, std::size_t kernels) const;

 private:
  struct Visit {
    std::size_t runs = 0, stopped = 0, as_expected = 0;
    std::string skipped, surprise;  // of the last run that was not as expected
  };
  using Visits = std::map<std::string, Visit>;
  static void add(Visits& to, const MuseumOutcome& outcome);
  static DoctorFinding judged(std::string what, const Visits& visits, std::size_t all, bool hostile);
  Visits programs_, kernels_;
  std::vector<std::string> broken_;
};

}  // namespace ridge
