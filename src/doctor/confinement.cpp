#include "doctor/internal/examination.h"

namespace ridge {

Result<void> examine_confinement(Examination& e) {
  const auto probes = e.settings.probes ? e.settings.probes() : confinement_probes(e.device);
  for (const Probe& probe : probes) {
    if (e.stopped()) break;
    e.say(probe.what);
    e.add(finding_of(probe, probe.run()));
  }
  if (probes.empty()) {
    DoctorFinding none;
    none.what = "layers of confinement";
    none.measured = e.device.capabilities().simulated ? "a simulated device runs no strangers' code"
                                                      : "this device's candidates bring no host code";
    none.outcome = CheckOutcome::not_possible;
    e.add(std::move(none));
  }
  return {};
}

}  // namespace ridge
