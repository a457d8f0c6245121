// What the main thread of an instance does: it waits for signals, ours and those of user code.
#pragma once

#include <pybind11/pybind11.h>

#include <csignal>

namespace localfn {

/// Blocks our two signals in the calling thread, and so in all threads that it starts.
sigset_t block_our_signals();

/// Waits for one of `ours`, without the GIL, and runs Python's signal handlers. Returns
/// wire::kReadAgainSignal, wire::kShowStackSignal, or 0 for nothing of ours. Throws
/// pybind11::error_already_set when a signal handler of user code raises.
int await_our_signal(const sigset_t& ours);

/// What an exception makes of the process: the exit status. Prints it unless it is SystemExit or
/// KeyboardInterrupt.
int status_after(pybind11::error_already_set& error);

}  // namespace localfn
