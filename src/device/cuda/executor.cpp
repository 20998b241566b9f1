#include "device/cuda/internal/executor.h"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace ridge::cuda {
namespace {

// Kernels behind the gate at most: the device's queue holds about a thousand, and one that did not fit would wait for
// the gate, which waits for us.
constexpr std::uint64_t most_gated = 400;
constexpr unsigned long long gate_patience_ns = 200'000'000, probe_span_ns = 20'000;
constexpr double probe_cycles = 40'000;

// These leave the context unusable.
bool sticky(Status s) {
  return (s >= 700 && s <= 702) || (s >= 709 && s <= 710) || (s >= 714 && s <= 719) || s == 721 || s == 999 ||
         s == 214 || s == 220;
}

}  // namespace

Trouble Executor::tell(Status status, const char* what) {
  if (status == success) return {};
  broken_ = broken_ || (sticky(status) && status != 701);
  return {status, fmt::format("{}: {}", what, d_.describe(status))};
}

#define RIDGE_STEP(...)                                        \
  do {                                                         \
    if (Trouble ridge_step = (__VA_ARGS__)) return ridge_step; \
  } while (false)

Trouble Executor::start() {
  RIDGE_STEP(tell(d_.init(0), "cuInit"));
  int device = 0;
  RIDGE_STEP(tell(d_.device_get(&device, device_), "cuDeviceGet"));
  RIDGE_STEP(tell(d_.primary_flags(device, schedule_spin), "cuDevicePrimaryCtxSetFlags"));
  RIDGE_STEP(tell(d_.primary_retain(&context_, device), "cuDevicePrimaryCtxRetain"));
  RIDGE_STEP(tell(d_.context_set(context_), "cuCtxSetCurrent"));
  RIDGE_STEP(tell(d_.stream_create(&stream_, stream_non_blocking), "cuStreamCreate"));
  RIDGE_STEP(tell(d_.event_create(&begin_, 0), "cuEventCreate"));
  RIDGE_STEP(tell(d_.event_create(&end_, 0), "cuEventCreate"));
  int l2 = 0;
  RIDGE_STEP(tell(d_.device_attribute(&l2, attribute_l2_bytes, device), "cuDeviceGetAttribute"));
  l2_bytes_ = std::uint64_t(l2);
  void* host = nullptr;
  RIDGE_STEP(tell(d_.host_allocate(&host, page, host_device_map), "cuMemHostAlloc"));
  flag_ = static_cast<unsigned*>(host);
  probe_out_ = reinterpret_cast<long long*>(static_cast<char*>(host) + 64);
  RIDGE_STEP(tell(d_.host_device_pointer(&flag_on_device_, host, 0), "cuMemHostGetDevicePointer"));
  probe_on_device_ = flag_on_device_ + 64;
  return {};
}

Trouble Executor::support(const void* image) {
  RIDGE_STEP(tell(d_.module_load(&support_, image), "loading our own kernels"));
  for (const auto& [function, name] : {std::pair{&gate_kernel_, "ridgeline_gate"},
                                       {&probe_kernel_, "ridgeline_probe"},
                                       {&canary_kernel_, "ridgeline_canaries"},
                                       {&inspect_kernel_, "ridgeline_inspect"},
                                       {&fill_kernel_, "ridgeline_fill8"},
                                       {&flush_kernel_, "ridgeline_flush"},
                                       {&poison_kernel_, "ridgeline_poison"},
                                       {&read_kernel_, "ridgeline_read"}})
    RIDGE_STEP(tell(d_.module_function(function, support_, name), name));
  (void)probe();  // and whatever the first launch of a context costs is paid
  return {};
}

Trouble Executor::load(const void* image) {
  return tell(d_.module_load(&module_, image), "loading the program");
}

void Executor::drop(Loaded& l) {
  for (auto* graphs : {&l.graphs, &l.setup_graphs}) {
    for (Handle g : *graphs)
      if (g) d_.graph_exec_destroy(g);
    graphs->clear();
  }
}

void Executor::unload() {
  profiler_.end();
  for (auto& p : programs_)
    if (p) drop(*p);
  programs_.clear();
  chosen_ = nullptr;
  if (module_) d_.module_unload(module_);
  module_ = nullptr;
  trusted_ = false;
  shared_.clear();
}

