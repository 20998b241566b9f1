#include "evaluate/oracle.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/intact.h"
#include "base/paths.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "evaluate/internal/oracle_protocol.h"

namespace ridge {
namespace {

using oracle::Message;
using oracle::Request;

// Buffers of one workload with their sizes.
struct Shapes {
  MapScope scope;
  std::vector<std::vector<std::uint64_t>> shape;
  std::vector<std::uint64_t> count;
};

Result<Shapes> shapes_of(const Task& task, const Workload& workload) {
  Shapes s;
  RIDGE_TRY(s.scope, bind(task.interface, workload.binding));
  RIDGE_TRY(s.shape, buffer_shapes(task.interface, workload));
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < s.shape.size(); ++i) {
    std::uint64_t count = 1;
    for (const std::uint64_t n : s.shape[i]) count *= n;
    s.count.push_back(count);
    // A buffer may lie there three times: as drawn, as answered and as a kernel returned it.
    bytes += 3 * (count * 8 + 4096);
  }
  if (bytes > oracle::data_bytes)
    return invalid("workload {}: its buffers need {} in the oracle, at most {} fit", workload.name,
                   human_bytes(double(bytes)), human_bytes(double(oracle::data_bytes)));
  return s;
}

Result<std::string> compile_reference(const Task& task) {
  RIDGE_TRY(const std::string root, resource_root());
  const std::string compiler = find_program("g++").empty() ? "clang++" : "g++";
  if (find_program(compiler).empty()) return world("no C++ compiler found: install g++ (Debian: apt-get install g++)");
  std::string cache = cache_folder();
  if (cache.empty()) cache = "/tmp/ridgeline-" + std::to_string(getuid());
  std::error_code ignored;
  std::filesystem::create_directories(cache + "/references", ignored);
  RIDGE_TRY(const std::string header, read_file(root + "/include/ridgeline/reference.h"));
  RIDGE_TRY(const ProcessResult version,
            run_process({.argv = {compiler, "--version"}, .folder = "", .environment = {}, .time_limit_s = 10}));
  const std::string key = hex(Hasher()
                                  .field(task.reference)
                                  .field(header)
                                  .field(version.output)
                                  .field(join(task.reference_libraries, " "))
                                  .digest(),
                              32);
  const std::string image = cache + "/references/" + key + ".so";
  if (const auto kept = read_file(image, 256u << 20); kept && digest_behind_holds(*kept)) return image;
  // Compiled from the text whose hash it is filed under, so an edit between reading and compiling cannot be filed
  // wrongly.
  RIDGE_TRY(const TempDir folder, TempDir::make("reference"));
  RIDGE_TRY_VOID(write_file(folder.path() + "/reference.cpp", task.reference));
  const std::string made = image + "." + std::to_string(getpid());
  std::vector<std::string> command = {
      compiler, "-std=c++20",      "-O3", "-march=native", "-fopenmp",      "-fPIC", "-shared",
      "-I",     root + "/include", "-I",  task.folder,     "reference.cpp", "-o",    made};
  for (const std::string& library : task.reference_libraries) command.push_back("-l" + library);
  RIDGE_TRY(
      const ProcessResult said,
      run_process(
          {.argv = std::move(command), .folder = folder.path(), .environment = {"LC_ALL=C"}, .time_limit_s = 120}));
  if (said.exit_code != 0)
    return invalid("{}/reference.cpp: does not compile:\n{}", task.folder, said.output.substr(0, 4000));
  const auto built = read_file(made, 256u << 20);
  std::filesystem::remove(made, ignored);
  if (!built) return std::unexpected(built.error());
  RIDGE_TRY_VOID(write_file(image, with_digest_behind(*built)));
  return image;
}

class OracleProcess : public Oracle {
 public:
  OracleProcess(const Task& task, std::string image, double time_limit_s)
      : task_(task), image_(std::move(image)), time_limit_s_(time_limit_s) {}
  ~OracleProcess() override {
    stop();
    if (data_) munmap(data_, oracle::data_bytes);
    if (data_file_ >= 0) close(data_file_);
    if (errors_ >= 0) close(errors_);
  }

  Result<void> start() {
    data_file_ = memfd_create("ridgeline-oracle", MFD_CLOEXEC);
    errors_ = memfd_create("ridgeline-oracle-errors", MFD_CLOEXEC);
    if (data_file_ < 0 || errors_ < 0 || ftruncate(data_file_, off_t(oracle::data_bytes)) != 0)
      return world("memfd: {}", std::strerror(errno));
    void* p = mmap(nullptr, oracle::data_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, data_file_, 0);
    if (p == MAP_FAILED) return world("mapping the oracle's data: {}", std::strerror(errno));
    data_ = static_cast<std::byte*>(p);
    return spawn();
  }

