// What changed between two texts, line by line (the greedy O(ND) algorithm of Myers, 1986).
//
// Invariant: dropping the added lines gives the old text, dropping the removed lines gives the new one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ridge {

struct DiffLine {
  enum class Kind : std::uint8_t { same, removed, added };
  Kind kind = Kind::same;
  int old_line = 0, new_line = 0;  // counted from 1; 0 where the line does not exist
  std::string text;
};

// The shortest script, unless the texts differ in more than about `most_edits` lines: then what stands between their
// common beginning and end is one replacement, because memory grows with the square of the edits and nobody reads such
// a diff.
std::vector<DiffLine> diff_lines(std::string_view before, std::string_view after, int most_edits = 1000);

// A stretch of changes with unchanged lines around it.
struct DiffHunk {
  std::vector<DiffLine> lines;
  int skipped_before = 0;  // unchanged lines left out in front of it
};
struct DiffHunks {
  std::vector<DiffHunk> hunks;
  int skipped_after = 0, added = 0, removed = 0;
};
DiffHunks hunks(const std::vector<DiffLine>& lines, int context = 3);

}  // namespace ridge