Trouble Executor::reserve(DevicePtr& memory, std::uint64_t& have, std::uint64_t bytes, const char* what) {
  if (have >= bytes) return {};
  if (memory) RIDGE_STEP(tell(d_.memory_free(memory), what));
  memory = have = 0;
  RIDGE_STEP(tell(d_.memory_allocate(&memory, bytes), what));
  have = bytes;
  return {};
}

Trouble Executor::arena(std::uint64_t bytes) {
  const DevicePtr before = arena_;
  RIDGE_STEP(reserve(arena_, arena_bytes_, bytes, "memory for buffer sets"));
  if (arena_ != before)  // graphs hold addresses
    for (auto& p : programs_)
      if (p) drop(*p);
  return {};
}

Trouble Executor::program(std::uint32_t index, Program p) {
  if (programs_.size() <= index) programs_.resize(index + 1);
  if (programs_[index]) drop(*programs_[index]);
  auto l = std::make_unique<Loaded>();
  std::uint64_t overlap = 0, local = 0;
  for (const auto* steps : {&p.setup, &p.steps})
    for (const Program::Step& s : *steps)
      if (s.overlaps()) overlap = std::max(overlap, s.bytes);
  RIDGE_STEP(reserve(overlap_, overlap_bytes_, overlap, "memory for copies that overlap"));
  for (const std::string& k : p.kernels) {
    Handle f = nullptr;
    RIDGE_STEP(tell(d_.module_function(&f, module_, k.c_str()), k.c_str()));
    l->functions.push_back(f);
    l->calls.emplace_back();
    if (trusted_) {
      auto call = library_call(k);
      if (!call) return {500, call.error().message};
      if (*call && p.steps.size() != 1) return {500, k + ": a library's call stands alone in its plan"};
      l->calls.back() = std::move(*call);
    }
    int bytes = 0;
    if (d_.function_attribute(&bytes, function_local_bytes, f) == success)
      local = std::max(local, std::uint64_t(std::max(bytes, 0)));
  }
  // What a thread keeps in memory is set aside now: the driver would wait for an idle device to do it at the launch,
  // and behind the gate the device is not idle.
  std::size_t stack = 0;
  if (local > 0 && d_.context_get_limit(&stack, limit_stack) == success && stack < local)
    RIDGE_STEP(tell(d_.context_limit(limit_stack, local), "memory of threads"));
  std::vector<std::uint32_t> shared(p.kernels.size(), 0);
  std::vector<bool> large_cluster(p.kernels.size(), false);
  for (const auto* steps : {&p.setup, &p.steps})
    for (const Program::Step& s : *steps) {
      if (s.kind != ResolvedStep::Kind::launch) continue;
      shared[s.kernel] = std::max(shared[s.kernel], s.shared);
      if (s.cluster[0] * s.cluster[1] * s.cluster[2] > 8) large_cluster[s.kernel] = true;
    }
  for (std::size_t k = 0; k < shared.size(); ++k) {
    // Of a kernel, not of a plan: another workload's plan may need less and must not take it away.
    if (shared[k] > shared_[p.kernels[k]]) {
      RIDGE_STEP(
          tell(d_.function_set(l->functions[k], function_max_dynamic_shared, int(shared[k])), p.kernels[k].c_str()));
      shared_[p.kernels[k]] = shared[k];
    }
    if (large_cluster[k])
      RIDGE_STEP(tell(d_.function_set(l->functions[k], function_non_portable_cluster, 1), p.kernels[k].c_str()));
  }
  l->program = std::move(p);
  programs_[index] = std::move(l);
  return choose(index);
}

Trouble Executor::choose(std::uint32_t index) {
  if (index >= programs_.size() || !programs_[index]) return {1, "no such program"};
  chosen_ = programs_[index].get();
  return zones(*chosen_);
}

