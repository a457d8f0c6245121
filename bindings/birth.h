// The kernel's side of a new instance: what the child of a fork changes before Python goes on.
//
// In the child, on its only thread. Nothing here throws: what cannot be had ends the process with a
// line on stderr, and the zygote reports its exit.
#pragma once

#include <sys/types.h>

namespace localfn {

/// The descriptors that arrived with a Spawn message. Borrowed from the zygote's copy.
struct InstanceEnds {
  int channel = -1;
  int out = -1;
  int err = -1;
};

/// The number of the channel in every instance; 0, 1 and 2 are the only others.
inline constexpr int kChannelFd = 3;

/// The exit status of an instance that could not be set up (EX_OSERR).
inline constexpr int kExitNotBorn = 71;

/// Own process group, and death with the zygote (whose pid was taken before the fork).
void join_own_group(pid_t zygote) noexcept;

/// 0 is /dev/null, 1 and 2 the pipes, kChannelFd the channel; everything else is closed.
void place_descriptors(const InstanceEnds& ends) noexcept;

/// Dispositions to their defaults first, the mask last, so that no signal meets the zygote's
/// settings. SIGPIPE is ignored as in any Python; the host's own two signals stay blocked.
void reset_signals() noexcept;

/// The descriptors a function may open: what a process gets by default, not the host's raised limit.
void restore_fd_limit() noexcept;

}  // namespace localfn
