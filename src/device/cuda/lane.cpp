#include "device/cuda/lane.h"

#include <algorithm>
#include <cstring>
#include <deque>

#include <nlohmann/json.hpp>

#include "base/random.h"
#include "device/cuda/internal/counters.h"
#include "device/cuda/internal/executor.h"
#include "device/cuda/internal/process.h"

namespace ridge::cuda {
namespace {

constexpr std::size_t most_spares = 4, most_idle = 2, most_programs = 8;
constexpr double command_limit_s = 30;
constexpr double passes_at_most = 64;  // over a call that is counted
// Events and stamp measure one thing with two clocks.
constexpr double clocks_agree = 1.1, clocks_slack_s = 100e-6;

Fault fault_of_status(const Answer& a, const char* stage) {
  Fault f{Verdict::crashed, Reason::device_fault, stage, a.text};
  switch (a.status) {
    case out_of_memory:
      return {Verdict::rejected, Reason::too_large, stage, a.text};
    case 1:    // invalid value
    case 701:  // out of resources: registers or shared memory
    case 720:  // cooperative launch too large
    case 912:  // invalid cluster size
    case 801:  // not supported
    case 98:   // invalid device function
    case 200:  // invalid image
    case 209:  // no binary for this GPU
    case 218:  // invalid PTX
    case 300:
    case 302:
    case 500:  // not found
      f.verdict = Verdict::launch_failed;
      f.reason = Reason::launch;
      return f;
    case 702:  // launch timeout
    case 909:
      f.verdict = Verdict::timed_out;
      f.reason = Reason::time_limit;
      return f;
    default:
      return f;
  }
}

// Of the machine, not of what ran on it.
bool worlds_status(Status s) {
  return s == 3 || s == 4 || s == 46 || s == 100 || s == 101 || s == 214 || s == 220 || s == 221 ||
         (s >= 802 && s <= 811) || s == counting_failed;
}

}  // namespace

struct Lanes::State {
  explicit State(LaneHost h) : host(std::move(h)), counting_host(host) { counting_host.kind = "cuda-profile"; }
  LaneHost host, counting_host;
  std::unique_ptr<Process> counting;            // has nothing to do at the moment
  std::deque<std::unique_ptr<Process>> spares;  // have had no candidate, oldest first
  std::deque<std::unique_ptr<Process>> idle;    // have had one that did nothing wrong

  Result<std::unique_ptr<Process>> start() const {
    auto p = std::make_unique<Process>(host);
    RIDGE_TRY_VOID(p->start());
    return p;
  }
  Result<std::unique_ptr<Process>> take_counting() {
    if (counting && counting->alive()) return std::move(counting);
    auto p = std::make_unique<Process>(counting_host);
    RIDGE_TRY_VOID(p->start());
    return p;
  }
  Result<std::unique_ptr<Process>> take(bool fresh) {
    for (auto* from : {&idle, &spares}) {
      if (fresh && from == &idle) continue;
      while (!from->empty()) {
        auto p = std::move(from->front());
        from->pop_front();
        if (p->alive()) return p;
      }
    }
    return start();
  }
};

class CudaLane : public Lane {
 public:
  CudaLane(std::shared_ptr<Lanes::State> owner, std::unique_ptr<Process> process, const LaneSpec& spec)
      : owner_(std::move(owner)),
        process_(std::move(process)),
        arena_bytes_(spec.arena_bytes),
        counts_(spec.counters) {}

  // A worker that is whole serves again.
  ~CudaLane() override {
    if (!whole_ || !process_->alive() || process_->output_full()) return;
    if (process_->command(Command::unload, command_limit_s).kind != Answer::Kind::done) return;
    if (counts_)
      owner_->counting = std::move(process_);
    else if (owner_->idle.size() < most_idle)
      owner_->idle.push_back(std::move(process_));
  }

