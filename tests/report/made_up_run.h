// A run that never happened, as a list of events: what the report's tests (and whoever works on its looks) show.
#pragma once

#include <vector>

#include "report/run_data.h"

namespace ridge::made_up {

struct Settings {
  int evaluations = 300;
  bool finished = true;
  bool certified = true;
  bool hostile = false;  // every text that a candidate or task can write holds markup, escapes and broken UTF-8
};
std::vector<Event> events(const Settings& settings);
RunData run(const Settings& settings);

}  // namespace ridge::made_up
