// The oracle worker's side: `ridgeline-worker oracle IMAGE`. Task folders are trusted code; the process is there so
// that a crash or a hang of a reference is an error of the task and not of the run.
#pragma once

namespace ridge::oracle {

int worker_main(int argc, char** argv);

}  // namespace ridge::oracle
