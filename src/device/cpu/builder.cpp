#include "device/cpu/builder.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <thread>

#include "device/cpu/glue.h"
#include "device/cpu/unit.h"

namespace ridge::cpu {
namespace {

// Jobs of one kind differ in macros alone, and may share a unit.
Digest kind_of(const CompileJob& job, const std::string& compiler) {
  Hasher h;
  h.field(job.file).field(job.source).field(compiler).field(glue_of(job.kernels));
  for (const std::string& f : job.flags) h.field(f);
  return h.digest();
}

std::set<std::string> macro_names(const CompileJob& job) {
  std::set<std::string> names;
  for (const auto& [name, value] : job.macros) names.insert(name);
  return names;
}

bool may_share(const CompileJob& job, const std::string& compiler) {
  const bool late = std::any_of(job.flags.begin(), job.flags.end(),
                                [](const std::string& f) { return f.starts_with("-flto") || f.starts_with("-D"); });
  return !job.fresh && !job.alone && job.libraries.empty() && compiler == "g++" && !late && !job.kernels.empty();
}

Recipe recipe_of(const CompileJob& job, const std::string& compiler, double seconds) {
  Recipe r;
  r.unit = translation_unit(job);
  r.compiler = compiler;
  r.flags = job.flags;
  r.macros = job.macros;
  r.libraries = job.libraries;
  r.kernels = job.kernels.size();
  r.seconds = seconds;
  return r;
}

constexpr std::size_t most_known = 4096;

}  // namespace

Builder::Builder(Toolchain toolchain, std::string worker, const std::string& cache_folder, BuildLimits limits)
    : toolchain_(std::move(toolchain)), worker_(std::move(worker)), cache_(cache_folder), limits_(limits) {}

Builder::Known Builder::known(const Digest& kind) {
  const std::lock_guard lock(mutex_);
  const auto at = known_.find(kind);
  return at == known_.end() ? Known{} : at->second;
}

void Builder::learn(const Digest& kind, double seconds, int unit) {
  const std::lock_guard lock(mutex_);
  if (known_.size() >= most_known) known_.clear();
  (unit > 1 ? known_[kind].shared_s : known_[kind].alone_s) = seconds / unit;
}

void Builder::mark_unfit(const Digest& kind) {
  const std::lock_guard lock(mutex_);
  known_[kind].unfit = true;
}

Digest Builder::key(const CompileJob& job, const std::string& compiler, bool alone) const {
  Hasher h;
  h.field("ridgeline cpu image 2").field(alone ? "alone" : "shared").field(translation_unit(job));
  h.field(compiler).field(toolchain_.versions.at(compiler));
  h.field(std::uint64_t(job.macros.size()));
  for (const auto& [macro, value] : job.macros) h.field(macro).field(value);
  h.field(std::uint64_t(job.flags.size()));
  for (const std::string& f : job.flags) h.field(f);
  for (const std::string& l : job.libraries) h.field(l);
  return h.digest();
}

Result<Judged<Binary>> Builder::alone(const CompileJob& job) {
  if (toolchain_.names.empty()) return world("no C++ compiler found: install g++ (Debian: apt-get install g++)");
  auto compiler = toolchain_.compiler_of(job);
  if (!compiler) return Judged<Binary>(std::unexpected(std::move(compiler).error()));
  const Digest name = key(job, *compiler, true);
  if (!job.fresh)
    if (auto b = cache_.find(name)) {
      b->trusted = !job.libraries.empty();
      return Judged<Binary>(std::move(*b));
    }
  RIDGE_TRY(Built built, build(toolchain_, worker_, recipe_of(job, *compiler, limits_.alone_seconds)));
  if (built.fault) return Judged<Binary>(std::unexpected(std::move(*built.fault)));
  learn(kind_of(job, *compiler), built.cpu_seconds, 1);
  Binary b;
  b.image = std::move(built.image);
  b.digest = built.code.empty() ? hash_bytes(*b.image) : built.code[0];
  b.compile_seconds = built.seconds;
  b.trusted = !job.libraries.empty();
  if (!job.fresh) cache_.store(std::span(&name, 1), std::span(&b, 1));
  return Judged<Binary>(std::move(b));
}

// One call of many(): a queue of units to build, which grows when one fails.
class Builder::Batch {
 public:
  Batch(Builder& owner, std::span<const CompileJob> jobs) : owner_(owner), jobs_(jobs), results_(jobs.size()) {}

