#include "evaluate/npy.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>

#include "base/text.h"

namespace ridge {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t most_header = 64u << 10;  // the format allows 4 GiB; no array of ours needs a kilobyte
constexpr std::size_t most_dimensions = 32;

// The header's text is a Python dictionary; ours is the part of that language that NumPy writes.
class Dictionary {
 public:
  explicit Dictionary(std::string_view text) : text_(text) {}

  Result<void> read(NpyHeader& h) {
    bool descr = false, order = false, shape = false;
    RIDGE_TRY_VOID(expect('{'));
    while (!accept('}')) {
      RIDGE_TRY(const std::string key, quoted("a key"));
      RIDGE_TRY_VOID(expect(':'));
      bool* seen = key == "descr" ? &descr : key == "fortran_order" ? &order : key == "shape" ? &shape : nullptr;
      if (!seen) return invalid("header: unknown key '{}' (known: descr, fortran_order, shape)", shown(key));
      if (*seen) return invalid("header: '{}' stands there twice", key);
      *seen = true;
      if (key == "descr") {
        if (peek() == '[')
          return invalid("header: descr: a structured type; expected one array of numbers for each buffer");
        RIDGE_TRY(h.descr, quoted("descr"));
      } else if (key == "fortran_order") {
        RIDGE_TRY(h.fortran_order, truth());
      } else {
        RIDGE_TRY(h.shape, tuple());
      }
      if (!accept(',') && peek() != '}') return invalid("header: expected ',' or '}}' after '{}'", key);
    }
    if (at_ != text_.size() && text_.find_first_not_of(" \n", at_) != std::string_view::npos)
      return invalid("header: something follows the closing '}}'");
    for (const auto& [name, seen] : {std::pair{"descr", descr}, {"fortran_order", order}, {"shape", shape}})
      if (!seen) return invalid("header: '{}' is missing", name);
    return {};
  }

