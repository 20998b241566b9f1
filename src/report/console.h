// What a person sees in a terminal or a log: the line of progress while a search runs, and the summary at its end.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "report/run_data.h"

namespace ridge {

// The state of a search at one moment.
struct ProgressFacts {
  double elapsed_s = 0, left_s = 0;
  std::int64_t evaluations = 0, failed = 0;
  double per_second = 0;
  Interval best;
  bool best_is_screened = true;  // a single measurement: no interval to show yet
  std::string parameters, phase;
};

// Fits `columns` (0 = no limit) by giving up the least important parts first.
std::string progress_line(const ProgressFacts& facts, std::size_t columns);

// On a terminal one line that overwrites itself; in a pipe whole lines, at most one in `seconds_between` of the run's
// own time.
class ProgressPrinter {
 public:
  ProgressPrinter(std::ostream& out, bool terminal, std::size_t columns, double seconds_between = 5);
  void show(const ProgressFacts& facts);
  void line(const std::string& text);  // something worth keeping, above the progress line
  void done();                         // leaves an empty line to write on

 private:
  std::ostream& out_;
  bool terminal_;
  std::size_t columns_;
  double seconds_between_;
  double last_s_ = -1e9;
  std::string shown_;
  std::string phase_;
};

// Verdict, times before and after, hidden workloads, and where the files are (empty: there is none). Says why when
// nothing is certified.
std::string summary_text(const Summary& summary, const std::string& winner_file, const std::string& report_file);

}  // namespace ridge
