// Signals as file descriptors. There are no signal handlers in localfn.
#pragma once

#include <csignal>
#include <initializer_list>
#include <string>

#include "runtime/base/fd.h"

namespace localfn {

/// Blocks the signals in the calling thread (and in every thread it starts later) and returns a
/// non-blocking signalfd for them. Call it before the first thread exists.
UniqueFd block_signals(std::initializer_list<int> signals);

/// Takes what has come to a signalfd, so that poll() waits for news again. False: nothing had.
bool take_signals(const UniqueFd& signals);

/// While it lives a write to what nobody reads any more is an error in the thread that made it, and
/// does not end the process. To be destroyed by that thread.
class SigpipeBlocked {
 public:
  SigpipeBlocked();
  ~SigpipeBlocked();
  SigpipeBlocked(const SigpipeBlocked&) = delete;
  SigpipeBlocked& operator=(const SigpipeBlocked&) = delete;

 private:
  sigset_t before_{};
};

/// "SIGSEGV", "SIGKILL", …; "signal 64" for those without a name.
std::string signal_name(int signal_number);

/// A raw wait status in words: "exited with status 3", "was killed by SIGSEGV".
/// The one place where the end of a process is explained.
std::string describe_exit(int wait_status);

}  // namespace localfn
