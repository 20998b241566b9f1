// A run's secrets and the certificate that reveals them.
#pragma once

#include <string>
#include <vector>

#include "device/device.h"
#include "model/certificate.h"
#include "model/summary.h"
#include "session/session.h"
#include "store/store.h"

namespace ridge {

// Appends the secret of this part of the run to the folder's file, which only its owner can read. Confined workers see
// no file at all; operators and clients are never told of it.
Result<void> keep_secret(const std::string& folder, const Secret& secret);
// All parts', in order.
Result<std::vector<RevealedSecret>> kept_secrets(const std::string& folder);

// Of a run that ended with a certified winner.
Result<Certificate> certificate_of(const RunSpec& spec, const Summary& summary, const Store& store,
                                   const Device& device, const Ceilings& ceilings);

}  // namespace ridge