 private:
  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
  }
  char peek() {
    skip();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool accept(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  Result<void> expect(char c) {
    if (accept(c)) return {};
    return invalid("header: expected '{}' at byte {}", c, at_);
  }
  static std::string shown(std::string_view text) {
    std::string out(text.substr(0, 40));
    for (char& c : out)
      if (c < 0x20 || c == 0x7f || static_cast<unsigned char>(c) >= 0x80) c = '?';
    return out;
  }
  Result<std::string> quoted(std::string_view what) {
    const char quote = peek();
    if (quote != '\'' && quote != '"') return invalid("header: {}: expected a quoted word at byte {}", what, at_);
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) return invalid("header: {}: the quote is not closed", what);
    std::string out(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return out;
  }
  Result<bool> truth() {
    skip();
    for (const auto& [word, value] : {std::pair<std::string_view, bool>{"True", true}, {"False", false}})
      if (text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return value;
      }
    return invalid("header: fortran_order: expected True or False");
  }
  Result<std::vector<std::uint64_t>> tuple() {
    std::vector<std::uint64_t> out;
    if (!accept('(')) return invalid("header: shape: expected a tuple such as (3, 4)");
    while (!accept(')')) {
      std::uint64_t n = 0;
      std::size_t digits = 0;
      for (skip(); at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_, ++digits) {
        if (n > (1ull << 48)) return invalid("header: shape[{}]: larger than any array", out.size());
        n = 10 * n + std::uint64_t(text_[at_] - '0');
      }
      if (digits == 0) return invalid("header: shape[{}]: expected a whole number of at least 0", out.size());
      out.push_back(n);
      if (out.size() > most_dimensions) return invalid("header: shape: more than {} dimensions", most_dimensions);
      if (!accept(',') && peek() != ')') return invalid("header: shape: expected ',' or ')'");
    }
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string shape_text(std::span<const std::uint64_t> shape) {
  std::string out = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) out += fmt::format("{}{}", i ? ", " : "", shape[i]);
  return out + (shape.size() == 1 ? ",)" : ")");
}

std::string printable_descr(std::string_view descr) {
  std::string out(descr.substr(0, 20));
  for (char& c : out)
    if (c < 0x20 || static_cast<unsigned char>(c) >= 0x7f) c = '?';
  return out;
}

bool fits(std::string_view descr, ScalarType type) {
  const std::string_view ours = npy_descr(type);
  if (descr == ours) return true;
  // The order of the bytes means nothing where there is one.
  if (size_of(type) == 1 && descr.size() == 3 && (descr[0] == '|' || descr[0] == '<') &&
      descr.substr(1) == ours.substr(1))
    return true;
  if (type == ScalarType::bf16) return descr == "<V2" || descr == "|V2";
  if (type == ScalarType::fp8) return descr == "<V1" || descr == "|V1";
  return false;
}

// Header of an array that must be this one: type, order and shape.
Result<void> is_expected(const NpyHeader& h, ScalarType type, std::span<const std::uint64_t> shape) {
  std::vector<std::uint64_t> found = h.shape;
  const bool complex = (h.descr == "<c8" && type == ScalarType::f32) || (h.descr == "<c16" && type == ScalarType::f64);
  if (complex) found.push_back(2);
  if (!complex && !fits(h.descr, type)) {
    const bool big = h.descr.starts_with('>');
    return invalid("descr: '{}', expected '{}' ({}){}", printable_descr(h.descr), npy_descr(type), name(type),
                   big ? "; big endian: save array.astype(array.dtype.newbyteorder('<'))" : "");
  }
  if (h.fortran_order) return invalid("fortran_order: True, expected False; save numpy.ascontiguousarray(array)");
  if (!std::ranges::equal(found, shape))
    return invalid("shape: {}, expected {}{}", shape_text(h.shape), shape_text(shape),
                   complex ? " (complex counts as a trailing 2)" : "");
  return {};
}

}  // namespace

std::string_view npy_descr(ScalarType type) {
  switch (type) {
    case ScalarType::f64:
      return "<f8";
    case ScalarType::f32:
      return "<f4";
    case ScalarType::f16:
      return "<f2";
    case ScalarType::bf16:
    case ScalarType::u16:
      return "<u2";
    case ScalarType::fp8:
    case ScalarType::u8:
      return "|u1";
    case ScalarType::i8:
      return "|i1";
    case ScalarType::i16:
      return "<i2";
    case ScalarType::i32:
      return "<i4";
    case ScalarType::u32:
      return "<u4";
    case ScalarType::i64:
      return "<i8";
    case ScalarType::u64:
      return "<u8";
    case ScalarType::boolean:
      return "|b1";
  }
  return "";
}

Result<NpyHeader> parse_npy_header(std::string_view bytes) {
  if (!bytes.starts_with(magic)) return invalid("not a .npy file: it does not begin with \\x93NUMPY");
  if (bytes.size() < 10) return invalid("the file ends within its header");
  const auto byte = [&](std::size_t i) { return std::size_t(static_cast<unsigned char>(bytes[i])); };
  const std::size_t major = byte(6), minor = byte(7);
  if ((major != 1 && major != 2) || minor != 0)
    return invalid("version {}.{}, expected 1.0 or 2.0; save with numpy.save", major, minor);
  std::size_t length = byte(8) | byte(9) << 8, begin = 10;
  if (major == 2) {
    if (bytes.size() < 12) return invalid("the file ends within its header");
    length |= byte(10) << 16 | byte(11) << 24;
    begin = 12;
  }
  if (length > most_header) return invalid("header: {} bytes long, at most {} are read", length, most_header);
  if (bytes.size() - begin < length) return invalid("the file ends within its header");
  NpyHeader h;
  RIDGE_TRY_VOID(Dictionary(bytes.substr(begin, length)).read(h));
  h.data_offset = begin + length;
  return h;
}

std::string npy_header(std::string_view descr, std::span<const std::uint64_t> shape) {
  std::string text = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", descr, shape_text(shape));
  const bool small = text.size() + 64 < 65536;
  const std::size_t prefix = small ? 10 : 12;
  while ((prefix + text.size() + 1) % 64 != 0) text += ' ';
  text += '\n';
  std::string out(magic);
  out += {small ? '\1' : '\2', '\0'};
  for (std::size_t i = 0; i < (small ? 2u : 4u); ++i) out += char(text.size() >> (8 * i) & 0xff);
  return out + text;
}

Result<std::vector<std::byte>> read_npy(const std::string& path, ScalarType type,
                                        std::span<const std::uint64_t> shape) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Error::Kind::usage, "{}: {}", path, std::strerror(errno));
  std::string begin(12 + most_header, '\0');
  in.read(begin.data(), std::streamsize(begin.size()));
  begin.resize(std::size_t(in.gcount()));
  in.clear();
  const auto header = parse_npy_header(begin);
  if (!header) return within(path, header.error());
  if (auto right = is_expected(*header, type, shape); !right) return within(path, right.error());

  std::uint64_t wanted = size_of(type);
  for (const std::uint64_t n : shape) wanted *= n;
  std::error_code trouble;
  const std::uint64_t size = std::filesystem::file_size(path, trouble);
  if (trouble) return world("{}: {}", path, trouble.message());
  if (size < header->data_offset + wanted)
    return invalid("{}: truncated: {} bytes of data, expected {}", path, size - header->data_offset, wanted);
  if (size > header->data_offset + wanted)
    return invalid("{}: {} bytes follow the data of shape {}", path, size - header->data_offset - wanted,
                   shape_text(shape));
  std::vector<std::byte> out(wanted);
  in.seekg(std::streamoff(header->data_offset));
  in.read(reinterpret_cast<char*>(out.data()), std::streamsize(wanted));
  if (std::uint64_t(in.gcount()) != wanted) return world("{}: reading ended too early", path);
  if (type == ScalarType::boolean)
    for (std::size_t i = 0; i < out.size(); ++i)
      if (out[i] > std::byte{1})
        return invalid("{}: element {}: {} is neither 0 nor 1", path, i, std::to_integer<int>(out[i]));
  return out;
}

Result<void> write_npy(const std::string& path, std::string_view descr, std::span<const std::uint64_t> shape,
                       std::span<const std::byte> elements) {
  std::string content = npy_header(descr, shape);
  content.append(reinterpret_cast<const char*>(elements.data()), elements.size());
  return write_file(path, content);
}

}  // namespace ridge
