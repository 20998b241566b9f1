#include "catalog/catalog.h"

#include <algorithm>
#include <filesystem>

#include "base/text.h"

namespace ridge {

namespace {

namespace fs = std::filesystem;

// Names of the folders in a folder, sorted, without hidden ones. Unreadable folders have none.
std::vector<std::string> folders_in(const fs::path& parent) {
  std::vector<std::string> out;
  std::error_code trouble;
  for (fs::directory_iterator at(parent, trouble); !trouble && at != fs::directory_iterator(); at.increment(trouble)) {
    std::error_code ignored;
    const std::string name = at->path().filename().string();
    if (!name.starts_with('.') && at->is_directory(ignored)) out.push_back(name);
  }
  std::ranges::sort(out);
  return out;
}

bool is_task(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / "task.toml", ignored);
}

std::string bare(const std::string& id) {
  return id.substr(id.find('/') + 1);
}

}  // namespace

Result<Catalog> Catalog::open(const std::string& root) {
  std::error_code ignored;
  if (!fs::is_directory(root, ignored)) return world("{}: no such folder of tasks", root);
  Catalog catalog;
  catalog.root_ = root;
  for (const std::string& suite : folders_in(root)) {
    if (is_task(fs::path(root) / suite)) catalog.ids_.push_back(suite);
    for (const std::string& name : folders_in(fs::path(root) / suite))
      if (is_task(fs::path(root) / suite / name)) catalog.ids_.push_back(suite + "/" + name);
  }
  std::ranges::sort(catalog.ids_);
  return catalog;
}

Result<Task> Catalog::find(const std::string& name) const {
  if (std::ranges::find(ids_, name) != ids_.end()) return read_task((fs::path(root_) / name).string(), name);
  std::vector<std::string> same;
  for (const std::string& id : ids_)
    if (bare(id) == name) same.push_back(id);
  if (same.size() == 1) return read_task((fs::path(root_) / same[0]).string(), same[0]);
  if (same.size() > 1)
    return fail(Error::Kind::usage, "{}: more than one task has this name: {}", name, join(same, ", "));

  std::error_code ignored;
  if (!name.empty() && is_task(name)) {
    // The folder may be one of ours by another path: then it keeps its id.
    for (const std::string& id : ids_)
      if (fs::equivalent(name, fs::path(root_) / id, ignored)) return read_task(name, id);
    return read_task(name);
  }
  if (!name.empty() && fs::is_directory(name, ignored))
    return fail(Error::Kind::usage, "{}: the folder has no task.toml", name);
  std::vector<std::string> known = ids_;
  for (const std::string& id : ids_)
    if (bare(id) != id) known.push_back(bare(id));
  return fail(Error::Kind::usage, "{}: no such task{}", name, suggestion(name, nearest(name, known) ? known : ids_));
}

}  // namespace ridge
