#include "device/table/table.h"

#include "base/text.h"
#include "device/cpu/cpu.h"
#include "device/cuda/cuda.h"
#include "device/null/null.h"

namespace ridge {

std::vector<std::unique_ptr<Backend>> backends() {
  std::vector<std::unique_ptr<Backend>> rows;
  rows.push_back(cpu::make_backend());
  rows.push_back(cuda::make_backend());
  rows.push_back(null::make_backend());
  return rows;
}

Result<std::unique_ptr<Device>> open_device(const DeviceId& id) {
  std::vector<std::string> known;
  for (const auto& backend : backends()) {
    // "cuda:…": the backend itself says what is wrong with a number or an architecture.
    if (id.starts_with(std::string(backend->name()) + ":")) return backend->open(id);
    for (const DeviceId& d : backend->devices()) {
      if (d == id) return backend->open(id);
      known.push_back(d);
    }
  }
  return fail(Error::Kind::usage, "no device \"{}\" here{}", id, suggestion(id, known));
}

}  // namespace ridge
