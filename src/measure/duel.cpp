#include "measure/duel.h"

#include <algorithm>
#include <cmath>

#include "base/result.h"
#include "measure/decide.h"
#include "measure/summary.h"

namespace ridge::measure {

double block_log(const std::array<double, 4>& visits) {
  return 0.5 * (std::log(visits[0]) + std::log(visits[3]) - std::log(visits[1]) - std::log(visits[2]));
}

std::vector<double> column(const std::vector<std::vector<double>>& logs, std::size_t workload) {
  std::vector<double> out;
  for (const std::vector<double>& row : logs) out.push_back(row[workload]);
  return out;
}

std::vector<double> combined_logs(const std::vector<std::vector<double>>& logs, std::span<const double> weights) {
  std::vector<double> out;
  for (const std::vector<double>& row : logs) out.push_back(weighted_mean(row, weights));
  return out;
}

Duel::Duel(DuelSettings settings, std::vector<double> weights)
    : settings_(std::move(settings)), weights_(std::move(weights)), goal_(settings_.goal ? Goal::open : Goal::none) {
  RIDGE_CHECK(!settings_.looks.empty() && std::ranges::is_sorted(settings_.looks), "looks ascend");
  RIDGE_CHECK(std::ranges::all_of(weights_, [](double w) { return w >= 0; }), "weights are not negative");
  RIDGE_CHECK(std::ranges::any_of(weights_, [](double w) { return w > 0; }), "some workload counts");
}

bool Duel::dropped(const Block& block) const {
  if (!(block.probe_spread <= settings_.most_probe_spread)) return true;  // written so that a NaN drops
  for (const auto& row : block.visits)
    for (double seconds : row)
      if (!(seconds > 0 && std::isfinite(seconds))) return true;
  return false;
}

Duel::State Duel::add(const Block& block) {
  RIDGE_CHECK(block.visits.size() == weights_.size(), "one row of visits for each workload");
  if (state_ != State::more) return state_;
  if (dropped(block)) {
    ++dropped_;
    // Void as soon as even a calm stretch up to the next look could not bring the share down again, so a machine that
    // drops everything ends the duel too.
    const double total = double(dropped_ + settings_.looks[looks_done_]);
    if (double(dropped_) > settings_.most_dropped * total) state_ = State::void_;
    return state_;
  }
  std::vector<double> row;
  for (const auto& visits : block.visits) row.push_back(block_log(visits));
  logs_.push_back(std::move(row));
  if (logs_.size() == settings_.looks[looks_done_]) look();
  return state_;
}

void Duel::look() {
  ++looks_done_;
  const bool last = looks_done_ == settings_.looks.size();
  const Interval now = estimate();
  if (settings_.goal) {
    const double bar = 1 + *settings_.goal;
    if (now.lower > bar)
      goal_ = Goal::reached;
    else if (now.upper < bar)
      goal_ = Goal::out_of_reach;
    if (goal_ == Goal::open && !last) return;
  }
  if (differs(now))
    state_ = now.lower > 1 ? State::differs_faster : State::differs_slower;
  else if (last || goal_ == Goal::out_of_reach)
    state_ = State::undecided;
}

std::vector<double> Duel::combined() const {
  return combined_logs(logs_, weights_);
}

Interval Duel::estimate() const {
  return signed_rank_interval(combined(), settings_.nominal_p);
}

std::vector<Interval> Duel::per_workload() const {
  std::vector<Interval> out;
  for (std::size_t w = 0; w < weights_.size(); ++w)
    out.push_back(signed_rank_interval(column(logs_, w), settings_.nominal_p));
  return out;
}

double Duel::sigma_d() const {
  return robust_sigma(combined());
}

}  // namespace ridge::measure
