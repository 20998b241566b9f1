// The museum and the good corpus as values: planted programs that must be caught, honest kernels that must pass, and
// what becomes of every row of the catalogue of tricks. Read from tests/museum (museum.toml, good.toml), which is
// installed with the program, so that `doctor` judges on a user's machine what the tests judge here.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "kernel/types.h"
#include "kernel/verdict.h"

namespace ridge {

// What a machine must have for a program to be able to do what it does; without it the program is skipped.
enum class MuseumNeed : std::uint8_t { cores, seccomp, x86_64, clang };
std::string_view name(MuseumNeed n);

struct MuseumProgram {
  std::string id;
  std::vector<std::string> rows;   // of the catalogue: "C1", or "own"
  std::string file;                // below the museum's folder
  Dialect dialect = Dialect::cpp;  // of the devices that it is for
  std::string task;                // a folder below tasks/ of the museum, or "suite/name" of the catalog
  Verdict verdict = Verdict::wrong_result;
  std::vector<Reason> reasons;    // any of them is right: where a trick is met depends on draws
  std::string mechanism;          // id of the one that must catch it
  std::string what;               // what it does, one sentence
  std::vector<MuseumNeed> needs;  // everything else runs everywhere
  int tries = 1;             // what counts calls may, on a busy machine, not be called often enough to begin to cheat
  double time_limit_s = 60;  // of one call; short only where the limit itself is meant
};

// Rows of the catalogue without a program, and why.
struct MuseumRow {
  enum class Status : std::uint8_t { impossible, harmless, waits };
  std::vector<std::string> ids;
  Status status = Status::impossible;
  std::string reason;
};
std::string_view name(MuseumRow::Status s);

// One of the things that make an evaluation hard to deceive, and the test that fails without it.
struct MuseumMechanism {
  std::string id, title;
  std::string off;  // switch in MechanismSwitches; empty: it cannot be turned off
  // With a switch: `proof` is caught with everything on, and ends as `without` with it (and `also_off`, what would
  // notice it later) off.
  std::string proof;
  std::vector<std::string> also_off;
  std::string without;             // "ok" or "wrong_result mismatch"
  std::vector<std::string> tests;  // without a switch: "tests/device/lane_test.cpp: LaneLimits.TimeIsTheParents"
};

struct GoodKernel {
  std::string id;
  Dialect dialect = Dialect::cpp;
  std::string file;     // below the museum's folder; of a task of the catalog also "tasks/blas/sgemm/template.cpp"
  std::string task;     // as above
  std::string unusual;  // what is unusual about it, one sentence
  std::map<std::string, std::string> parameters;  // values of tunables other than the default, as in the plan
  std::vector<MuseumNeed> needs;
};

struct Museum {
  std::string folder;  // tests/museum
  std::string root;    // holds tasks/
  std::vector<MuseumProgram> programs;
  std::vector<MuseumRow> rows;
  std::vector<MuseumMechanism> mechanisms;
  std::vector<GoodKernel> good;

  const MuseumProgram* program(std::string_view id) const;
  const MuseumMechanism* mechanism(std::string_view id) const;
  // Folder of a program's or kernel's task.
  std::string task_folder(const std::string& task) const;
  std::string path_of(const GoodKernel& kernel) const;
};

// `folder` holds museum.toml and good.toml. Messages name file, line and field; every file that is named exists and
// every id is unique.
Result<Museum> read_museum(const std::string& folder, const std::string& root);
// The one that came with the program: resource_root()/tests/museum.
Result<Museum> find_museum();

// Every row of the catalogue of tricks, in its order.
const std::vector<std::string>& catalogue_rows();
// Those for which the museum has neither a program nor a word.
std::vector<std::string> rows_without_account(const Museum& museum);

// The tables of docs/trust.md.
std::string mechanisms_table(const Museum& museum);
std::string rows_table(const Museum& museum);

}  // namespace ridge