  Result<Judged<void>> load(const std::vector<std::byte>& image, bool trusted) {
    RIDGE_TRY_VOID(process_->ready());
    process_->mark_output();
    if (trusted) {
      RIDGE_TRY(auto done, judged(process_->command(Command::trust, command_limit_s), "load"));
      if (!done) return done;
    }
    Control& c = process_->control();
    c.total = image.size();
    for (std::uint64_t at = 0; at < image.size(); at += c.bytes) {
      c.bytes = std::min<std::uint64_t>(staging_bytes, image.size() - at);
      std::memcpy(process_->staging(), image.data() + at, c.bytes);
      RIDGE_TRY(auto done, judged(process_->command(Command::load, command_limit_s), "load"));
      if (!done) return done;
    }
    c.total = arena_bytes_;
    return judged(process_->command(Command::arena, command_limit_s), "load");
  }

  Result<Judged<void>> allot(const ResolvedPlan& plan, std::uint32_t sets) override {
    PlanFault fault;
    const Program program = program_of(plan, &fault);
    if (!fault.text.empty())
      return Judged<void>(std::unexpected(Fault{Verdict::rejected, Reason::plan, "load", fault.text}));
    layout_ = program.layout;
    sets_ = sets;
    RIDGE_CHECK(sets >= 1 && layout_.stride * sets <= arena_bytes_,
                "a lane is opened with room for every plan it will run");
    std::vector<std::uint64_t> words = encode(program);
    if (words.size() * 8 > program_bytes)
      return Judged<void>(
          std::unexpected(Fault{Verdict::rejected, Reason::too_large, "load", "the unrolled plan is too long"}));
    Control& c = process_->control();
    const auto known = std::ranges::find(programs_, words);
    c.index = std::uint32_t(known - programs_.begin());
    if (known != programs_.end()) {
      RIDGE_TRY(auto done, judged(process_->command(Command::choose, command_limit_s), "load"));
      if (!done) return done;
    } else {
      if (c.index >= most_programs) c.index = next_program_++ % most_programs;
      c.total = words.size();
      std::memcpy(process_->program(), words.data(), words.size() * 8);
      RIDGE_TRY(auto done, judged(process_->command(Command::program, command_limit_s), "load"));
      if (!done) return done;
      if (c.index < programs_.size())
        programs_[c.index] = std::move(words);
      else
        programs_.push_back(std::move(words));
    }
    c.first = 0;
    c.count = sets;
    c.canary_key = canary_key_;
    return judged(process_->command(Command::canaries, command_limit_s), "load");
  }

  Result<void> write(std::uint32_t set, std::uint32_t storage, std::span<const std::byte> bytes) override {
    const Layout::Region& r = layout_.regions[storage];
    RIDGE_CHECK(bytes.size() == r.bytes && set < sets_, "a storage of an allotted set is written whole");
    Control& c = process_->control();
    for (std::uint64_t at = 0; at < bytes.size(); at += c.bytes) {
      c.bytes = std::min<std::uint64_t>(staging_bytes, bytes.size() - at);
      c.total = set * layout_.stride + r.buffer + at;
      std::memcpy(process_->staging(), bytes.data() + at, c.bytes);
      if (!lost_) note(process_->command(Command::to_device, command_limit_s));
    }
    return {};
  }

  Result<bool> poison(std::uint32_t set, std::uint32_t storage, ScalarType type, std::uint64_t seed) override {
    const Layout::Region& r = layout_.regions[storage];
    Control& c = process_->control();
    c.total = set * layout_.stride + r.buffer;
    c.bytes = r.bytes;
    c.index = std::uint32_t(type);
    c.canary_key = seed;
    if (!lost_) note(process_->command(Command::poison, command_limit_s));
    return true;
  }

