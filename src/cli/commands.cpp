#include "cli/commands.h"

#include <array>

namespace ridge {
namespace {

constexpr std::array kCommands = {
    Command{"devices", "what can run here, its ceilings, and what is missing", "ridgeline devices", devices_command},
    Command{"doctor", "try what Ridgeline claims of itself on this machine", "ridgeline doctor", doctor_command},
    Command{"tasks", "the catalog of tasks", "ridgeline tasks metal-sci", tasks_command},
    Command{"show", "a task, or a candidate of a run", "ridgeline show metal-sci/heat2d", show_command},
    Command{"check", "judge one kernel, or a task's own seeds and mutants",
            "ridgeline check metal-sci/saxpy my_kernel.cpp --set TILE=16", check_command},
    Command{"calibrate", "where a task's tolerance lies between right and wrong kernels",
            "ridgeline calibrate metal-sci/heat2d", calibrate_command},
    Command{"reference", "a task's oracle alone, NumPy files in and out",
            "ridgeline reference metal-sci/heat2d --set nx=33 --set ny=17 --set steps=4 --set alpha=0.2 --inputs draw "
            "--outputs case",
            reference_command},
    Command{"search", "look for a faster kernel and prove that it is", "ridgeline search metal-sci/nbody --budget 60s",
            search_command},
    Command{"bench", "search every task of a suite at the same budget, one table",
            "ridgeline bench metal-sci --budget 2m --out bench-metal-sci", bench_command},
    Command{"resume", "go on with a run", "ridgeline resume last --budget 10m", resume_command},
    Command{"runs", "the runs in ./runs, the one written last first", "ridgeline runs", runs_command},
    Command{"verify", "run a winner's certificate again, here", "ridgeline verify last", verify_command},
    Command{"export", "a run in the formats of other projects", "ridgeline export last --as t4 --out run.t4.json",
            export_command},
    Command{"report", "sum up a run and write its report.html", "ridgeline report last", report_command},
    Command{"diff", "what two candidates or two runs have different", "ridgeline diff seed winner --run last",
            diff_command},
    Command{"new", "a folder for a task of your own, to start from", "ridgeline new mine/scale", new_command},
    Command{"completion", "the script that completes words on the command line", "ridgeline completion bash",
            completion_command},
    Command{"man", "these texts as a manual page", "ridgeline man", man_command},
};

}  // namespace

std::span<const Command> commands() {
  return kCommands;
}

}  // namespace ridge