  Result<void> inputs(const Workload& workload, Draw& draw) override {
    RIDGE_TRY(const Shapes shapes, shapes_of(task_, workload));
    std::uint64_t end = 0;
    Message m = message(Request::inputs, shapes, end);
    m.seed = draw.seed;
    RIDGE_TRY_VOID(ask(m, workload));
    draw.inputs.assign(task_.interface.buffers.size(), {});
    std::size_t at = 0;
    for (std::size_t i = 0; i < task_.interface.buffers.size(); ++i) {
      const BufferSpec& b = task_.interface.buffers[i];
      if (b.access == Access::out) continue;
      const std::byte* from = data_ + m.inputs[at++].offset;
      draw.inputs[i].assign(from, from + shapes.count[i] * size_of(b.type));
    }
    return {};
  }

  // A fast device asks for gigabytes of inputs between two visits, and one process makes some 100 MB of them in a
  // second: several share the work. They are started here, because the system ends them together with the thread that
  // did.
  Result<void> inputs_of_all(std::span<const Made> requests) override {
    return side_by_side(requests, true,
                        [](OracleProcess& one, const Made& r) { return one.inputs(*r.workload, *r.draw); });
  }
  Result<void> draws_of_all(std::span<const Made> requests) override {
    // Answers may be worked out by a team on all cores, which would be in the way of the others.
    return side_by_side(requests, false, [](OracleProcess& one, const Made& r) -> Result<void> {
      RIDGE_TRY_VOID(one.inputs(*r.workload, *r.draw));
      return one.answers(*r.workload, *r.draw);
    });
  }

  template <class Ask>
  Result<void> side_by_side(std::span<const Made> requests, bool with_us, Ask ask_one) {
    const std::size_t wanted = std::max<std::size_t>(1, std::min(requests.size(), most_processes()));
    const std::size_t helping = wanted == 1 ? 0 : with_us ? wanted - 1 : wanted;
    while (helpers_.size() < helping) {
      helpers_.push_back(std::make_unique<OracleProcess>(task_, image_, time_limit_s_));
      helpers_.back()->helps_ = true;
      RIDGE_TRY_VOID(helpers_.back()->start());
    }
    std::vector<OracleProcess*> all;
    if (helping == 0 || with_us) all.push_back(this);
    for (std::size_t i = 0; i < helping; ++i) all.push_back(helpers_[i].get());
    for (OracleProcess* one : all)
      if (one->pid_ <= 0) RIDGE_TRY_VOID(one->spawn());
    std::vector<Result<void>> done(requests.size());
    std::atomic<std::size_t> next = 0;
    const auto work = [&](OracleProcess& one) {
      for (std::size_t i; (i = next++) < requests.size();) done[i] = ask_one(one, requests[i]);
    };
    {
      std::vector<std::jthread> threads;
      for (std::size_t t = 1; t < all.size(); ++t) threads.emplace_back([&, t] { work(*all[t]); });
      work(*all[0]);
    }
    for (Result<void>& d : done)
      if (!d) return std::unexpected(std::move(d).error());
    return {};
  }

  Result<void> answers(const Workload& workload, Draw& draw) override {
    RIDGE_TRY(const Shapes shapes, shapes_of(task_, workload));
    std::uint64_t end = 0;
    Message m = message(Request::answers, shapes, end);
    put_inputs(m, draw);
    for (std::size_t i = 0; i < task_.interface.buffers.size(); ++i) {
      const BufferSpec& b = task_.interface.buffers[i];
      if (b.access == Access::in) continue;
      m.outputs.push_back(buffer(i, shapes, 8, end));
      std::memset(data_ + m.outputs.back().offset, 0xFF,
                  shapes.count[i] * 8);  // NaN: an answer the oracle forgot never passes
    }
    RIDGE_TRY_VOID(ask(m, workload));
    draw.answers.assign(task_.interface.buffers.size(), {});
    std::size_t at = 0;
    for (std::size_t i = 0; i < task_.interface.buffers.size(); ++i) {
      const BufferSpec& b = task_.interface.buffers[i];
      if (b.access == Access::in) continue;
      const std::byte* from = data_ + m.outputs[at++].offset;
      if (is_real(b.type)) {
        draw.answers[i].real.resize(shapes.count[i]);
        std::memcpy(draw.answers[i].real.data(), from, shapes.count[i] * 8);
        for (const double v : draw.answers[i].real)
          if (!(v - v == 0))
            return invalid("{}/reference.cpp: the oracle's {} is not finite everywhere for workload {}", task_.folder,
                           b.name, workload.name);
      } else {
        draw.answers[i].integer.resize(shapes.count[i]);
        std::memcpy(draw.answers[i].integer.data(), from, shapes.count[i] * 8);
      }
    }
    return {};
  }

