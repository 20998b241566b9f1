// What may be loaded: an image without load-time code and without foreign libraries. Checked by the parent on the bytes
// it is going to hand to the lane.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "kernel/verdict.h"

namespace ridge::cpu {

// Candidates are linked without the compiler's start-up files, so every constructor, destructor, initialiser and
// indirect function in the image is the candidate's own. `trusted` (baselines) may need any library. None = fine.
std::optional<Fault> inspect_image(std::span<const std::byte> image, bool trusted);

}  // namespace ridge::cpu
