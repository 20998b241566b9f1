#include <algorithm>
#include <filesystem>
#include <map>

#include <zlib.h>

#include "landscape/landscape.h"

namespace ridge {
namespace {

namespace fs = std::filesystem;

// "convolution_A100" of "convolution_A100.t4.json.gz"; empty: not of that kind.
std::string stem(std::string file, std::string_view kind) {
  if (file.ends_with(".gz")) file.resize(file.size() - 3);
  const std::string end = "." + std::string(kind) + ".json";
  return file.ends_with(end) ? file.substr(0, file.size() - end.size()) : "";
}

}  // namespace

Result<std::string> read_packed(const std::string& path, std::size_t limit) {
  if (!fs::is_regular_file(path)) return world("{}: no such file", path);
  gzFile file = gzopen(path.c_str(), "rb");
  if (!file) return world("{}: cannot be opened", path);
  std::string out;
  char buffer[1 << 16];
  int n = 0;
  while (out.size() <= limit && (n = gzread(file, buffer, sizeof buffer)) > 0) out.append(buffer, std::size_t(n));
  int code = 0;
  const std::string message = gzerror(file, &code);
  gzclose(file);
  if (out.size() > limit) return invalid("{}: more than {} bytes unpacked", path, limit);
  if (n < 0 || (code != Z_OK && code != Z_STREAM_END))
    return invalid("{}: cannot be unpacked: {}", path, message.empty() ? "damaged" : message);
  return out;
}

Result<std::vector<Landscape>> read_landscapes(const std::string& folder) {
  std::error_code error;
  std::map<std::string, std::string> caches, results, spaces;  // by name
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string file = entry.path().filename().string();
    for (auto [kind, files] : {std::pair{"kernel_tuner", &caches}, {"t4", &results}, {"t1", &spaces}})
      if (const std::string name = stem(file, kind); !name.empty()) files->emplace(name, entry.path().string());
  }
  if (error) return world("{}: {}", folder, error.message());
  std::vector<Landscape> out;
  const auto keep = [&](Result<Landscape> read) -> Result<void> {
    if (!read) return within(folder, read.error());
    out.push_back(*std::move(read));
    return {};
  };
  for (const auto& [name, path] : caches) {
    RIDGE_TRY(const std::string text, read_packed(path));
    RIDGE_TRY_VOID(keep(read_kernel_tuner(text, name)));
    if (results.contains(name)) out.back().notes.push_back("also there as T4, which was not read");
  }
  for (const auto& [name, path] : results) {
    if (caches.contains(name)) continue;
    const std::pair<const std::string, std::string>* space = nullptr;
    for (const auto& candidate : spaces)
      if (name == candidate.first || name.starts_with(candidate.first + "_"))
        if (!space || candidate.first.size() > space->first.size()) space = &candidate;
    if (!space)
      return invalid("{}: no space for {}: a file {}.t1.json is needed, or one with a shorter beginning of the name",
                     folder, fs::path(path).filename().string(), name);
    RIDGE_TRY(const std::string t1, read_packed(space->second));
    RIDGE_TRY(const std::string t4, read_packed(path));
    RIDGE_TRY_VOID(keep(read_t4(t4, t1, name)));
  }
  if (out.empty())
    return invalid("{}: no landscape: files X.kernel_tuner.json or X.t4.json (also .gz) are looked for", folder);
  std::ranges::sort(out, {}, &Landscape::name);
  return out;
}

}  // namespace ridge