  Result<double> metric(const Workload& workload, const Draw& draw, std::size_t index,
                        std::span<const std::byte> got) override {
    RIDGE_TRY(const Shapes shapes, shapes_of(task_, workload));
    std::uint64_t end = 0;
    Message m = message(Request::metric, shapes, end);
    put_inputs(m, draw);
    m.outputs.push_back(buffer(index, shapes, size_of(task_.interface.buffers[index].type), end));
    std::memcpy(data_ + m.outputs[0].offset, got.data(), got.size());
    m.outputs.push_back(buffer(index, shapes, 8, end));
    const Answer& a = draw.answers[index];
    if (a.real.empty())
      std::memcpy(data_ + m.outputs[1].offset, a.integer.data(), a.integer.size() * 8);
    else
      std::memcpy(data_ + m.outputs[1].offset, a.real.data(), a.real.size() * 8);
    return ask(m, workload);
  }

 private:
  oracle::Buffer buffer(std::size_t i, const Shapes& shapes, std::uint64_t element, std::uint64_t& end) {
    const BufferSpec& b = task_.interface.buffers[i];
    oracle::Buffer o{b.name, std::uint32_t(b.type), shapes.shape[i], shapes.count[i], end};
    end += (shapes.count[i] * element + 4095) / 4096 * 4096;
    return o;
  }
  Message message(Request request, const Shapes& shapes, std::uint64_t& end) {
    Message m;
    m.request = request;
    for (std::size_t i = 0; i < task_.interface.buffers.size(); ++i)
      if (task_.interface.buffers[i].access != Access::out)
        m.inputs.push_back(buffer(i, shapes, size_of(task_.interface.buffers[i].type), end));
    for (const auto& [name, value] : shapes.scope.values())
      m.scalars.push_back({name, !value.is_integer(), value.is_integer() ? value.integer() : 0, value.real()});
    return m;
  }
  void put_inputs(const Message& m, const Draw& draw) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < draw.inputs.size(); ++i)
      if (task_.interface.buffers[i].access != Access::out)
        std::memcpy(data_ + m.inputs[at++].offset, draw.inputs[i].data(), draw.inputs[i].size());
  }

  Result<void> spawn() {
    // What an earlier worker said belongs to its own error.
    if (ftruncate(errors_, 0) != 0 || lseek(errors_, 0, SEEK_SET) != 0) return world("memfd: {}", std::strerror(errno));
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) return world("pipe: {}", std::strerror(errno));
    const int high_data = fcntl(data_file_, F_DUPFD_CLOEXEC, 64), high_in = fcntl(to[0], F_DUPFD_CLOEXEC, 64);
    const int high_out = fcntl(from[1], F_DUPFD_CLOEXEC, 64), high_errors = fcntl(errors_, F_DUPFD_CLOEXEC, 64);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, high_in, 0);
    posix_spawn_file_actions_adddup2(&actions, high_errors, 1);
    posix_spawn_file_actions_adddup2(&actions, high_errors, 2);
    posix_spawn_file_actions_adddup2(&actions, high_data, oracle::data_fd);
    posix_spawn_file_actions_adddup2(&actions, high_out, oracle::reply_fd);
    std::string worker = worker_path(), command = "oracle", image = image_;
    char* argv[] = {worker.data(), command.data(), image.data(), nullptr};
    // Threads of an oracle must not compete with kernels after it has answered.
    char passive[] = "OMP_WAIT_POLICY=passive";
    char one_thread[] = "OMP_NUM_THREADS=1";
    char* environment[] = {passive, helps_ ? one_thread : nullptr, nullptr};
    // A group of its own: Ctrl-C in the terminal is for the parent, which still needs answers to stop cleanly.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    const int error = posix_spawn(&pid_, worker.c_str(), &actions, &attributes, argv, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    for (const int fd : {high_data, high_in, high_out, high_errors, to[0], from[1]}) close(fd);
    to_ = to[1];
    from_ = from[0];
    if (error != 0) {
      pid_ = -1;
      return world("{}: {}; is ridgeline-worker beside ridgeline?", worker, std::strerror(error));
    }
    return {};
  }
  void stop() {
    for (int* fd : {&to_, &from_}) {
      if (*fd >= 0) close(*fd);
      *fd = -1;
    }
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
      }
    }
    pid_ = -1;
  }

  // It has closed its end, so its own comes in a moment: its wait status, if so.
  std::optional<int> end_of_process() {
    int status = 0;
    for (int i = 0; i < 200; ++i, poll(nullptr, 0, 5))
      if (waitpid(pid_, &status, WNOHANG) == pid_) {
        pid_ = -1;
        return status;
      }
    return std::nullopt;
  }

  Result<double> ask(const Message& m, const Workload& workload) {
    bool killed = false;
    auto answer = ask_once(m, workload, killed);
    // By somebody else, the system perhaps: a new process gets the same question, once.
    return killed ? ask_once(m, workload, killed) : answer;
  }
  Result<double> ask_once(const Message& m, const Workload& workload, bool& killed) {
    if (pid_ <= 0) RIDGE_TRY_VOID(spawn());
    const std::string bytes = oracle::pack(m);
    const std::uint64_t n = bytes.size();
    std::string frame(reinterpret_cast<const char*>(&n), sizeof n);
    frame += bytes;
    oracle::Reply reply;
    bool good = true;
    for (std::size_t at = 0; good && at < frame.size();) {
      const ssize_t k = ::write(to_, frame.data() + at, frame.size() - at);
      if (k <= 0)
        good = false;
      else
        at += std::size_t(k);
    }
    pollfd wait{from_, POLLIN, 0};
    int ready = 0;
    Patience patience(time_limit_s_);
    while (good && ready <= 0 && !patience.over()) ready = poll(&wait, 1, int(patience.left_s() * 1e3) + 1);
    const bool late = good && ready <= 0;
    good = good && ready > 0 && read(from_, &reply, sizeof reply) == sizeof reply;
    if (good && reply.good) return reply.value;
    const std::optional<int> end = good || late ? std::nullopt : end_of_process();
    killed = end && WIFSIGNALED(*end) && WTERMSIG(*end) == SIGKILL;
    const std::string why = late                       ? fmt::format("no answer within {:.3g} s", time_limit_s_)
                            : good                     ? "no custom metric in it"
                            : killed                   ? "it was killed, twice"
                            : end && WIFSIGNALED(*end) ? fmt::format("it crashed: signal {}", WTERMSIG(*end))
                            : end                      ? fmt::format("it crashed: status {}", WEXITSTATUS(*end))
                                                       : "it crashed";
    stop();
    std::string said(2000, '\0');
    const ssize_t k = pread(errors_, said.data(), said.size(), 0);
    said.resize(std::size_t(std::max<ssize_t>(k, 0)));
    return invalid("{}/reference.cpp: workload {}: {}{}{}", task_.folder, workload.name, why, said.empty() ? "" : ": ",
                   trim(said));
  }

  // On a small machine the others' caches and memory are dearer than the time.
  static std::size_t most_processes() {
    const unsigned cores = std::thread::hardware_concurrency();
    return cores < 8 ? 1 : std::min<std::size_t>(cores - 2, 12);
  }

  Task task_;
  std::string image_;
  double time_limit_s_;
  bool helps_ = false;  // beside others: one core for each
  std::vector<std::unique_ptr<OracleProcess>> helpers_;
  std::byte* data_ = nullptr;
  int data_file_ = -1, errors_ = -1, to_ = -1, from_ = -1;
  pid_t pid_ = -1;
};

}  // namespace

