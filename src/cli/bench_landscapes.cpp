#include "cli/bench_landscapes.h"

#include <ostream>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "landscape/compare.h"
#include "report/format.h"

namespace ridge {
namespace {

std::string range(const Mean& m) {
  return fmt::format("{:.3f} [{:.3f}, {:.3f}]", m.mean, m.lower, m.upper);
}
std::string difference(const Mean& m) {
  return fmt::format("{:+.3f} [{:+.3f}, {:+.3f}]", m.mean, m.lower, m.upper);
}

std::vector<std::string> header(const std::string& first, const std::vector<std::size_t>& budgets) {
  std::vector<std::string> out = {first};
  for (const std::size_t b : budgets) out.push_back(fmt::format("after {}", b));
  return out;
}

std::string tables(const Comparison& c) {
  const auto& budgets = c.settings.budgets;
  std::string out = fmt::format("{} seeds, {} at a time: optimum / best found, mean and 95 % interval over seeds\n\n",
                                c.settings.seeds, c.settings.batch);
  auto heading = header("all landscapes", budgets);
  heading.push_back("own µs each");
  TextTable overall(heading);
  for (const ComparedOptimiser& row : c.rows) {
    if (row.prior) continue;
    std::vector<std::string> cells = {row.name};
    for (const Mean& m : row.overall) cells.push_back(range(m));
    cells.push_back(fmt::format("{:.0f}", row.microseconds));
    overall.row(std::move(cells));
  }
  out += overall.text() + "\n";
  for (const auto& [title, differences] :
       {std::pair{std::string("paired with random"), &ComparedOptimiser::over_random},
        std::pair{"paired with " + std::string(optimisers().front().name), &ComparedOptimiser::over_default}}) {
    TextTable table(header(title, budgets));
    for (const ComparedOptimiser& row : c.rows) {
      if ((row.*differences).empty()) continue;
      std::vector<std::string> cells = {row.name};
      for (const Mean& m : row.*differences) cells.push_back(difference(m));
      table.row(std::move(cells));
    }
    if (!table.empty()) out += table.text() + "\n";
  }
  for (std::size_t l = 0; l < c.landscapes.size(); ++l) {
    TextTable table(header(
        fmt::format("{} ({} configurations, {} failed)", printable(c.landscapes[l], 60), c.sizes[l], c.failed[l]),
        budgets));
    for (const ComparedOptimiser& row : c.rows) {
      if (row.landscapes[l].empty()) continue;
      std::vector<std::string> cells = {row.priors[l].empty() ? row.name : row.optimiser + " knowing " + row.priors[l]};
      for (const Mean& m : row.landscapes[l]) cells.push_back(range(m));
      table.row(std::move(cells));
    }
    out += table.text();
    for (const std::string& note : c.notes[l]) out += "  note: " + printable(note, 200) + "\n";
    out += "\n";
  }
  return out;
}

}  // namespace

Result<int> bench_landscapes(const Options& options, Terminal& terminal) {
  if (!options.arguments.empty())
    return fail(Error::Kind::usage, "bench: a suite and --landscapes are two benchmarks; name one of them");
  RIDGE_TRY(const auto landscapes, read_landscapes(options.landscapes));
  CompareSettings settings;
  settings.optimisers = options.policies;
  settings.seeds = std::size_t(options.seeds);
  settings.first_seed = options.seed;
  settings.batch = std::size_t(options.batch);
  for (const auto& [name, text] : options.policy_set) {
    auto value = Expression::parse(text);
    const auto number = value ? value->evaluate(MapScope()) : Result<Number>(std::unexpected(value.error()));
    if (!number) return fail(Error::Kind::usage, "--policy-set {}={}: a number is expected", name, text);
    settings.settings[name] = number->real();
  }
  settings.priors = options.policies.empty();  // whoever names optimisers wants these
  settings.progress = [&](const std::string& what) {
    if (terminal.live) terminal.err << "\r\033[K" << fit(what, 78) << std::flush;
  };
  RIDGE_TRY(const Comparison comparison, compare(landscapes, std::move(settings)));
  if (terminal.live) terminal.err << "\r\033[K" << std::flush;
  terminal.out << (options.json ? to_json(comparison).dump() + "\n" : tables(comparison)) << std::flush;
  return 0;
}

}  // namespace ridge
