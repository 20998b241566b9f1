// One lane worker's process as the parent drives it: commands, their answers, the stamp.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <sys/types.h>

#include "base/fd.h"
#include "device/cuda/internal/protocol.h"
#include "device/cuda/lane.h"

namespace ridge::cuda {

// What a command came to.
struct Answer {
  enum class Kind : std::uint8_t { done, refused, ended, late };
  Kind kind = Kind::done;
  Status status = success;  // refused: of the driver
  std::string text;
};

class Process {
 public:
  explicit Process(const LaneHost& host) : host_(host) {}
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  Result<void> start();
  // Waits until the context and our own kernels are there. An Error is the world's.
  Result<void> ready();
  bool alive();
  void end();

  Control& control() { return *control_; }
  std::byte* program() { return shared_ + page; }
  std::byte* staging() { return shared_ + page + program_bytes; }

  Answer command(Command c, double limit_s);
  // `run` in its three parts; the stamp is from go to done.
  Answer run(double limit_s, double& seconds);

  std::string output(bool& cut) const;  // since `mark_output`
  void mark_output();
  bool output_full() const;

 private:
  void ring(Command c);
  Answer wait_for(Phase phase, double limit_s);

  const LaneHost& host_;
  Fd shared_file_, output_;
  std::byte* shared_ = nullptr;
  Control* control_ = nullptr;
  pid_t pid_ = -1;
  std::uint32_t bell_ = 0;
  std::int64_t stamp_ = 0;
  long output_from_ = 0;
  bool ready_ = false;
};

}  // namespace ridge::cuda
