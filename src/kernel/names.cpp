#include "kernel/internal/names.h"

#include "kernel/document.h"

namespace ridge {

PlanNames::PlanNames(const Plan& p, const Interface& i) : plan(p), interface(i) {
  // The first meaning stays: validation reports a name with two.
  for (std::size_t k = 0; k < i.symbols.size(); ++k)
    names_.try_emplace(i.symbols[k].name, PlanName{PlanName::Kind::symbol, k});
  for (std::size_t k = 0; k < i.derived.size(); ++k)
    names_.try_emplace(i.derived[k].name, PlanName{PlanName::Kind::derived, k});
  for (std::size_t k = 0; k < i.buffers.size(); ++k)
    names_.try_emplace(i.buffers[k].name, PlanName{PlanName::Kind::buffer, k});
  for (std::size_t k = 0; k < p.scratch.size(); ++k)
    names_.try_emplace(p.scratch[k].name, PlanName{PlanName::Kind::scratch, k});
  for (std::size_t k = 0; k < p.tunables.size(); ++k)
    names_.try_emplace(p.tunables[k].name, PlanName{PlanName::Kind::tunable, k});
}

const PlanName* PlanNames::find(std::string_view name) const {
  const auto at = names_.find(name);
  return at == names_.end() ? nullptr : &at->second;
}

std::vector<std::string> PlanNames::all() const {
  std::vector<std::string> out = interface.names();
  for (const Scratch& s : plan.scratch) out.push_back(s.name);
  for (const Tunable& t : plan.tunables) out.push_back(t.name);
  return out;
}

ScalarType PlanNames::storage_type(const PlanName& name) const {
  return name.kind == PlanName::Kind::buffer ? interface.buffers[name.index].type : plan.scratch[name.index].type;
}

// Scratch marked `keep` outlives a call, so the timed part may only read it: otherwise a candidate could remember its
// answers.
bool PlanNames::writable(const PlanName& name, Phase phase) const {
  if (name.kind == PlanName::Kind::scratch) return plan.scratch[name.index].keep == (phase == Phase::setup);
  if (name.kind != PlanName::Kind::buffer || phase == Phase::setup) return false;
  const BufferSpec& buffer = interface.buffers[name.index];
  return buffer.access != Access::in && !buffer.constant;
}

std::string place_of(Phase phase, std::size_t number) {
  return fmt::format("{} {}", phase == Phase::setup ? "setup" : "stage", number);
}

KernelSignature::Parameter parameter_of(const Argument& argument, const PlanNames& names, Phase phase) {
  KernelSignature::Parameter out;
  if (argument.kind == Argument::Kind::value) {
    out.type = argument.type.value_or(ScalarType::i32);
    return out;
  }
  if (argument.kind == Argument::Kind::local) {
    out.pointer = out.local = true;
    out.type = ScalarType::u8;
    return out;
  }
  const PlanName* name = names.find(argument.name);
  if (!name) return out;  // a loop's counter
  if (name->storage()) {
    out.pointer = true;
    out.type = names.storage_type(*name);
    out.read_only = !names.writable(*name, phase);
  } else if (name->kind == PlanName::Kind::symbol) {
    out.type = names.interface.symbols[name->index].type;
  }
  return out;
}

namespace {

class SignatureCollector {
 public:
  SignatureCollector(const PlanNames& names, const std::string& file) : names_(names), file_(file) {}

  Result<std::vector<KernelSignature>> run() {
    RIDGE_TRY_VOID(stages(names_.plan.setup, Phase::setup));
    RIDGE_TRY_VOID(stages(names_.plan.stages, Phase::stage));
    return std::move(out_);
  }

 private:
  Result<void> stages(const std::vector<Stage>& all, Phase phase) {
    for (std::size_t i = 0; i < all.size(); ++i)
      RIDGE_TRY_VOID(ops({file_, all[i].line, place_of(phase, i + 1)}, all[i].ops, phase));
    return {};
  }
  Result<void> ops(const Where& where, const std::vector<Op>& all, Phase phase) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      Where here = where.in(fmt::format("op {}", i + 1));
      here.line = all[i].line;
      if (const Loop* loop = std::get_if<Loop>(&all[i].action)) RIDGE_TRY_VOID(ops(here, loop->ops, phase));
      if (const Launch* launch = std::get_if<Launch>(&all[i].action)) RIDGE_TRY_VOID(add(here, *launch, phase));
    }
    return {};
  }
  Result<void> add(const Where& where, const Launch& launch, Phase phase) {
    KernelSignature now{launch.kernel, {}};
    for (const Argument& a : launch.arguments) now.parameters.push_back(parameter_of(a, names_, phase));
    for (KernelSignature& before : out_) {
      if (before.kernel == now.kernel) return merge(where, before, now);
    }
    out_.push_back(std::move(now));
    return {};
  }
  // A parameter must point to const as soon as one launch passes something that may not be written.
  static Result<void> merge(const Where& where, KernelSignature& before, const KernelSignature& now) {
    if (before.parameters.size() != now.parameters.size())
      return where.invalid("args: {} arguments, but an earlier launch of \"{}\" passes {}", now.parameters.size(),
                           now.kernel, before.parameters.size());
    for (std::size_t i = 0; i < now.parameters.size(); ++i) {
      auto& b = before.parameters[i];
      const auto& n = now.parameters[i];
      if (b.pointer != n.pointer || b.local != n.local || b.type != n.type)
        return where.invalid("args[{}]: {}, but an earlier launch of \"{}\" passes {}", i + 1, describe(n), now.kernel,
                             describe(b));
      b.read_only |= n.read_only;
    }
    return {};
  }
  static std::string describe(const KernelSignature::Parameter& p) {
    if (p.local) return "local memory";
    return fmt::format("{}{}", p.pointer ? "a buffer of " : "", name(p.type));
  }

  const PlanNames& names_;
  const std::string& file_;
  std::vector<KernelSignature> out_;
};

}  // namespace

Result<std::vector<KernelSignature>> collect_signatures(const PlanNames& names, const std::string& file) {
  return SignatureCollector(names, file).run();
}

Result<std::vector<KernelSignature>> signatures(const Plan& plan, const Interface& interface, const std::string& file) {
  const PlanNames names(plan, interface);
  RIDGE_TRY_VOID(validate_names(names, file));
  return collect_signatures(names, file);
}

}  // namespace ridge
