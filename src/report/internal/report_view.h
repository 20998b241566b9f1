// The data that the report's template is filled with, apart from the template, so that a test can hold the two against
// each other. One function for each section of the page; report_view puts them together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <kainjow/mustache.hpp>

#include "report/run_data.h"

namespace ridge {

kainjow::mustache::data report_view(const RunData& run);

namespace view {

using kainjow::mustache::data;
using kainjow::mustache::list;
using kainjow::mustache::object;

// Pictures are drawn twice, for a wide and for a narrow page, because their text must keep its size.
inline constexpr int wide = 900, narrow = 340;
inline constexpr std::size_t most_rows = 40;  // of a table; what is left out is said

std::string plural(std::int64_t n, const std::string& one, const std::string& many);
std::string task_leaf(const std::string& id);
std::string binding_text(const std::map<std::string, Number>& binding);

// Nothing loads, and nothing runs but the page's own style and script, which are named by their hashes.
std::string content_policy();

// view_verdict.cpp
std::string verdict_sentence(const RunData& run);  // follows the large factor on the page, as the rest of its sentence
std::string proof_sentence(const RunData& run);
list facts(const RunData& run);
object certificate(const RunData& run);
// view_times.cpp
object times(const RunData& run);
object roofline(const RunData& run);
bool above_convention(const RunData& run);
object counters(const RunData& run);
bool has_counters(const RunData& run);
object checks(const RunData& run);
// view_search.cpp
object progress(const RunData& run);
object effects(const Effects& effects);
object failures(const RunData& run);
object noise(const RunData& run);
// view_winner.cpp
object winner(const RunData& run);
// view_again.cpp
list commands(const RunData& run);
list environment(const RunData& run);

}  // namespace view
}  // namespace ridge
