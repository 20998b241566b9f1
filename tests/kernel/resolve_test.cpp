#include "kernel/resolve.h"

#include <gmock/gmock.h>

#include "base/hash.h"
#include "sample_plans.h"

namespace ridge {
namespace {

using testing::HasSubstr;

Result<ResolvedPlan> resolved(const std::string& toml, const Binding& workload = samples::small(),
                              const Parameters& parameters = {}, const PlanLimits& limits = samples::cpu()) {
  RIDGE_TRY(const Plan plan, parse_plan(toml, "a.cpp"));
  return resolve(plan, samples::stencil(), workload, parameters, samples::facts(), limits, "a.cpp");
}

const std::string two_kernels = R"([tune]
KS = [2, 4]
[scratch]
next = { type = "f32", count = "cells" }
[[stage]]
repeat = "steps // KS"
index = "t"
rotate = [["u", "next"]]
[[stage.op]]
launch = "step"
workers = "dev.cores // 2"
args = ["u", "next", "nx", "alpha", "t", { value = "KS", type = "u8" }, { buffer = "w", offset = "nx" }]
[[stage]]
when = "steps % KS != 0"
rotate = [["u", "next"]]
[[stage.op]]
launch = "step"
args = ["u", "next", "nx", "alpha", 0, { value = "steps % KS", type = "u8" }, "w"]
)";

TEST(Resolve, UnrollsRotatesAndEvaluates) {
  const auto plan = resolved(two_kernels);
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(plan->storages.size(), 5u);
  EXPECT_EQ(plan->storages[0].count, 32u);
  EXPECT_EQ(plan->storages[0].shape, (std::vector<std::uint64_t>{4, 8}));
  EXPECT_EQ(plan->storages[4].buffer, -1);
  EXPECT_EQ(plan->bytes, 3u * 128 + 32 + 128);
  EXPECT_EQ(plan->workers, 2u);
  ASSERT_EQ(plan->steps.size(), 3u);
  const auto storage = [&](std::size_t step, std::size_t argument) {
    return plan->steps[step].arguments[argument].storage;
  };
  EXPECT_EQ(storage(0, 0), 0u);
  EXPECT_EQ(storage(0, 1), 4u);
  EXPECT_EQ(storage(1, 0), 4u);
  EXPECT_EQ(storage(2, 0), 0u);
  EXPECT_EQ(plan->steps[1].arguments[4].bits, 1u);
  EXPECT_EQ(plan->steps[0].arguments[3].bits, 0x3E800000u);
  EXPECT_EQ(plan->steps[0].arguments[6].offset, 32u);
  EXPECT_EQ(plan->steps[2].arguments[5].bits, 1u);
  EXPECT_EQ(plan->final_storage, (std::vector<std::uint32_t>{4, 1, 2, 3}));
}

TEST(Resolve, GridsAndLocalMemory) {
  const auto plan = resolved(
      "[[stage]]\n[[stage.op]]\nlaunch = \"f\"\ngrid = [\"ceil_div(nx, 3)\", 2]\nblock = [\"dev.warp\", 2]\nshared = "
      "256\ncooperative = true\noptions = { max_registers = 64 }\nargs = [\"u\"]\n",
      samples::small(), {}, samples::gpu());
  ASSERT_TRUE(plan) << plan.error().message;
  const ResolvedStep& s = plan->steps[0];
  EXPECT_EQ(s.grid[0], 3u);
  EXPECT_EQ(s.grid[1], 2u);
  EXPECT_EQ(s.grid[2], 1u);
  EXPECT_EQ(s.block[0], 32u);
  EXPECT_EQ(s.shared, 256u);
  EXPECT_FALSE(s.ragged);
  EXPECT_EQ(plan->options.at(s.options).at("max_registers"), "64");
}

TEST(Resolve, SetupHandsItsScratchOn) {
  const auto plan = resolved(
      "[scratch]\nta = { type = \"f32\", count = 4, keep = true }\ntb = { type = \"f32\", count = 4, keep = true "
      "}\n[[setup]]\nrotate = [[\"ta\", \"tb\"]]\n[[setup.op]]\nfill = \"ta\"\nvalue = 1.5\noffset = 1\ncount = "
      "2\n[[stage]]\n[[stage.op]]\nlaunch = \"f\"\nargs = [\"ta\", \"u\"]\n");
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(plan->setup.size(), 1u);
  EXPECT_EQ(plan->setup[0].to, 4u);
  EXPECT_EQ(plan->setup[0].to_offset, 4u);
  EXPECT_EQ(plan->setup[0].bytes, 8u);
  EXPECT_EQ(plan->setup[0].pattern, 0x3FC00000u);
  EXPECT_EQ(plan->steps[0].arguments[0].storage, 5u);
  EXPECT_TRUE(plan->kernels[0].parameters[0].read_only);
  EXPECT_TRUE(plan->storages[4].keep);
}

TEST(Resolve, DigestCoversWhatIsRunAndNothingElse) {
  const auto digest = [](const std::string& toml, Parameters p = {}, Binding w = samples::small()) {
    return resolved(toml, w, p).value().digest;
  };
  const auto first = digest(two_kernels);
  EXPECT_EQ(first, digest("# a comment\n" + two_kernels));
  EXPECT_NE(first, digest(two_kernels, {{"KS", std::int64_t(4)}}));
  Binding wider = samples::small();
  wider["nx"] = 9;
  EXPECT_NE(first, digest(two_kernels, {}, wider));
  // A constant that the tunable no longer decides is the same plan: the same steps.
  EXPECT_EQ(
      digest("[tune]\nKS = [2, 4]\n[[stage]]\n[[stage.op]]\nlaunch = \"f\"\nargs = [2]\n", {{"KS", std::int64_t(4)}}),
      digest("[[stage]]\nrepeat = 1\n[[stage.op]]\nlaunch = \"f\"\nargs = [{ value = \"1 + 1\" }]\n"));
  EXPECT_NE(digest("[[stage]]\n[[stage.op]]\nlaunch = \"f\"\n"), digest("[[stage]]\n[[stage.op]]\nlaunch = \"g\"\n"));
}

TEST(Resolve, EveryMistakeHasItsMessage) {
  const std::string head = "[[stage]]\n[[stage.op]]\n";
  const std::string small_scratch = "[scratch]\nfew = { type = \"f32\", count = 4 }\n";
  const samples::Broken cases[] = {
      {"[[stage]]\nrepeat = \"0 - nx\"\n[[stage.op]]\nlaunch = \"f\"\n",
       "a.cpp:1: stage 1: repeat = \"0 - nx\": -8 is not in [0, "},
      {head + "launch = \"f\"\nwhen = \"1 // (nx - 8)\"\n", "a.cpp:3: stage 1, op 1: when: "},
      {head + "launch = \"f\"\nworkers = 5\n", "workers = \"5\": 5 is not in [1, 4]"},
      {head + "launch = \"f\"\nargs = [{ value = 300, type = \"u8\" }]\n",
       "a.cpp:4: stage 1, op 1: args[1].value = \"300\": 300 does not fit u8"},
      {head + "launch = \"f\"\nargs = [{ value = \"nx / 2\" }]\n",
       "args[1].value = \"nx / 2\": 4.0 is a real and does not fit i32"},
      {head + "launch = \"f\"\nargs = [{ buffer = \"u\", offset = 33 }]\n",
       "args[1].offset = \"33\": 33 is not in [0, 32]"},
      {head + "fill = \"u\"\nvalue = 0\noffset = 30\ncount = 3\n", "count = \"3\": 3 is not in [0, 2]"},
      {head + "fill = \"u\"\nvalue = 1e300\n", "value = \"1e+300\": 1e+300 does not fit f32"},
      {head + "copy = { from = \"u\", to = \"v\", to_offset = 1 }\n",
       "copy: 32 elements of \"u\" do not fit the 31 of \"v\""},
      {head + "copy = { from = \"u\", to = \"u\", to_offset = 1, count = 2 }\n", "overlap"},
      {small_scratch + head + "launch = \"f\"\nrotate = [[\"u\", \"few\"]]\n",
       "stage 1, op 1: rotate[1]: \"u\" has 32 elements, \"few\" has 4"},
      {"[scratch]\nbig = { type = \"f64\", count = \"nx << 40\" }\n" + head + "launch = \"f\"\n",
       "a.cpp:2: [scratch] big: too large"},
      {"[scratch]\nbig = { type = \"f64\", count = \"1 << 62\" }\n" + head + "launch = \"f\"\n", "too large"},
      {"[scratch]\nbig = { type = \"f64\", count = \"(1 << 62) * nx\" }\n" + head + "launch = \"f\"\n",
       "[scratch] big: count: "},
      {"[scratch]\nbig = { type = \"f64\", count = \"-1\" }\n" + head + "launch = \"f\"\n", "-1 is negative"},
      {"[[stage]]\nrepeat = \"1 << 40\"\n[[stage.op]]\nlaunch = \"f\"\n", "too large: more than 200000 launches"},
      {"[[stage]]\nrepeat = \"1 << 62\"\n[[stage.op]]\nloop = \"1 << 62\"\nop = [{ launch = \"f\", when = 0 }]\n",
       "too large: more than"},
      {"[[stage]]\nrepeat = \"1 << 62\"\n[[stage.op]]\nloop = 0\nop = [{ launch = \"f\" }]\n", "too large: more than"},
      {"constraints = [\"KS > 4\"]\n" + two_kernels, "a.cpp: constraint \"KS > 4\" does not hold for KS=2"},
  };
  for (const samples::Broken& c : cases) {
    const auto plan = resolved(c.toml);
    ASSERT_FALSE(plan) << c.toml;
    EXPECT_EQ(plan.error().kind, Error::Kind::invalid);
    EXPECT_THAT(plan.error().message, HasSubstr(c.message)) << c.toml;
  }
  EXPECT_THAT(resolved(two_kernels, {{"nx", 1}}).error().message, HasSubstr("is not bound"));
  EXPECT_THAT(resolved(two_kernels, samples::small(), {{"KZ", std::int64_t(1)}}).error().message,
              HasSubstr("KZ = 1: no tunable of that name"));
  EXPECT_THAT(resolved(two_kernels, samples::small(), {{"KS", std::int64_t(3)}}).error().message,
              HasSubstr("KS = 3: not one of its values (2, 4)"));
  const auto gpu = [](const std::string& body) {
    return resolved("[[stage]]\n[[stage.op]]\nlaunch = \"f\"\n" + body, samples::small(), {},
                    samples::gpu(Dialect::cuda))
        .error()
        .message;
  };
  EXPECT_THAT(gpu("grid = 0\nblock = 1\n"), HasSubstr("grid[1] = \"0\": 0 is not in [1, "));
  EXPECT_THAT(gpu("grid = 1\nblock = [64, 32]\n"), HasSubstr("block: 64 × 32 × 1 is more than 1024"));
  EXPECT_THAT(gpu("grid = 1\nblock = 1\nshared = 50000\n"),
              HasSubstr("shared = \"50000\": 50000 is not in [0, 49152]"));
  const auto cl = resolved(
      "[[stage]]\n[[stage.op]]\nlaunch = \"f\"\ngrid = 1\nblock = 1\nargs = [{ local = 40000 }, { local = 40000 }]\n",
      samples::small(), {}, samples::gpu(Dialect::opencl));
  EXPECT_THAT(cl.error().message, HasSubstr("args[2]: local memory adds up to 80000 bytes"));
}

// ---- against an interpreter that moves contents between names instead of names between storages

using Contents = std::map<std::string, std::uint64_t>;

std::uint64_t mix(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  std::uint64_t h = a * 0x9E3779B97F4A7C15u ^ (b + 0x7F4A7C15u) * 0xC2B2AE3D27D4EB4Fu ^ (c + 1) * 0x165667B19E3779F9u;
  return h ^ h >> 29;
}

class Interpreter {
 public:
  Interpreter(const Plan& plan, MapScope scope) : scope_(std::move(scope)) {
    contents = {{"u", 1}, {"v", 2}, {"w", 3}, {"s1", 5}, {"s2", 6}};
    for (const Stage& s : plan.stages) {
      if (s.when && !value(*s.when)) continue;
      const auto times = s.repeat ? value(*s.repeat) : 1;
      for (std::int64_t t = 0; t < times; ++t) {
        if (!s.index.empty()) scope_.set(s.index, t);
        for (const Op& o : s.ops) run(o);
        rotate(s.rotate);
      }
    }
  }
  Contents contents;

