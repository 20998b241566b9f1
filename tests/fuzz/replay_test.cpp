// The short version of tools/fuzz, without libFuzzer: every input of the corpora, then thousands made from them by
// changes that are the same in every run.
#include <cstring>
#include <filesystem>

#include <gmock/gmock.h>

#include "base/random.h"
#include "base/text.h"
#include "targets.h"

namespace ridge::fuzz {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> corpus(const Target& target) {
  std::vector<fs::path> files;
  for (const auto& e : fs::directory_iterator(fs::path(RIDGELINE_TEST_DATA) / "fuzz" / target.name))
    files.push_back(e.path());
  std::ranges::sort(files);
  std::vector<std::string> out;
  for (const fs::path& f : files) out.push_back(*read_file(f.string()));
  return out;
}

std::string changed(const std::vector<std::string>& all, const Target& target, Rng& rng) {
  static constexpr std::string_view kPieces[] = {"9223372036854775808",
                                                 "-1",
                                                 "1e309",
                                                 "nan",
                                                 "[",
                                                 "]",
                                                 "{",
                                                 "}",
                                                 "\"",
                                                 "'''",
                                                 "\n",
                                                 "=",
                                                 ".",
                                                 "//",
                                                 "min(",
                                                 ")",
                                                 "%",
                                                 "  ",
                                                 "true",
                                                 "\\u0000"};
  std::string s = all[rng.below(all.size())];
  const auto some = [&](std::size_t n) { return n == 0 ? 0 : rng.below(n); };
  for (std::uint64_t i = 0, n = 1 + rng.below(6); i < n; ++i) {
    const std::size_t at = some(s.size() + 1);
    switch (rng.below(7)) {
      case 0:
        if (at < s.size()) s[at] = char(s[at] ^ (1 << rng.below(8)));
        break;
      case 1:
        s.insert(at, 1, char(rng.below(256)));
        break;
      case 2:
        s.erase(at, some(16));
        break;
      case 3:
        s.insert(at, s.substr(some(s.size() + 1), some(64)));
        break;
      case 4: {
        const std::string& other = all[rng.below(all.size())];
        s = s.substr(0, at) + other.substr(some(other.size() + 1));
        break;
      }
      case 5:
        s.insert(at, kPieces[rng.below(std::size(kPieces))]);
        break;
      default:  // eight bytes: a count or an offset of the binary formats
        if (at + 8 <= s.size()) {
          static constexpr std::uint64_t kNumbers[] = {0, 1, 65, 4096, 1ull << 31, 1ull << 32, ~0ull, ~0ull >> 1};
          std::memcpy(s.data() + at, &kNumbers[rng.below(8)], 8);
        }
    }
  }
  s.resize(std::min(s.size(), target.longest));
  return s;
}

class Replay : public testing::TestWithParam<Target> {};

TEST_P(Replay, TheCorpusAndTenThousandChangesOfIt) {
  const Target& t = GetParam();
  const auto all = corpus(t);
  ASSERT_FALSE(all.empty());
  for (const std::string& input : all) t.run(input);
  Rng rng(61, t.name);
  for (int i = 0; i < 10'000; ++i) {
    const std::string input = changed(all, t, rng);
    // Kept where it can be found should this one stop the program.
    SCOPED_TRACE(input);
    t.run(input);
  }
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Replay, testing::ValuesIn(targets().begin(), targets().end()),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace ridge::fuzz