Trouble Executor::zones(const Loaded& l) {
  std::vector<std::uint64_t> table;
  for (const Layout::Region& r : l.program.layout.regions)
    table.insert(table.end(), {r.begin, r.buffer, r.buffer + r.bytes, r.end});
  const std::uint64_t bytes = std::max<std::uint64_t>(table.size() * 8, 8);
  RIDGE_STEP(reserve(zones_, zones_bytes_, bytes, "canaries"));
  RIDGE_STEP(reserve(found_, found_bytes_, bytes, "canaries"));
  RIDGE_STEP(tell(d_.copy_to_device(zones_, table.data(), table.size() * 8, stream_), "canaries"));
  return tell(d_.stream_synchronize(stream_), "canaries");
}

Trouble Executor::launch(Handle function, unsigned blocks_x, unsigned blocks_y, unsigned threads, void** arguments) {
  LaunchConfig c;
  c.grid[0] = blocks_x;
  c.grid[1] = blocks_y;
  c.block[0] = threads;
  c.stream = stream_;
  return tell(d_.launch(&c, function, arguments, nullptr), "our own kernel");
}

Trouble Executor::canaries(std::uint32_t first, std::uint32_t count, std::uint64_t key) {
  const auto n = unsigned(2 * chosen_->program.layout.regions.size());
  if (n == 0) return {};
  std::uint64_t stride = chosen_->program.layout.stride;
  void* arguments[] = {&arena_, &zones_, &stride, &first, &key};
  for (std::uint32_t at = 0; at < count; at += 65535, first += 65535)
    RIDGE_STEP(launch(canary_kernel_, n, std::min<std::uint32_t>(count - at, 65535), 256, arguments));
  return tell(d_.stream_synchronize(stream_), "canaries");
}

Trouble Executor::inspect(std::uint32_t set, std::uint64_t key, std::uint64_t* found) {
  const auto n = unsigned(2 * chosen_->program.layout.regions.size());
  if (n == 0) return {};
  for (unsigned i = 0; i < n; ++i) found[2 * i] = ~std::uint64_t{0}, found[2 * i + 1] = 0;
  const std::uint64_t bytes = 16ull * n;
  RIDGE_STEP(reserve(found_, found_bytes_, bytes, "canaries"));
  RIDGE_STEP(tell(d_.copy_to_device(found_, found, bytes, stream_), "canaries"));
  std::uint64_t stride = chosen_->program.layout.stride;
  void* arguments[] = {&arena_, &zones_, &stride, &set, &key, &found_};
  RIDGE_STEP(launch(inspect_kernel_, n, 1, 256, arguments));
  RIDGE_STEP(tell(d_.copy_to_host(found, found_, bytes, stream_), "canaries"));
  return tell(d_.stream_synchronize(stream_), "canaries");
}

Trouble Executor::copy_in(std::uint64_t to, const void* from, std::uint64_t bytes) {
  if (to > arena_bytes_ || bytes > arena_bytes_ - to) return {1, "copy outside the buffer sets"};
  RIDGE_STEP(tell(d_.copy_to_device(arena_ + to, from, bytes, stream_), "copying to the device"));
  return tell(d_.stream_synchronize(stream_), "copying to the device");
}

Trouble Executor::poison(std::uint64_t to, std::uint64_t bytes, std::uint32_t type, std::uint64_t seed) {
  if (to > arena_bytes_ || bytes > arena_bytes_ - to) return {1, "poison outside the buffer sets"};
  DevicePtr at = arena_ + to;
  void* arguments[] = {&at, &bytes, &type, &seed};
  const auto blocks = unsigned(std::clamp<std::uint64_t>(bytes / 4096, 1, 1024));
  RIDGE_STEP(launch(poison_kernel_, blocks, 1, 256, arguments));
  return tell(d_.stream_synchronize(stream_), "poison");
}

Trouble Executor::copy_out(void* to, std::uint64_t from, std::uint64_t bytes) {
  if (from > arena_bytes_ || bytes > arena_bytes_ - from) return {1, "copy outside the buffer sets"};
  RIDGE_STEP(tell(d_.copy_to_host(to, arena_ + from, bytes, stream_), "copying from the device"));
  return tell(d_.stream_synchronize(stream_), "copying from the device");
}