  Result<void> read(std::uint32_t set, std::uint32_t storage, std::span<std::byte> bytes) override {
    const Layout::Region& r = layout_.regions[storage];
    RIDGE_CHECK(bytes.size() == r.bytes && set < sets_, "a storage of an allotted set is read whole");
    Control& c = process_->control();
    for (std::uint64_t at = 0; at < bytes.size(); at += c.bytes) {
      c.bytes = std::min<std::uint64_t>(staging_bytes, bytes.size() - at);
      c.total = set * layout_.stride + r.buffer + at;
      if (!lost_) note(process_->command(Command::to_host, command_limit_s));
      if (lost_) {  // what cannot be read is certainly not right; the next run says why
        std::fill(bytes.begin(), bytes.end(), std::byte{0xFF});
        return {};
      }
      std::memcpy(bytes.data() + at, process_->staging(), c.bytes);
    }
    return {};
  }

  Result<Judged<Burst>> run(std::uint32_t first, std::uint32_t count, double time_limit_s, bool cold) override {
    RIDGE_CHECK(count >= 1 && first + count <= sets_, "only allotted sets are run");
    Burst burst;
    const std::uint32_t step = cold ? 1 : count;
    for (std::uint32_t at = first; at < first + count; at += step) {
      Control& c = process_->control();
      c.first = at;
      c.count = step;
      c.cold = cold;
      double seconds = 0;
      const Answer answer = lost_ ? *lost_ : process_->run(time_limit_s, seconds);
      RIDGE_TRY(auto done, judged(answer, "run"));
      if (!done) return Judged<Burst>(std::unexpected(std::move(done).error()));
      const double events = c.event_seconds;
      // The gate leaked: part of the work was done before the stamp began, so only the device's own time tells.
      if (c.gate == Gate::leaked) seconds = events;
      if (events > clocks_agree * seconds + clocks_slack_s)
        return world("cuda:{}: the device's events say {:.3g} s for a burst that was over after {:.3g} s",
                     owner_->host.device, events, seconds);
      burst.seconds += seconds;
      burst.samples.insert(burst.samples.end(), step, events / step);
      if (burst.probe_before == 0) burst.probe_before = c.probe_before;
      burst.probe_after = c.probe_after;
    }
    return Judged<Burst>(std::move(burst));
  }

  Result<Judged<Counted>> count(std::uint32_t set, const std::vector<std::string>& metrics,
                                double time_limit_s) override {
    RIDGE_CHECK(counts_ && set < sets_, "an allotted set of a lane that was opened for counting");
    Control& c = process_->control();
    c.first = set;
    c.total = 0;
    const std::vector<Metric>& known = known_metrics();
    for (std::size_t i = 0; i < known.size(); ++i)
      if (std::ranges::find(metrics, known[i].name) != metrics.end()) c.total |= std::uint64_t{1} << i;
    RIDGE_TRY(
        auto done,
        judged(lost_ ? *lost_ : process_->command(Command::count, passes_at_most * time_limit_s + command_limit_s),
               "profile"));
    if (!done) return Judged<Counted>(std::unexpected(std::move(done).error()));
    const std::string text(reinterpret_cast<const char*>(process_->staging()), c.bytes);
    const auto j = nlohmann::json::parse(text, nullptr, false);
    RIDGE_CHECK(j.is_object(), "the profile worker is ours and answers in JSON");
    Counted counted;
    counted.passes = j["passes"].get<int>();
    counted.note = j["note"].get<std::string>();
    for (const auto& r : j["ranges"])
      counted.ranges.push_back({r["kernel"].get<std::string>(), r["launches"].get<std::uint64_t>(),
                                r["values"].get<std::map<std::string, double>>()});
    return Judged<Counted>(std::move(counted));
  }

