#include "evaluate/draws.h"

#include <algorithm>

namespace ridge {
namespace {

constexpr double window_seconds = 1.0;
constexpr double window_bytes = 96 << 20;
constexpr double most_credit_s = 0.02;  // of one evaluation
constexpr std::uint64_t pool_uses = 8;  // oracle = "pool": at least this many evaluations share a window

double bytes_of(const Draw& d) {
  double bytes = 0;
  for (const auto& b : d.inputs) bytes += double(b.size());
  for (const Answer& a : d.answers) bytes += 8.0 * double(a.real.size() + a.integer.size());
  return bytes;
}

}  // namespace

double Draws::now() const {
  return clock_ ? clock_->seconds() : SteadyClock().seconds();
}

Result<std::shared_ptr<const Draw>> Draws::make(const Workload& workload, Window& window) {
  const double begin = now();
  RIDGE_TRY(auto draw, fresh(workload, "screen"));
  RIDGE_TRY_VOID(answer(workload, *draw));
  window.cost_s = now() - begin;
  return std::shared_ptr<const Draw>(std::move(draw));
}

Result<void> Draws::fill(const Workload& workload, Window& window, std::size_t wanted) {
  const double begin = now();
  std::vector<std::shared_ptr<Draw>> made;
  std::vector<Oracle::Made> requests;
  for (std::size_t i = window.draws.size(); i < wanted; ++i) {
    made.push_back(std::make_shared<Draw>());
    made.back()->seed = next_seed("screen");
    requests.push_back({&workload, made.back().get()});
  }
  RIDGE_TRY_VOID(oracle_.draws_of_all(requests));
  for (const auto& draw : made) {
    for (Answer& a : draw->answers) a.max_abs = max_abs_of(a);
    window.draws.push_back(draw);
  }
  spent_s_ += now() - begin;
  return {};
}

Result<std::vector<std::shared_ptr<const Draw>>> Draws::window(const Workload& workload, std::size_t most) {
  Window& w = windows_[workload.name];
  if (w.draws.empty()) {
    RIDGE_TRY(auto first, make(workload, w));
    RIDGE_TRY(auto second, make(workload, w));  // the first pays for page faults and thread teams: not its usual cost
    const double affordable =
        std::min(window_seconds / std::max(w.cost_s, 1e-6), window_bytes / std::max(bytes_of(*first), 1.0));
    w.size = std::clamp<std::size_t>(std::size_t(affordable), 3, 32);
    w.draws = {first, second};
  }
  const std::size_t wanted = std::min(w.size, most);
  if (w.draws.size() < wanted) RIDGE_TRY_VOID(fill(workload, w, wanted));
  std::vector<std::shared_ptr<const Draw>> out(w.draws.begin(), w.draws.end());
  Rng order(secret_number());
  order.shuffle(out);
  out.resize(std::min(out.size(), wanted));
  return out;
}

Result<void> Draws::renew(const Workload& workload, double credit_s) {
  Window& w = windows_[workload.name];
  if (w.draws.empty()) return {};
  w.credit_s += std::min(credit_s, most_credit_s);
  ++w.uses;
  if (workload.oracle == OracleMode::pool && w.uses < pool_uses) return {};
  if (w.credit_s < w.cost_s) return {};
  w.credit_s = 0;
  w.uses = 0;
  RIDGE_TRY(auto draw, make(workload, w));
  w.draws.pop_front();
  w.draws.push_back(std::move(draw));
  return {};
}

Result<std::shared_ptr<Draw>> Draws::of_seed(const Workload& workload, std::uint64_t seed) {
  const double begin = now();
  auto draw = std::make_shared<Draw>();
  draw->seed = seed;
  RIDGE_TRY_VOID(oracle_.inputs(workload, *draw));
  spent_s_ += now() - begin;
  return draw;
}

std::string Draws::stream(const std::string& purpose) {
  return "draw " + purpose;
}

Result<std::shared_ptr<Draw>> Draws::fresh(const Workload& workload, const std::string& purpose) {
  return of_seed(workload, next_seed(purpose));
}

Result<std::vector<std::vector<std::shared_ptr<Draw>>>> Draws::fresh(const std::vector<Wanted>& wanted,
                                                                     const std::string& purpose) {
  const double begin = now();
  std::vector<std::vector<std::shared_ptr<Draw>>> draws;
  std::vector<Oracle::Made> requests;
  for (const Wanted& w : wanted) {
    draws.emplace_back();
    for (std::size_t i = 0; i < w.count; ++i) {
      draws.back().push_back(std::make_shared<Draw>());
      draws.back().back()->seed = next_seed(purpose);
      requests.push_back({w.workload, draws.back().back().get()});
    }
  }
  RIDGE_TRY_VOID(oracle_.inputs_of_all(requests));
  spent_s_ += now() - begin;
  return draws;
}

Result<std::shared_ptr<Draw>> Draws::replay(const Workload& workload, std::uint64_t seed) {
  RIDGE_TRY(auto draw, of_seed(workload, seed));
  RIDGE_TRY_VOID(answer(workload, *draw));
  return draw;
}

Result<void> Draws::answer(const Workload& workload, Draw& draw) {
  if (!draw.answers.empty()) return {};
  const double begin = now();
  RIDGE_TRY_VOID(oracle_.answers(workload, draw));
  for (Answer& a : draw.answers) a.max_abs = max_abs_of(a);  // once, not at every comparison with it
  spent_s_ += now() - begin;
  return {};
}

}  // namespace ridge
