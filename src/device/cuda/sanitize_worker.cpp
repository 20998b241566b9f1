// A program that runs plans once, each storage in memory of its own, so that a sanitizer sees where each ends.
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/text.h"
#include "device/cuda/internal/executor.h"
#include "device/cuda/worker.h"

namespace ridge::cuda {
namespace {

int complain(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  return 1;
}

}  // namespace

int sanitize_main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::string folder = argv[1];
  const auto driver = Driver::open();
  const auto image = read_file(folder + "/image"), support = read_file(folder + "/support");
  if (!driver || !image || !support) return complain("no driver or no image");
  Executor executor(*driver, std::atoi(argv[0]));
  if (Trouble t = executor.start()) return complain(t.what);
  if (Trouble t = executor.support(support->data())) return complain(t.what);
  if (Trouble t = executor.load(image->data())) return complain(t.what);
  for (std::uint32_t r = 0;; ++r) {
    const std::string name = fmt::format("{}/run-{}", folder, r);
    const auto words = read_file(name, 1u << 30);
    if (!words) return r > 0 ? 0 : complain("no run");
    Program program;
    std::vector<std::uint64_t> aligned(words->size() / 8);
    std::copy_n(words->data(), aligned.size() * 8, reinterpret_cast<char*>(aligned.data()));
    if (!decode(aligned.data(), aligned.size(), program)) return complain("no program");
    std::vector<std::string> contents;
    std::vector<bool> written;
    for (std::size_t s = 0; s < program.layout.regions.size(); ++s) {
      auto bytes = read_file(fmt::format("{}-{}", name, s), 4ull << 30);
      written.push_back(bytes.has_value());
      contents.push_back(bytes ? std::move(*bytes) : std::string());
    }
    if (Trouble t = executor.run_apart(r, std::move(program), contents, written)) {
      // The sanitizer says what it saw; without one the driver's word has to do.
      std::fprintf(stderr, "%s\n", t.what.c_str());
      return executor.broken() ? 0 : 1;
    }
  }
}

}  // namespace ridge::cuda
