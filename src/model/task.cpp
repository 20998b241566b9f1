#include "model/task.h"

#include <algorithm>
#include <iterator>

namespace ridge {

namespace {

constexpr std::string_view role_names[] = {"scored", "published-held-out", "device-filling", "hidden"};
constexpr std::string_view oracle_names[] = {"full", "pool", "trusted-kernel", "algebraic"};
constexpr std::string_view metric_names[] = {"max_abs", "max_rel", "ulp", "exact", "cosine", "custom"};

constexpr std::string_view relation_names[] = {"linear", "shift", "permute"};

}  // namespace

std::string_view name(Relation::Kind k) {
  return relation_names[std::size_t(k)];
}

std::optional<Relation::Kind> relation_of(std::string_view name) {
  const auto at = std::ranges::find(relation_names, name);
  if (at == std::end(relation_names)) return std::nullopt;
  return Relation::Kind(at - std::begin(relation_names));
}

std::string_view name(WorkloadRole r) {
  return role_names[std::size_t(r)];
}
std::string_view name(OracleMode m) {
  return oracle_names[std::size_t(m)];
}
std::string_view name(Metric m) {
  return metric_names[std::size_t(m)];
}

std::optional<Metric> metric_of(std::string_view name) {
  const auto at = std::ranges::find(metric_names, name);
  if (at == std::end(metric_names)) return std::nullopt;
  return Metric(at - std::begin(metric_names));
}

const Tolerance& CheckSpec::of(std::string_view output) const {
  const auto own = outputs.find(output);
  return own == outputs.end() ? standard : own->second;
}

std::vector<const Workload*> Task::scored() const {
  std::vector<const Workload*> out;
  for (const Workload& w : workloads)
    if (w.role == WorkloadRole::scored) out.push_back(&w);
  return out;
}

const Workload* Task::workload(std::string_view wanted) const {
  const auto at = std::ranges::find(workloads, wanted, &Workload::name);
  return at == workloads.end() ? nullptr : &*at;
}

}  // namespace ridge
