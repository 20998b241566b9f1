// report_preview [EVALUATIONS] [hostile|uncertified|unfinished]…: the report of a made-up run on the standard output,
// to look at while its looks are worked on.
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "made_up_run.h"
#include "report/html.h"

int main(int argc, char** argv) {
  ridge::made_up::Settings settings;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "hostile")
      settings.hostile = true;
    else if (word == "uncertified")
      settings.certified = false;
    else if (word == "unfinished")
      settings.finished = settings.certified = false;
    else
      settings.evaluations = std::max(2, std::atoi(argv[i]));
  }
  std::cout << ridge::render_html(ridge::made_up::run(settings));
}
