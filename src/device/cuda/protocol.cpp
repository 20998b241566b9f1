#include "device/cuda/internal/protocol.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace ridge::cuda {
namespace {

constexpr std::uint64_t canary_bytes = 2048;  // on each side, at least
constexpr std::uint64_t alignment = 256;

std::uint64_t round_up(std::uint64_t v, std::uint64_t to) {
  return (v + to - 1) / to * to;
}

// Words of a program in order, for both directions.
class Writer {
 public:
  void number(std::uint64_t v) { words.push_back(v); }
  void text(const std::string& t) {
    number(t.size());
    const std::size_t at = words.size();
    words.resize(at + (t.size() + 7) / 8);
    std::memcpy(words.data() + at, t.data(), t.size());
  }
  std::vector<std::uint64_t> words;
};
class Reader {
 public:
  Reader(const std::uint64_t* words, std::uint64_t count) : words_(words), count_(count) {}
  std::uint64_t number() {
    if (at_ >= count_) {
      good_ = false;
      return 0;
    }
    return words_[at_++];
  }
  // A count of things that take at least one word each.
  std::uint64_t many() {
    const std::uint64_t n = number();
    if (n > count_ - at_) good_ = false;
    return good_ ? n : 0;
  }
  std::string text() {
    const std::uint64_t n = number(), words = n / 8 + (n % 8 != 0);
    if (!good_ || words > count_ - at_) {
      good_ = false;
      return "";
    }
    std::string out(n, '\0');
    std::memcpy(out.data(), words_ + at_, n);
    at_ += words;
    return out;
  }
  bool good() const { return good_; }

 private:
  const std::uint64_t* words_;
  std::uint64_t count_, at_ = 0;
  bool good_ = true;
};

bool narrow(const std::uint64_t (&from)[3], unsigned (&to)[3]) {
  for (int i = 0; i < 3; ++i) {
    if (from[i] > std::numeric_limits<unsigned>::max()) return false;
    to[i] = unsigned(from[i]);
  }
  return true;
}

std::string shape(const std::uint64_t (&v)[3]) {
  return fmt::format("{} x {} x {}", v[0], v[1], v[2]);
}

}  // namespace

Layout layout_of(const ResolvedPlan& plan) {
  Layout layout;
  std::uint64_t at = 0;
  for (const Storage& s : plan.storages) {
    Layout::Region r;
    r.begin = at;
    r.buffer = round_up(at + canary_bytes, alignment);
    r.bytes = s.bytes;
    r.end = round_up(r.buffer + r.bytes + canary_bytes, alignment);
    at = r.end;
    layout.regions.push_back(r);
  }
  layout.stride = round_up(std::max<std::uint64_t>(at, 1), page);
  return layout;
}

Program program_of(const ResolvedPlan& plan, PlanFault* fault) {
  Program p;
  p.layout = layout_of(plan);
  for (const KernelSignature& k : plan.kernels) p.kernels.push_back(k.kernel);
  const auto regions = [&](std::uint32_t s) { return p.layout.regions[s].buffer; };
  for (const auto& [from, to] : {std::pair{&plan.setup, &p.setup}, {&plan.steps, &p.steps}})
    for (const ResolvedStep& s : *from) {
      Program::Step step;
      step.kind = s.kind;
      if (s.kind != ResolvedStep::Kind::launch) {
        step.to = regions(s.to) + s.to_offset;
        if (s.kind == ResolvedStep::Kind::copy) step.from = regions(s.from) + s.from_offset;
        step.bytes = s.bytes;
        step.pattern = s.pattern;
        step.pattern_bytes = s.pattern_bytes;
        if (step.bytes > 0) to->push_back(step);
        continue;
      }
      const std::string& kernel = p.kernels[s.kernel];
      std::uint64_t grid[3];
      bool empty = false;
      for (int i = 0; i < 3; ++i) {
        grid[i] = s.grid[i];
        if (s.ragged && s.block[i] > 0) {
          if (s.grid[i] % s.block[i] != 0 && fault->text.empty())
            fault->text = fmt::format(
                "launch {}: {} threads are no multiple of blocks of {}; CUDA knows whole blocks only: round up and let "
                "the kernel leave out what is beyond",
                kernel, shape(s.grid), shape(s.block));
          grid[i] /= s.block[i];
        }
        empty = empty || grid[i] == 0;
      }
      if (empty) continue;  // nothing to do, as a loop of no repetitions
      if (!narrow(grid, step.grid) || !narrow(s.block, step.block) || !narrow(s.cluster, step.cluster) ||
          grid[0] > 0x7FFFFFFF || grid[1] > 65535 || grid[2] > 65535) {
        if (fault->text.empty())
          fault->text = fmt::format("launch {}: a grid of {} blocks is too large (at most 2147483647 x 65535 x 65535)",
                                    kernel, shape(grid));
        continue;
      }
      for (int i = 0; i < 3; ++i)
        if (fault->text.empty() && (s.cluster[i] == 0 || grid[i] % s.cluster[i] != 0))
          fault->text = fmt::format("launch {}: a grid of {} blocks does not divide into clusters of {}", kernel,
                                    shape(grid), shape(s.cluster));
      step.kernel = s.kernel;
      step.shared = std::uint32_t(s.shared);
      step.cooperative = s.cooperative;
      step.first_argument = std::uint32_t(p.arguments.size());
      step.arguments = std::uint32_t(s.arguments.size());
      for (const ResolvedArgument& a : s.arguments) {
        const bool storage = a.kind == ResolvedArgument::Kind::storage;
        p.arguments.push_back({storage, storage ? regions(a.storage) + a.offset : a.bits});
      }
      to->push_back(step);
    }
  return p;
}

