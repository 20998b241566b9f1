#include "evaluate/internal/oracle_protocol.h"

namespace ridge::oracle {
namespace {

// Writes or reads fields with the same function, so the two directions cannot drift apart.
class Writer {
 public:
  void number(std::uint64_t& v) { out.append(reinterpret_cast<const char*>(&v), sizeof v); }
  void real(double& v) { out.append(reinterpret_cast<const char*>(&v), sizeof v); }
  void text(std::string& s) {
    std::uint64_t n = s.size();
    number(n);
    out += s;
  }
  template <class T>
  void size(std::vector<T>& v) {
    std::uint64_t n = v.size();
    number(n);
  }
  bool good() const { return true; }
  std::string out;
};

class Reader {
 public:
  explicit Reader(const std::string& bytes) : in_(bytes) {}
  void number(std::uint64_t& v) { raw(&v, sizeof v); }
  void real(double& v) { raw(&v, sizeof v); }
  void text(std::string& s) {
    std::uint64_t n = 0;
    number(n);
    if (n > in_.size() - at_) good_ = false;
    if (!good_) return;
    s = in_.substr(at_, n);
    at_ += n;
  }
  template <class T>
  void size(std::vector<T>& v) {
    std::uint64_t n = 0;
    number(n);
    if (n > 4096) good_ = false;
    if (good_) v.resize(n);
  }
  bool good() const { return good_; }

 private:
  void raw(void* to, std::size_t n) {
    if (n > in_.size() - at_) good_ = false;
    if (!good_) return;
    std::memcpy(to, in_.data() + at_, n);
    at_ += n;
  }
  const std::string& in_;
  std::size_t at_ = 0;
  bool good_ = true;
};

template <class Direction>
void fields(Direction& d, std::vector<Buffer>& buffers) {
  d.size(buffers);
  for (Buffer& b : buffers) {
    d.text(b.name);
    std::uint64_t type = b.type;
    d.number(type);
    b.type = std::uint32_t(type);
    d.size(b.shape);
    for (std::uint64_t& n : b.shape) d.number(n);
    d.number(b.count);
    d.number(b.offset);
  }
}

template <class Direction>
void fields(Direction& d, Message& m) {
  std::uint64_t request = std::uint64_t(m.request);
  d.number(request);
  m.request = Request(request);
  d.number(m.seed);
  fields(d, m.inputs);
  fields(d, m.outputs);
  d.size(m.scalars);
  for (Scalar& s : m.scalars) {
    d.text(s.name);
    std::uint64_t real = s.real, integer = std::uint64_t(s.integer);
    d.number(real);
    d.number(integer);
    d.real(s.value);
    s.real = real != 0;
    s.integer = std::int64_t(integer);
  }
}

}  // namespace

std::string pack(const Message& m) {
  Writer w;
  Message copy = m;
  fields(w, copy);
  return w.out;
}

bool unpack(const std::string& bytes, Message& m) {
  Reader r(bytes);
  fields(r, m);
  return r.good();
}

}  // namespace ridge::oracle
