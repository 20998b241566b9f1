#include "report/run_data.h"
#include "store/store.h"

namespace ridge {

Result<RunData> read_run(const std::string& folder) {
  RIDGE_TRY(const auto store, Store::open_read_only(folder));
  RunGatherer gatherer;
  RIDGE_TRY_VOID(store->events([&](const Event& event) -> Result<void> {
    gatherer.add(event);
    return {};
  }));
  RunData data = gatherer.finish();
  data.folder = folder;
  if (data.summary.run.empty()) data.summary.run = folder;
  return data;
}

}  // namespace ridge
