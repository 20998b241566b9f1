// What the command line says, as a plain value. Only parse.cpp knows how it is read.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ridge {

struct Options {
  std::string command;
  std::vector<std::string> arguments;  // positional ones, in order; absent optional ones are left out
  bool json = false;
  std::string tasks;  // another folder of suites than the program's own
  std::string device = "cpu";
  std::string run;                         // --run
  std::string suite;                       // check --suite
  std::map<std::string, std::string> set;  // check --set TILE=16, reference --set nx=64
  std::vector<std::string> workloads;      // check, reference and calibrate --workload
  bool small = false;                      // check and calibrate: drawn small workloads only
  std::string dialect, architecture;       // check --dialect cuda --arch sm_90: instead of a device
  bool counters = false;                   // check: the device's counters over a right kernel
  bool compile_only = false;               // check: build and run nothing
  bool examine = false;                    // check: seeds and templates as champions
  int held_out = 0;                        // check: drawn held-out workloads for seeds and templates
  std::string inputs, outputs;             // reference: folders, or "draw"
  std::optional<double> budget_s;
  std::int64_t evaluations = 0;  // 0 = no limit
  std::string policy = "bayes";
  std::map<std::string, std::string> policy_set;
  std::uint64_t seed = 1;
  std::vector<std::string> policies, only_tasks;  // bench --policy a,b and --only a,b
  int seeds = 1;                                  // bench; with --landscapes 30 where none are given
  std::string landscapes;                         // bench --landscapes: a folder instead of a suite
  int batch = 1;                                  // bench --landscapes
  std::string as = "t4";                          // export --as
  std::string out;                                // bench, export --out
  bool no_report = false;
  bool measure = false;  // devices --measure
  bool full = false;     // doctor --full
  std::string html;      // report --html
  std::string task;      // verify --task

  const std::string& argument(std::size_t i) const;  // empty when absent
};

// Either options, or a text that answers the request by itself (--help, --version).
struct Parsed {
  Options options;
  std::string answer;
};
Result<Parsed> parse_arguments(const std::vector<std::string>& arguments);

}  // namespace ridge
