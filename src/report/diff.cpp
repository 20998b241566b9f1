#include "report/diff.h"

#include <algorithm>

#include "base/text.h"

namespace ridge {
namespace {

using Lines = std::vector<std::string>;

// Furthest x reached on each diagonal k = x - y after d edits. One snapshot of every round is kept to walk back from
// the end.
class Frontier {
 public:
  explicit Frontier(int most) : offset_(most + 1), x_(std::size_t(2 * most + 3), 0) {}
  int& at(int k) { return x_[std::size_t(offset_ + k)]; }
  int at(int k) const { return x_[std::size_t(offset_ + k)]; }

 private:
  int offset_;
  std::vector<int> x_;
};

struct Edit {
  DiffLine::Kind kind;
  int x, y;  // positions in old and new before the edit
};

struct Span {
  const std::string* data;
  int size;
  const std::string& operator[](int i) const { return data[i]; }
};

bool goes_down(const Frontier& f, int k, int d) {
  return k == -d || (k != d && f.at(k - 1) < f.at(k + 1));
}

std::vector<Edit> walk_back(const std::vector<Frontier>& rounds, int x, int y) {
  using enum DiffLine::Kind;
  std::vector<Edit> edits;
  for (int d = int(rounds.size()) - 1; d > 0; --d) {
    const Frontier& f = rounds[std::size_t(d - 1)];
    const int k = x - y;
    const bool down = goes_down(f, k, d);
    const int previous = down ? k + 1 : k - 1;
    const int from_x = f.at(previous), from_y = from_x - previous;
    const int start_x = down ? from_x : from_x + 1;
    while (x > start_x) edits.push_back({same, --x, --y});
    edits.push_back({down ? added : removed, from_x, from_y});
    x = from_x;
    y = from_y;
  }
  while (x > 0 && y > 0) edits.push_back({same, --x, --y});
  std::reverse(edits.begin(), edits.end());
  return edits;
}

std::vector<Edit> replace_all(Span a, Span b) {
  std::vector<Edit> edits;
  for (int i = 0; i < a.size; ++i) edits.push_back({DiffLine::Kind::removed, i, 0});
  for (int j = 0; j < b.size; ++j) edits.push_back({DiffLine::Kind::added, a.size, j});
  return edits;
}

std::vector<Edit> shortest_edits(Span a, Span b, int most) {
  const int limit = std::min(most, a.size + b.size);
  Frontier f(limit);
  std::vector<Frontier> rounds;
  for (int d = 0; d <= limit; ++d) {
    for (int k = -d; k <= d; k += 2) {
      int x = d == 0 ? 0 : goes_down(f, k, d) ? f.at(k + 1) : f.at(k - 1) + 1;
      while (x < a.size && x - k < b.size && a[x] == b[x - k]) ++x;
      f.at(k) = x;
      if (x >= a.size && x - k >= b.size) {
        rounds.push_back(f);
        return walk_back(rounds, a.size, b.size);
      }
    }
    rounds.push_back(f);
  }
  return replace_all(a, b);
}

}  // namespace

std::vector<DiffLine> diff_lines(std::string_view before, std::string_view after, int most_edits) {
  const Lines a = split_lines(before), b = split_lines(after);
  int head = 0, tail = 0;
  const int shorter = int(std::min(a.size(), b.size()));
  while (head < shorter && a[std::size_t(head)] == b[std::size_t(head)]) ++head;
  while (tail < shorter - head && a[a.size() - 1 - std::size_t(tail)] == b[b.size() - 1 - std::size_t(tail)]) ++tail;

  std::vector<DiffLine> out;
  const auto keep = [&](int x, int y) { out.push_back({DiffLine::Kind::same, x + 1, y + 1, a[std::size_t(x)]}); };
  for (int i = 0; i < head; ++i) keep(i, i);
  const Span old_middle{a.data() + head, int(a.size()) - head - tail},
      new_middle{b.data() + head, int(b.size()) - head - tail};
  for (const Edit& e : shortest_edits(old_middle, new_middle, most_edits)) {
    const int x = head + e.x, y = head + e.y;
    switch (e.kind) {
      case DiffLine::Kind::same:
        keep(x, y);
        break;
      case DiffLine::Kind::removed:
        out.push_back({e.kind, x + 1, 0, a[std::size_t(x)]});
        break;
      case DiffLine::Kind::added:
        out.push_back({e.kind, 0, y + 1, b[std::size_t(y)]});
        break;
    }
  }
  for (int i = tail; i > 0; --i) keep(int(a.size()) - i, int(b.size()) - i);
  return out;
}

DiffHunks hunks(const std::vector<DiffLine>& lines, int context) {
  DiffHunks out;
  const int n = int(lines.size());
  int done = 0;  // lines before this one stand in a hunk or were skipped
  for (int i = 0; i < n; ++i) {
    const DiffLine& line = lines[std::size_t(i)];
    if (line.kind == DiffLine::Kind::same) continue;
    ++(line.kind == DiffLine::Kind::added ? out.added : out.removed);
    const int from = std::max(done, i - context);
    if (out.hunks.empty() || from > done) {
      out.hunks.push_back({});
      out.hunks.back().skipped_before = from - done;
      done = from;
    }
    const int to = std::min(n, i + 1 + context);
    for (; done < to; ++done) out.hunks.back().lines.push_back(lines[std::size_t(done)]);
  }
  out.skipped_after = n - done;
  return out;
}

}  // namespace ridge
