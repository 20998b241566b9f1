#include "device/cuda/internal/counters.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ridge::cuda {

const std::vector<Metric>& known_metrics() {
  // Percentages are of what the unit could do in the time. Stalls are warps that wait for this reason, on the average,
  // for each cycle in which an instruction is issued.
#define RIDGE_STALL(reason) {"stall." #reason, "smsp__average_warps_issue_stalled_" #reason "_per_issue_active.ratio"}
  static const std::vector<Metric> metrics = {
      {"seconds", "gpu__time_duration.sum"},
      {"dram_read_bytes", "dram__bytes_read.sum"},
      {"dram_write_bytes", "dram__bytes_write.sum"},
      {"dram_percent", "dram__throughput.avg.pct_of_peak_sustained_elapsed"},
      {"l2_percent", "lts__throughput.avg.pct_of_peak_sustained_elapsed"},
      {"l1_percent", "l1tex__throughput.avg.pct_of_peak_sustained_elapsed"},
      {"sm_percent", "sm__throughput.avg.pct_of_peak_sustained_elapsed"},
      {"occupancy_percent", "sm__warps_active.avg.pct_of_peak_sustained_active"},
      {"instructions", "sm__inst_executed.sum"},
      {"busy_percent", "sm__cycles_active.avg.pct_of_peak_sustained_elapsed"},
      {"issue_percent", "smsp__issue_active.avg.pct_of_peak_sustained_active"},
      {"tensor_percent", "sm__pipe_tensor_cycles_active.avg.pct_of_peak_sustained_active"},
      {"bank_conflicts", "l1tex__data_bank_conflicts_pipe_lsu_mem_shared.sum"},
      {"l1_hit_percent", "l1tex__t_sector_hit_rate.pct"},
      {"l2_hit_percent", "lts__t_sector_hit_rate.pct"},
      RIDGE_STALL(barrier),
      RIDGE_STALL(branch_resolving),
      RIDGE_STALL(dispatch_stall),
      RIDGE_STALL(drain),
      RIDGE_STALL(imc_miss),
      RIDGE_STALL(lg_throttle),
      RIDGE_STALL(long_scoreboard),
      RIDGE_STALL(math_pipe_throttle),
      RIDGE_STALL(membar),
      RIDGE_STALL(mio_throttle),
      RIDGE_STALL(no_instruction),
      RIDGE_STALL(not_selected),
      RIDGE_STALL(short_scoreboard),
      RIDGE_STALL(wait)};
#undef RIDGE_STALL
  return metrics;
}

namespace {

void drop_host(const cupti::Library& c, void*& host) {
  if (!host) return;
  cupti::HostEnd p;
  p.host = std::exchange(host, nullptr);
  c.host_end(&p);
}

}  // namespace

RangeProfiler::~RangeProfiler() {
  end();
  drop_host(c_, host_);
}

Result<void> RangeProfiler::check(cupti::Status status, const char* what) const {
  if (status == 0) return {};
  return world("counters: {}: {}", what, c_.describe(status));
}

Result<void> RangeProfiler::begin(int device, void* context) {
  if (begun_) return {};
  RIDGE_TRY(c_, cupti::Library::open());
  cupti::Plain plain;
  RIDGE_TRY_VOID(check(c_.initialize(&plain), "cuptiProfilerInitialize"));
  cupti::ChipName chip;
  chip.device = std::size_t(device);
  RIDGE_TRY_VOID(check(c_.chip_name(&chip), "cuptiDeviceGetChipName"));
  chip_ = chip.chip;
  // Where counters are kept from us this is the first to say so.
  cupti::Availability a;
  a.context = context;
  RIDGE_TRY_VOID(check(c_.availability(&a), "cuptiProfilerGetCounterAvailability"));
  availability_.resize(a.bytes);
  a.image = availability_.data();
  RIDGE_TRY_VOID(check(c_.availability(&a), "cuptiProfilerGetCounterAvailability"));
  context_ = context;
  begun_ = true;
  return {};
}