 private:
  std::int64_t value(const Expression& e) const { return e.integer(scope_).value(); }
  void run(const Op& o) {
    if (o.when && !value(*o.when)) return;
    if (const Launch* l = std::get_if<Launch>(&o.action)) {
      auto& to = contents.at(l->arguments[0].name);
      to = mix(to, contents.at(l->arguments[1].name), std::uint64_t(value(l->arguments[2].value)));
    } else if (const Fill* f = std::get_if<Fill>(&o.action)) {
      contents.at(f->buffer) = std::uint64_t(value(f->value)) + 1000;
    } else if (const Copy* c = std::get_if<Copy>(&o.action)) {
      contents.at(c->to) = contents.at(c->from);
    } else {
      const Loop& loop = std::get<Loop>(o.action);
      const auto times = value(loop.repeat);
      for (std::int64_t t = 0; t < times; ++t) {
        if (!loop.index.empty()) scope_.set(loop.index, t);
        for (const Op& inner : loop.ops) run(inner);
      }
    }
    rotate(o.rotate);
  }
  void rotate(const std::vector<std::vector<std::string>>& cycles) {
    for (const auto& cycle : cycles) {
      const std::uint64_t first = contents.at(cycle[0]);
      for (std::size_t i = 0; i + 1 < cycle.size(); ++i) contents.at(cycle[i]) = contents.at(cycle[i + 1]);
      contents.at(cycle.back()) = first;
    }
  }
  MapScope scope_;
};

class RandomRun {
 public:
  explicit RandomRun(Rng& rng) : rng_(rng) {}
  Plan make() {
    Plan p;
    for (const char* n : {"s1", "s2"}) p.scratch.push_back({n, ScalarType::f32, samples::expr("cells"), false, 0});
    for (auto n = 1 + rng_.below(3); n > 0; --n) {
      Stage s;
      if (rng_.coin()) {
        s.repeat = number();
        s.index = "t";
        indices_ = {"t"};
      }
      s.rotate = rotation();
      s.ops = ops(0);
      indices_.clear();
      if (rng_.coin()) s.when = number();
      p.stages.push_back(std::move(s));
    }
    return p;
  }

