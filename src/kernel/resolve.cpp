// From a plan and a workload to a flat list of steps. Every loop is bounded by a budget of visits, so that a plan
// cannot keep the resolver busy with repeats that do nothing.
#include "kernel/resolve.h"

#include <algorithm>

#include "base/text.h"
#include "kernel/document.h"
#include "kernel/internal/names.h"
#include "kernel/space.h"

namespace ridge {

namespace {

constexpr std::int64_t most_blocks = (std::int64_t(1) << 31) - 1;
constexpr std::int64_t most_threads = std::int64_t(1) << 40;
constexpr std::int64_t most_cluster = 16;

// Symbols, derived values and tunables of this workload, the counters of the loops around, and the device's facts.
class PlanScope : public Scope {
 public:
  PlanScope(MapScope values, const Scope& device) : values_(std::move(values)), device_(device) {}
  std::optional<Number> symbol(std::string_view name) const override {
    for (const auto& [index, value] : indices)
      if (*index == name) return Number(value);
    if (name.starts_with("dev.")) return device_.symbol(name);
    return values_.symbol(name);
  }
  std::optional<Number> occupancy(std::string_view kernel) const override { return device_.occupancy(kernel); }
  std::vector<std::string> known() const override {
    std::vector<std::string> out = values_.known();
    for (const auto& [index, value] : indices) out.push_back(*index);
    return out;
  }
  std::vector<std::pair<const std::string*, std::int64_t>> indices;

 private:
  MapScope values_;
  const Scope& device_;
};

// The bytes that decide what a plan does, in a form that is cheap to hash.
class Packer {
 public:
  Packer& add(std::uint64_t v) {
    for (int i = 0; i < 8; ++i) bytes_ += char(v >> (8 * i) & 0xFF);
    return *this;
  }
  Packer& add(const std::string& s) {
    add(s.size());
    bytes_ += s;
    return *this;
  }
  void flush(Hasher& hasher) {
    hasher.field(bytes_);
    bytes_.clear();
  }

 private:
  std::string bytes_;
};

Digest digest_of(const ResolvedPlan& plan) {
  Hasher hasher;
  Packer pack;
  hasher.field("resolved plan 1");
  for (const Storage& s : plan.storages) {
    // A scratch's name reaches nobody; a buffer is known by its index.
    pack.add(std::uint64_t(s.type))
        .add(s.count)
        .add(std::uint64_t(std::int64_t(s.buffer)))
        .add(s.keep)
        .add(s.shape.size());
    for (const std::uint64_t n : s.shape) pack.add(n);
  }
  pack.flush(hasher);
  for (const KernelSignature& k : plan.kernels) {
    pack.add(k.kernel).add(k.parameters.size());
    for (const auto& p : k.parameters)
      pack.add(std::uint64_t(p.pointer) | p.read_only << 1 | p.local << 2).add(std::uint64_t(p.type));
  }
  for (const auto& table : plan.options) {
    pack.add(table.size());
    for (const auto& [key, value] : table) pack.add(key).add(value);
  }
  pack.flush(hasher);
  for (const auto* steps : {&plan.setup, &plan.steps}) {
    hasher.field(std::uint64_t(steps->size()));
    for (const ResolvedStep& s : *steps) {
      pack.add(std::uint64_t(s.kind));
      if (s.kind == ResolvedStep::Kind::launch) {
        pack.add(s.kernel).add(s.arguments.size());
        for (const ResolvedArgument& a : s.arguments)
          pack.add(std::uint64_t(a.kind)).add(std::uint64_t(a.type)).add(a.storage).add(a.offset).add(a.bits);
        for (int i = 0; i < 3; ++i) pack.add(s.grid[i]).add(s.block[i]).add(s.cluster[i]);
        pack.add(s.ragged).add(s.shared).add(s.workers).add(s.cooperative).add(s.options);
      } else {
        pack.add(s.to).add(s.from).add(s.to_offset).add(s.from_offset).add(s.bytes).add(s.pattern).add(s.pattern_bytes);
      }
      pack.flush(hasher);
    }
  }
  for (const std::uint32_t s : plan.final_storage) pack.add(s);
  pack.flush(hasher);
  return hasher.digest();
}

class Resolver {
 public:
  Resolver(const PlanNames& names, PlanScope scope, const PlanLimits& limits, const std::string& file)
      : names_(names), plan_(names.plan), scope_(std::move(scope)), limits_(limits), file_(file) {}