Result<void> RangeProfiler::choose(const std::vector<std::string>& wanted) {
  if (host_ && wanted == chosen_) return {};
  end();  // it was arranged for the others
  drop_host(c_, host_);
  cupti::HostBegin host;
  host.chip = chip_.c_str();
  host.availability = availability_.data();
  RIDGE_TRY_VOID(check(c_.host_begin(&host), "cuptiProfilerHostInitialize"));
  host_ = host.host;
  std::vector<Metric> chosen;
  for (const Metric& m : known_metrics())
    if (wanted.empty() || std::string_view(m.name) == "seconds" || std::ranges::find(wanted, m.name) != wanted.end())
      chosen.push_back(m);
  const auto add = [&](const std::vector<Metric>& all) {
    names_.clear();
    for (const Metric& m : all) names_.push_back(m.cupti);
    cupti::AddMetrics p;
    p.host = host_;
    p.names = names_.data();
    p.count = names_.size();
    return c_.add_metrics(&p);
  };
  // All at once are spread over the fewest passes. Where the device lacks one of them each is tried alone, in a host
  // object of its own.
  if (add(chosen) != 0) {
    std::erase_if(chosen, [&](const Metric& m) {
      cupti::HostBegin trial;
      trial.chip = chip_.c_str();
      trial.availability = availability_.data();
      if (c_.host_begin(&trial) != 0) return true;
      const char* name = m.cupti;
      cupti::AddMetrics p;
      p.host = trial.host;
      p.names = &name;
      p.count = 1;
      const bool lacks = c_.add_metrics(&p) != 0;
      drop_host(c_, trial.host);
      return lacks;
    });
    drop_host(c_, host_);
    RIDGE_TRY_VOID(check(c_.host_begin(&host), "cuptiProfilerHostInitialize"));
    host_ = host.host;
    if (chosen.empty()) return world("counters: {} has none of the metrics that we know", chip_);
    RIDGE_TRY_VOID(check(add(chosen), "cuptiProfilerHostConfigAddMetrics"));
  }
  metrics_ = std::move(chosen);
  cupti::ConfigSize size;
  size.host = host_;
  RIDGE_TRY_VOID(check(c_.config_size(&size), "cuptiProfilerHostGetConfigImageSize"));
  config_.assign(size.bytes, 0);
  cupti::Config config;
  config.host = host_;
  config.bytes = config_.size();
  config.image = config_.data();
  RIDGE_TRY_VOID(check(c_.config(&config), "cuptiProfilerHostGetConfigImage"));
  cupti::Passes passes;
  passes.bytes = config_.size();
  passes.image = config_.data();
  RIDGE_TRY_VOID(check(c_.passes(&passes), "cuptiProfilerHostGetNumOfPasses"));
  passes_ = passes.passes;
  chosen_ = wanted;
  return {};
}

// Room for the counters of so many ranges, empty.
Result<void> RangeProfiler::arrange(std::size_t ranges) {
  cupti::DataSize size;
  size.profiler = profiler_;
  size.names = names_.data();
  size.count = names_.size();
  size.ranges = ranges;
  size.nodes = std::uint32_t(ranges);
  RIDGE_TRY_VOID(check(c_.data_size(&size), "cuptiRangeProfilerGetCounterDataSize"));
  data_.assign(size.bytes, 0);
  cupti::DataBegin data;
  data.profiler = profiler_;
  data.bytes = data_.size();
  data.data = data_.data();
  RIDGE_TRY_VOID(check(c_.data_begin(&data), "cuptiRangeProfilerCounterDataImageInitialize"));
  cupti::SetConfig config;
  config.profiler = profiler_;
  config.config_bytes = config_.size();
  config.config = config_.data();
  config.data_bytes = data_.size();
  config.data = data_.data();
  config.range = cupti::user_range;
  config.replay = cupti::user_replay;
  config.ranges_per_pass = ranges;
  return check(c_.set_config(&config), "cuptiRangeProfilerSetConfig");
}

Result<void> RangeProfiler::push(const std::string& name) {
  cupti::PushRange p;
  p.profiler = profiler_;
  p.name = name.c_str();
  return check(c_.push(&p), "cuptiRangeProfilerPushRange");
}

Result<void> RangeProfiler::pop() {
  cupti::OfProfiler p;
  p.profiler = profiler_;
  return check(c_.pop(&p), "cuptiRangeProfilerPopRange");
}

