// The tasks' CUDA kernels on the CPU (support/cuda_on_cpu.h), at small sizes and against the oracle: whoever changes a
// kernel or a plan learns on any machine whether its answers are right.
#include <cstdlib>
#include <regex>

#include <dlfcn.h>

#include "base/random.h"
#include "evaluate/compare.h"
#include "kernel/resolve.h"
#include "kernel/space.h"
#include "lab.h"

namespace ridge {
namespace {

struct SmallSizes {
  const char* task;
  std::vector<const char*> workloads;
};

// Sizes that are no multiple of anything, and some that are; every kernel of a template is launched by one of them.
const SmallSizes small_sizes[] = {
    {"metal-sci/saxpy", {"n=10007 a=-1.5", "n=4096 a=2.5", "n=3 a=1"}},
    {"metal-sci/heat2d", {"nx=150 ny=61 steps=11 alpha=0.13", "nx=256 ny=90 steps=6 alpha=0.24"}},
    {"metal-sci/wave3d", {"nx=67 ny=19 nz=37 steps=5 alpha=0.2", "nx=64 ny=20 nz=20 steps=4 alpha=0.1"}},
    {"metal-sci/nbody", {"n=333 steps=3 dt=0.001 eps=0.05 G=1.3", "n=1 steps=2 dt=0.001 eps=0.1 G=1"}},
    {"metal-sci/hmc",
     {"d=6 K=70 L=4 T=5 eps=0.2 seed=3405691582", "d=14 K=33 L=3 T=4 eps=0.3 seed=1",
      "d=20 K=40 L=5 T=3 eps=0.2 seed=9", "d=32 K=20 L=3 T=3 eps=0.25 seed=77"}},
    {"metal-sci/lbm", {"nx=45 ny=31 steps=5 tau=0.7", "nx=64 ny=16 steps=4 tau=1.1", "nx=3 ny=5 steps=3 tau=0.9"}},
    {"metal-sci/ising",
     {"nx=150 ny=46 sweeps=5 beta=0.42 seed=7", "nx=128 ny=32 sweeps=4 beta=0.3 seed=4026531840",
      "nx=2 ny=4 sweeps=3 beta=0.5 seed=1"}},
    {"metal-sci/lj", {"n=700 steps=3 L=10.5 r_cut=2.6 dt=0.004"}},
    {"metal-sci/gradshaf",
     {"nr=70 nz=45 steps=5 rmin=1 dr=0.01 dz=0.008 p_axis=200 mu0=1 omega=0.8",
      "nr=3 nz=9 steps=2 rmin=0.7 dr=0.01 dz=0.02 p_axis=90 mu0=1.2 omega=1"}},
    {"metal-sci/fft3d", {"logn=1", "logn=3", "logn=4", "logn=5", "logn=6"}},
    {"metal-sci/adi3d",
     {"nx=70 ny=41 nz=35 steps=2 mu=0.7", "nx=300 ny=6 nz=5 steps=2 mu=2", "nx=6 ny=600 nz=5 steps=2 mu=0.3",
      "nx=5 ny=4 nz=1000 steps=1 mu=1.5"}},
    {"metal-sci/morton", {"logn=1 steps=3 alpha=0.1", "logn=3 steps=5 alpha=0.15", "logn=5 steps=4 alpha=0.1"}},
    {"blas/sgemm", {"m=130 n=71 k=45", "m=64 n=64 k=64", "m=1600 n=1500 k=9"}},
    {"blas/dot", {"n=10007", "n=3", "n=400000"}},
};

Workload workload_from(const Task& task, const std::string& text) {
  Workload w;
  w.name = text;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size()), is = text.find('=', at);
    const std::string symbol = text.substr(at, is - at), value = text.substr(is + 1, end - is - 1);
    RIDGE_CHECK(task.interface.symbol(symbol), symbol);
    w.binding.emplace(symbol, is_real(task.interface.symbol(symbol)->type) ? Number(std::stod(value))
                                                                           : Number(std::int64_t(std::stoll(value))));
    at = end + 1;
  }
  return w;
}