  std::vector<Result<Judged<Binary>>> run(int parallel) {
    sort_out(parallel);
    std::vector<std::jthread> threads;
    for (int i = 1; i < std::min(parallel, int(jobs_.size())); ++i) threads.emplace_back([&] { work(); });
    work();
    threads.clear();
    return std::move(results_);
  }

 private:
  struct Kind {
    Digest name;
    std::string compiler;
    Repeatable source;
    std::vector<std::size_t> members;
  };
  struct Unit {
    const Kind* kind = nullptr;  // none: alone
    std::vector<std::size_t> members;
  };

  // What is in the cache is answered, what may share a unit is put together, the rest is built alone.
  void sort_out(int parallel) {
    std::map<Digest, Kind*> by_name;
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      const CompileJob& job = jobs_[i];
      const auto compiler =
          owner_.toolchain_.names.empty() ? std::unexpected(Fault{}) : owner_.toolchain_.compiler_of(job);
      if (!compiler || !may_share(job, *compiler)) {
        push({nullptr, {i}});
        continue;
      }
      auto cached = owner_.cache_.find(owner_.key(job, *compiler, true));
      if (!cached) cached = owner_.cache_.find(owner_.key(job, *compiler, false));
      if (cached) {
        results_[i] = Judged<Binary>(std::move(*cached));
        continue;
      }
      const Digest name = kind_of(job, *compiler);
      auto [at, fresh] = by_name.try_emplace(name, nullptr);
      if (fresh && !owner_.known(name).unfit)
        if (auto source = repeatable(job.source, macro_names(job)))
          at->second = &kinds_.emplace_back(name, *compiler, std::move(*source), std::vector<std::size_t>{});
      if (at->second)
        at->second->members.push_back(i);
      else
        push({nullptr, {i}});
    }
    for (const Kind& kind : kinds_) share_out(kind, std::size_t(std::max(1, parallel)));
  }

  // As many units as keep all cores busy, none larger than is known to be quick.
  void share_out(const Kind& kind, std::size_t parallel) {
    const Known known = owner_.known(kind.name);
    const double each = known.shared_s > 0 ? known.shared_s : known.alone_s;
    std::size_t most = 8;  // nothing is known yet
    if (each > 0)
      most = std::clamp<std::size_t>(std::size_t(owner_.limits_.unit_seconds / each), 1, owner_.limits_.most);
    const std::size_t n = kind.members.size(), rounds = (n + parallel * most - 1) / (parallel * most);
    const std::size_t units = std::min(n, rounds * parallel);
    for (std::size_t u = 0; u < units; ++u) {
      Unit unit{&kind, {}};
      for (std::size_t i = u * n / units; i < (u + 1) * n / units; ++i) unit.members.push_back(kind.members[i]);
      push(std::move(unit));
    }
  }

