#include "doctor/clock.h"

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "doctor/internal/examination.h"
#include "doctor/internal/snippet.h"
#include "measure/summary.h"

namespace ridge {
namespace {

constexpr double coarsest_clock_s = 1e-6;
// Beside an empty call: a doorbell, two clock readings, a table of one step. With one core the parent sleeps until it
// is woken.
constexpr double longest_empty_call_s = 20e-6, longest_empty_call_asleep_s = 500e-6;
constexpr std::uint32_t burst_calls = 64;

}  // namespace

std::vector<DoctorFinding> clock_findings(const ClockFacts& c) {
  std::vector<DoctorFinding> out;
  DoctorFinding resolution;
  resolution.what = "clock resolution";
  resolution.measured =
      fmt::format("steps of {}, a reading takes {}", human_seconds(c.resolution_s), human_seconds(c.reading_s));
  resolution.expected = "steps of at most " + human_seconds(coarsest_clock_s);
  resolution.numbers = {{"resolution_s", c.resolution_s}, {"reading_s", c.reading_s}};
  if (c.resolution_s > coarsest_clock_s || c.reading_s > coarsest_clock_s) {
    resolution.outcome = CheckOutcome::failed;
    resolution.mend =
        "short calls cannot be timed: see /sys/devices/system/clocksource/clocksource0/current_clocksource; tsc is the "
        "fine one";
  }
  out.push_back(std::move(resolution));

  const double longest = c.parent_spins ? longest_empty_call_s : longest_empty_call_asleep_s;
  DoctorFinding empty;
  empty.what = "a kernel that does nothing";
  empty.measured = fmt::format("{} alone, {} as one of {}", human_seconds(c.empty_call_s),
                               human_seconds(c.empty_in_burst_s), burst_calls);
  empty.expected = "at most " + human_seconds(longest);
  empty.numbers = {{"empty_call_s", c.empty_call_s}, {"empty_in_burst_s", c.empty_in_burst_s}};
  if (c.empty_call_s > longest || c.empty_in_burst_s > longest) {
    empty.outcome = CheckOutcome::failed;
    empty.mend = "time is added to every call: let nothing else run on the machine";
  }
  out.push_back(std::move(empty));
  return out;
}

Result<void> examine_clock(Examination& e) {
  if (e.device.capabilities().simulated) {
    DoctorFinding f;
    f.what = "clock resolution";
    f.measured = "a simulated clock";
    f.outcome = CheckOutcome::not_possible;
    e.add(std::move(f));
    return {};
  }
  ClockFacts facts;
  facts.parent_spins = e.device.capabilities().cores > 1;
  const Clock& clock = e.device.clock();
  constexpr int readings = 20000;
  const std::int64_t begin = clock.now_ns();
  std::int64_t before = begin, finest = std::numeric_limits<std::int64_t>::max();
  for (int i = 0; i < readings; ++i) {
    const std::int64_t t = clock.now_ns();
    if (t > before) finest = std::min(finest, t - before);
    before = t;
  }
  facts.resolution_s = double(finest) * 1e-9;
  facts.reading_s = double(before - begin) * 1e-9 / readings;

  RIDGE_TRY(auto empty, OpenSnippet::open(e.device, {.body = ""}, burst_calls));
  if (!empty) return world("a kernel that does nothing failed: {}", empty.error().text);
  std::vector<double> alone, together;
  for (int i = 0; i < 100; ++i) {
    RIDGE_TRY(auto one, (*empty)->run(10));
    RIDGE_TRY(auto many, (*empty)->run(10, burst_calls));
    if (!one || !many)
      return world("a kernel that does nothing failed: {}", !one ? one.error().text : many.error().text);
    alone.push_back(one->seconds);
    together.push_back(many->seconds / burst_calls);
  }
  facts.empty_call_s = measure::summarize(alone).median;
  facts.empty_in_burst_s = measure::summarize(together).median;
  for (DoctorFinding& f : clock_findings(facts)) e.add(std::move(f));
  return {};
}

}  // namespace ridge
