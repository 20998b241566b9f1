// What the names of a plan stand for: shared by validation and resolution.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/plan.h"
#include "kernel/resolve.h"

namespace ridge {

inline constexpr std::string_view device_facts[] = {"dev.cores", "dev.sms", "dev.warp", "dev.shared_max", "dev.l2"};

struct PlanName {
  enum class Kind : std::uint8_t { symbol, derived, buffer, scratch, tunable };
  Kind kind = Kind::symbol;
  std::size_t index = 0;  // into the interface's or the plan's list
  bool storage() const { return kind == Kind::buffer || kind == Kind::scratch; }
};

// Where a launch's arguments or an op's targets are used: a [[setup]] sees less and writes other things than a
// [[stage]].
enum class Phase : std::uint8_t { setup, stage };

class PlanNames {
 public:
  PlanNames(const Plan& plan, const Interface& interface);
  const PlanName* find(std::string_view name) const;
  std::vector<std::string> all() const;
  ScalarType storage_type(const PlanName& name) const;
  // May the plan's ops write it in this phase? Kernels get everything else as pointers to const.
  bool writable(const PlanName& name, Phase phase) const;

  const Plan& plan;
  const Interface& interface;

 private:
  std::map<std::string, PlanName, std::less<>> names_;
};

// How a kernel gets one argument; `where` points at its op. The plan was validated.
KernelSignature::Parameter parameter_of(const Argument& argument, const PlanNames& names, Phase phase);

// Signatures in order of first launch. The plan was validated.
Result<std::vector<KernelSignature>> collect_signatures(const PlanNames& names, const std::string& file);

// A place in words: "stage 1, op 2".
std::string place_of(Phase phase, std::size_t number);

// validate() without the limits of a device: what signatures() needs to be sure of.
Result<void> validate_names(const PlanNames& names, const std::string& file);

}  // namespace ridge
