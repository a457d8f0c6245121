// One instance forked ahead of need. Most of a cold start is the fork and what follows it: copying
// page tables, Python's own work after a fork, and the copy of every page that both processes share
// when the instance first writes to it. None of that depends on the function, so the zygote has it
// done while nobody waits; a Spawn message then finds a process that only has to load its function.
#pragma once

#include <sys/types.h>

#include <functional>
#include <vector>

#include "bindings/control.h"

namespace localfn {

/// What `ps` shows for a spare.
inline constexpr const char* kSpareName = "localfn-spare";

/// The zygote's hold on its spare. In the zygote, on its only thread, with the GIL.
class Spare {
 public:
  using Live = std::function<void(ControlPacket&)>;

  /// Forks one. In the child it waits for a Spawn message and calls `live` with it, which does not
  /// return. Where it cannot be made (no memory, too many processes) there is none: it is never
  /// needed. `models` are instances that show which pages will be written.
  void make(const std::vector<pid_t>& models, const Live& live) noexcept;

  /// Hands a Spawn message on: from now on the spare is an instance with the pid returned; -1 when
  /// there is none, or none that listens.
  pid_t take(const ControlPacket& packet) noexcept;

  /// The process has ended: if it was the spare, there is none any more.
  void ended(pid_t pid) noexcept;

  /// Ends it; it is gone when this returns.
  void end() noexcept;

 private:
  bool there() const { return pid_ > 0; }
  void forget() noexcept;

  pid_t pid_ = -1;
  UniqueFd orders_;
};

}  // namespace localfn
