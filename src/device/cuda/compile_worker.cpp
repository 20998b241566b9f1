// A compile server. Order: namespaces (no thread may exist yet), NVRTC with one empty program (it opens its second
// library with the first), then no file but the toolkit's headers, and then jobs, each in a child of its own.
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/subprocess.h"
#include "confine/confine.h"
#include "device/cuda/internal/compile_protocol.h"
#include "device/cuda/internal/nvrtc.h"
#include "device/cuda/worker.h"

namespace ridge::cuda {
namespace {

struct ServerLimits {
  double seconds = 60;
  std::uint64_t memory_bytes = 0;
};

[[noreturn]] void compile_one(const Nvrtc& nvrtc, const ServerLimits& limits, const Message& job, int to) {
  limit_process(limits.seconds, limits.memory_bytes);
  const Nvrtc::Output out = nvrtc.run(job[0], job[1], {job.begin() + 2, job.end()});
  const bool sent = send_message(to, {out.status == 0 ? outcome_right : outcome_refused, out.log, out.cubin});
  _exit(sent ? 0 : 1);
}

// Its child's answer, or what ended the child. Whoever asked may go away meanwhile: then so do we.
std::optional<Message> answer_to(const Nvrtc& nvrtc, const ServerLimits& limits, const Message& job) {
  int ends[2] = {-1, -1};
  if (pipe(ends) != 0) return std::nullopt;
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  const pid_t pid = fork();
  if (pid < 0) return std::nullopt;
  if (pid == 0) compile_one(nvrtc, limits, job, write_end.get());
  write_end = Fd();
  bool asked_for = true;
  for (;;) {
    pollfd waiting[2] = {{read_end.get(), POLLIN, 0}, {compile_fd, POLLRDHUP, 0}};
    const int ready = poll(waiting, 2, int(2e3 * limits.seconds));
    if (ready < 0 && errno == EINTR) continue;
    asked_for = ready >= 0 && (waiting[1].revents & (POLLHUP | POLLRDHUP | POLLERR)) == 0;
    if (ready == 0 || !asked_for) kill(pid, SIGKILL);
    break;
  }
  auto answer = receive_message(read_end.get(), limits.seconds);
  kill(pid, SIGKILL);
  const int status = await_child(pid);
  if (!asked_for) return std::nullopt;
  if (answer) return answer;
  const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return Message{outcome_limit,
                 signal == SIGXCPU || signal == SIGKILL
                     ? fmt::format("the compiler was stopped after {:.0f} s of processor time", limits.seconds)
                 : signal != 0 ? fmt::format("the compiler was ended by signal {} ({})", signal, strsignal(signal))
                               : "the compiler ended without an answer; out of memory, most likely",
                 ""};
}

}  // namespace

int compile_main(int argc, char** argv) {
  if (argc < 3) return 2;
  const ServerLimits limits{std::strtod(argv[1], nullptr), std::strtoull(argv[2], nullptr, 10)};
  const std::vector<std::string> headers(argv + 3, argv + argc);
  enter_library_jail();
  const auto nvrtc = Nvrtc::open(argv[0]);
  if (!nvrtc) return 3;
  (void)nvrtc->run("__global__ void nothing() {}", "nothing.cu", {});
  seal_library_jail(headers);
  while (const auto job = receive_message(compile_fd, 1e9)) {
    if (job->size() < 2) return 2;
    const auto answer = answer_to(*nvrtc, limits, *job);
    if (!answer || !send_message(compile_fd, *answer)) return 0;
  }
  return 0;
}

}  // namespace ridge::cuda