namespace {

// A kernel's arguments as the driver takes them: pointers to values.
struct Arguments {
  std::vector<std::uint64_t> values;
  std::vector<void*> pointers;
  Arguments(const Program& p, const Program::Step& s, DevicePtr set) {
    values.reserve(s.arguments);
    for (std::uint32_t i = 0; i < s.arguments; ++i) {
      const Program::Argument& a = p.arguments[s.first_argument + i];
      values.push_back(a.storage ? set + a.value : a.value);
    }
    for (std::uint64_t& v : values) pointers.push_back(&v);
    pointers.push_back(nullptr);
  }
};

}  // namespace

Trouble Executor::launch_step(const Loaded& l, const Program::Step& s, std::uint32_t set) {
  Arguments arguments(l.program, s, set_at(l, set));
  if (const LibraryCall& library = l.calls[s.kernel]) {
    const std::string trouble = library.call(arguments.values, stream_);
    return trouble.empty() ? Trouble{} : Trouble{500, trouble};
  }
  LaunchConfig c;
  for (int i = 0; i < 3; ++i) c.grid[i] = s.grid[i], c.block[i] = s.block[i];
  c.shared = s.shared;
  c.stream = stream_;
  LaunchAttribute attributes[2];
  c.attributes = attributes;
  if (s.cooperative) {
    attributes[c.count].id = launch_cooperative;
    attributes[c.count++].value.cooperative = 1;
  }
  if (s.clustered()) {
    attributes[c.count].id = launch_cluster;
    for (int i = 0; i < 3; ++i) attributes[c.count].value.cluster[i] = s.cluster[i];
    ++c.count;
  }
  return tell(d_.launch(&c, l.functions[s.kernel], arguments.pointers.data(), nullptr),
              l.program.kernels[s.kernel].c_str());
}

Trouble Executor::add_copy(Handle graph, Handle& last, DevicePtr to, DevicePtr from, std::uint64_t bytes) {
  Memcpy3D c;
  c.from.device = from;
  c.to.device = to;
  c.width = bytes;
  Handle node = nullptr;
  RIDGE_STEP(tell(d_.graph_memcpy(&node, graph, &last, last ? 1 : 0, &c, context_), "copy"));
  last = node;
  return {};
}

Trouble Executor::add_node(const Loaded& l, const Program::Step& s, std::uint32_t set, Handle graph, Handle& last) {
  const DevicePtr base = set_at(l, set);
  Handle node = nullptr;
  const std::size_t before = last ? 1 : 0;
  switch (s.kind) {
    case ResolvedStep::Kind::launch: {
      Arguments arguments(l.program, s, base);
      KernelNode k;
      k.function = l.functions[s.kernel];
      for (int i = 0; i < 3; ++i) k.grid[i] = s.grid[i], k.block[i] = s.block[i];
      k.shared = s.shared;
      k.parameters = arguments.pointers.data();
      const char* name = l.program.kernels[s.kernel].c_str();
      RIDGE_STEP(tell(d_.graph_kernel(&node, graph, &last, before, &k), name));
      LaunchAttribute a;
      if (s.cooperative) {
        a.value.cooperative = 1;
        RIDGE_STEP(tell(d_.graph_kernel_attribute(node, launch_cooperative, &a.value), name));
      }
      if (s.clustered()) {
        a = {};
        for (int i = 0; i < 3; ++i) a.value.cluster[i] = s.cluster[i];
        RIDGE_STEP(tell(d_.graph_kernel_attribute(node, launch_cluster, &a.value), name));
      }
      break;
    }
    case ResolvedStep::Kind::fill: {
      // A pattern whose halves are equal is one of half the size.
      std::uint64_t pattern = s.pattern;
      std::uint32_t size = s.pattern_bytes == 0 ? 1 : s.pattern_bytes;
      if (size == 8 && pattern >> 32 == (pattern & 0xFFFFFFFFu)) pattern &= 0xFFFFFFFFu, size = 4;
      if (size == 8) {
        DevicePtr to = base + s.to;
        std::uint64_t count = s.bytes / 8;
        void* arguments[] = {&to, &count, &pattern, nullptr};
        KernelNode k;
        k.function = fill_kernel_;
        k.grid[0] = unsigned(std::clamp<std::uint64_t>(count / 1024, 1, 1024));
        k.block[0] = 256;
        k.parameters = arguments;
        RIDGE_STEP(tell(d_.graph_kernel(&node, graph, &last, before, &k), "fill"));
        break;
      }
      MemsetNode m;
      m.to = base + s.to;
      m.value = unsigned(pattern);
      m.element_bytes = size;
      m.width = s.bytes / size;
      RIDGE_STEP(tell(d_.graph_memset(&node, graph, &last, before, &m, context_), "fill"));
      break;
    }
    case ResolvedStep::Kind::copy:
      if (s.to == s.from) return {};
      if (s.overlaps()) {
        RIDGE_STEP(add_copy(graph, last, overlap_, base + s.from, s.bytes));
        return add_copy(graph, last, base + s.to, overlap_, s.bytes);
      }
      return add_copy(graph, last, base + s.to, base + s.from, s.bytes);
  }
  last = node;
  return {};
}

