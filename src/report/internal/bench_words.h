// The words of a sweep's table, the same in the terminal and on the page.
#pragma once

#include <string>
#include <vector>

#include "report/bench_results.h"

namespace ridge {

std::string bench_claim_words(const BenchCell& c);                // "9.84× [9.71, 9.97]", or why there is none
std::string bench_ratio_words(const BenchWorkload& w);            // the interval, or "1.20× (screened)"
std::string bench_held_out_words(const BenchCell& c);             // "right on 4 of 4, 8.9×"
std::vector<std::string> bench_sentences(const BenchResults& r);  // what the cells say together

}  // namespace ridge