  void push(Unit unit) {
    if (unit.members.empty()) return;
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(unit));
    ++open_;
    changed_.notify_one();
  }

  void work() {
    for (;;) {
      Unit unit;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !queue_.empty() || open_ == 0; });
        if (queue_.empty()) return;
        unit = std::move(queue_.front());
        queue_.pop_front();
      }
      if (!unit.kind || unit.members.size() == 1)
        for (const std::size_t i : unit.members) results_[i] = owner_.alone(jobs_[i]);
      else
        shared(unit);
      const std::lock_guard lock(mutex_);
      if (--open_ == 0) changed_.notify_all();
    }
  }

  void shared(const Unit& unit) {
    const Kind& kind = *unit.kind;
    const std::size_t n = unit.members.size();
    std::vector<const CompileJob*> jobs;
    for (const std::size_t i : unit.members) jobs.push_back(&jobs_[i]);
    Recipe recipe = recipe_of(*jobs[0], kind.compiler, limit(kind, n));
    recipe.unit = shared_unit(kind.source, jobs);
    recipe.macros.clear();
    recipe.candidates = n;
    recipe.most_errors = 0;
    auto built = build(owner_.toolchain_, owner_.worker_, recipe);
    if (!built) {
      for (const std::size_t i : unit.members) results_[i] = std::unexpected(built.error());
    } else if (!built->fault && built->code.size() == n) {
      accept(unit, *built);
    } else {
      split(unit, *built);
    }
  }

  // A member that takes for ever must not hold up the others as long as it may alone.
  double limit(const Kind& kind, std::size_t n) const {
    const Known known = owner_.known(kind.name);
    const double each = known.shared_s > 0 ? known.shared_s : known.alone_s;
    return std::min(owner_.limits_.alone_seconds, each > 0 ? 2 + 8 * each * double(n) : 4 + 0.5 * double(n));
  }

  void accept(const Unit& unit, Built& built) {
    const int n = int(unit.members.size());
    owner_.learn(unit.kind->name, built.cpu_seconds, n);
    std::vector<Digest> keys;
    std::vector<Binary> binaries;
    for (std::size_t m = 0; m < unit.members.size(); ++m) {
      const CompileJob& job = jobs_[unit.members[m]];
      keys.push_back(owner_.key(job, unit.kind->compiler, false));
      Binary& b = binaries.emplace_back();
      b.image = built.image;
      b.digest = built.code[m];
      b.first_kernel = std::uint32_t(m * job.kernels.size());
      b.unit = n;
      b.compile_seconds = built.seconds / n;
    }
    owner_.cache_.store(keys, binaries);
    for (std::size_t m = 0; m < unit.members.size(); ++m)
      results_[unit.members[m]] = Judged<Binary>(std::move(binaries[m]));
  }

  void halve(const Unit& unit) {
    const auto middle = unit.members.begin() + std::ptrdiff_t(unit.members.size() / 2);
    push({unit.kind, {unit.members.begin(), middle}});
    push({unit.kind, {middle, unit.members.end()}});
  }

  void split(const Unit& unit, const Built& built) {
    const std::size_t n = unit.members.size();
    const bool refused =
        built.fault && built.fault->verdict == Verdict::compile_failed && built.fault->reason != Reason::compiler_limit;
    if (built.fault && !refused) return halve(unit);  // a limit, or an image that may not be loaded
    const std::vector<std::size_t> guilty = refused ? blamed(built.messages, n) : std::vector<std::size_t>{};
    Unit rest{unit.kind, {}};
    if (!guilty.empty() && guilty.size() < n) {
      for (std::size_t m = 0; m < n; ++m) {
        if (std::binary_search(guilty.begin(), guilty.end(), m))
          push({nullptr, {unit.members[m]}});
        else
          rest.members.push_back(unit.members[m]);
      }
      return push(std::move(rest));
    }
    // All of them or nobody: either the source is wrong, or repeating it is. The first one alone tells.
    results_[unit.members[0]] = owner_.alone(jobs_[unit.members[0]]);
    if (results_[unit.members[0]] && *results_[unit.members[0]]) owner_.mark_unfit(unit.kind->name);
    for (std::size_t m = 1; m < n; ++m) push({nullptr, {unit.members[m]}});
  }

  Builder& owner_;
  std::span<const CompileJob> jobs_;
  std::vector<Result<Judged<Binary>>> results_;
  std::deque<Kind> kinds_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Unit> queue_;
  std::size_t open_ = 0;  // units queued or being built
};

std::vector<Result<Judged<Binary>>> Builder::many(std::span<const CompileJob> jobs, int parallel) {
  return Batch(*this, jobs).run(parallel);
}

}  // namespace ridge::cpu
