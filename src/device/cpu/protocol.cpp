#include "device/cpu/internal/protocol.h"

namespace ridge::cpu {
namespace {

std::uint64_t round_up(std::uint64_t v, std::uint64_t to) {
  return (v + to - 1) / to * to;
}

// Between 256 and 3,776 bytes, a multiple of 64, different for neighbouring storages.
std::uint64_t page_offset(std::size_t storage) {
  return 256 + 64 * (storage * 11 % 56);
}

}  // namespace

Layout layout_of(const ResolvedPlan& plan) {
  Layout layout;
  std::uint64_t at = 0;
  for (std::size_t i = 0; i < plan.storages.size(); ++i) {
    Layout::Region r;
    r.begin = at + page;  // after a guard page
    r.buffer = r.begin + page_offset(i);
    r.bytes = plan.storages[i].bytes;
    r.end = round_up(r.buffer + r.bytes + 256, page);
    at = r.end;
    layout.regions.push_back(r);
  }
  layout.stride = at + page;
  return layout;
}

std::vector<std::uint64_t> encode_program(const ResolvedPlan& plan, const Layout& layout, std::uint32_t sets,
                                          std::uint32_t first_kernel) {
  std::vector<std::uint64_t> w{sets, layout.stride, layout.regions.size() + 1};
  for (const Layout::Region& r : layout.regions) w.push_back(r.begin - page);
  w.push_back(layout.stride - page);
  for (const auto* steps : {&plan.setup, &plan.steps}) {
    w.push_back(steps->size());
    for (const ResolvedStep& s : *steps) {
      w.push_back(std::uint64_t(s.kind));
      if (s.kind == ResolvedStep::Kind::launch) {
        w.push_back(first_kernel + s.kernel);
        w.push_back(s.workers);
        w.push_back(s.arguments.size());
        for (const ResolvedArgument& a : s.arguments) {
          const bool storage = a.kind == ResolvedArgument::Kind::storage;
          w.push_back(storage);
          w.push_back(storage ? layout.regions[a.storage].buffer + a.offset : a.bits);
        }
      } else {
        w.push_back(layout.regions[s.to].buffer + s.to_offset);
        w.push_back(s.kind == ResolvedStep::Kind::copy ? layout.regions[s.from].buffer + s.from_offset : 0);
        w.push_back(s.bytes);
        w.push_back(s.pattern);
        w.push_back(s.pattern_bytes);
      }
    }
  }
  return w;
}

bool decode_program(const std::uint64_t* words, std::uint64_t count, Program& program) {
  std::uint64_t at = 0;
  bool good = true;
  const auto next = [&]() -> std::uint64_t {
    if (at >= count) {
      good = false;
      return 0;
    }
    return words[at++];
  };
  program = {};
  program.sets = std::uint32_t(next());
  program.stride = next();
  const std::uint64_t guards = next();
  for (std::uint64_t i = 0; good && i < guards; ++i) program.guards.push_back(next());
  for (auto* steps : {&program.setup, &program.steps}) {
    const std::uint64_t n = next();
    for (std::uint64_t i = 0; good && i < n; ++i) {
      Program::Step s;
      s.kind = ResolvedStep::Kind(next());
      if (s.kind == ResolvedStep::Kind::launch) {
        s.kernel = std::uint32_t(next());
        s.workers = std::uint32_t(next());
        s.first_argument = std::uint32_t(program.arguments.size());
        s.arguments = std::uint32_t(next());
        good = good && s.arguments <= most_arguments;
        for (std::uint32_t a = 0; good && a < s.arguments; ++a) {
          const bool storage = next() != 0;
          program.arguments.push_back({storage, next()});
        }
      } else {
        s.to = next();
        s.from = next();
        s.bytes = next();
        s.pattern = next();
        s.pattern_bytes = std::uint32_t(next());
      }
      steps->push_back(s);
    }
  }
  return good;
}

}  // namespace ridge::cpu
