#include "device/cuda/internal/facts.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <nlohmann/json.hpp>

#include "base/paths.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "device/cuda/internal/cupti.h"
#include "device/cuda/internal/driver.h"
#include "device/cuda/internal/nvml.h"
#include "device/cuda/internal/nvrtc.h"
#include "device/cuda/worker.h"

namespace ridge::cuda {
namespace {

using Json = nlohmann::json;

Json device_facts(const Driver& d, int number) {
  int device = 0;
  d.device_get(&device, number);
  char name[256] = "";
  d.device_name(name, sizeof name, device);
  const auto attribute = [&](int which) {
    int value = 0;
    return d.device_attribute(&value, which, device) == success ? value : 0;
  };
  char address[32] = "";
  d.pci_address(address, sizeof address, device);
  std::size_t memory = 0;
  d.device_memory(&memory, device);
  return {{"name", name},
          {"major", attribute(attribute_major)},
          {"minor", attribute(attribute_minor)},
          {"multiprocessors", attribute(attribute_multiprocessors)},
          {"warp", attribute(attribute_warp)},
          {"max_threads", attribute(attribute_max_threads)},
          {"shared_optin", attribute(attribute_shared_optin)},
          {"l2_bytes", attribute(attribute_l2_bytes)},
          {"clusters", attribute(attribute_cluster) != 0},
          {"memory_bytes", memory},
          {"state", gpu_state(address)}};
}

Json all_facts() {
  Json j = {{"devices", Json::array()}};
  if (const auto nvrtc = Nvrtc::open()) {
    j["nvrtc"] = nvrtc->path;
    j["version"] = fmt::format("NVRTC {}.{}", nvrtc->major, nvrtc->minor);
    j["headers"] = device_headers(nvrtc->path);
  } else {
    j["nvrtc_missing"] = nvrtc.error().message;
  }
  if (const auto cupti = cupti::Library::open())
    j["cupti"] = cupti->path;
  else
    j["cupti_missing"] = cupti.error().message;
  const auto driver = Driver::open();
  if (!driver) {
    j["driver_missing"] = driver.error().message;
    return j;
  }
  if (const Status s = driver->init(0); s != success) {
    j["driver_missing"] = driver->describe(s);
    return j;
  }
  int version = 0, count = 0;
  driver->driver_version(&version);
  j["driver"] = fmt::format("{}.{}", version / 1000, version % 1000 / 10);
  driver->device_count(&count);
  for (int i = 0; i < count; ++i) j["devices"].push_back(device_facts(*driver, i));
  return j;
}

MachineFacts ask() {
  MachineFacts f;
  const auto said =
      run_process({.argv = {worker_path(), "cuda-facts"}, .folder = "", .environment = {}, .time_limit_s = 60});
  const Json j = said ? Json::parse(said->output, nullptr, false) : Json();
  if (!said || said->exit_code != 0 || !j.is_object()) {
    f.driver_missing = f.toolkit.missing =
        said ? "ridgeline-worker cannot look for CUDA: " + std::string(trim(said->output)) : said.error().message;
    return f;
  }
  f.toolkit.nvrtc = j.value("nvrtc", "");
  f.toolkit.version = j.value("version", "");
  f.toolkit.missing = j.value("nvrtc_missing", "");
  if (j.contains("headers")) f.toolkit.headers = j["headers"].get<std::vector<std::string>>();
  f.cupti = j.value("cupti", "");
  f.cupti_missing = j.value("cupti_missing", "");
  f.driver_version = j.value("driver", "");
  f.driver_missing = j.value("driver_missing", "");
  for (const Json& d : j["devices"]) {
    GpuFacts g;
    g.name = d.value("name", "");
    g.major = d.value("major", 0);
    g.minor = d.value("minor", 0);
    g.multiprocessors = d.value("multiprocessors", 0);
    g.warp = d.value("warp", 32);
    g.max_threads = d.value("max_threads", 1024);
    g.shared_optin = d.value("shared_optin", std::uint64_t{0});
    g.l2_bytes = d.value("l2_bytes", std::uint64_t{0});
    g.memory_bytes = d.value("memory_bytes", std::uint64_t{0});
    g.clusters = d.value("clusters", false);
    if (d.contains("state")) g.state = d["state"].get<std::map<std::string, std::string>>();
    f.devices.push_back(std::move(g));
  }
  return f;
}

}  // namespace

int facts_main(int, char**) {
  std::puts(all_facts().dump().c_str());
  return 0;
}

const MachineFacts& machine_facts() {
  static const MachineFacts facts = ask();
  return facts;
}

std::string architecture_of(int major, int minor) {
  return fmt::format("sm_{}{}{}", major, minor, major >= 9 ? "a" : "");
}

bool facts_of_architecture(const std::string& architecture, GpuFacts& g) {
  // Shared memory a block may ask for, from the CUDA C++ Programming Guide's table of compute capabilities; processors
  // and L2 of the largest product, for expressions only.
  struct Row {
    const char* name;
    int major, minor, processors;
    std::uint64_t shared_kib, l2_mib;
  };
  static constexpr Row rows[] = {{"sm_75", 7, 5, 68, 64, 5},    {"sm_80", 8, 0, 108, 163, 40},
                                 {"sm_86", 8, 6, 84, 99, 6},    {"sm_89", 8, 9, 128, 99, 72},
                                 {"sm_90", 9, 0, 132, 227, 50}, {"sm_100", 10, 0, 148, 227, 126},
                                 {"sm_120", 12, 0, 170, 99, 96}};
  const std::string plain = architecture.ends_with("a") || architecture.ends_with("f")
                                ? architecture.substr(0, architecture.size() - 1)
                                : architecture;
  for (const Row& r : rows)
    if (plain == r.name) {
      g.name = architecture;
      g.major = r.major;
      g.minor = r.minor;
      g.multiprocessors = r.processors;
      g.shared_optin = r.shared_kib << 10;
      g.l2_bytes = r.l2_mib << 20;
      g.clusters = r.major >= 9;
      return true;
    }
  return false;
}

}  // namespace ridge::cuda
