// Namespaces of one's own, as many as the system gives.
#pragma once

#include "confine/confine.h"

namespace ridge {

// Enters those of `flags` (CLONE_NEW…) that are not left out; which it could enter. All at once, or else one by one.
int enter_namespaces(int flags, const LeftOut& left_out);

}  // namespace ridge
