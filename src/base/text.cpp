#include "base/text.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ridge {

namespace {

constexpr std::size_t longest_word = 64;  // nobody mistypes longer names by a letter, and the distance is quadratic
constexpr std::size_t most_listed = 12;

// Edits (insert, delete, replace, swap of neighbours) that turn a into b.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
  return out;
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> known) {
  if (word.empty() || word.size() > longest_word) return std::nullopt;
  const std::string wanted = lower(word);
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& name : known) {
    if (name.empty() || name.size() > longest_word) continue;
    // For one letter every other letter is one edit away: only a change of case is a likely slip there.
    const std::size_t distance = edit_distance(wanted, lower(name));
    if (distance >= best_distance || distance >= std::min(word.size(), name.size())) continue;
    best = name;
    best_distance = distance;
  }
  return best;
}

std::string suggestion(std::string_view word, std::span<const std::string> known) {
  if (known.empty()) return "";
  if (const auto near = nearest(word, known)) return fmt::format("; did you mean \"{}\"?", *near);
  const bool cut = known.size() > most_listed;
  return fmt::format(" (known: {}{})", join(known.first(cut ? most_listed : known.size()), ", "), cut ? ", …" : "");
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += separator;
    out += parts[i];
  }
  return out;
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n\f\v";
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

namespace {

// Three significant digits without an exponent, for values scaled to about [1, 1000).
std::string three_digits(double value) {
  const double size = std::abs(value);
  return fmt::format("{:.{}f}", value, size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

}  // namespace

std::string errors_first(const std::vector<std::string>& errors, const std::vector<std::string>& others,
                         std::size_t limit) {
  std::string text;
  for (const auto* lines : {&errors, &others})
    for (const std::string& line : *lines) {
      if (text.size() + line.size() > limit) return text + "…";
      text += line + "\n";
    }
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string human_seconds(double seconds) {
  if (!std::isfinite(seconds)) return fmt::format("{} s", seconds);
  if (seconds == 0) return "0 s";
  const double size = std::abs(seconds);
  // 999.5 would round to 1000 of the smaller unit, so each unit ends there.
  if (size < 999.5e-9) return three_digits(seconds * 1e9) + " ns";
  if (size < 999.5e-6) return three_digits(seconds * 1e6) + " µs";
  if (size < 999.5e-3) return three_digits(seconds * 1e3) + " ms";
  if (size < 999.5) return three_digits(seconds) + " s";
  if (size < 119.5 * 60) return three_digits(seconds / 60) + " min";
  return three_digits(seconds / 3600) + " h";
}

std::string human_bytes(double bytes) {
  static constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (!std::isfinite(bytes)) return fmt::format("{} B", bytes);
  std::size_t unit = 0;
  while (std::abs(bytes) >= 1023.5 && unit + 1 < std::size(units)) {
    bytes /= 1024;
    ++unit;
  }
  std::string digits = three_digits(bytes);
  if (digits.find('.') != std::string::npos) {
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.ends_with('.')) digits.pop_back();
  }
  return digits + " " + units[unit];
}

std::string human_rate(double per_second, std::string_view unit) {
  static constexpr const char* prefixes[] = {"", "k", "M", "G", "T", "P", "E"};
  const std::string_view ending = unit.ends_with("/s") ? "" : "/s";
  if (!std::isfinite(per_second)) return fmt::format("{} {}{}", per_second, unit, ending);
  std::size_t step = 0;
  while (std::abs(per_second) >= 999.5 && step + 1 < std::size(prefixes)) {
    per_second /= 1000;
    ++step;
  }
  return fmt::format("{} {}{}{}", three_digits(per_second), prefixes[step], unit, ending);
}

Result<double> parse_duration(std::string_view text) {
  static constexpr std::pair<std::string_view, double> units[] = {
      {"ns", 1e-9}, {"us", 1e-6}, {"µs", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}};
  const std::string_view body = trim(text);
  double value = 0;
  const auto [end, problem] = std::from_chars(body.data(), body.data() + body.size(), value, std::chars_format::fixed);
  const std::string_view unit = trim(body.substr(std::size_t(end - body.data())));
  if (problem != std::errc() || !std::isfinite(value) || value < 0)
    return invalid("\"{}\" is not a duration: expected a number and a unit, such as 500ms, 60s, 2m or 1h",
                   text.substr(0, 80));
  if (unit.empty()) return invalid("duration \"{}\" has no unit: add one of ns, us, ms, s, m, h", text.substr(0, 80));
  for (const auto& [name, seconds] : units)
    if (unit == name && std::isfinite(value * seconds)) return value * seconds;
  return invalid("duration \"{}\" has the unknown unit \"{}\": use ns, us, ms, s, m or h", text.substr(0, 80),
                 unit.substr(0, 20));
}

namespace {

// Closes at the end of the scope, whatever way out is taken.
class FileHandle {
 public:
  explicit FileHandle(int fd) : fd_(fd) {}
  ~FileHandle() { close(); }
  FileHandle(const FileHandle&) = delete;
  FileHandle& operator=(const FileHandle&) = delete;
  int get() const { return fd_; }
  bool close() {
    const int fd = fd_;
    fd_ = -1;
    return fd < 0 || ::close(fd) == 0;
  }

 private:
  int fd_;
};

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    content.remove_prefix(std::size_t(n));
  }
  return true;
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  // Without O_NONBLOCK a pipe put in a file's place would block the open for ever.
  FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return world("{}: cannot be opened: {}", path, std::strerror(errno));
  struct stat facts{};
  if (::fstat(file.get(), &facts) != 0) return world("{}: cannot be examined: {}", path, std::strerror(errno));
  if (!S_ISREG(facts.st_mode))
    return world("{}: is a {}, expected a regular file", path, S_ISDIR(facts.st_mode) ? "folder" : "device or pipe");
  std::string content;
  char buffer[1 << 16];
  for (;;) {  // to the end rather than to st_size: files of /proc say 0
    const ssize_t n = ::read(file.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return world("{}: cannot be read: {}", path, std::strerror(errno));
    if (n == 0) return content;
    if (content.size() + std::size_t(n) > limit)
      return world("{}: is longer than the limit of {}", path, human_bytes(double(limit)));
    content.append(buffer, std::size_t(n));
  }
}

namespace {

Result<void> replace_file(const std::string& path, std::string_view content, unsigned mode, bool synced) {
  static std::atomic<unsigned> counter = 0;  // threads of one process may write the same path
  const std::string temporary = fmt::format("{}.new.{}.{}", path, ::getpid(), counter++);
  FileHandle file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (file.get() < 0) return world("{}: cannot be created: {}", temporary, std::strerror(errno));
  if (!write_all(file.get(), content) || (synced && ::fsync(file.get()) != 0) || !file.close() ||
      ::rename(temporary.c_str(), path.c_str()) != 0) {
    const int problem = errno;
    ::unlink(temporary.c_str());
    return world("{}: cannot be written: {}", path, std::strerror(problem));
  }
  if (!synced) return {};
  // The rename itself survives a power cut only when the folder is synced; some file systems cannot, which is no
  // failure.
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  FileHandle parent(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.get() >= 0) (void)::fsync(parent.get());
  return {};
}

}  // namespace

Result<void> write_file(const std::string& path, std::string_view content, unsigned mode) {
  return replace_file(path, content, mode, true);
}

Result<void> write_scratch(const std::string& path, std::string_view content) {
  return replace_file(path, content, 0666, false);
}

}  // namespace ridge
