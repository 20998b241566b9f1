// CUPTI's range profiler, opened at run time: the few of its functions and structures that we use, declared here, so
// that one program is built without a toolkit. Names, numbers and layouts are those of CUPTI 12.6 to 13
// (tests/device/cuda_abi_test.cpp holds them against its headers where there are any).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"

namespace ridge::cuda::cupti {

// Every structure begins like this. `size` ends with the last field that this version knows, without the padding behind
// it.
struct Head {
  std::size_t size;
  void* priv = nullptr;
};

struct Plain : Head {  // cuptiProfilerInitialize, cuptiProfilerDeInitialize
  Plain() : Head{sizeof(Head)} {}
};
struct ChipName : Head {
  std::size_t device = 0;
  const char* chip = nullptr;
  ChipName() : Head{sizeof(ChipName)} {}
};
struct Availability : Head {
  void* context = nullptr;
  std::size_t bytes = 0;
  std::uint8_t* image = nullptr;
  Availability() : Head{sizeof(Availability)} {}
};
struct HostBegin : Head {
  int profiler = 0;  // range profiler
  const char* chip = nullptr;
  const std::uint8_t* availability = nullptr;
  void* host = nullptr;
  HostBegin() : Head{sizeof(HostBegin)} {}
};
struct HostEnd : Head {
  void* host = nullptr;
  HostEnd() : Head{sizeof(HostEnd)} {}
};
struct AddMetrics : Head {
  void* host = nullptr;
  const char** names = nullptr;
  std::size_t count = 0;
  AddMetrics() : Head{sizeof(AddMetrics)} {}
};
struct ConfigSize : Head {
  void* host = nullptr;
  std::size_t bytes = 0;
  ConfigSize() : Head{sizeof(ConfigSize)} {}
};
struct Config : Head {
  void* host = nullptr;
  std::size_t bytes = 0;
  std::uint8_t* image = nullptr;
  Config() : Head{sizeof(Config)} {}
};
struct Passes : Head {
  std::size_t bytes = 0;
  std::uint8_t* image = nullptr;
  std::size_t passes = 0;
  Passes() : Head{sizeof(Passes)} {}
};
struct Evaluate : Head {
  void* host = nullptr;
  const std::uint8_t* data = nullptr;
  std::size_t bytes = 0;
  std::size_t range = 0;
  const char** names = nullptr;
  std::size_t count = 0;
  double* values = nullptr;
  Evaluate() : Head{sizeof(Evaluate)} {}
};
struct Enable : Head {
  void* context = nullptr;
  void* profiler = nullptr;
  Enable() : Head{sizeof(Enable)} {}
};
struct OfProfiler : Head {  // Disable, Start, PopRange
  void* profiler = nullptr;
  OfProfiler() : Head{sizeof(OfProfiler)} {}
};
struct DataSize : Head {
  void* profiler = nullptr;
  const char** names = nullptr;
  std::size_t count = 0;
  std::size_t ranges = 0;
  std::uint32_t nodes = 0;
  std::size_t bytes = 0;
  DataSize() : Head{sizeof(DataSize)} {}
};
struct DataBegin : Head {
  void* profiler = nullptr;
  std::size_t bytes = 0;
  std::uint8_t* data = nullptr;
  DataBegin() : Head{sizeof(DataBegin)} {}
};
struct SetConfig : Head {
  void* profiler = nullptr;
  std::size_t config_bytes = 0;
  const std::uint8_t* config = nullptr;
  std::size_t data_bytes = 0;
  std::uint8_t* data = nullptr;
  int range = 0, replay = 0;
  std::size_t ranges_per_pass = 0;
  std::uint16_t levels = 1, least_level = 1;
  std::size_t pass = 0;
  std::uint16_t target_level = 1;
  SetConfig() : Head{90} {}
};
inline constexpr int user_range = 2, user_replay = 3;
struct Stop : Head {
  void* profiler = nullptr;
  std::size_t pass = 0, target_level = 0;
  std::uint8_t all_submitted = 0;
  Stop() : Head{41} {}
};
struct PushRange : Head {
  void* profiler = nullptr;
  const char* name = nullptr;
  PushRange() : Head{sizeof(PushRange)} {}
};
struct Decode : Head {
  void* profiler = nullptr;
  std::size_t dropped = 0;
  Decode() : Head{sizeof(Decode)} {}
};
struct DataInfo : Head {
  const std::uint8_t* data = nullptr;
  std::size_t bytes = 0;
  std::size_t ranges = 0;
  DataInfo() : Head{sizeof(DataInfo)} {}
};

using Status = int;  // CUptiResult
inline constexpr Status insufficient_privileges = 35;

// X(member, symbol, type of its argument)
#define RIDGE_CUPTI(X)                                                   \
  X(initialize, cuptiProfilerInitialize, Plain)                          \
  X(chip_name, cuptiDeviceGetChipName, ChipName)                         \
  X(availability, cuptiProfilerGetCounterAvailability, Availability)     \
  X(host_begin, cuptiProfilerHostInitialize, HostBegin)                  \
  X(host_end, cuptiProfilerHostDeinitialize, HostEnd)                    \
  X(add_metrics, cuptiProfilerHostConfigAddMetrics, AddMetrics)          \
  X(config_size, cuptiProfilerHostGetConfigImageSize, ConfigSize)        \
  X(config, cuptiProfilerHostGetConfigImage, Config)                     \
  X(passes, cuptiProfilerHostGetNumOfPasses, Passes)                     \
  X(evaluate, cuptiProfilerHostEvaluateToGpuValues, Evaluate)            \
  X(enable, cuptiRangeProfilerEnable, Enable)                            \
  X(disable, cuptiRangeProfilerDisable, OfProfiler)                      \
  X(data_size, cuptiRangeProfilerGetCounterDataSize, DataSize)           \
  X(data_begin, cuptiRangeProfilerCounterDataImageInitialize, DataBegin) \
  X(set_config, cuptiRangeProfilerSetConfig, SetConfig)                  \
  X(start, cuptiRangeProfilerStart, OfProfiler)                          \
  X(stop, cuptiRangeProfilerStop, Stop)                                  \
  X(push, cuptiRangeProfilerPushRange, PushRange)                        \
  X(pop, cuptiRangeProfilerPopRange, OfProfiler)                         \
  X(decode, cuptiRangeProfilerDecodeData, Decode)                        \
  X(data_info, cuptiRangeProfilerGetCounterDataInfo, DataInfo)

struct Library {
#define X(member, symbol, ...) Status (*member)(__VA_ARGS__*) = nullptr;
  RIDGE_CUPTI(X)
#undef X
  Status (*result_string)(Status, const char**) = nullptr;
  std::string path;

  // RIDGELINE_CUPTI, the loader's own search, then the usual places of a toolkit. The library stays open for ever.
  static Result<Library> open();
  // "CUPTI_ERROR_INSUFFICIENT_PRIVILEGES (35)", with what to do about it where that is known.
  std::string describe(Status status) const;
};

}  // namespace ridge::cuda::cupti
