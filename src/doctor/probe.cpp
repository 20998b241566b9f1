#include "doctor/probe.h"

#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/paths.h"
#include "base/subprocess.h"
#include "confine/confine.h"
#include "confine/landlock.h"
#include "doctor/internal/snippet.h"

namespace ridge {
namespace {

constexpr std::uint64_t small_memory = 64ull << 20;
constexpr double short_limit_s = 0.2;

constexpr const char* kNamespaces =
    "allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, "
    "kernel.apparmor_restrict_unprivileged_userns=0; in a container: --security-opt seccomp=unconfined)";
constexpr const char* kLandlock =
    "needs Linux 5.13 with landlock in the list of security modules (boot with lsm=landlock,…)";
constexpr const char* kSeccomp =
    "needs a Linux with CONFIG_SECCOMP_FILTER; do not run strangers' kernels here without it";
constexpr const char* kReport =
    "the layer is there and did not hold: do not run strangers' kernels here, and report it";

// The exit status of `act` in a process of its own; negative: a signal. Between fork and exit `act` does nothing that
// may wait for another thread of ours.
int in_child(int (*act)()) {
  const pid_t pid = fork();
  if (pid < 0) return -1;
  if (pid == 0) _exit(act());
  const int status = await_child(pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

// What a kernel that does something forbidden must end with.
std::function<Result<Probed>()> kernel_ends_with(Device& device, Snippet snippet, Reason wanted) {
  return [&device, snippet = std::move(snippet), wanted]() -> Result<Probed> {
    RIDGE_TRY(auto opened, OpenSnippet::open(device, snippet));
    if (!opened) return world("the probe does not build: {}", opened.error().text);
    RIDGE_TRY(auto burst, (*opened)->run(wanted == Reason::time_limit ? short_limit_s : 20));
    if (burst) return Probed{CheckOutcome::failed, "it came through"};
    const Fault& fault = burst.error();
    return Probed{fault.reason == wanted ? CheckOutcome::held : CheckOutcome::failed,
                  fmt::format("{}: {}", describe(fault.reason), fault.text)};
  };
}

Result<Probed> compiler_reads_a_secret(Device& device) {
  RIDGE_TRY(auto opened, OpenSnippet::open(device, {.body = "", .head = "#include \"/etc/passwd\""}));
  if (opened) return Probed{CheckOutcome::failed, "it was read"};
  const std::string& said = opened.error().text;
  if (said.find("root:") != std::string::npos || said.find("nologin") != std::string::npos)
    return Probed{CheckOutcome::failed, "its text stands in the compiler's message"};
  return Probed{CheckOutcome::held, "not there for the compiler"};
}

Result<Probed> jail_sees_our_process() {
  if (!probe_layers().user_namespace) return Probed{CheckOutcome::not_possible, "no user namespaces here"};
  RIDGE_TRY(const TempDir folder, TempDir::make("doctor"));
  std::error_code ignored;
  std::filesystem::create_directory(folder.path() + "/job", ignored);
  const auto inside = [&](const std::string& script) {
    return run_process(
        {.argv = {worker_path(), "jail", folder.path(), "5", "1000000000", "--", "/bin/sh", "-c", script},
         .folder = "",
         .environment = {},
         .time_limit_s = 20});
  };
  RIDGE_TRY(const ProcessResult works, inside("exit 42"));
  if (works.exit_code != 42)
    return Probed{CheckOutcome::failed, fmt::format("the jail does not start: {}", works.output)};
  RIDGE_TRY(const ProcessResult signals, inside(fmt::format("kill -0 {}", getpid())));
  if (signals.exit_code == 0) return Probed{CheckOutcome::failed, "our process can be signalled from inside"};
  return Probed{CheckOutcome::held, "no process but its own"};
}

Result<Probed> lane_has_our_network() {
  if (!probe_layers().user_namespace) return Probed{CheckOutcome::not_possible, "no user namespaces here"};
  const int status = in_child([] {
    char before[256] = {}, after[256] = {};
    if (readlink("/proc/self/ns/net", before, sizeof before - 1) < 0) return 2;
    enter_lane(0);
    if (readlink("/proc/self/ns/net", after, sizeof after - 1) < 0) return 2;
    for (int i = 0; i < 256; ++i)
      if (before[i] != after[i]) return 0;
    return 1;
  });
  if (status == 0) return Probed{CheckOutcome::held, "a network of its own without any interface up"};
  return Probed{CheckOutcome::failed, status == 1 ? "it has ours" : fmt::format("the probe ended with {}", status)};
}

Result<Probed> lane_can_gain_privileges() {
  const int status = in_child([] {
    enter_lane(0);
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 1;
  });
  return Probed{status == 0 ? CheckOutcome::held : CheckOutcome::failed,
                status == 0 ? "off for good" : "it may gain some"};
}

Result<Probed> landlock_opens_a_file() {
  if (probe_layers().landlock_abi == 0) return Probed{CheckOutcome::not_possible, "no Landlock here"};
  const int status = in_child([] {
    if (!landlock_only({}, {})) return 2;
    return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0 ? 1 : 0;
  });
  if (status == 0) return Probed{CheckOutcome::held, "refused"};
  return Probed{CheckOutcome::failed, status == 1 ? "opened" : fmt::format("the probe ended with {}", status)};
}

}  // namespace

std::vector<Probe> confinement_probes(Device& device) {
  if (device.capabilities().simulated) return {};
  if (device.capabilities().plan.dialect != Dialect::cpp)
    // Candidates run on the device and make no calls; it is their compiler that reads what strangers wrote.
    return {{"namespaces: a compiler signals our process", "it sees none", kNamespaces, jail_sees_our_process},
            {"jail: a source includes /etc/passwd", "not there", kNamespaces,
             [&device] { return compiler_reads_a_secret(device); }},
            {"time limit: a kernel does not return", "stopped at its limit", kReport,
             kernel_ends_with(device, {.body = "while (*(volatile unsigned char*)p == p[0]) {}"}, Reason::time_limit)},
            {"a context of its own: a kernel writes far behind its buffer", "the context is gone, and nothing else",
             kReport,
             kernel_ends_with(device, {.body = "((volatile unsigned char*)p)[1ll << 42] = 1;"}, Reason::device_fault)}};
  return {
      {"seccomp: a kernel asks the system for its user", "stopped, and the call named", kSeccomp,
       kernel_ends_with(device, {.body = "p[0] = (unsigned char)getuid();", .head = "#include <unistd.h>"},
                        Reason::forbidden_call)},
      {"seccomp: a kernel opens a file", "stopped, and the call named", kSeccomp,
       kernel_ends_with(
           device, {.body = "p[0] = (unsigned char)open(\"/etc/passwd\", O_RDONLY);", .head = "#include <fcntl.h>"},
           Reason::forbidden_call)},
      {"Landlock: a file is opened where the call is allowed", "refused", kLandlock, landlock_opens_a_file},
      {"namespaces: a lane looks for the network", "it has none", kNamespaces, lane_has_our_network},
      {"namespaces: a compiler signals our process", "it sees none", kNamespaces, jail_sees_our_process},
      {"jail: a source includes /etc/passwd", "not there", kNamespaces,
       [&device] { return compiler_reads_a_secret(device); }},
      {"no new privileges", "set", kReport, lane_can_gain_privileges},
      {"memory limit: a kernel takes all it can get", "stopped at its limit", kReport,
       kernel_ends_with(device,
                        {.body = "for (;;) { volatile char* q = (volatile char*)malloc(1 << 20); if (!q) continue; "
                                 "for (int i = 0; i < 1 << 20; i += 4096) q[i] = 1; }",
                         .head = "#include <stdlib.h>",
                         .memory_limit = small_memory},
                        Reason::memory_limit)},
      {"time limit: a kernel does not return", "stopped at its limit", kReport,
       kernel_ends_with(device, {.body = "for (volatile int i = 0;; i = i + 1) {}"}, Reason::time_limit)},
      {"guard page: a kernel writes far behind its buffer", "stopped by a signal", kReport,
       kernel_ends_with(device, {.body = "((volatile unsigned char*)p)[n + 4096] = 1;"}, Reason::signal)},
  };
}

DoctorFinding finding_of(const Probe& probe, const Result<Probed>& result) {
  DoctorFinding f;
  f.what = probe.what;
  f.expected = probe.expected;
  if (result) {
    f.outcome = result->outcome;
    f.measured = result->measured;
  } else {
    f.outcome = CheckOutcome::failed;
    f.measured = "could not be tried";
    f.mend = result.error().message + "; ";
  }
  if (f.outcome != CheckOutcome::held) f.mend += probe.mend;
  return f;
}

}  // namespace ridge
