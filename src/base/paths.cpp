#include "base/paths.h"

#include <cstdlib>
#include <filesystem>

#include <unistd.h>

namespace ridge {
namespace {

namespace fs = std::filesystem;

fs::path program_folder() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

bool is_root(const fs::path& folder) {
  std::error_code error;
  return fs::is_directory(folder / "tasks", error) &&
         fs::is_regular_file(folder / "include/ridgeline/reference.h", error);
}

}  // namespace

std::string cache_folder() {
  std::string folder;
  if (const char* xdg = std::getenv("XDG_CACHE_HOME"); xdg && *xdg) {
    folder = std::string(xdg) + "/ridgeline";
  } else if (const char* home = std::getenv("HOME"); home && *home) {
    folder = std::string(home) + "/.cache/ridgeline";
  }
  if (folder.empty()) return "";
  std::error_code error;
  fs::create_directories(folder, error);
  return !error && access(folder.c_str(), W_OK) == 0 ? folder : "";
}

std::string worker_path() {
  if (const char* given = std::getenv("RIDGELINE_WORKER"); given && *given) return given;
  return (program_folder() / "ridgeline-worker").string();
}

Result<std::string> resource_root() {
  if (const char* given = std::getenv("RIDGELINE_ROOT"); given && *given) {
    if (is_root(given)) return std::string(given);
    return world("RIDGELINE_ROOT={}: no tasks/ and include/ridgeline/reference.h there", given);
  }
  const fs::path here = program_folder();
  if (const fs::path shared = here.parent_path() / "share/ridgeline"; is_root(shared)) return shared.string();
  for (fs::path folder = here; folder.has_relative_path(); folder = folder.parent_path())
    if (is_root(folder)) return folder.string();
  return world("no tasks/ and include/ridgeline/reference.h found above {}; name their folder in RIDGELINE_ROOT",
               here.string());
}

}  // namespace ridge
