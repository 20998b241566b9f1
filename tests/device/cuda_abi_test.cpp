// Our declarations of the driver against the toolkit's header, where there is one: sizes, places, numbers.
#include <cuda.h>
#include <gtest/gtest.h>
#if __has_include(<cupti_range_profiler.h>)  // not every toolkit's headers bring them
#include <cupti.h>
#include <cupti_profiler_host.h>
#include <cupti_range_profiler.h>
#include <cupti_target.h>
#define RIDGE_HAS_CUPTI 1
#endif

#include "device/cuda/internal/cupti.h"
#include "device/cuda/internal/driver.h"

namespace ridge::cuda {
namespace {

static_assert(sizeof(LaunchAttribute) == sizeof(CUlaunchAttribute));
static_assert(offsetof(LaunchAttribute, value) == offsetof(CUlaunchAttribute, value));
static_assert(sizeof(LaunchConfig) == sizeof(CUlaunchConfig));
static_assert(offsetof(LaunchConfig, block) == offsetof(CUlaunchConfig, blockDimX));
static_assert(offsetof(LaunchConfig, shared) == offsetof(CUlaunchConfig, sharedMemBytes));
static_assert(offsetof(LaunchConfig, stream) == offsetof(CUlaunchConfig, hStream));
static_assert(offsetof(LaunchConfig, attributes) == offsetof(CUlaunchConfig, attrs));
static_assert(offsetof(LaunchConfig, count) == offsetof(CUlaunchConfig, numAttrs));
static_assert(sizeof(KernelNode) == sizeof(CUDA_KERNEL_NODE_PARAMS_v2));
static_assert(offsetof(KernelNode, shared) == offsetof(CUDA_KERNEL_NODE_PARAMS_v2, sharedMemBytes));
static_assert(offsetof(KernelNode, parameters) == offsetof(CUDA_KERNEL_NODE_PARAMS_v2, kernelParams));
static_assert(offsetof(KernelNode, context) == offsetof(CUDA_KERNEL_NODE_PARAMS_v2, ctx));
static_assert(sizeof(MemsetNode) == sizeof(CUDA_MEMSET_NODE_PARAMS_v1));
static_assert(offsetof(MemsetNode, element_bytes) == offsetof(CUDA_MEMSET_NODE_PARAMS_v1, elementSize));
static_assert(offsetof(MemsetNode, height) == offsetof(CUDA_MEMSET_NODE_PARAMS_v1, height));
static_assert(sizeof(Memcpy3D) == sizeof(CUDA_MEMCPY3D_v2));
static_assert(offsetof(Memcpy3D, from.device) == offsetof(CUDA_MEMCPY3D_v2, srcDevice));
static_assert(offsetof(Memcpy3D, from.height) == offsetof(CUDA_MEMCPY3D_v2, srcHeight));
static_assert(offsetof(Memcpy3D, to) == offsetof(CUDA_MEMCPY3D_v2, dstXInBytes));
static_assert(offsetof(Memcpy3D, to.memory) == offsetof(CUDA_MEMCPY3D_v2, dstMemoryType));
static_assert(offsetof(Memcpy3D, width) == offsetof(CUDA_MEMCPY3D_v2, WidthInBytes));
static_assert(sizeof(DevicePtr) == sizeof(CUdeviceptr));

TEST(CudaAbi, NumbersAreTheHeaders) {
  EXPECT_EQ(attribute_max_threads, CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
  EXPECT_EQ(attribute_warp, CU_DEVICE_ATTRIBUTE_WARP_SIZE);
  EXPECT_EQ(attribute_resident_threads, CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR);
  EXPECT_EQ(attribute_multiprocessors, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
  EXPECT_EQ(attribute_l2_bytes, CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE);
  EXPECT_EQ(attribute_major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
  EXPECT_EQ(attribute_minor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
  EXPECT_EQ(attribute_shared_optin, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
  EXPECT_EQ(attribute_cluster, CU_DEVICE_ATTRIBUTE_CLUSTER_LAUNCH);
  EXPECT_EQ(function_local_bytes, CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES);
  EXPECT_EQ(function_max_dynamic_shared, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES);
  EXPECT_EQ(function_non_portable_cluster, CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED);
  EXPECT_EQ(launch_cooperative, CU_LAUNCH_ATTRIBUTE_COOPERATIVE);
  EXPECT_EQ(launch_cluster, CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION);
  EXPECT_EQ(limit_stack, CU_LIMIT_STACK_SIZE);
  EXPECT_EQ(memory_device, CU_MEMORYTYPE_DEVICE);
  EXPECT_EQ(schedule_spin, unsigned(CU_CTX_SCHED_SPIN));
  EXPECT_EQ(host_device_map, unsigned(CU_MEMHOSTALLOC_DEVICEMAP));
  EXPECT_EQ(stream_non_blocking, unsigned(CU_STREAM_NON_BLOCKING));
}

#ifdef RIDGE_HAS_CUPTI
// Sizes as their macros say, and the last field's place, which the sizes of all before it decide.
#define RIDGE_SAME(ours, theirs, last, theirs_last)                            \
  EXPECT_EQ(cupti::ours().size, std::size_t(theirs##_STRUCT_SIZE)) << #theirs; \
  static_assert(offsetof(cupti::ours, last) == offsetof(theirs, theirs_last))

TEST(CuptiAbi, StructuresAreTheHeaders) {
  RIDGE_SAME(Plain, CUpti_Profiler_Initialize_Params, priv, pPriv);
  RIDGE_SAME(ChipName, CUpti_Device_GetChipName_Params, chip, pChipName);
  RIDGE_SAME(Availability, CUpti_Profiler_GetCounterAvailability_Params, image, pCounterAvailabilityImage);
  RIDGE_SAME(HostBegin, CUpti_Profiler_Host_Initialize_Params, host, pHostObject);
  RIDGE_SAME(HostEnd, CUpti_Profiler_Host_Deinitialize_Params, host, pHostObject);
  RIDGE_SAME(AddMetrics, CUpti_Profiler_Host_ConfigAddMetrics_Params, count, numMetrics);
  RIDGE_SAME(ConfigSize, CUpti_Profiler_Host_GetConfigImageSize_Params, bytes, configImageSize);
  RIDGE_SAME(Config, CUpti_Profiler_Host_GetConfigImage_Params, image, pConfigImage);
  RIDGE_SAME(Passes, CUpti_Profiler_Host_GetNumOfPasses_Params, passes, numOfPasses);
  RIDGE_SAME(Evaluate, CUpti_Profiler_Host_EvaluateToGpuValues_Params, values, pMetricValues);
  RIDGE_SAME(Enable, CUpti_RangeProfiler_Enable_Params, profiler, pRangeProfilerObject);
  RIDGE_SAME(OfProfiler, CUpti_RangeProfiler_Disable_Params, profiler, pRangeProfilerObject);
  RIDGE_SAME(OfProfiler, CUpti_RangeProfiler_Start_Params, profiler, pRangeProfilerObject);
  RIDGE_SAME(OfProfiler, CUpti_RangeProfiler_PopRange_Params, profiler, pRangeProfilerObject);
  RIDGE_SAME(DataSize, CUpti_RangeProfiler_GetCounterDataSize_Params, bytes, counterDataSize);
  RIDGE_SAME(DataBegin, CUpti_RangeProfiler_CounterDataImage_Initialize_Params, data, pCounterData);
  RIDGE_SAME(SetConfig, CUpti_RangeProfiler_SetConfig_Params, target_level, targetNestingLevel);
  RIDGE_SAME(Stop, CUpti_RangeProfiler_Stop_Params, all_submitted, isAllPassSubmitted);
  RIDGE_SAME(PushRange, CUpti_RangeProfiler_PushRange_Params, name, pRangeName);
  RIDGE_SAME(Decode, CUpti_RangeProfiler_DecodeData_Params, dropped, numOfRangeDropped);
  RIDGE_SAME(DataInfo, CUpti_RangeProfiler_GetCounterDataInfo_Params, ranges, numTotalRanges);
  EXPECT_EQ(cupti::user_range, int(CUPTI_UserRange));
  EXPECT_EQ(cupti::user_replay, int(CUPTI_UserReplay));
  EXPECT_EQ(cupti::HostBegin().profiler, int(CUPTI_PROFILER_TYPE_RANGE_PROFILER));
  EXPECT_EQ(cupti::insufficient_privileges, int(CUPTI_ERROR_INSUFFICIENT_PRIVILEGES));
}
#endif

}  // namespace
}  // namespace ridge::cuda
