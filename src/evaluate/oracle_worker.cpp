#include "evaluate/oracle_worker.h"

#include <csignal>
#include <cstdio>

#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "evaluate/internal/oracle_protocol.h"
#include <ridgeline/reference.h>

namespace ridge::oracle {
namespace {

bool read_all(int fd, void* to, std::size_t n) {
  auto* p = static_cast<char*>(to);
  while (n > 0) {
    const ssize_t got = read(fd, p, n);
    if (got <= 0) return false;
    p += got;
    n -= std::size_t(got);
  }
  return true;
}

struct Raw {
  std::vector<ref::RawBuffer> buffers;
  explicit Raw(const std::vector<Buffer>& from, std::byte* data) {
    for (const Buffer& b : from)
      buffers.push_back(
          {b.name.c_str(), ref::Type(b.type), std::uint32_t(b.shape.size()), b.shape.data(), b.count, data + b.offset});
  }
};

Reply serve(const ref::Entry& entry, const Message& m, std::byte* data) {
  const Raw inputs(m.inputs, data), outputs(m.outputs, data);
  std::vector<ref::RawScalar> scalars;
  for (const Scalar& s : m.scalars) scalars.push_back({s.name.c_str(), s.real, s.integer, s.value});
  const auto scalar_count = std::uint32_t(scalars.size());
  ref::RawCase in{std::uint32_t(inputs.buffers.size()), const_cast<ref::RawBuffer*>(inputs.buffers.data()),
                  scalar_count, scalars.data()};
  ref::RawCase out{std::uint32_t(outputs.buffers.size()), const_cast<ref::RawBuffer*>(outputs.buffers.data()),
                   scalar_count, scalars.data()};
  Reply reply{1, 0};
  switch (m.request) {
    case Request::inputs:
      entry.inputs(&in, m.seed);
      break;
    case Request::answers:
      entry.oracle(&in, &out);
      break;
    case Request::metric:
      if (!entry.metric || outputs.buffers.size() != 2) return {0, 0};
      reply.value = entry.metric(&in, &outputs.buffers[0], &outputs.buffers[1]);
      break;
  }
  return reply;
}

}  // namespace

int worker_main(int argc, char** argv) {
  if (argc != 1) return 2;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  void* library = dlopen(argv[0], RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    std::fprintf(stderr, "%s\n", dlerror());
    return 3;
  }
  using EntryFunction = const ref::Entry* (*)();
  const auto function = reinterpret_cast<EntryFunction>(dlsym(library, "ridgeline_reference"));
  if (!function) {
    std::fprintf(stderr, "no RIDGELINE_REFERENCE(inputs, oracle) in it\n");
    return 3;
  }
  const ref::Entry* entry = function();
  if (entry->version != 1) {
    std::fprintf(stderr, "made for version %u of ridgeline/reference.h, this program has version 1\n", entry->version);
    return 3;
  }
  void* data = mmap(nullptr, data_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, data_fd, 0);
  if (data == MAP_FAILED) return 4;
  for (;;) {
    std::uint64_t n = 0;
    if (!read_all(0, &n, sizeof n)) return 0;  // the parent is done with us
    if (n > (64u << 20)) return 5;
    std::string bytes(n, '\0');
    Message m;
    if (!read_all(0, bytes.data(), n) || !unpack(bytes, m)) return 5;
    const Reply reply = serve(*entry, m, static_cast<std::byte*>(data));
    if (write(reply_fd, &reply, sizeof reply) != sizeof reply) return 0;
  }
}

}  // namespace ridge::oracle