Trouble Executor::graph_of(Loaded& l, const std::vector<Program::Step>& steps, std::uint32_t set,
                           std::vector<Handle>& graphs, Handle& made) {
  if (graphs.size() <= set) graphs.resize(set + 1, nullptr);
  if (!graphs[set]) {
    Handle graph = nullptr, last = nullptr;
    RIDGE_STEP(tell(d_.graph_create(&graph, 0), "graph"));
    Trouble trouble;
    for (const Program::Step& s : steps)
      if (!trouble) trouble = add_node(l, s, set, graph, last);
    if (!trouble) trouble = tell(d_.graph_instantiate(&graphs[set], graph, 0), "graph");
    d_.graph_destroy(graph);
    if (trouble) return trouble;
    RIDGE_STEP(tell(d_.graph_upload(graphs[set], stream_), "graph"));  // arm() waits for it
  }
  made = graphs[set];
  return {};
}

Trouble Executor::run_setup(std::uint32_t set) {
  Loaded& l = *chosen_;
  if (l.program.setup.empty()) return {};
  Handle graph = nullptr;
  RIDGE_STEP(graph_of(l, l.program.setup, set, l.setup_graphs, graph));
  return tell(d_.graph_launch(graph, stream_), "setup");
}

Trouble Executor::issue(std::uint32_t first, std::uint32_t count) {
  Loaded& l = *chosen_;
  RIDGE_STEP(tell(d_.event_record(begin_, stream_), "cuEventRecord"));
  for (std::uint32_t set = first; set < first + count; ++set) {
    if (l.program.steps.empty()) break;
    if (direct(l))
      RIDGE_STEP(launch_step(l, l.program.steps[0], set));
    else
      RIDGE_STEP(tell(d_.graph_launch(l.graphs[set], stream_), "graph"));
  }
  return tell(d_.event_record(end_, stream_), "cuEventRecord");
}

Trouble Executor::arm(std::uint32_t first, std::uint32_t count, bool cold) {
  if (!chosen_) return {1, "no plan"};
  Loaded& l = *chosen_;
  if (l.program.layout.stride * (std::uint64_t(first) + count) > arena_bytes_) return {1, "more sets than memory"};
  for (std::uint32_t set = first; set < first + count; ++set) {
    RIDGE_STEP(run_setup(set));
    Handle graph = nullptr;
    if (!l.program.steps.empty() && !direct(l)) RIDGE_STEP(graph_of(l, l.program.steps, set, l.graphs, graph));
  }
  // What a library loads at its first call waits for the device, which must not wait behind the gate.
  const bool library = direct(l) && l.calls[l.program.steps[0].kernel];
  for (std::uint32_t set = first; library && set < first + count; ++set) {
    const Arguments arguments(l.program, l.program.steps[0], set_at(l, set));
    const std::string trouble = l.calls[l.program.steps[0].kernel].prepare(arguments.values, stream_);
    if (!trouble.empty()) return {500, trouble};
  }
  if (cold) {
    RIDGE_STEP(reserve(flush_, flush_bytes_, 2 * l2_bytes_, "memory to flush the caches with"));
    RIDGE_STEP(tell(d_.reset_persisting_l2(), "cuCtxResetPersistingL2Cache"));
    std::uint64_t words = flush_bytes_ / 4;
    void* arguments[] = {&flush_, &words};
    RIDGE_STEP(launch(flush_kernel_, 1024, 1, 256, arguments));
  }
  RIDGE_STEP(tell(d_.stream_synchronize(stream_), "setup"));
  gate_ = Gate::none;
  if (!gated_ || nodes(l.program.steps) * count > most_gated) return {};
  std::atomic_ref<unsigned>(*flag_).store(0);
  std::uint64_t patience = gate_patience_ns;
  void* arguments[] = {&flag_on_device_, &patience};
  RIDGE_STEP(launch(gate_kernel_, 1, 1, 1, arguments));
  gate_ = Gate::opened;
  Trouble trouble = issue(first, count);
  if (trouble) {  // nothing may stay behind a closed gate
    std::atomic_ref<unsigned>(*flag_).store(1);
    d_.stream_synchronize(stream_);
  }
  return trouble;
}

