#include "landscape/export.h"

#include <algorithm>
#include <ostream>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "session/assemble.h"
#include "store/store.h"

namespace ridge {
namespace {

// A form a run can be written in. A new one is a row.
struct Form {
  std::string_view name;
  Result<std::string> (*write)(const Store& store);
};

Result<std::string> as_t4(const Store& store) {
  return to_t4(store).dump(1) + "\n";
}

// The space of the template: of the first candidate with parameters.
Result<std::string> as_t1(const Store& store) {
  for (const CandidateId& id : store.evaluated())
    if (const Record* r = store.find(id); !r->candidate.parameters.empty())
      return to_t1(*r->candidate.plan, store.folder()).dump(1) + "\n";
  return invalid("{}: no judged candidate has parameters, so there is no space to write", store.folder());
}

constexpr Form kForms[] = {{"t4", as_t4}, {"t1", as_t1}};

}  // namespace

std::vector<std::string> export_names() {
  std::vector<std::string> names;
  for (const Form& form : kForms) names.emplace_back(form.name);
  return names;
}

Result<int> export_command(const Options& options, Terminal& terminal) {
  RIDGE_TRY(const std::string folder, find_run(options.argument(0)));
  const auto form = std::ranges::find(kForms, options.as, &Form::name);
  if (form == std::end(kForms))
    return fail(Error::Kind::usage, "--as {}: no such form{}", options.as, suggestion(options.as, export_names()));
  RIDGE_TRY(const auto store, Store::open_read_only(folder));
  RIDGE_TRY(const std::string text, form->write(*store));
  if (options.out.empty()) {
    terminal.out << text << std::flush;
  } else {
    RIDGE_TRY_VOID(write_file(options.out, text));
  }
  return 0;
}

}  // namespace ridge
