// The process that forks the instances: one thread, Python up, no code of any project.
//
// It obeys the host on the control socket until that closes or SIGTERM comes, and then takes every
// instance with it.
#pragma once

#include "bindings/instance.h"

namespace localfn {

/// Runs the zygote on the inherited control socket; returns the exit status. Throws
/// std::exception when Python cannot be started or the host breaks the protocol.
int run_zygote(int control_fd, const Adapters& adapters);

}  // namespace localfn
