#include "device/cuda/internal/nvml.h"

#include <cstdlib>
#include <type_traits>

#include <dlfcn.h>
#include <fmt/format.h>

namespace ridge::cuda {
namespace {

using Device = void*;
constexpr int clock_sm = 1, clock_memory = 2, sensor_gpu = 0;

// X(member, symbol, type); numbers and types are those of the management library (NVML) 11 to 13.
#define RIDGE_NVML(X)                                                        \
  X(init, nvmlInit_v2, int())                                                \
  X(by_address, nvmlDeviceGetHandleByPciBusId_v2, int(const char*, Device*)) \
  X(clock, nvmlDeviceGetClockInfo, int(Device, int, unsigned*))              \
  X(most_clock, nvmlDeviceGetMaxClockInfo, int(Device, int, unsigned*))      \
  X(power, nvmlDeviceGetPowerUsage, int(Device, unsigned*))                  \
  X(power_limit, nvmlDeviceGetEnforcedPowerLimit, int(Device, unsigned*))    \
  X(temperature, nvmlDeviceGetTemperature, int(Device, int, unsigned*))      \
  X(reasons, nvmlDeviceGetCurrentClocksThrottleReasons, int(Device, unsigned long long*))

}  // namespace

std::string clock_limits(unsigned long long reasons) {
  static constexpr struct {
    unsigned long long bit;
    const char* words;
  } known[] = {{0x1, "idleness"},         {0x2, "settings of its clocks"},
               {0x4, "power cap"},        {0x8, "slowdown by hardware"},
               {0x10, "sync boost"},      {0x20, "heat"},
               {0x40, "heat (hardware)"}, {0x80, "power brake"},
               {0x100, "the display"}};
  std::string text;
  for (const auto& k : known)
    if (reasons & k.bit) text += (text.empty() ? "" : ", ") + std::string(k.words);
  return text.empty() ? "nothing" : text;
}

std::map<std::string, std::string> gpu_state(const std::string& pci_address) {
  const char* named = std::getenv("RIDGELINE_NVML");
  void* library = dlopen(named && *named ? named : "libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library) return {};
  struct {
#define X(member, symbol, ...) std::add_pointer_t<__VA_ARGS__> member = nullptr;
    RIDGE_NVML(X)
#undef X
  } n;
#define X(member, symbol, ...) n.member = reinterpret_cast<std::add_pointer_t<__VA_ARGS__>>(dlsym(library, #symbol));
  RIDGE_NVML(X)
#undef X
  Device device = nullptr;
  if (!n.init || !n.by_address || n.init() != 0 || n.by_address(pci_address.c_str(), &device) != 0) return {};
  std::map<std::string, std::string> state;
  for (const auto& [key, which] : {std::pair{"clock", clock_sm}, {"memory clock", clock_memory}}) {
    unsigned now = 0, most = 0;
    if (n.clock && n.most_clock && n.clock(device, which, &now) == 0 && n.most_clock(device, which, &most) == 0)
      state[key] = fmt::format("{} of {} MHz", now, most);
  }
  unsigned milliwatts = 0, limit = 0, degrees = 0;
  if (n.power && n.power_limit && n.power(device, &milliwatts) == 0 && n.power_limit(device, &limit) == 0)
    state["power"] = fmt::format("{:.0f} of {:.0f} W", milliwatts * 1e-3, limit * 1e-3);
  if (n.temperature && n.temperature(device, sensor_gpu, &degrees) == 0)
    state["temperature"] = fmt::format("{} °C", degrees);
  unsigned long long reasons = 0;
  if (n.reasons && n.reasons(device, &reasons) == 0) state["clocks held back by"] = clock_limits(reasons);
  return state;
}

}  // namespace ridge::cuda