  Result<ResolvedPlan> run() {
    RIDGE_TRY(out_.kernels, collect_signatures(names_, file_));
    RIDGE_TRY_VOID(storages());
    out_.options.emplace_back();
    phase_ = Phase::setup;
    RIDGE_TRY_VOID(stages(plan_.setup, out_.setup));
    phase_ = Phase::stage;
    RIDGE_TRY_VOID(stages(plan_.stages, out_.steps));
    for (std::size_t i = 0; i < names_.interface.buffers.size(); ++i) out_.final_storage.push_back(held_[i]);
    out_.digest = digest_of(out_);
    return std::move(out_);
  }

 private:
  // ---- where we are, put into words only when something is wrong

  Where where() const {
    std::string place = place_of(phase_, path_.empty() ? 1 : path_[0]);
    for (std::size_t i = 1; i < path_.size(); ++i) place += fmt::format(", op {}", path_[i]);
    return {file_, line_, std::move(place)};
  }

  Result<std::int64_t> integer(const Expression& e, std::string_view field, std::int64_t least, std::int64_t most) {
    const auto value = e.integer(scope_);
    if (!value) return where().invalid("{}: {}", field, value.error().message);
    if (*value < least || *value > most)
      return where().invalid("{} = \"{}\": {} is not in [{}, {}]", field, e.text(), *value, least, most);
    return *value;
  }
  Result<bool> truth(const std::optional<Expression>& e, std::string_view field) {
    if (!e) return true;
    const auto value = e->evaluate(scope_);
    if (!value) return where().invalid("{}: {}", field, value.error().message);
    return value->truth();
  }

  // ---- storages

  Result<void> storages() {
    for (std::size_t i = 0; i < names_.interface.buffers.size(); ++i) {
      const BufferSpec& b = names_.interface.buffers[i];
      Storage s{b.name, b.type, 1, 0, int(i), false, {}};
      for (std::size_t k = 0; k < b.shape.size(); ++k) {
        const auto n = b.shape[k].integer(scope_);
        if (!n) return invalid("buffer {}: shape[{}]: {}", b.name, k + 1, n.error().message);
        if (*n < 1)
          return invalid("buffer {}: shape[{}] = \"{}\": {} is less than 1", b.name, k + 1, b.shape[k].text(), *n);
        s.shape.push_back(std::uint64_t(*n));
        if (__builtin_mul_overflow(s.count, std::uint64_t(*n), &s.count))
          return too_large({file_, 0, "buffer " + b.name});
      }
      RIDGE_TRY_VOID(add_storage(std::move(s), {file_, 0, "buffer " + b.name}));
    }
    for (std::size_t i = 0; i < plan_.scratch.size(); ++i) {
      const Scratch& scratch = plan_.scratch[i];
      const Where here{file_, scratch.line, "[scratch] " + scratch.name};
      const auto n = scratch.count.integer(scope_);
      if (!n) return here.invalid("count: {}", n.error().message);
      if (*n < 0) return here.invalid("count = \"{}\": {} is negative", scratch.count.text(), *n);
      RIDGE_TRY_VOID(add_storage({scratch.name, scratch.type, std::uint64_t(*n), 0, -1, scratch.keep, {}}, here));
    }
    for (std::size_t i = 0; i < out_.storages.size(); ++i) held_.push_back(std::uint32_t(i));
    return {};
  }
  Result<void> add_storage(Storage s, const Where& here) {
    if (__builtin_mul_overflow(s.count, std::uint64_t(size_of(s.type)), &s.bytes) ||
        __builtin_add_overflow(out_.bytes, s.bytes, &out_.bytes) || out_.bytes > limits_.max_bytes)
      return too_large(here);
    out_.storages.push_back(std::move(s));
    return {};
  }
  std::unexpected<Error> too_large(const Where& here) const {
    return here.invalid("too large: buffers and scratch together take more than {}",
                        human_bytes(double(limits_.max_bytes)));
  }

  std::uint32_t name_slot(const PlanName& name) const {
    return std::uint32_t(name.kind == PlanName::Kind::buffer ? name.index
                                                             : names_.interface.buffers.size() + name.index);
  }
  // The storage that a name stands for now.
  std::uint32_t held(const std::string& name) const { return held_[name_slot(*names_.find(name))]; }