Trouble Executor::fire(std::uint32_t first, std::uint32_t count) {
  if (gate_ == Gate::none) {
    RIDGE_STEP(issue(first, count));
  } else if (std::atomic_ref<unsigned>(*flag_).exchange(1) == 2) {
    gate_ = Gate::leaked;
  }
  return tell(d_.stream_synchronize(stream_), "running");
}

Trouble Executor::run_apart(std::uint32_t index, Program p, const std::vector<std::string>& contents,
                            const std::vector<bool>& written) {
  std::vector<DevicePtr> memory;
  for (std::size_t s = 0; s < p.layout.regions.size(); ++s) {
    DevicePtr at = 0;
    RIDGE_STEP(tell(d_.memory_allocate(&at, std::max<std::uint64_t>(p.layout.regions[s].bytes, 1)), "a storage"));
    memory.push_back(at);
    if (!written[s] || contents[s].empty()) continue;
    RIDGE_STEP(tell(d_.copy_to_device(at, contents[s].data(), contents[s].size(), stream_), "a storage"));
    RIDGE_STEP(tell(d_.stream_synchronize(stream_), "a storage"));
  }
  // Places counted from a set's beginning become addresses, and the set begins at nothing.
  const auto address = [&](std::uint64_t at) {
    for (std::size_t s = 0; s < memory.size(); ++s) {
      const Layout::Region& r = p.layout.regions[s];
      if (at >= r.buffer && at <= r.buffer + r.bytes) return memory[s] + (at - r.buffer);
    }
    return DevicePtr(0);
  };
  for (Program::Argument& a : p.arguments)
    if (a.storage) a.value = address(a.value);
  for (auto* steps : {&p.setup, &p.steps})
    for (Program::Step& s : *steps)
      if (s.kind != ResolvedStep::Kind::launch) {
        s.to = address(s.to);
        if (s.kind == ResolvedStep::Kind::copy) s.from = address(s.from);
      }
  p.layout.stride = 0;
  arena_ = 0;
  gated_ = false;
  RIDGE_STEP(program(index, std::move(p)));
  RIDGE_STEP(arm(0, 1, false));
  const Trouble ran = fire(0, 1);
  if (!broken_)
    for (const DevicePtr at : memory) (void)d_.memory_free(at);
  return ran;
}

Trouble Executor::issue_stretch(Loaded& l, Stretch& s, std::uint32_t set) {
  if (s.count == 1 && l.program.steps[s.first].kind == ResolvedStep::Kind::launch)
    return launch_step(l, l.program.steps[s.first], set);
  Handle graph = nullptr;
  const auto from = l.program.steps.begin() + std::ptrdiff_t(s.first);
  RIDGE_STEP(graph_of(l, std::vector(from, from + std::ptrdiff_t(s.count)), set, s.graphs, graph));
  return tell(d_.graph_launch(graph, stream_), "graph");
}

// The contents that the call began with, and caches that hold none of them and nothing to write back.
Trouble Executor::prepare_pass(Loaded& l, std::uint32_t set) {
  RIDGE_STEP(tell(d_.copy_on_device(set_at(l, set), pristine_, l.program.layout.stride, stream_), "contents"));
  RIDGE_STEP(run_setup(set));
  std::uint64_t words = flush_bytes_ / 4;
  void* arguments[] = {&flush_, &words};
  RIDGE_STEP(launch(read_kernel_, 1024, 1, 256, arguments));
  return tell(d_.stream_synchronize(stream_), "contents");
}

