#include "evaluate/internal/bench.h"

#include <algorithm>
#include <cstring>
#include <thread>

#include "evaluate/compare.h"
#include "evaluate/internal/poison.h"

namespace ridge {
namespace {

constexpr std::uint64_t most_arena = 384ull << 20;

std::unexpected<Fault> wrong(Reason reason, std::string text) {
  return std::unexpected(Fault{Verdict::wrong_result, reason, "check", std::move(text)});
}

// Adds the time of its scope, by the device's clock: a simulated one does not move, and its runs replay.
class Spent {
 public:
  explicit Spent(Place& place) : clock_(place.device.clock()), sum_(place.effort.check_s), begin_(clock_.seconds()) {}
  ~Spent() { sum_ += clock_.seconds() - begin_; }
  Spent(const Spent&) = delete;
  Spent& operator=(const Spent&) = delete;

 private:
  const Clock& clock_;
  double& sum_;
  double begin_;
};

// How many different values poison() gives an element of this type.
double poison_values(ScalarType type) {
  switch (type) {
    case ScalarType::f64:
    case ScalarType::f32:
      return 0x1p24;
    case ScalarType::f16:
      return 0x1p11;
    case ScalarType::bf16:
      return 0x1p8;
    case ScalarType::fp8:
      return 0x1p4;
    case ScalarType::boolean:
      return 2;
    case ScalarType::i8:
    case ScalarType::u8:
      return 0x1p7;
    default:
      return 0x1p14;
  }
}

// Elements may equal their poison by chance; a kernel's omission leaves more than that.
bool left_unwritten(std::uint64_t untouched, const Comparison& c, ScalarType type) {
  const double by_chance = double(c.elements) / poison_values(type);
  if (double(untouched) > 1 + double(c.elements) / 1000 + 4 * by_chance) return true;
  return by_chance < 0.01 && untouched > 0 && untouched >= c.beyond;
}

// Element where two byte ranges differ first.
std::uint64_t first_difference(std::span<const std::byte> a, std::span<const std::byte> b, std::size_t size) {
  const auto at = std::mismatch(a.begin(), a.end(), b.begin()).first - a.begin();
  return std::uint64_t(at) / size;
}

}  // namespace

std::uint64_t set_bytes(const ResolvedPlan& plan) {
  std::uint64_t bytes = 4096;
  for (const Storage& s : plan.storages) bytes += s.bytes + 4 * 4096;
  return bytes;
}

namespace {

// The lane that holds `sets` sets of the largest of these workloads.
Judged<LaneSpec> lane_for(Place place, Prepared& prepared, const std::vector<const Workload*>& workloads,
                          std::size_t sets) {
  std::uint64_t one = 0;
  for (const Workload* w : workloads) {
    auto plan = plan_for(prepared, place.task, place.device.capabilities(), *w);
    if (!plan) return std::unexpected(std::move(plan).error());
    one = std::max(one, set_bytes(**plan));
    if (int((*plan)->workers) > prepared.workers) prepared.workers = int((*plan)->workers);
  }
  LaneSpec spec;
  spec.binary = &prepared.binary;
  spec.workers = prepared.workers;
  spec.arena_bytes = std::max(one, std::min<std::uint64_t>(one * sets, most_arena));
  return spec;
}

}  // namespace

Result<Judged<std::unique_ptr<Bench>>> Bench::open(Place place, Prepared& prepared,
                                                   const std::vector<const Workload*>& workloads, std::size_t sets,
                                                   std::uint32_t shift, bool fresh) {
  auto spec = lane_for(place, prepared, workloads, sets);
  if (!spec) return Opened(std::unexpected(std::move(spec).error()));
  spec->shift = shift;
  spec->fresh = fresh;
  return open(place, prepared, *spec, sets);
}

Result<Judged<std::unique_ptr<Bench>>> Bench::open_for_counting(Place place, Prepared& prepared,
                                                                const Workload& workload) {
  auto spec = lane_for(place, prepared, {&workload}, 1);
  if (!spec) return Opened(std::unexpected(std::move(spec).error()));
  spec->counters = true;
  return open(place, prepared, *spec, 1);
}

Result<Judged<std::unique_ptr<Bench>>> Bench::open(Place place, Prepared& prepared, const LaneSpec& spec,
                                                   std::size_t sets) {
  std::unique_ptr<Bench> bench(new Bench(place, prepared));
  bench->spec_ = spec;
  bench->room_ = sets;
  RIDGE_TRY(auto lane, place.device.open(spec));
  bench->spec_.binary = nullptr;
  if (!lane) return Opened(std::unexpected(std::move(lane).error()));
  bench->lane_ = std::move(*lane);
  return Opened(std::move(bench));
}

void ClockProbe::add(double seconds) {
  if (last_.size() < most)
    last_.push_back(seconds);
  else
    last_[next_++ % most] = seconds;
  std::vector<double> sorted = last_;
  const auto quartile = sorted.begin() + std::ptrdiff_t(sorted.size() / 4);
  std::nth_element(sorted.begin(), quartile, sorted.end());
  usual_ = *quartile;
}

void Bench::expect(Place place, Prepared& prepared, const std::vector<const Workload*>& workloads, std::size_t sets,
                   int count, bool fresh) {
  auto spec = lane_for(place, prepared, workloads, sets);
  if (!spec) return;
  spec->fresh = fresh;
  place.device.expect(*spec, count);
}

Result<Judged<std::size_t>> Bench::choose(const Workload& workload, std::size_t wanted) {
  auto plan = plan_for(prepared_, place_.task, place_.device.capabilities(), workload);
  if (!plan) return Judged<std::size_t>(std::unexpected(std::move(plan).error()));
  plan_ = *plan;
  workload_ = &workload;
  RIDGE_TRY(scope_, bind(place_.task.interface, workload.binding));
  std::size_t sets =
      std::clamp<std::size_t>(spec_.arena_bytes / set_bytes(*plan_), 1, std::max<std::size_t>(wanted, 1));
  if (!place_.mechanisms.changing_addresses) sets = 1;
  sets_.assign(sets, {});
  RIDGE_TRY(auto allotted, lane_->allot(*plan_, std::uint32_t(sets)));
  if (!allotted) return Judged<std::size_t>(std::unexpected(std::move(allotted).error()));
  return Judged<std::size_t>(sets);
}

Result<void> Bench::stage(std::size_t set, const std::shared_ptr<const Draw>& draw) {
  const Spent spent(place_);
  sets_[set] = {draw, place_.draws.secret_number()};
  std::vector<std::byte> buffer;
  for (std::uint32_t s = 0; s < plan_->storages.size(); ++s) {
    const Storage& storage = plan_->storages[s];
    if (storage.buffer >= 0 && place_.task.interface.buffers[std::size_t(storage.buffer)].access != Access::out) {
      RIDGE_TRY_VOID(lane_->write(std::uint32_t(set), s, draw->inputs[std::size_t(storage.buffer)]));
    } else {
      if (place_.mechanisms.plausible_poison) {
        RIDGE_TRY(const bool done, lane_->poison(std::uint32_t(set), s, storage.type, sets_[set].poison + s));
        if (done) continue;
      }
      buffer.resize(storage.bytes);
      if (place_.mechanisms.plausible_poison)
        poison(buffer, storage.type, sets_[set].poison + s);
      else
        std::fill(buffer.begin(), buffer.end(), std::byte{0xFF});
      RIDGE_TRY_VOID(lane_->write(std::uint32_t(set), s, buffer));
    }
  }
  return {};
}

Result<Judged<Burst>> Bench::run(std::size_t first, std::size_t count, double limit_s, bool cold) {
  lane_->steady(patience_s_ > 0 ? place_.probe.usual() : 0, patience_s_);
  RIDGE_TRY(auto burst, lane_->run(std::uint32_t(first), std::uint32_t(count), limit_s, cold));
  if (burst) {
    place_.effort.kernel_s += burst->seconds + burst->waited;
    if (burst->probe_before > 0) place_.probe.add(burst->probe_before);
  }
  return burst;
}

Result<std::uint64_t> Bench::outputs_fingerprint(std::size_t set) {
  const Spent spent(place_);
  std::uint64_t sum = 0;
  std::vector<std::byte> bytes;
  for (std::size_t b = 0; b < place_.task.interface.buffers.size(); ++b) {
    if (place_.task.interface.buffers[b].access == Access::in) continue;
    const std::uint32_t s = plan_->final_storage[b];
    bytes.resize(plan_->storages[s].bytes);
    RIDGE_TRY_VOID(lane_->read(std::uint32_t(set), s, bytes));
    sum = sum * 0x9E3779B97F4A7C15ull + fingerprint(bytes);
  }
  return sum;
}

Result<std::vector<std::byte>> Bench::output(std::size_t set, std::size_t buffer) {
  const Spent spent(place_);
  const std::uint32_t s = plan_->final_storage[buffer];
  std::vector<std::byte> bytes(plan_->storages[s].bytes);
  RIDGE_TRY_VOID(lane_->read(std::uint32_t(set), s, bytes));
  return bytes;
}

Result<Judged<void>> Bench::inspect(std::size_t set) {
  const Spent spent(place_);
  if (!place_.mechanisms.canaries) return Judged<void>();
  return lane_->inspect(std::uint32_t(set));
}

Result<Comparison> Bench::compare_output(const Draw& draw, std::size_t b, std::span<const std::byte> got) {
  const BufferSpec& buffer = place_.task.interface.buffers[b];
  const Tolerance& tolerance = place_.task.check.of(buffer.name);
  RIDGE_TRY(Comparison c, compare(buffer, got, draw.answers[b], tolerance, scope_));
  if (tolerance.metric == Metric::custom && c.finite) {
    RIDGE_TRY(c.worst, place_.draws.oracle().metric(*workload_, draw, b, got));
    c.pass = c.worst <= c.tolerance;
  }
  return c;
}

Result<std::vector<std::pair<std::string, Comparison>>> Bench::compare_outputs(std::size_t set) {
  const Spent spent(place_);
  std::vector<std::pair<std::string, Comparison>> out;
  std::vector<std::byte> got;
  for (std::size_t b = 0; b < place_.task.interface.buffers.size(); ++b) {
    if (place_.task.interface.buffers[b].access == Access::in) continue;
    const std::uint32_t s = plan_->final_storage[b];
    got.resize(plan_->storages[s].bytes);
    RIDGE_TRY_VOID(lane_->read(std::uint32_t(set), s, got));
    RIDGE_TRY(Comparison c, compare_output(*sets_[set].draw, b, got));
    out.emplace_back(place_.task.interface.buffers[b].name, c);
  }
  return out;
}

Result<Judged<void>> Bench::gather(std::size_t set, Contents& contents) {
  RIDGE_CHECK(!sets_[set].draw->answers.empty(), "only draws with answers are verified");
  RIDGE_TRY(auto canaries,
            place_.mechanisms.canaries ? lane_->inspect(std::uint32_t(set)) : Result<Judged<void>>(Judged<void>()));
  if (!canaries) {
    Fault f = std::move(canaries).error();
    for (std::size_t s = 0; s < plan_->storages.size(); ++s) {  // the lane knows numbers, we know names
      const std::string prefix = fmt::format("storage {}:", s);
      if (f.text.starts_with(prefix))
        f.text = fmt::format("{}:{}", plan_->storages[s].name, f.text.substr(prefix.size()));
    }
    return Judged<void>(std::unexpected(std::move(f)));
  }
  contents.resize(place_.task.interface.buffers.size());
  for (std::size_t b = 0; b < contents.size(); ++b) {
    const std::uint32_t s = plan_->final_storage[b];
    contents[b].resize(plan_->storages[s].bytes);
    RIDGE_TRY_VOID(lane_->read(std::uint32_t(set), s, contents[b]));
  }
  return Judged<void>();
}

Result<Judged<Verified>> Bench::judge(std::size_t set, const Contents& contents) {
  const Set& staged = sets_[set];
  Verified verified;
  for (std::size_t b = 0; b < place_.task.interface.buffers.size(); ++b) {
    const BufferSpec& buffer = place_.task.interface.buffers[b];
    const std::uint32_t s = plan_->final_storage[b];
    const std::vector<std::byte>& got = contents[b];
    if (buffer.access == Access::in) {
      if (place_.mechanisms.inputs_compared && got != staged.draw->inputs[b])
        return Judged<Verified>(wrong(
            Reason::input_modified, fmt::format("{}: input changed, first at element {}", buffer.name,
                                                first_difference(got, staged.draw->inputs[b], size_of(buffer.type)))));
      continue;
    }
    RIDGE_TRY(const Comparison c, compare_output(*staged.draw, b, got));
    if (!c.pass) {
      const std::uint64_t untouched = still_poisoned(got, buffer.type, staged.poison + s);
      const bool own = place_.task.check.of(buffer.name).metric == Metric::custom && c.finite;
      const std::string text = own ? fmt::format("{}: the task's own metric gives {:.3g}, at most {:.3g} is allowed",
                                                 buffer.name, c.worst, c.tolerance)
                                   : describe(buffer.name, c, plan_->storages[b].shape);
      if (left_unwritten(untouched, c, buffer.type))
        return Judged<Verified>(wrong(Reason::unwritten, fmt::format("{} of {} elements of {} were not written; {}",
                                                                     untouched, c.elements, buffer.name, text)));
      return Judged<Verified>(wrong(c.finite ? Reason::mismatch : Reason::not_finite, text));
    }
    const double share = c.tolerance > 0 ? c.worst / c.tolerance : 0;
    const double so_far = verified.tolerance > 0 ? verified.worst_error / verified.tolerance : -1;
    if (share > so_far) verified = {c.worst, c.tolerance};
    if (!place_.mechanisms.all_outputs) break;
  }
  return Judged<Verified>(verified);
}

Result<Judged<Verified>> Bench::verify(std::size_t set) {
  const Spent spent(place_);
  if (contents_.empty()) contents_.resize(1);
  RIDGE_TRY(auto gathered, gather(set, contents_[0]));
  if (!gathered) return Judged<Verified>(std::unexpected(std::move(gathered).error()));
  return judge(set, contents_[0]);
}

Result<Judged<std::vector<Verified>>> Bench::verify_all(std::size_t count) {
  using All = Judged<std::vector<Verified>>;
  const Spent spent(place_);
  // The oracle answers one question at a time, and two cores have enough to do.
  bool alone = place_.device.capabilities().cores < 4 || place_.device.capabilities().simulated;
  for (const BufferSpec& b : place_.task.interface.buffers)
    alone = alone || place_.task.check.of(b.name).metric == Metric::custom;
  const std::size_t together =
      alone ? 1 : std::min<std::size_t>(8, std::size_t(place_.device.capabilities().cores) - 2);
  if (contents_.size() < together) contents_.resize(together);
  std::vector<Verified> all;
  for (std::size_t first = 0; first < count; first += together) {
    const std::size_t n = std::min(together, count - first);
    for (std::size_t i = 0; i < n; ++i) {
      RIDGE_TRY(auto gathered, gather(first + i, contents_[i]));
      if (!gathered) return All(std::unexpected(std::move(gathered).error()));
    }
    std::vector<Result<Judged<Verified>>> judged(n);
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 1; i < n; ++i) threads.emplace_back([&, i] { judged[i] = judge(first + i, contents_[i]); });
      judged[0] = judge(first, contents_[0]);
    }
    for (Result<Judged<Verified>>& one : judged) {
      RIDGE_TRY(auto verified, std::move(one));
      if (!verified) return All(std::unexpected(std::move(verified).error()));
      all.push_back(*verified);
    }
  }
  return All(std::move(all));
}

}  // namespace ridge
