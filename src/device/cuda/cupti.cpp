#include "device/cuda/internal/cupti.h"

#include <cstdlib>
#include <filesystem>
#include <vector>

#include <dlfcn.h>

#include "device/cuda/internal/nvrtc.h"

namespace ridge::cuda::cupti {
namespace {

std::vector<std::string> candidates() {
  std::vector<std::string> files;
  if (const char* named = std::getenv("RIDGELINE_CUPTI"); named && *named) return {named};
  for (const char* version : {"13", "12"}) {
    const std::string file = fmt::format("libcupti.so.{}", version);
    files.push_back(file);
    for (const std::string& folder : library_folders()) {
      files.push_back(folder + "/" + file);
      // A toolkit keeps it in a folder of its own.
      files.push_back(folder + "/../extras/CUPTI/lib64/" + file);
    }
  }
  return files;
}

}  // namespace

Result<Library> Library::open() {
  std::string trouble;
  for (const std::string& file : candidates()) {
    // It looks for its other half by name: from beside it, that is found.
    const std::string folder = std::filesystem::path(file).parent_path().string();
    if (!folder.empty()) (void)dlopen((folder + "/libnvperf_host.so").c_str(), RTLD_NOW | RTLD_GLOBAL);
    void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
      if (trouble.empty()) trouble = dlerror();
      continue;
    }
    Library c;
    c.path = file;
    bool whole = true;
#define X(member, symbol, ...)                                                    \
  c.member = reinterpret_cast<Status (*)(__VA_ARGS__*)>(dlsym(library, #symbol)); \
  if (!c.member) whole = false, trouble = fmt::format("{} has no {}", file, #symbol);
    RIDGE_CUPTI(X)
#undef X
    c.result_string = reinterpret_cast<Status (*)(Status, const char**)>(dlsym(library, "cuptiGetResultString"));
    if (whole && c.result_string) return c;
  }
  return world("no counters: {}; CUPTI 12.6 or later is needed (part of the CUDA toolkit)", trouble);
}

std::string Library::describe(Status status) const {
  const char* name = nullptr;
  if (result_string(status, &name) != 0 || !name) name = "unknown error";
  std::string text = fmt::format("{} ({})", name, status);
  if (status == insufficient_privileges)
    text +=
        ": the driver keeps counters for administrators; its module option NVreg_RestrictProfilingToAdminUsers=0 lets "
        "everybody read them";
  return text;
}

}  // namespace ridge::cuda::cupti