  // ---- stages and ops

  Result<void> stages(const std::vector<Stage>& all, std::vector<ResolvedStep>& steps) {
    steps_ = &steps;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Stage& s = all[i];
      path_.assign(1, i + 1);
      line_ = s.line;
      RIDGE_TRY(const bool chosen, truth(s.when, "when"));
      if (!chosen) continue;
      std::int64_t repeats = 1;
      if (s.repeat) {
        RIDGE_TRY(repeats, integer(*s.repeat, "repeat", 0, INT64_MAX));
      }
      RIDGE_TRY_VOID(repeat(repeats, s.index, s.ops, s.rotate, s.line));
    }
    return {};
  }

  Result<void> repeat(std::int64_t times, const std::string& index, const std::vector<Op>& all,
                      const std::vector<std::vector<std::string>>& rotation, int line) {
    if (!index.empty()) scope_.indices.emplace_back(&index, 0);
    for (std::int64_t t = 0; t < times; ++t) {
      if (!index.empty()) scope_.indices.back().second = t;
      RIDGE_TRY_VOID(visit());
      for (std::size_t i = 0; i < all.size(); ++i) {
        path_.push_back(i + 1);
        RIDGE_TRY_VOID(op(all[i]));
        path_.pop_back();
      }
      line_ = line;
      RIDGE_TRY_VOID(rotate(rotation));
    }
    if (!index.empty()) scope_.indices.pop_back();
    return {};
  }

  // Every repetition and every op counts, also one that is skipped.
  Result<void> visit() {
    if (++visits_ > 8 * limits_.max_ops + 1000)
      return where().invalid("too large: more than {} repetitions and ops to go through", 8 * limits_.max_ops + 1000);
    return {};
  }

  Result<void> op(const Op& o) {
    line_ = o.line;
    RIDGE_TRY_VOID(visit());
    RIDGE_TRY(const bool chosen, truth(o.when, "when"));
    if (!chosen) return {};
    if (const Loop* l = std::get_if<Loop>(&o.action)) {
      RIDGE_TRY(const std::int64_t times, integer(l->repeat, "loop", 0, INT64_MAX));
      RIDGE_TRY_VOID(repeat(times, l->index, l->ops, {}, o.line));
    } else {
      if (out_.setup.size() + out_.steps.size() >= limits_.max_ops)
        return where().invalid("too large: more than {} launches, fills and copies after unrolling", limits_.max_ops);
      if (const Launch* launch_op = std::get_if<Launch>(&o.action)) RIDGE_TRY_VOID(launch(*launch_op));
      if (const Fill* fill_op = std::get_if<Fill>(&o.action)) RIDGE_TRY_VOID(fill(*fill_op));
      if (const Copy* copy_op = std::get_if<Copy>(&o.action)) RIDGE_TRY_VOID(copy(*copy_op));
    }
    return rotate(o.rotate);
  }

  Result<void> rotate(const std::vector<std::vector<std::string>>& cycles) {
    for (std::size_t i = 0; i < cycles.size(); ++i) {
      const auto& cycle = cycles[i];
      std::vector<std::uint32_t> before;
      for (const std::string& n : cycle) before.push_back(held(n));
      for (std::size_t k = 0; k < cycle.size(); ++k) {
        const Storage &first = out_.storages[before[0]], &its = out_.storages[before[k]];
        if (its.count != first.count)
          return where().invalid(
              "rotate[{}]: \"{}\" has {} elements, \"{}\" has {}: rotated names have equal type and size", i + 1,
              cycle[0], first.count, cycle[k], its.count);
        held_[name_slot(*names_.find(cycle[k]))] = before[(k + 1) % cycle.size()];
      }
    }
    return {};
  }

  // ---- fill and copy

  struct Range {
    std::uint64_t begin = 0, count = 0;
  };
  // Elements [offset, offset + count) of a storage; without a count, all that follow.
  Result<Range> range(const Storage& s, const std::optional<Expression>& offset, const std::optional<Expression>& count,
                      std::string_view offset_field, std::string_view count_field) {
    Range r;
    if (offset) {
      RIDGE_TRY(r.begin, integer(*offset, offset_field, 0, std::int64_t(s.count)));
    }
    r.count = s.count - r.begin;
    if (count) {
      RIDGE_TRY(r.count, integer(*count, count_field, 0, std::int64_t(r.count)));
    }
    return r;
  }

