#include "device/cuda/internal/nvrtc.h"

#include <cstdlib>
#include <filesystem>
#include <type_traits>

#include <dlfcn.h>
#include <glob.h>
#include <link.h>

#include "base/subprocess.h"

namespace ridge::cuda {
namespace {

namespace fs = std::filesystem;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::vector<std::string> matching(const std::string& pattern) {
  std::vector<std::string> found;
  glob_t all{};
  if (glob(pattern.c_str(), 0, nullptr, &all) == 0) found.assign(all.gl_pathv, all.gl_pathv + all.gl_pathc);
  globfree(&all);
  return found;
}

// Where toolkits stand: what the environment names, the one whose nvcc is in PATH, the usual folders, and the packages
// by which Python brings it.
std::vector<std::string> toolkit_roots() {
  std::vector<std::string> roots;
  for (const char* name : {"CUDA_HOME", "CUDA_PATH", "CUDA_ROOT"})
    if (const std::string value = variable(name); !value.empty()) roots.push_back(value);
  std::error_code ignored;
  if (const std::string nvcc = find_program("nvcc"); !nvcc.empty())
    roots.push_back(fs::canonical(nvcc, ignored).parent_path().parent_path().string());
  for (const char* pattern :
       {"/usr/local/cuda", "/usr/local/cuda-1[0-9]*", "/opt/cuda", "/usr/local/lib/python3*/*-packages/nvidia/c*",
        "/usr/lib/python3*/*-packages/nvidia/c*", "/opt/*/lib/python3*/site-packages/nvidia/c*"})
    for (std::string& root : matching(pattern)) roots.push_back(std::move(root));
  return roots;
}

std::vector<std::string> candidates() {
  if (const std::string named = variable("RIDGELINE_NVRTC"); !named.empty()) return {named};
  std::vector<std::string> files = {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"};
  for (const std::string& folder : library_folders())
    for (const char* version : {"13", "12"}) {
      std::string file = fmt::format("{}/libnvrtc.so.{}", folder, version);
      std::error_code ignored;
      if (fs::exists(file, ignored)) files.push_back(std::move(file));
    }
  return files;
}

}  // namespace

std::vector<std::string> library_folders() {
  std::vector<std::string> folders;
  for (const std::string& root : toolkit_roots())
    for (const char* folder : {"lib64", "lib", "targets/x86_64-linux/lib"}) folders.push_back(root + "/" + folder);
  return folders;
}

Result<Nvrtc> Nvrtc::open(const std::string& file) {
  std::string trouble;
  for (const std::string& candidate : file.empty() ? candidates() : std::vector<std::string>{file}) {
    void* library = dlopen(candidate.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
      if (trouble.empty()) trouble = dlerror();
      continue;
    }
    Nvrtc n;
    bool complete = true;
#define X(member, symbol, ...)                                                           \
  n.member = reinterpret_cast<std::add_pointer_t<__VA_ARGS__>>(dlsym(library, #symbol)); \
  complete = complete && n.member;
    RIDGE_NVRTC(X)
#undef X
    if (!complete || n.version(&n.major, &n.minor) != 0) {
      trouble = candidate + ": not an NVRTC of CUDA 12 or later";
      continue;
    }
    link_map* map = nullptr;
    std::error_code ignored;
    n.path = candidate;
    if (dlinfo(library, RTLD_DI_LINKMAP, &map) == 0 && map && map->l_name)
      if (const fs::path real = fs::canonical(map->l_name, ignored); !ignored) n.path = real.string();
    return n;
  }
  return world(
      "no NVRTC, the compiler of CUDA C++: {}; it is part of the CUDA toolkit, or name the library in "
      "RIDGELINE_NVRTC",
      trouble);
}

Nvrtc::Output Nvrtc::run(const std::string& source, const std::string& name,
                         const std::vector<std::string>& options) const {
  Output out;
  void* program = nullptr;
  out.status = create(&program, source.c_str(), name.c_str(), 0, nullptr, nullptr);
  if (out.status != 0) {
    out.log = error_string(out.status);
    return out;
  }
  std::vector<const char*> words;
  for (const std::string& o : options) words.push_back(o.c_str());
  out.status = compile(program, int(words.size()), words.data());
  std::size_t bytes = 0;
  if (log_size(program, &bytes) == 0 && bytes > 1) {
    out.log.resize(bytes);
    log(program, out.log.data());
    out.log.resize(bytes - 1);  // it ends with a NUL
  }
  if (out.status != 0) {
    if (out.log.empty()) out.log = error_string(out.status);
  } else if (cubin_size(program, &bytes) == 0 && bytes > 0) {
    out.cubin.resize(bytes);
    if (cubin(program, out.cubin.data()) != 0) out.cubin.clear();
  }
  destroy(&program);
  return out;
}

std::vector<std::string> device_headers(const std::string& nvrtc) {
  std::vector<std::string> folders;
  if (std::string named = variable("RIDGELINE_CUDA_INCLUDE"); !named.empty()) {
    for (std::size_t colon; (colon = named.find(':')) != std::string::npos; named.erase(0, colon + 1))
      folders.push_back(named.substr(0, colon));
    folders.push_back(named);
    return folders;
  }
  for (fs::path folder = fs::path(nvrtc).parent_path(); folder.has_relative_path(); folder = folder.parent_path())
    folders.push_back((folder / "include").string());
  for (const std::string& root : toolkit_roots()) folders.push_back(root + "/include");
  for (const std::string& folder : folders) {
    std::error_code ignored;
    if (!fs::exists(folder + "/cuda_fp16.h", ignored)) continue;
    std::vector<std::string> found = {fs::canonical(folder, ignored).string()};
    if (fs::exists(found[0] + "/cccl", ignored)) found.push_back(found[0] + "/cccl");
    return found;
  }
  return {};
}

}  // namespace ridge::cuda