Result<std::vector<std::map<std::string, double>>> RangeProfiler::count(std::size_t ranges,
                                                                        const std::function<Result<void>()>& pass) {
  const bool in_use = profiler_ != nullptr;
  RIDGE_TRY_VOID(enable());
  if (auto arranged = arrange(ranges); !arranged) {
    if (!in_use) return std::unexpected(std::move(arranged).error());
    end();  // one that has counted something else may have to be made anew
    RIDGE_TRY_VOID(enable());
    RIDGE_TRY_VOID(arrange(ranges));
  }
  auto counted = [&]() -> Result<std::vector<std::map<std::string, double>>> {
    RIDGE_TRY_VOID(run_passes(pass));
    return values_of(ranges);
  }();
  if (!counted) end();  // the next one begins anew
  return counted;
}

Result<void> RangeProfiler::enable() {
  if (profiler_) return {};
  cupti::Enable p;
  p.context = context_;
  RIDGE_TRY_VOID(check(c_.enable(&p), "cuptiRangeProfilerEnable"));
  profiler_ = p.profiler;
  return {};
}

void RangeProfiler::end() {
  if (!profiler_) return;
  cupti::OfProfiler off;
  off.profiler = std::exchange(profiler_, nullptr);
  c_.disable(&off);
}

void settle(std::map<std::string, double>& values, double unobserved_seconds) {
  const auto seconds = values.find("seconds");
  if (seconds == values.end() || !(unobserved_seconds > 0)) return;
  const double factor = seconds->second / unobserved_seconds;
  seconds->second = unobserved_seconds;
  for (const Metric& m : known_metrics())
    if (const auto at = values.find(m.name);
        at != values.end() && std::string_view(m.cupti).ends_with("sustained_elapsed"))
      at->second *= factor;
}

Result<void> RangeProfiler::run_passes(const std::function<Result<void>()>& pass) {
  cupti::Stop stop;
  stop.profiler = profiler_;
  for (std::size_t done = 0; stop.all_submitted == 0; ++done) {
    if (done > 2 * passes_ + 2) return world("counters: {} passes were foreseen and do not suffice", passes_);
    cupti::OfProfiler start;
    start.profiler = profiler_;
    RIDGE_TRY_VOID(check(c_.start(&start), "cuptiRangeProfilerStart"));
    auto ran = pass();
    const cupti::Status stopped = c_.stop(&stop);
    if (!ran) return ran;
    RIDGE_TRY_VOID(check(stopped, "cuptiRangeProfilerStop"));
  }
  return {};
}

Result<std::vector<std::map<std::string, double>>> RangeProfiler::values_of(std::size_t ranges) {
  cupti::Decode decode;
  decode.profiler = profiler_;
  RIDGE_TRY_VOID(check(c_.decode(&decode), "cuptiRangeProfilerDecodeData"));
  cupti::DataInfo info;
  info.data = data_.data();
  info.bytes = data_.size();
  RIDGE_TRY_VOID(check(c_.data_info(&info), "cuptiRangeProfilerGetCounterDataInfo"));
  if (info.ranges != ranges || decode.dropped > 0)
    return world("counters: {} ranges were counted instead of {}, {} dropped", info.ranges, ranges, decode.dropped);
  std::vector<std::map<std::string, double>> out(ranges);
  for (std::size_t r = 0; r < ranges; ++r) {
    std::vector<double> values(names_.size(), 0);
    cupti::Evaluate e;
    e.host = host_;
    e.data = data_.data();
    e.bytes = data_.size();
    e.range = r;
    e.names = names_.data();
    e.count = names_.size();
    e.values = values.data();
    RIDGE_TRY_VOID(check(c_.evaluate(&e), "cuptiProfilerHostEvaluateToGpuValues"));
    for (std::size_t m = 0; m < values.size(); ++m) {
      if (!std::isfinite(values[m])) continue;  // a rate of nothing
      const bool nanoseconds = std::string_view(metrics_[m].cupti).starts_with("gpu__time");
      out[r][metrics_[m].name] = nanoseconds ? values[m] * 1e-9 : values[m];
    }
  }
  return out;
}

}  // namespace ridge::cuda