 private:
  std::string name() { return std::vector<std::string>{"u", "v", "s1", "s2"}[rng_.below(4)]; }
  Expression number() {
    std::string text = std::to_string(rng_.below(4));
    if (!indices_.empty() && rng_.coin()) text = "(" + indices_[rng_.below(indices_.size())] + " + " + text + ") % 4";
    return samples::expr(text);
  }
  std::vector<std::vector<std::string>> rotation() {
    std::vector<std::vector<std::string>> out;
    for (auto n = rng_.below(3); n > 0; --n) {
      std::vector<std::string> names = {"u", "v", "s1", "s2"};
      rng_.shuffle(names);
      names.resize(2 + rng_.below(3));
      out.push_back(std::move(names));
    }
    return out;
  }
  std::vector<Op> ops(int depth) {
    std::vector<Op> out;
    for (auto n = 1 + rng_.below(3); n > 0; --n) {
      Op o;
      const auto kind = rng_.below(depth < 3 ? 5 : 4);
      if (kind < 2) {
        Launch l;
        l.kernel = "mix";
        const std::string from = rng_.coin(0.2) ? "w" : name();
        l.arguments = {{Argument::Kind::name, name(), {}, {}, 0},
                       {Argument::Kind::name, from, {}, {}, 0},
                       {Argument::Kind::value, "", number(), {}, 0}};
        o.action = std::move(l);
      } else if (kind == 2) {
        o.action = Fill{name(), number(), {}, {}, {}};
      } else if (kind == 3) {
        const std::string from = name();
        std::string to = name();
        while (to == from) to = name();
        o.action = Copy{from, to, {}, {}, {}};
      } else {
        Loop loop{number(), "i" + std::to_string(depth), {}};
        indices_.push_back(loop.index);
        loop.ops = ops(depth + 1);
        indices_.pop_back();
        o.action = std::move(loop);
      }
      if (rng_.coin(0.3)) o.when = number();
      if (rng_.coin(0.3)) o.rotate = rotation();
      out.push_back(std::move(o));
    }
    return out;
  }
  Rng& rng_;
  std::vector<std::string> indices_;
};

TEST(Resolve, AgreesWithAnInterpreter) {
  Rng rng(3);
  std::size_t steps = 0;
  for (int i = 0; i < 1000; ++i) {
    const Plan plan = RandomRun(rng).make();
    const auto r = resolve(plan, samples::stencil(), samples::small(), {}, samples::facts(), samples::cpu(), "a.cpp");
    ASSERT_TRUE(r) << r.error().message << "\n" << to_toml(plan);
    std::vector<std::uint64_t> held = {1, 2, 3, 4, 5, 6};
    for (const ResolvedStep& s : r->steps) {
      if (s.kind == ResolvedStep::Kind::fill) {
        // Fills of f32: the interpreter's numbers are small enough to be exact.
        const auto bits = std::uint32_t(s.pattern);
        held[s.to] = std::uint64_t(decode(&bits, ScalarType::f32)) + 1000;
      }
      if (s.kind == ResolvedStep::Kind::copy) held[s.to] = held[s.from];
      if (s.kind == ResolvedStep::Kind::launch)
        held[s.arguments[0].storage] =
            mix(held[s.arguments[0].storage], held[s.arguments[1].storage], s.arguments[2].bits);
    }
    steps += r->steps.size();
    const Interpreter expected(plan, ridge::bind(samples::stencil(), samples::small()).value());
    const char* const names[] = {"u", "v", "w"};
    for (std::size_t b = 0; b < 3; ++b)
      ASSERT_EQ(held[r->final_storage[b]], expected.contents.at(names[b])) << names[b] << "\n" << to_toml(plan);
  }
  EXPECT_GT(steps, 5000u);
}

}  // namespace
}  // namespace ridge
