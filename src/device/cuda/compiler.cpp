#include "device/cuda/compiler.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "device/cuda/cubin.h"
#include "device/cuda/glue.h"
#include "device/cuda/internal/compile_protocol.h"

extern char** environ;

namespace ridge::cuda {
namespace {

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Fault refused(Reason reason, std::string text) {
  return {Verdict::compile_failed, reason, "compile", std::move(text)};
}

// The first error decides between a wrong signature, a missing kernel and the candidate's own mistakes.
Reason reason_of(const std::string& log) {
  for (const std::string& line : split_lines(log)) {
    if (line.find("error:") == std::string::npos && line.find("error :") == std::string::npos) continue;
    const bool glue = line.find(glue_name) != std::string::npos;
    if (glue && line.find("undefined") != std::string::npos) return Reason::missing_kernel;
    return glue ? Reason::signature : Reason::compiler_error;
  }
  return Reason::compiler_error;
}

bool option_given(const std::vector<std::string>& flags, std::initializer_list<const char*> forms) {
  return std::ranges::any_of(flags, [&](const std::string& f) {
    return std::ranges::any_of(forms, [&](const char* form) { return f.starts_with(form); });
  });
}

}  // namespace

// One server process, used by one thread at a time. It ends when its socket closes.
class Compiler::Server {
 public:
  static Result<std::unique_ptr<Server>> start(const std::string& worker, const Toolkit& toolkit,
                                               const CompileLimits& limits) {
    int ends[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return world("socketpair: {}", strerror(errno));
    auto server = std::unique_ptr<Server>(new Server);
    server->socket_ = Fd(ends[0]);
    const Fd theirs(ends[1]);
    const Fd high(fcntl(theirs.get(), F_DUPFD_CLOEXEC, 64));
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, high.get(), compile_fd);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    std::vector<std::string> words = {worker, "cuda-compile", toolkit.nvrtc, fmt::format("{}", limits.seconds),
                                      fmt::format("{}", limits.memory_bytes)};
    words.insert(words.end(), toolkit.headers.begin(), toolkit.headers.end());
    std::vector<char*> argv;
    for (std::string& w : words) argv.push_back(w.data());
    argv.push_back(nullptr);
    const int error = posix_spawn(&server->pid_, worker.c_str(), &actions, &attributes, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) {
      server->pid_ = -1;
      return world("{}: {}; is ridgeline-worker beside ridgeline?", worker, strerror(error));
    }
    return server;
  }
  ~Server() { end_child(pid_); }
  std::optional<Message> ask(const Message& job, double seconds) {
    return send_message(socket_.get(), job) ? receive_message(socket_.get(), seconds) : std::nullopt;
  }

 private:
  Server() = default;
  Fd socket_;
  pid_t pid_ = -1;
};

Compiler::Compiler(Toolkit toolkit, std::string worker, std::string architecture, const std::string& cache_folder,
                   CompileLimits limits)
    : toolkit_(std::move(toolkit)),
      worker_(std::move(worker)),
      architecture_(std::move(architecture)),
      cache_(cache_folder),
      limits_(limits) {}
Compiler::~Compiler() = default;

Result<std::unique_ptr<Compiler::Server>> Compiler::server() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto server = std::move(idle_.back());
      idle_.pop_back();
      return server;
    }
  }
  return Server::start(worker_, toolkit_, limits_);
}

std::vector<std::string> Compiler::options_of(const CompileJob& job) const {
  std::vector<std::string> options;
  if (!option_given(job.flags, {"--gpu-architecture", "-arch"}))
    options.push_back("--gpu-architecture=" + architecture_);
  if (!option_given(job.flags, {"--std", "-std"})) options.emplace_back("--std=c++20");
  for (const char* always : {"--ptxas-options=-v", "--disable-warnings"}) options.emplace_back(always);
  for (const std::string& folder : toolkit_.headers) options.push_back("--include-path=" + folder);
  for (const auto& [macro, value] : job.macros) options.push_back(fmt::format("--define-macro={}={}", macro, value));
  options.insert(options.end(), job.flags.begin(), job.flags.end());
  return options;
}

