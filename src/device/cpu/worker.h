// The lane worker's side.
#pragma once

namespace ridge::cpu {

// `ridgeline-worker lane WORKERS SHARED_BYTES ADDRESS_SPACE confined|trusted`: one lane.
int lane_main(int argc, char** argv);
// `ridgeline-worker lanes`: forks a confined lane for every request (internal/protocol.h) that comes through its
// socket. Loading a program, its libraries and namespaces and preparing the filter of system calls is most of what a
// lane's start costs; here it is done once. It has no thread and never uses OpenMP, whose threads do not survive a
// fork.
int lanes_main();

}  // namespace ridge::cpu