std::vector<std::uint64_t> encode(const Program& p) {
  Writer w;
  w.number(p.layout.stride);
  w.number(p.layout.regions.size());
  for (const Layout::Region& r : p.layout.regions)
    for (const std::uint64_t v : {r.begin, r.buffer, r.bytes, r.end}) w.number(v);
  w.number(p.kernels.size());
  for (const std::string& k : p.kernels) w.text(k);
  w.number(p.arguments.size());
  for (const Program::Argument& a : p.arguments) {
    w.number(a.storage);
    w.number(a.value);
  }
  for (const auto* steps : {&p.setup, &p.steps}) {
    w.number(steps->size());
    for (const Program::Step& s : *steps) {
      w.number(std::uint64_t(s.kind));
      if (s.kind == ResolvedStep::Kind::launch) {
        for (const std::uint64_t v : {s.kernel, s.first_argument, s.arguments, s.shared, std::uint32_t(s.cooperative)})
          w.number(v);
        for (const auto* shape : {&s.grid, &s.block, &s.cluster})
          for (const unsigned v : *shape) w.number(v);
      } else {
        for (const std::uint64_t v : {s.to, s.from, s.bytes, s.pattern}) w.number(v);
        w.number(s.pattern_bytes);
      }
    }
  }
  return std::move(w.words);
}

bool decode(const std::uint64_t* words, std::uint64_t count, Program& p) {
  Reader r(words, count);
  p = {};
  p.layout.stride = r.number();
  for (std::uint64_t n = r.many(); r.good() && n > 0; --n) {
    Layout::Region region;
    for (std::uint64_t* v : {&region.begin, &region.buffer, &region.bytes, &region.end}) *v = r.number();
    p.layout.regions.push_back(region);
  }
  for (std::uint64_t n = r.many(); r.good() && n > 0; --n) p.kernels.push_back(r.text());
  for (std::uint64_t n = r.many(); r.good() && n > 0; --n) {
    const bool storage = r.number() != 0;
    p.arguments.push_back({storage, r.number()});
  }
  for (auto* steps : {&p.setup, &p.steps})
    for (std::uint64_t n = r.many(); r.good() && n > 0; --n) {
      Program::Step s;
      s.kind = ResolvedStep::Kind(r.number());
      if (s.kind == ResolvedStep::Kind::launch) {
        std::uint32_t cooperative = 0;
        for (std::uint32_t* v : {&s.kernel, &s.first_argument, &s.arguments, &s.shared, &cooperative})
          *v = std::uint32_t(r.number());
        s.cooperative = cooperative != 0;
        for (auto* shape : {&s.grid, &s.block, &s.cluster})
          for (unsigned& v : *shape) v = unsigned(r.number());
        if (s.kernel >= p.kernels.size() || s.first_argument > p.arguments.size() ||
            s.arguments > p.arguments.size() - s.first_argument)
          return false;
      } else {
        for (std::uint64_t* v : {&s.to, &s.from, &s.bytes, &s.pattern}) *v = r.number();
        s.pattern_bytes = std::uint32_t(r.number());
      }
      steps->push_back(s);
    }
  return r.good();
}

}  // namespace ridge::cuda