// One of them as it goes when nobody counts. Queued behind the gate, so that the host's time is not in it.
Trouble Executor::time_stretch(Loaded& l, std::vector<Stretch>& all, std::size_t which, std::uint32_t set,
                               double& seconds) {
  // Making a graph waits for the device, which must not wait behind the gate: once unobserved, all of it.
  RIDGE_STEP(prepare_pass(l, set));
  for (Stretch& s : all) RIDGE_STEP(issue_stretch(l, s, set));
  RIDGE_STEP(prepare_pass(l, set));
  for (std::size_t i = 0; i < which; ++i) RIDGE_STEP(issue_stretch(l, all[i], set));
  RIDGE_STEP(tell(d_.stream_synchronize(stream_), "running"));
  const bool gated = all[which].count <= most_gated;
  if (gated) {
    std::atomic_ref<unsigned>(*flag_).store(0);
    std::uint64_t patience = gate_patience_ns;
    void* arguments[] = {&flag_on_device_, &patience};
    RIDGE_STEP(launch(gate_kernel_, 1, 1, 1, arguments));
  }
  Trouble trouble = tell(d_.event_record(begin_, stream_), "cuEventRecord");
  if (!trouble) trouble = issue_stretch(l, all[which], set);
  if (!trouble) trouble = tell(d_.event_record(end_, stream_), "cuEventRecord");
  std::atomic_ref<unsigned>(*flag_).store(1);  // nothing may stay behind a closed gate
  const Trouble ran = tell(d_.stream_synchronize(stream_), "running");
  if (trouble) return trouble;
  if (ran) return ran;
  return event_seconds(seconds);
}

// What its registers and shared memory let a multiprocessor hold, of the threads that it could.
void Executor::occupancy_limit(const Loaded& l, const Program::Step& s, std::map<std::string, double>& values) {
  int blocks = 0, most = 0;
  const auto threads = int(s.block[0] * s.block[1] * s.block[2]);
  if (l.calls[s.kernel] || d_.resident_blocks(&blocks, l.functions[s.kernel], threads, s.shared) != success ||
      d_.device_attribute(&most, attribute_resident_threads, device_) != success || most <= 0)
    return;
  values["occupancy_limit_percent"] = 100.0 * blocks * threads / most;
}

Result<std::vector<std::map<std::string, double>>> Executor::count_stretches(Loaded& l, std::vector<Stretch>& all,
                                                                             std::uint32_t set) {
  Trouble trouble;
  const auto failed = [&] { return world("{}", trouble.what); };
  std::vector<double> seconds;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].counted.empty()) continue;
    if ((trouble = time_stretch(l, all, i, set, seconds.emplace_back()))) return failed();
  }
  RIDGE_TRY(auto counted, profiler_.count(seconds.size(), [&]() -> Result<void> {
    if ((trouble = prepare_pass(l, set))) return failed();
    for (Stretch& s : all) {
      if (!s.counted.empty()) RIDGE_TRY_VOID(profiler_.push(s.counted));
      if ((trouble = issue_stretch(l, s, set))) return failed();
      if (!s.counted.empty()) RIDGE_TRY_VOID(profiler_.pop());
    }
    if ((trouble = tell(d_.stream_synchronize(stream_), "running"))) return failed();
    return {};
  }));
  for (std::size_t r = 0; r < counted.size(); ++r) settle(counted[r], seconds[r]);
  return counted;
}

