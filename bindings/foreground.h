// The terminal at the host's sudden death: whoever types into a debugger then gets it back as it
// was.
//
// The zygote's part, which outlives the host for a moment. A host that ends in order has restored
// the terminal itself (runtime/cli/terminal_desk.h).
#pragma once

#include <sys/types.h>
#include <termios.h>

namespace localfn {

class Foreground {
 public:
  /// Notes how the terminal is set and which group has it, where this process has a terminal.
  Foreground() noexcept;

  /// Gives it back to that group if `group` has it at the moment: an instance whose debugger was
  /// waiting for a line. A shell that has taken it meanwhile is not disturbed.
  void take_from(pid_t group) const noexcept;

  /// Gives it back if the group that has it has no process any more: an instance that noticed the
  /// host's death sooner than this process did, and is reaped.
  void take_from_the_dead() const noexcept;

 private:
  void restore(int terminal) const noexcept;

  bool known_ = false;
  termios modes_{};
  pid_t owner_ = -1;
};

}  // namespace localfn