  Result<void> fill(const Fill& f) {
    const std::uint32_t to = held(f.buffer);
    const Storage& s = out_.storages[to];
    const std::size_t size = size_of(s.type);
    RIDGE_TRY(const Range r, range(s, f.offset, f.count, "offset", "count"));
    RIDGE_TRY(const std::uint64_t pattern, value_bits(f.value, f.type.value_or(s.type), "value"));
    if (r.count == 0) return {};
    ResolvedStep step;
    step.kind = ResolvedStep::Kind::fill;
    step.to = to;
    step.to_offset = r.begin * size;
    step.bytes = r.count * size;
    step.pattern = pattern;
    step.pattern_bytes = std::uint32_t(size);
    steps_->push_back(std::move(step));
    return {};
  }

  Result<void> copy(const Copy& c) {
    const std::uint32_t from = held(c.from), to = held(c.to);
    const Storage &source = out_.storages[from], &target = out_.storages[to];
    RIDGE_TRY(const Range read, range(source, c.from_offset, c.count, "copy.from_offset", "copy.count"));
    RIDGE_TRY(const Range room, range(target, c.to_offset, {}, "copy.to_offset", ""));
    if (read.count > room.count)
      return where().invalid("copy: {} elements of \"{}\" do not fit the {} of \"{}\"", read.count, c.from, room.count,
                             c.to);
    if (from == to && read.begin < room.begin + read.count && room.begin < read.begin + read.count)
      return where().invalid("copy: the two parts of \"{}\" overlap", c.from);
    if (read.count == 0) return {};
    const std::size_t size = size_of(source.type);
    ResolvedStep step;
    step.kind = ResolvedStep::Kind::copy;
    step.from = from;
    step.to = to;
    step.from_offset = read.begin * size;
    step.to_offset = room.begin * size;
    step.bytes = read.count * size;
    steps_->push_back(std::move(step));
    return {};
  }

  // ---- launch

  Result<std::uint64_t> value_bits(const Expression& e, ScalarType type, std::string_view field) {
    const auto value = e.evaluate(scope_);
    if (!value) return where().invalid("{}: {}", field, value.error().message);
    const auto bits = encode(*value, type);
    if (!bits) return where().invalid("{} = \"{}\": {}", field, e.text(), bits.error().message);
    return *bits;
  }

  Result<void> launch(const Launch& l) {
    ResolvedStep step;
    const auto kernel = std::ranges::find(out_.kernels, l.kernel, &KernelSignature::kernel);
    step.kernel = std::uint32_t(kernel - out_.kernels.begin());
    step.ragged = !l.threads.empty();
    step.cooperative = l.cooperative;
    RIDGE_TRY_VOID(axes(l.grid, "grid", most_blocks, step.grid));
    RIDGE_TRY_VOID(axes(l.threads, "threads", most_threads, step.grid));
    RIDGE_TRY_VOID(axes(l.block, "block", std::int64_t(limits_.max_block), step.block));
    RIDGE_TRY_VOID(axes(l.cluster, "cluster", most_cluster, step.cluster));
    RIDGE_TRY_VOID(product(step.block, "block", limits_.max_block));
    RIDGE_TRY_VOID(product(step.cluster, "cluster", std::uint64_t(most_cluster)));
    const auto shared_max = std::int64_t(std::min<std::uint64_t>(limits_.max_shared, INT64_MAX));
    if (l.shared) {
      RIDGE_TRY(step.shared, integer(*l.shared, "shared", 0, shared_max));
    }
    if (l.workers) {
      RIDGE_TRY(step.workers, integer(*l.workers, "workers", 1, limits_.max_workers));
      out_.workers = std::max(out_.workers, step.workers);
    }
    step.options = options(l.options);
    std::uint64_t local = step.shared;
    for (std::size_t i = 0; i < l.arguments.size(); ++i) {
      if (l.arguments[i].line > 0) line_ = l.arguments[i].line;
      RIDGE_TRY(const ResolvedArgument a, argument(l.arguments[i], i));
      if (a.kind == ResolvedArgument::Kind::local) local += a.bits;
      if (local > limits_.max_shared)
        return where().invalid("args[{}]: local memory adds up to {} bytes, the device has {}", i + 1, local,
                               limits_.max_shared);
      step.arguments.push_back(a);
    }
    steps_->push_back(std::move(step));
    return {};
  }