Result<Judged<Binary>> Compiler::compile(const CompileJob& job) {
  if (toolkit_.nvrtc.empty()) return world("{}", toolkit_.missing);
  if (job.source.find('\0') != std::string::npos)
    return Judged<Binary>(
        std::unexpected(Fault{Verdict::rejected, Reason::plan, "admit", "the source contains a NUL byte"}));
  Message message = {translation_unit(job), job.file.substr(job.file.rfind('/') + 1)};
  for (std::string& o : options_of(job)) message.push_back(std::move(o));
  Hasher hasher;
  hasher.field("ridgeline cubin 1").field(toolkit_.version);
  for (const std::string& part : message) hasher.field(part);
  for (const KernelSignature& k : job.kernels) hasher.field(k.kernel);
  const Digest key = hasher.digest();
  if (!job.fresh)
    if (auto known = cache_.find(key)) {
      known->trusted = !job.libraries.empty();
      return Judged<Binary>(std::move(*known));
    }

  const double begin = seconds_now();
  RIDGE_TRY(auto server, this->server());
  auto answer = server->ask(message, 2 * limits_.seconds + 20);
  const double spent = seconds_now() - begin;
  if (!answer || answer->size() != 3) {
    // Nothing came back: either the job held out against its own limits, or the server never came up.
    if (spent < limits_.seconds)
      return world("the compile worker ended without an answer; `ridgeline devices` says whether {} works",
                   toolkit_.nvrtc);
    return Judged<Binary>(std::unexpected(
        refused(Reason::compiler_limit, fmt::format("the compiler was stopped after {:.1f} s", spent))));
  }
  {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(server));
  }
  const std::string &outcome = (*answer)[0], &log = (*answer)[1], &image = (*answer)[2];
  if (outcome == outcome_limit) return Judged<Binary>(std::unexpected(refused(Reason::compiler_limit, log)));
  if (outcome != outcome_right) return Judged<Binary>(std::unexpected(refused(reason_of(log), short_messages(log))));

  const auto bytes = std::as_bytes(std::span(image.data(), image.size()));
  auto cubin = read_cubin(bytes);
  if (!cubin) return world("{} gave no machine code for {}", toolkit_.version, architecture_);
  for (const KernelSignature& k : job.kernels)
    if (!cubin->kernels.contains(k.kernel))
      return Judged<Binary>(std::unexpected(
          refused(Reason::missing_kernel,
                  fmt::format("no kernel {0}: define it as extern \"C\" __global__ void {0}(…)", k.kernel))));
  read_resources(log, cubin->kernels);
  Binary b;
  b.image = std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
  b.digest = cubin->code;
  b.compile_seconds = spent;
  b.trusted = !job.libraries.empty();
  for (const KernelSignature& k : job.kernels) {
    const KernelFacts& f = cubin->kernels.at(k.kernel);
    b.facts[k.kernel + ".registers"] = std::to_string(f.registers);
    b.facts[k.kernel + ".spill_bytes"] = std::to_string(f.spill_bytes);
    b.facts[k.kernel + ".stack_bytes"] = std::to_string(f.stack_bytes);
    b.facts[k.kernel + ".shared_bytes"] = std::to_string(f.shared_bytes);
    b.facts[k.kernel + ".code_bytes"] = std::to_string(f.code_bytes);
  }
  b.facts["global_bytes"] = std::to_string(cubin->global_bytes);
  b.facts["architecture"] = architecture_;
  if (!job.fresh) cache_.store(key, b);
  return Judged<Binary>(std::move(b));
}

std::string short_messages(const std::string& log) {
  std::vector<std::string> errors, others;
  for (std::string line : split_lines(log)) {
    if (trim(line).empty() || line.find("ptxas info") != std::string::npos) continue;
    // "seed.cu(3): error: …"
    const std::size_t open = line.find('('), close = open == std::string::npos ? open : line.find("): ", open);
    if (close != std::string::npos && close > open + 1 && line.find_first_not_of("0123456789", open + 1) == close) {
      line.replace(close, 1, "");
      line.replace(open, 1, ":");
    }
    (line.find("error") != std::string::npos ? errors : others).push_back(std::move(line));
  }
  return errors_first(errors, others);
}

}  // namespace ridge::cuda
