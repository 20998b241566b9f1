// The CPU backend: dialect `cpp`, compiled by g++ (or clang++ where present), run in confined lane workers with OpenMP
// teams.
#pragma once

#include <memory>

#include "device/device.h"

namespace ridge::cpu {

std::unique_ptr<Backend> make_backend();

}  // namespace ridge::cpu