  Result<void> axes(const std::vector<Expression>& all, std::string_view field, std::int64_t most,
                    std::uint64_t (&out)[3]) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      RIDGE_TRY(out[i], integer(all[i], fmt::format("{}[{}]", field, i + 1), 1, most));
    }
    return {};
  }
  // Each factor is at most `most` already, so two multiplications cannot leave 64 bits for any limit a device has.
  Result<void> product(const std::uint64_t (&n)[3], std::string_view field, std::uint64_t most) {
    std::uint64_t all = n[0];
    if (__builtin_mul_overflow(all, n[1], &all) || __builtin_mul_overflow(all, n[2], &all) || all > most)
      return where().invalid("{}: {} × {} × {} is more than {}", field, n[0], n[1], n[2], most);
    return {};
  }

  std::uint32_t options(const std::map<std::string, std::string>& table) {
    const auto at = std::ranges::find(out_.options, table);
    if (at != out_.options.end()) return std::uint32_t(at - out_.options.begin());
    out_.options.push_back(table);
    return std::uint32_t(out_.options.size() - 1);
  }

  Result<ResolvedArgument> argument(const Argument& a, std::size_t i) {
    ResolvedArgument out;
    const PlanName* name =
        a.kind == Argument::Kind::value || a.kind == Argument::Kind::local ? nullptr : names_.find(a.name);
    if (name && name->storage()) {
      out.kind = ResolvedArgument::Kind::storage;
      out.storage = held(a.name);
      out.type = names_.storage_type(*name);
      if (a.kind == Argument::Kind::part) {
        const auto most = std::int64_t(out_.storages[out.storage].count);
        RIDGE_TRY(const std::int64_t offset, integer(a.value, fmt::format("args[{}].offset", i + 1), 0, most));
        out.offset = std::uint64_t(offset) * size_of(out.type);
      }
      return out;
    }
    if (a.kind == Argument::Kind::local) {
      out.kind = ResolvedArgument::Kind::local;
      out.type = ScalarType::u8;
      const auto most = std::int64_t(std::min<std::uint64_t>(limits_.max_shared, INT64_MAX / 2));
      RIDGE_TRY(out.bits, integer(a.value, fmt::format("args[{}].local", i + 1), 1, most));
      return out;
    }
    out.type = parameter_of(a, names_, phase_).type;
    if (a.kind == Argument::Kind::value) {
      RIDGE_TRY(out.bits, value_bits(a.value, out.type, fmt::format("args[{}].value", i + 1)));
      return out;
    }
    const auto value = scope_.symbol(a.name);
    if (!value) return where().invalid("args[{}] = \"{}\": the name has no value", i + 1, a.name);
    const auto bits = encode(*value, out.type);
    if (!bits)
      return where().invalid("args[{0}] = \"{1}\": {2}; say another type: {{ value = \"{1}\", type = … }}", i + 1,
                             a.name, bits.error().message);
    out.bits = *bits;
    return out;
  }

  const PlanNames& names_;
  const Plan& plan_;
  PlanScope scope_;
  const PlanLimits& limits_;
  const std::string& file_;
  ResolvedPlan out_;
  std::vector<ResolvedStep>* steps_ = nullptr;
  std::vector<std::uint32_t> held_;  // buffers then scratch: the storage each name stands for
  std::vector<std::size_t> path_;    // stage and op numbers
  Phase phase_ = Phase::stage;
  int line_ = 0;
  std::uint64_t visits_ = 0;
};

}  // namespace

Result<ResolvedPlan> resolve(const Plan& plan, const Interface& interface, const Binding& workload,
                             const Parameters& parameters, const Scope& device, const PlanLimits& limits,
                             const std::string& file) {
  RIDGE_TRY_VOID(validate(plan, interface, limits, file));
  auto scope = ridge::bind(interface, workload);
  if (!scope) return within(file, scope.error());
  const auto values = complete(plan, parameters, device);
  if (!values) return within(file, values.error());
  for (const auto& [name, value] : *values) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) scope->set(name, *integer);
    if (const auto* real = std::get_if<double>(&value)) scope->set(name, *real);
    if (const auto* flag = std::get_if<bool>(&value)) scope->set(name, int(*flag));
  }
  const PlanNames names(plan, interface);
  return Resolver(names, PlanScope(std::move(*scope), device), limits, file).run();
}

}  // namespace ridge