Result<void> Oracle::inputs_of_all(std::span<const Made> requests) {
  for (const Made& r : requests) RIDGE_TRY_VOID(inputs(*r.workload, *r.draw));
  return {};
}

Result<void> Oracle::draws_of_all(std::span<const Made> requests) {
  for (const Made& r : requests) {
    RIDGE_TRY_VOID(inputs(*r.workload, *r.draw));
    RIDGE_TRY_VOID(answers(*r.workload, *r.draw));
  }
  return {};
}

Result<std::vector<std::vector<std::uint64_t>>> buffer_shapes(const Interface& interface, const Workload& workload) {
  RIDGE_TRY(const MapScope scope, bind(interface, workload.binding));
  std::vector<std::vector<std::uint64_t>> shapes;
  for (const BufferSpec& b : interface.buffers) {
    std::vector<std::uint64_t> shape;
    std::uint64_t count = 1;
    for (const Expression& e : b.shape) {
      RIDGE_TRY(const std::int64_t n, e.integer(scope));
      if (n <= 0 || std::uint64_t(n) > (1ull << 40) / count)
        return invalid("workload {}: buffer {}: impossible shape", workload.name, b.name);
      shape.push_back(std::uint64_t(n));
      count *= std::uint64_t(n);
    }
    shapes.push_back(std::move(shape));
  }
  return shapes;
}

Result<std::unique_ptr<Oracle>> make_oracle(const Task& task, double time_limit_s) {
  signal(SIGPIPE, SIG_IGN);  // a worker that died shows as a failed write, with its message
  RIDGE_TRY(std::string image, compile_reference(task));
  auto process = std::make_unique<OracleProcess>(task, std::move(image), time_limit_s);
  RIDGE_TRY_VOID(process->start());
  return process;
}

}  // namespace ridge
