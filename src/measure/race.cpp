#include "measure/race.h"

#include <algorithm>
#include <cmath>

#include "base/result.h"
#include "measure/summary.h"

namespace ridge::measure {

Race::Race(RaceSettings settings, std::size_t finalists)
    : settings_(std::move(settings)), logs_(finalists), racing_(finalists, true), failed_(finalists, false) {
  RIDGE_CHECK(finalists >= 2 && !settings_.looks.empty(), "a race needs two finalists and a look");
}

void Race::add(std::span<const std::optional<double>> logs) {
  RIDGE_CHECK(logs.size() == logs_.size(), "one value for each finalist");
  if (over_) return;
  ++rounds_;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    if (!racing_[i]) continue;
    if (logs[i] && std::isfinite(*logs[i])) {
      logs_[i].push_back(*logs[i]);
    } else {
      racing_[i] = false;
      failed_[i] = true;
    }
  }
  if (std::ranges::count(racing_, true) == 0) over_ = true;
  if (std::ranges::find(settings_.looks, rounds_) != settings_.looks.end()) look();
}

std::vector<double> Race::differences(std::size_t slower, std::size_t faster) const {
  // Rounds count from the start for everybody: whoever left has the first ones.
  std::vector<double> out(std::min(logs_[slower].size(), logs_[faster].size()));
  for (std::size_t r = 0; r < out.size(); ++r) out[r] = logs_[slower][r] - logs_[faster][r];
  return out;
}

Interval Race::ratio(std::size_t finalist, std::size_t over, double nominal_p) const {
  return signed_rank_interval(differences(over, finalist), nominal_p);
}

std::optional<std::size_t> Race::leader() const {
  // By the centre of differences to one of the field: all were in the same rounds as it.
  std::optional<std::size_t> best;
  double ahead = 0;
  for (std::size_t i = 0; i < logs_.size(); ++i) {
    if (!racing_[i] || logs_[i].empty()) continue;
    if (!best) {
      best = i;
      continue;
    }
    ahead = hodges_lehmann(differences(*best, i));
    if (ahead > 0) best = i;
  }
  return best;
}

double Race::regret_upper(std::size_t finalist) const {
  double most = 0;
  for (std::size_t j = 0; j < logs_.size(); ++j) {
    if (j == finalist || failed_[j]) continue;
    most = std::max(most, ratio(j, finalist, settings_.nominal_p).upper - 1);
  }
  return most;
}

void Race::look() {
  const auto best = leader();
  if (!best) return;
  for (std::size_t j = 0; j < logs_.size(); ++j) {
    if (j == *best || !racing_[j]) continue;
    if (j == 0 && rounds_ < settings_.incumbent_rounds) continue;
    if (ratio(j, *best, settings_.nominal_p).upper < 1 + settings_.regret) racing_[j] = false;
  }
  const bool last = rounds_ >= settings_.looks.back();
  const bool alone = std::ranges::count(racing_, true) == 1;
  over_ = last || (alone && rounds_ >= settings_.incumbent_rounds);
}

}  // namespace ridge::measure
