// The CUDA driver, opened at run time: the few of its functions and structures that we use, declared here, so that one
// program is built without a toolkit and runs with and without a GPU. Names, numbers and layouts are those of the CUDA
// driver API 12 and 13 (tests/device/cuda_abi_test.cpp holds them against cuda.h where there is one).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"

namespace ridge::cuda {

using Status = int;               // CUresult
using DevicePtr = std::uint64_t;  // CUdeviceptr
using Handle = void*;  // CUcontext, CUmodule, CUfunction, CUstream, CUevent, CUgraph, CUgraphExec, CUgraphNode

inline constexpr Status success = 0, out_of_memory = 2, not_ready = 600;

// CUdevice_attribute
enum : int {
  attribute_max_threads = 1,
  attribute_warp = 10,
  attribute_clock_khz = 13,
  attribute_resident_threads = 39,  // of a multiprocessor
  attribute_multiprocessors = 16,
  attribute_l2_bytes = 38,
  attribute_major = 75,
  attribute_minor = 76,
  attribute_shared_optin = 97,
  attribute_cluster = 120,
};
// CUfunction_attribute
enum : int {
  function_max_threads = 0,
  function_shared_bytes = 1,
  function_local_bytes = 3,
  function_registers = 4,
  function_max_dynamic_shared = 8,
  function_non_portable_cluster = 14,
};
inline constexpr int launch_cooperative = 2, launch_cluster = 4;  // CUlaunchAttributeID
inline constexpr int limit_stack = 0;                             // CU_LIMIT_STACK_SIZE
inline constexpr int memory_device = 2;                           // CU_MEMORYTYPE_DEVICE
inline constexpr unsigned schedule_spin = 1;                      // CUctx_flags
inline constexpr unsigned host_device_map = 2;                    // CU_MEMHOSTALLOC_DEVICEMAP
inline constexpr unsigned stream_non_blocking = 1;

struct LaunchAttribute {
  int id = 0;
  char pad[4] = {};
  union {
    char bytes[64];
    int cooperative;
    unsigned cluster[3];
  } value = {};
};
struct LaunchConfig {
  unsigned grid[3] = {1, 1, 1}, block[3] = {1, 1, 1};
  unsigned shared = 0;
  Handle stream = nullptr;
  LaunchAttribute* attributes = nullptr;
  unsigned count = 0;
};
struct KernelNode {
  Handle function = nullptr;
  unsigned grid[3] = {1, 1, 1}, block[3] = {1, 1, 1};
  unsigned shared = 0;
  void** parameters = nullptr;
  void** extra = nullptr;
  Handle kernel = nullptr, context = nullptr;
};
struct MemsetNode {
  DevicePtr to = 0;
  std::size_t pitch = 0;
  unsigned value = 0, element_bytes = 1;
  std::size_t width = 0, height = 1;
};
struct Memcpy3D {
  struct End {
    std::size_t x = 0, y = 0, z = 0, level = 0;
    int memory = memory_device;
    const void* host = nullptr;
    DevicePtr device = 0;
    Handle array = nullptr;
    void* reserved = nullptr;
    std::size_t pitch = 0, height = 0;
  };
  End from, to;
  std::size_t width = 0, height = 1, depth = 1;
};

// X(member, symbol, type)
#define RIDGE_CUDA_DRIVER(X)                                                                                          \
  X(init, cuInit, Status(unsigned))                                                                                   \
  X(driver_version, cuDriverGetVersion, Status(int*))                                                                 \
  X(device_count, cuDeviceGetCount, Status(int*))                                                                     \
  X(device_get, cuDeviceGet, Status(int*, int))                                                                       \
  X(device_name, cuDeviceGetName, Status(char*, int, int))                                                            \
  X(device_attribute, cuDeviceGetAttribute, Status(int*, int, int))                                                   \
  X(device_memory, cuDeviceTotalMem_v2, Status(std::size_t*, int))                                                    \
  X(error_name, cuGetErrorName, Status(Status, const char**))                                                         \
  X(error_string, cuGetErrorString, Status(Status, const char**))                                                     \
  X(primary_flags, cuDevicePrimaryCtxSetFlags_v2, Status(int, unsigned))                                              \
  X(primary_retain, cuDevicePrimaryCtxRetain, Status(Handle*, int))                                                   \
  X(context_set, cuCtxSetCurrent, Status(Handle))                                                                     \
  X(context_limit, cuCtxSetLimit, Status(int, std::size_t))                                                           \
  X(context_get_limit, cuCtxGetLimit, Status(std::size_t*, int))                                                      \
  X(context_synchronize, cuCtxSynchronize, Status())                                                                  \
  X(reset_persisting_l2, cuCtxResetPersistingL2Cache, Status())                                                       \
  X(module_load, cuModuleLoadData, Status(Handle*, const void*))                                                      \
  X(module_unload, cuModuleUnload, Status(Handle))                                                                    \
  X(module_function, cuModuleGetFunction, Status(Handle*, Handle, const char*))                                       \
  X(function_attribute, cuFuncGetAttribute, Status(int*, int, Handle))                                                \
  X(function_set, cuFuncSetAttribute, Status(Handle, int, int))                                                       \
  X(resident_blocks, cuOccupancyMaxActiveBlocksPerMultiprocessor, Status(int*, Handle, int, std::size_t))             \
  X(pci_address, cuDeviceGetPCIBusId, Status(char*, int, int))                                                        \
  X(memory_allocate, cuMemAlloc_v2, Status(DevicePtr*, std::size_t))                                                  \
  X(memory_free, cuMemFree_v2, Status(DevicePtr))                                                                     \
  X(host_register, cuMemHostRegister_v2, Status(void*, std::size_t, unsigned))                                        \
  X(host_allocate, cuMemHostAlloc, Status(void**, std::size_t, unsigned))                                             \
  X(host_device_pointer, cuMemHostGetDevicePointer_v2, Status(DevicePtr*, void*, unsigned))                           \
  X(copy_to_device, cuMemcpyHtoDAsync_v2, Status(DevicePtr, const void*, std::size_t, Handle))                        \
  X(copy_to_host, cuMemcpyDtoHAsync_v2, Status(void*, DevicePtr, std::size_t, Handle))                                \
  X(copy_on_device, cuMemcpyDtoDAsync_v2, Status(DevicePtr, DevicePtr, std::size_t, Handle))                          \
  X(memory_set8, cuMemsetD8Async, Status(DevicePtr, unsigned char, std::size_t, Handle))                              \
  X(stream_create, cuStreamCreate, Status(Handle*, unsigned))                                                         \
  X(stream_synchronize, cuStreamSynchronize, Status(Handle))                                                          \
  X(stream_query, cuStreamQuery, Status(Handle))                                                                      \
  X(event_create, cuEventCreate, Status(Handle*, unsigned))                                                           \
  X(event_record, cuEventRecord, Status(Handle, Handle))                                                              \
  X(event_elapsed, cuEventElapsedTime, Status(float*, Handle, Handle))                                                \
  X(launch, cuLaunchKernelEx, Status(const LaunchConfig*, Handle, void**, void**))                                    \
  X(graph_create, cuGraphCreate, Status(Handle*, unsigned))                                                           \
  X(graph_kernel, cuGraphAddKernelNode_v2, Status(Handle*, Handle, const Handle*, std::size_t, const KernelNode*))    \
  X(graph_memset, cuGraphAddMemsetNode,                                                                               \
    Status(Handle*, Handle, const Handle*, std::size_t, const MemsetNode*, Handle))                                   \
  X(graph_memcpy, cuGraphAddMemcpyNode, Status(Handle*, Handle, const Handle*, std::size_t, const Memcpy3D*, Handle)) \
  X(graph_kernel_attribute, cuGraphKernelNodeSetAttribute, Status(Handle, int, const void*))                          \
  X(graph_instantiate, cuGraphInstantiateWithFlags, Status(Handle*, Handle, unsigned long long))                      \
  X(graph_upload, cuGraphUpload, Status(Handle, Handle))                                                              \
  X(graph_launch, cuGraphLaunch, Status(Handle, Handle))                                                              \
  X(graph_destroy, cuGraphDestroy, Status(Handle))                                                                    \
  X(graph_exec_destroy, cuGraphExecDestroy, Status(Handle))

struct Driver {
#define X(member, symbol, ...) std::add_pointer_t<__VA_ARGS__> member = nullptr;
  RIDGE_CUDA_DRIVER(X)
#undef X
  // libcuda.so.1, or what RIDGELINE_CUDA_DRIVER names. The library stays open for ever.
  static Result<Driver> open();
  // "CUDA_ERROR_ILLEGAL_ADDRESS (700): an illegal memory access was encountered"
  std::string describe(Status status) const;
};

}  // namespace ridge::cuda