// What plain C++ has no word for.
std::string without_ptx(std::string source) {
  static const std::pair<std::regex, const char*> words[] = {
      {std::regex(R"(extern __shared__ (?:__align__\(\d+\) )?(\w+) (\w+)\[\];)"),
       "static $1* const $2 = reinterpret_cast<$1*>(cuda_on_cpu::dynamic);"},
      {std::regex(
           R"re(asm volatile\("cp\.async\.c[ag]\.shared\.global \[%0\], \[%1\], (\d+), %2;" ::"r"\((\w+)\), "l"\((\w+)\), "r"\((\w+)\) : "memory"\);)re"),
       "cuda_on_cpu_copy_async($2, $3, $1, $4);"},
      {std::regex(R"(asm volatile\("cp\.async\.(?:commit|wait)_group[^\n]*\);)"), ";"}};
  for (const auto& [from, to] : words) source = std::regex_replace(source, from, to);
  return source;
}

// A storage between two stretches that nobody may write; what is read there is NaN.
class GuardedMemory {
 public:
  explicit GuardedMemory(std::size_t bytes) : bytes_(bytes), all_((bytes + 255) / 256 * 256 + 2 * guard) {
    memory_.reset(static_cast<std::byte*>(std::aligned_alloc(256, all_)));
    std::memset(memory_.get(), 0xff, all_);
  }
  std::byte* data() { return memory_.get() + guard; }
  std::span<const std::byte> bytes() const { return {memory_.get() + guard, bytes_}; }
  bool intact() const {
    for (std::size_t i = 0; i < all_; ++i)
      if ((i < guard || i >= guard + bytes_) && memory_.get()[i] != std::byte{0xff}) return false;
    return true;
  }

 private:
  static constexpr std::size_t guard = 1024;
  struct Free {
    void operator()(std::byte* p) const { std::free(p); }
  };
  std::size_t bytes_, all_;
  std::unique_ptr<std::byte, Free> memory_;
};

class CudaOnCpu {
 public:
  explicit CudaOnCpu(const std::string& id) : task_(lab::task_of(id)) {
    facts_.set("dev.cores", Number(16));
    facts_.set("dev.sms", Number(132));
    facts_.set("dev.warp", Number(32));
    facts_.set("dev.shared_max", Number(227 << 10));
    facts_.set("dev.l2", Number(50 << 20));
    limits_ = usual_limits(Dialect::cuda);
    limits_.max_shared = 227u << 10;
    auto oracle = make_oracle(*task_);
    RIDGE_CHECK(oracle, oracle ? "" : oracle.error().message);
    oracle_ = std::move(*oracle);
  }
  ~CudaOnCpu() { close(); }
  CudaOnCpu(const CudaOnCpu&) = delete;
  CudaOnCpu& operator=(const CudaOnCpu&) = delete;

  const Task& task() const { return *task_; }
  const Scope& facts() const { return facts_; }

  // Compiles a source with a point of its space. What is wrong, or nothing.
  std::string take(const TaskSource& source, const Plan& plan, const Parameters& parameters) {
    close();
    file_ = source.file;
    plan_ = plan;
    parameters_ = parameters;
    auto folder = TempDir::make("cuda-on-cpu");
    if (!folder) return folder.error().message;
    std::string text_of_unit = "#include \"" RIDGELINE_TEST_ROOT "/tests/support/cuda_on_cpu.h\"\n";
    for (const auto& [name, value] : parameters) text_of_unit += "#define " + name + " " + text(value) + "\n";
    text_of_unit += without_ptx(source.text) + "\n";
    const auto kernels = signatures(plan, task_->interface, source.file);
    if (!kernels) return kernels.error().message;
    for (const KernelSignature& k : *kernels) text_of_unit += "CUDA_ON_CPU_KERNEL(" + k.kernel + ")\n";
    const std::string unit = folder->path() + "/unit.cpp", image = folder->path() + "/unit.so";
    if (auto written = write_file(unit, text_of_unit); !written) return written.error().message;
    ProcessSpec compiler;
    compiler.argv = {"g++",
                     "-std=c++20",
                     "-O1",
                     "-w",
                     "-shared",
                     "-fPIC",
                     "-fno-gnu-unique",
                     "-fvisibility=hidden",
                     "-fno-strict-aliasing",
                     unit,
                     "-o",
                     image};
    const auto compiled = run_process(compiler);
    if (!compiled) return compiled.error().message;
    if (compiled->exit_code != 0) return compiled->output.substr(0, 2000);
    library_ = dlopen(image.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library_) return dlerror();
    launch_ = reinterpret_cast<Launch*>(dlsym(library_, "cuda_on_cpu_launch"));
    return launch_ ? "" : "the library does not launch";
  }

  // One call on one draw, compared with the oracle's answer. What is wrong, or nothing.
  std::string judge(const Workload& workload, std::uint64_t seed) {
    const auto plan = resolve(plan_, task_->interface, workload.binding, parameters_, facts_, limits_, file_);
    if (!plan) return plan.error().message;
    Draw draw;
    draw.seed = seed;
    for (const auto& done : {oracle_->inputs(workload, draw), oracle_->answers(workload, draw)})
      if (!done) return done.error().message;
    std::vector<GuardedMemory> memory;
    for (const Storage& s : plan->storages) {
      memory.emplace_back(s.bytes);
      if (s.buffer >= 0 && !draw.inputs[std::size_t(s.buffer)].empty())
        std::memcpy(memory.back().data(), draw.inputs[std::size_t(s.buffer)].data(), s.bytes);
    }
    for (const ResolvedStep& step : plan->steps)
      if (const std::string wrong = run(*plan, step, memory); !wrong.empty()) return wrong;
    for (std::size_t s = 0; s < memory.size(); ++s)
      if (!memory[s].intact()) return "written outside " + plan->storages[s].name;
    return compared(workload, draw, *plan, memory);
  }

 private:
  using Launch = const char*(const char*, void**, int, const std::uint64_t*, const std::uint64_t*);

  void close() {
    if (library_) dlclose(library_);
    library_ = nullptr;
  }

  std::string run(const ResolvedPlan& plan, const ResolvedStep& step, std::vector<GuardedMemory>& memory) {
    if (step.kind == ResolvedStep::Kind::copy) {
      std::memcpy(memory[step.to].data() + step.to_offset, memory[step.from].data() + step.from_offset, step.bytes);
      return "";
    }
    if (step.kind == ResolvedStep::Kind::fill) {
      for (std::uint64_t at = 0; at < step.bytes; at += step.pattern_bytes)
        std::memcpy(memory[step.to].data() + step.to_offset + at, &step.pattern, step.pattern_bytes);
      return "";
    }
    std::vector<std::uint64_t> values;
    for (const ResolvedArgument& a : step.arguments)
      values.push_back(a.kind == ResolvedArgument::Kind::storage
                           ? std::uint64_t(reinterpret_cast<std::uintptr_t>(memory[a.storage].data() + a.offset))
                           : a.bits);
    std::vector<void*> arguments;
    for (std::uint64_t& v : values) arguments.push_back(&v);
    const std::string& kernel = plan.kernels[step.kernel].kernel;
    const char* wrong = launch_(kernel.c_str(), arguments.data(), int(arguments.size()), step.grid, step.block);
    return wrong ? kernel + ": " + wrong : "";
  }

  std::string compared(const Workload& workload, const Draw& draw, const ResolvedPlan& plan,
                       std::vector<GuardedMemory>& memory) {
    const auto scope = ridge::bind(task_->interface, workload.binding);
    if (!scope) return scope.error().message;
    for (std::size_t b = 0; b < task_->interface.buffers.size(); ++b) {
      const BufferSpec& buffer = task_->interface.buffers[b];
      const auto got = memory[plan.final_storage[b]].bytes();
      if (buffer.access == Access::in) {
        if (std::memcmp(got.data(), draw.inputs[b].data(), got.size()) != 0) return buffer.name + " was modified";
        continue;
      }
      const Tolerance& tolerance = task_->check.of(buffer.name);
      if (tolerance.metric == Metric::custom) {
        const auto error = oracle_->metric(workload, draw, b, got);
        const auto bound = tolerance_of(draw.answers[b], tolerance, *scope);
        if (!error || !bound) return !error ? error.error().message : bound.error().message;
        if (!(*error <= *bound)) return fmt::format("{}: error {} of {}", buffer.name, *error, *bound);
        continue;
      }
      const auto c = compare(buffer, got, draw.answers[b], tolerance, *scope);
      if (!c) return c.error().message;
      if (!c->pass) return describe(buffer.name, *c, plan.storages[b].shape);
    }
    return "";
  }

  std::shared_ptr<const Task> task_;
  MapScope facts_;
  PlanLimits limits_;
  std::unique_ptr<Oracle> oracle_;
  std::string file_;
  Plan plan_;
  Parameters parameters_;
  void* library_ = nullptr;
  Launch* launch_ = nullptr;
};

class CudaKernels : public testing::TestWithParam<SmallSizes> {};

TEST_P(CudaKernels, OfSeedAndTemplateAgreeWithTheOracle) {
  CudaOnCpu bench(GetParam().task);
  Rng rng(11);
  for (const auto* sources : {&bench.task().seeds, &bench.task().templates}) {
    const auto source = sources->find(Dialect::cuda);
    ASSERT_NE(source, sources->end()) << GetParam().task;
    const auto plan = plan_from_source(source->second.text, source->second.file);
    ASSERT_TRUE(plan) << plan.error().message;
    const auto space = Space::make(*plan, bench.facts());
    ASSERT_TRUE(space) << space.error().message;
    std::vector<Point> points = {space->defaults()};
    if (space->cartesian_size() > 1)
      if (const auto p = space->random(rng)) points.push_back(*p);
    for (const Point& p : points) {
      const Parameters parameters = space->parameters(p);
      std::string what = source->second.file;
      for (const auto& [name, value] : parameters) what += " " + name + "=" + text(value);
      ASSERT_EQ(bench.take(source->second, *plan, parameters), "") << what;
      for (const char* sizes : GetParam().workloads)
        EXPECT_EQ(bench.judge(workload_from(bench.task(), sizes), rng.below(1u << 30)), "") << what << " at " << sizes;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tasks, CudaKernels, testing::ValuesIn(small_sizes),
                         [](const auto& sizes) { return lab::test_name(sizes.param.task); });

TEST(CudaKernelsOnCpu, EveryTaskWithCudaIsThere) {
  for (const std::string& id : lab::task_ids()) {
    if (!lab::task_of(id)->seeds.contains(Dialect::cuda)) continue;
    EXPECT_TRUE(std::ranges::any_of(small_sizes, [&](const SmallSizes& s) { return s.task == id; })) << id;
  }
}

// That the emulation notices what only threads can do wrong: a barrier left out, lanes and blocks left out.
TEST(CudaKernelsOnCpu, FaultsOfThreadsAreNoticed) {
  const std::pair<const char*, const char*> wrong[] = {{"metal-sci/heat2d", "tile_not_awaited.cu"},
                                                       {"metal-sci/lbm", "ragged_blocks_left_out.cu"},
                                                       {"blas/sgemm", "tiles_not_awaited.cu"},
                                                       {"blas/dot", "half_a_warp_forgotten.cu"}};
  for (const auto& [id, file] : wrong) {
    CudaOnCpu bench(id);
    const auto mutant = std::ranges::find_if(
        bench.task().mutants, [&](const TaskSource& m) { return m.file.ends_with(std::string("/") + file); });
    ASSERT_NE(mutant, bench.task().mutants.end()) << id << " " << file;
    const auto plan = plan_from_source(mutant->text, mutant->file);
    ASSERT_TRUE(plan) << plan.error().message;
    ASSERT_EQ(bench.take(*mutant, *plan, {}), "") << file;
    const auto sizes =
        std::ranges::find_if(small_sizes, [&](const SmallSizes& s) { return s.task == std::string(id); });
    EXPECT_NE(bench.judge(workload_from(bench.task(), sizes->workloads[0]), 5), "") << id << " " << file;
  }
}

}  // namespace
}  // namespace ridge
