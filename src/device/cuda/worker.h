// What ridgeline-worker does for CUDA, one process each. Arguments are the parent's (compiler.cpp, lane.cpp,
// facts.cpp).
#pragma once

namespace ridge::cuda {

int compile_main(int argc, char** argv);   // cuda-compile: a compile server
int lane_main(int argc, char** argv);      // cuda-lane: a context that runs candidates
int profile_main(int argc, char** argv);   // cuda-profile: the same with the device's counters; nothing in it is timed
int sanitize_main(int argc, char** argv);  // cuda-sanitize: runs plans once, under compute-sanitizer
int facts_main(int argc, char** argv);     // cuda-facts: what is here, as JSON

}  // namespace ridge::cuda