  Result<Judged<void>> inspect(std::uint32_t set) override {
    Control& c = process_->control();
    c.first = set;
    c.canary_key = canary_key_;
    RIDGE_TRY(auto done, judged(lost_ ? *lost_ : process_->command(Command::inspect, command_limit_s), "check"));
    if (!done) return done;
    std::vector<std::uint64_t> found(4 * layout_.regions.size());
    std::memcpy(found.data(), process_->staging(), found.size() * 8);
    for (std::size_t i = 0; i < layout_.regions.size(); ++i) {
      const Layout::Region& r = layout_.regions[i];
      const std::uint64_t before = found[4 * i], behind = found[4 * i + 3];
      if (found[4 * i] <= found[4 * i + 1])
        return bounds_fault(i, fmt::format("{} byte(s) before its beginning", r.buffer - before));
      if (found[4 * i + 2] <= found[4 * i + 3])
        return bounds_fault(i, fmt::format("{} byte(s) behind its end", behind - (r.buffer + r.bytes) + 1));
    }
    return Judged<void>();
  }

  // A run returns when the device is idle, and nothing on it can start anything.
  Result<Judged<void>> idle_check() override { return Judged<void>(); }

  std::string output(bool& cut) override { return process_->output(cut); }

 private:
  static Result<Judged<void>> bounds_fault(std::size_t storage, const std::string& where) {
    return Judged<void>(std::unexpected(
        Fault{Verdict::wrong_result, Reason::bounds, "check", fmt::format("storage {}: written {}", storage, where)}));
  }

  // Copies have no verdict: what went wrong is the next one's answer.
  void note(const Answer& a) {
    if (a.kind != Answer::Kind::done) lost_ = a, whole_ = false;
  }

  Result<Judged<void>> judged(const Answer& a, const char* stage) {
    if (a.kind == Answer::Kind::done) return Judged<void>();
    whole_ = false;
    switch (a.kind) {
      case Answer::Kind::late:
        return Judged<void>(std::unexpected(Fault{Verdict::timed_out, Reason::time_limit, stage, a.text}));
      case Answer::Kind::ended:
        return Judged<void>(std::unexpected(Fault{Verdict::crashed, Reason::device_fault, stage, a.text}));
      default:
        break;
    }
    if (worlds_status(a.status)) return world("cuda:{}: {}", owner_->host.device, a.text);
    return Judged<void>(std::unexpected(fault_of_status(a, stage)));
  }

  std::shared_ptr<Lanes::State> owner_;
  std::unique_ptr<Process> process_;
  std::uint64_t arena_bytes_;
  bool counts_;
  Layout layout_;
  std::uint32_t sets_ = 0, next_program_ = 0;
  std::vector<std::vector<std::uint64_t>> programs_;  // the words of each that the worker has
  std::optional<Answer> lost_;
  bool whole_ = true;
  std::uint64_t canary_key_ = Secret::from_entropy().seed("canary", 0) | 1;
};

Lanes::Lanes(LaneHost host) : state_(std::make_shared<State>(std::move(host))) {}
Lanes::~Lanes() {
  state_->spares.clear();
  state_->idle.clear();
  state_->counting.reset();
}

Result<Judged<std::unique_ptr<Lane>>> Lanes::open(const LaneSpec& spec) {
  RIDGE_TRY(auto process, spec.counters ? state_->take_counting() : state_->take(spec.fresh));
  auto lane = std::make_unique<CudaLane>(state_, std::move(process), spec);
  RIDGE_TRY(auto loaded, lane->load(*spec.binary->image, spec.binary->trusted));
  if (!loaded) return Judged<std::unique_ptr<Lane>>(std::unexpected(std::move(loaded).error()));
  return Judged<std::unique_ptr<Lane>>(std::move(lane));
}

void Lanes::expect(const LaneSpec& spec, int count) {
  int wanted = std::min<int>(count, int(most_spares));
  if (!spec.fresh) wanted -= int(state_->idle.size());
  for (int have = int(state_->spares.size()); have < wanted; ++have) {
    auto p = state_->start();
    if (!p) return;  // open() will say why
    state_->spares.push_back(std::move(*p));
  }
}

}  // namespace ridge::cuda