Trouble Executor::count(std::uint32_t set, const std::vector<std::string>& metrics, std::vector<Range>& ranges,
                        int& passes, std::string& note) {
  if (!chosen_) return {1, "no plan"};
  Loaded& l = *chosen_;
  const std::vector<Program::Step>& steps = l.program.steps;
  if (l.program.layout.stride * (std::uint64_t(set) + 1) > arena_bytes_) return {1, "more sets than memory"};
  const auto world_failed = [](const Error& e) { return Trouble{counting_failed, e.message}; };
  if (auto begun = profiler_.begin(device_, context_); !begun) return world_failed(begun.error());
  if (auto chosen = profiler_.choose(metrics); !chosen) return world_failed(chosen.error());
  RIDGE_STEP(reserve(pristine_, pristine_bytes_, l.program.layout.stride, "memory for a copy of the contents"));
  RIDGE_STEP(reserve(flush_, flush_bytes_, 2 * l2_bytes_, "memory to flush the caches with"));
  RIDGE_STEP(tell(d_.copy_on_device(pristine_, set_at(l, set), l.program.layout.stride, stream_), "contents"));
  RIDGE_STEP(tell(d_.stream_synchronize(stream_), "contents"));

  // Once unobserved: what fails fails here, with the driver's own words, and libraries load what they need.
  RIDGE_STEP(arm(set, 1, false));
  RIDGE_STEP(fire(set, 1));

  const auto forget = [&](std::vector<Stretch>& all) {
    for (Stretch& part : all)
      for (const Handle g : part.graphs)
        if (g) d_.graph_exec_destroy(g);
  };
  ranges.clear();
  note.clear();
  if (steps.empty()) return {};
  std::vector<Stretch> whole(1);
  whole[0].count = steps.size();
  whole[0].counted = "call";
  auto counted = count_stretches(l, whole, set);
  forget(whole);
  if (!counted) return world_failed(counted.error());
  passes = profiler_.passes();
  ranges.push_back({"", 1, std::move(counted->front())});

  // One launch of each kernel, from the middle of the call.
  std::map<std::uint32_t, std::vector<std::size_t>> launches;
  for (std::size_t i = 0; i < steps.size(); ++i)
    if (steps[i].kind == ResolvedStep::Kind::launch) launches[steps[i].kernel].push_back(i);
  if (steps.size() == 1) {
    if (!launches.empty()) occupancy_limit(l, steps[0], ranges[0].values);
    return {};
  }
  std::vector<std::size_t> samples;
  for (const auto& [kernel, at] : launches) samples.push_back(at[at.size() / 2]);
  std::ranges::sort(samples);
  // All in one go; where the profiler does not take so many ranges, one after the other. What cannot be had is said:
  // the whole call is counted already.
  std::vector<std::vector<std::size_t>> tries = {samples};
  for (const std::size_t sample : samples)
    if (samples.size() > 1) tries.push_back({sample});
  for (const std::vector<std::size_t>& wanted : tries) {
    if (wanted.empty() || ranges.size() > samples.size()) break;
    std::vector<Stretch> parts = parts_around(l, wanted);
    auto values = count_stretches(l, parts, set);
    forget(parts);
    if (broken_) return {counting_failed, values ? "the context is lost" : values.error().message};
    if (!values) {
      note = values.error().message;
      continue;
    }
    for (std::size_t r = 0; r < wanted.size(); ++r) {
      occupancy_limit(l, steps[wanted[r]], (*values)[r]);
      ranges.push_back({l.program.kernels[steps[wanted[r]].kernel], launches.at(steps[wanted[r]].kernel).size(),
                        std::move((*values)[r])});
    }
  }
  if (ranges.size() > samples.size()) note.clear();
  return {};
}

// These steps counted, what lies between them not.
std::vector<Executor::Stretch> Executor::parts_around(const Loaded& l, const std::vector<std::size_t>& samples) {
  const std::vector<Program::Step>& steps = l.program.steps;
  std::vector<Stretch> parts;
  std::size_t next = 0;
  for (const std::size_t i : samples) {
    if (i > next) parts.push_back({next, i - next, "", {}});
    parts.push_back({i, 1, l.program.kernels[steps[i].kernel], {}});
    next = i + 1;
  }
  if (next < steps.size()) parts.push_back({next, steps.size() - next, "", {}});
  return parts;
}

Trouble Executor::event_seconds(double& seconds) {
  float ms = 0;
  RIDGE_STEP(tell(d_.event_elapsed(&ms, begin_, end_), "cuEventElapsedTime"));
  seconds = double(ms) * 1e-3;
  return {};
}

double Executor::probe() {
  unsigned long long span = probe_span_ns;
  void* arguments[] = {&probe_on_device_, &span};
  if (launch(probe_kernel_, 1, 1, 1, arguments) || tell(d_.stream_synchronize(stream_), "clock probe")) return 0;
  const auto cycles = double(probe_out_[0]), ns = double(probe_out_[1]);
  return cycles > 0 ? probe_cycles * ns * 1e-9 / cycles : 0;
}

}  // namespace ridge::cuda
