// The lane worker's side: `ridgeline-worker lane WORKERS SHARED_BYTES ADDRESS_SPACE confined|trusted`.
#pragma once

namespace ridge::cpu {

int lane_main(int argc, char** argv);

}  // namespace ridge::cpu
