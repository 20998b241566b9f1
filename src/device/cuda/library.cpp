#include "device/cuda/internal/library.h"

#include <cstring>
#include <filesystem>
#include <map>
#include <memory>

#include <dlfcn.h>

#include "device/cuda/internal/nvrtc.h"

namespace ridge::cuda {
namespace {

// By the loader's own search, then where toolkits stand.
Result<void*> open_library(const std::string& name, std::initializer_list<const char*> versions) {
  std::string trouble;
  for (const char* version : versions) {
    std::vector<std::string> files = {fmt::format("lib{}.so.{}", name, version)};
    for (const std::string& folder : library_folders()) files.push_back(folder + "/" + files[0]);
    for (const std::string& file : files) {
      if (void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) return library;
      if (trouble.empty()) trouble = dlerror();
    }
  }
  return world("{}", trouble);
}

template <class F>
Result<F*> symbol(void* library, const char* name) {
  void* found = dlsym(library, name);
  if (!found) return world("no {}", name);
  return reinterpret_cast<F*>(found);
}

template <class T>
T value_of(std::uint64_t bits) {
  T v;
  std::memcpy(&v, &bits, sizeof v);
  return v;
}

Result<LibraryCall> cublas_sdot() {
  RIDGE_TRY(void* const library, open_library("cublas", {"13", "12"}));
  RIDGE_TRY(auto* const create, symbol<int(void**)>(library, "cublasCreate_v2"));
  RIDGE_TRY(auto* const set_stream, symbol<int(void*, void*)>(library, "cublasSetStream_v2"));
  RIDGE_TRY(auto* const set_mode, symbol<int(void*, int)>(library, "cublasSetPointerMode_v2"));
  RIDGE_TRY(auto* const sdot,
            symbol<int(void*, int, const void*, int, const void*, int, void*)>(library, "cublasSdot_v2"));
  constexpr int result_on_device = 1;
  void* handle = nullptr;
  if (const int status = create(&handle); status != 0) return world("cublasCreate: status {}", status);
  if (const int status = set_mode(handle, result_on_device); status != 0)
    return world("cublasSetPointerMode: status {}", status);
  LibraryCall out;
  out.prepare = [=](const std::vector<std::uint64_t>&, Handle stream) {
    set_stream(handle, stream);
    return std::string();
  };
  out.call = [=](const std::vector<std::uint64_t>& a, Handle) -> std::string {
    const int status = sdot(handle, value_of<int>(a[3]), reinterpret_cast<const void*>(a[0]), 1,
                            reinterpret_cast<const void*>(a[1]), 1, reinterpret_cast<void*>(a[2]));
    return status == 0 ? "" : fmt::format("cublasSdot: status {}", status);
  };
  return out;
}

Result<LibraryCall> cublas_sgemm() {
  RIDGE_TRY(void* const library, open_library("cublas", {"13", "12"}));
  RIDGE_TRY(auto* const create, symbol<int(void**)>(library, "cublasCreate_v2"));
  RIDGE_TRY(auto* const set_stream, symbol<int(void*, void*)>(library, "cublasSetStream_v2"));
  RIDGE_TRY(auto* const sgemm, symbol<int(void*, int, int, int, int, int, const float*, const void*, int, const void*,
                                          int, const float*, void*, int)>(library, "cublasSgemm_v2"));
  void* handle = nullptr;
  if (const int status = create(&handle); status != 0) return world("cublasCreate: status {}", status);
  LibraryCall out;
  out.prepare = [=](const std::vector<std::uint64_t>&, Handle stream) {
    set_stream(handle, stream);
    return std::string();
  };
  out.call = [=](const std::vector<std::uint64_t>& a, Handle) -> std::string {
    const int m = value_of<int>(a[3]), n = value_of<int>(a[4]), k = value_of<int>(a[5]);
    const float one = 1, zero = 0;
    // Column-major: the transposed product of the transposed factors.
    const int status = sgemm(handle, 0, 0, n, m, k, &one, reinterpret_cast<const void*>(a[1]), n,
                             reinterpret_cast<const void*>(a[0]), k, &zero, reinterpret_cast<void*>(a[2]), n);
    return status == 0 ? "" : fmt::format("cublasSgemm: status {}", status);
  };
  return out;
}

Result<LibraryCall> cufft_c2c() {
  RIDGE_TRY(void* const library, open_library("cufft", {"12", "11"}));
  RIDGE_TRY(auto* const plan_3d, symbol<int(int*, int, int, int, int)>(library, "cufftPlan3d"));
  RIDGE_TRY(auto* const set_stream, symbol<int(int, void*)>(library, "cufftSetStream"));
  RIDGE_TRY(auto* const execute, symbol<int(int, void*, void*, int)>(library, "cufftExecC2C"));
  constexpr int complex_to_complex = 0x29, forward = -1;
  auto plans = std::make_shared<std::map<int, int>>();
  LibraryCall out;
  out.prepare = [=](const std::vector<std::uint64_t>& a, Handle stream) -> std::string {
    const int n = value_of<int>(a[2]);
    if (plans->contains(n)) return "";
    int plan = 0;
    if (const int status = plan_3d(&plan, n, n, n, complex_to_complex); status != 0)
      return fmt::format("cufftPlan3d: status {}", status);
    set_stream(plan, stream);
    (*plans)[n] = plan;
    return "";
  };
  out.call = [=](const std::vector<std::uint64_t>& a, Handle) -> std::string {
    const int status =
        execute(plans->at(value_of<int>(a[2])), reinterpret_cast<void*>(a[0]), reinterpret_cast<void*>(a[1]), forward);
    return status == 0 ? "" : fmt::format("cufftExecC2C: status {}", status);
  };
  return out;
}

}  // namespace

Result<LibraryCall> library_call(const std::string& kernel) {
  if (kernel == "cublas_sgemm") return cublas_sgemm();
  if (kernel == "cublas_sdot") return cublas_sdot();
  if (kernel == "cufft_c2c") return cufft_c2c();
  return LibraryCall();
}

}  // namespace ridge::cuda
