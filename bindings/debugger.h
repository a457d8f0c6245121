// Debuggers in an instance: `breakpoint()`, pdb, `--pdb`, `--debugpy`.
//
// The work is done by python/debugger.py and python/terminal.py; this is what it needs of the
// instance, and what the instance tells it. Made once in the zygote (install), inherited by every
// instance (connect). The GIL is held by every caller, on any thread.
#pragma once

#include <pybind11/pybind11.h>

#include "bindings/channel.h"
#include "bindings/log_outlet.h"
#include "runtime/base/wire.h"

namespace localfn {

class Debugger {
 public:
  Debugger(LogOutlet& outlet, Channel& channel) : outlet_(outlet), channel_(channel) {}
  Debugger(const Debugger&) = delete;
  Debugger& operator=(const Debugger&) = delete;

  /// Puts sys.breakpointhook in place, and what adapts pdb when it is imported. The debugger must
  /// live as long as the process.
  static void install();

  /// When this process has become the function's, before any code of the project. From here on the
  /// host is told of every stop.
  void connect(const wire::LoadFrame& load);

  /// The invocation that this thread ran is over: nobody debugs it any more. Costs nothing in an
  /// instance in which nothing has ever stopped. Never throws.
  void leave() noexcept;
  /// The same on an event loop, whose thread goes on with other invocations: only what shows on the
  /// terminal for this one is over.
  void leave(std::uint32_t invocation) noexcept;

 private:
  pybind11::object functions();
  void tell(wire::FrameType type);
  void call_quietly(const char* function) noexcept;

  LogOutlet& outlet_;
  Channel& channel_;
  bool used_ = false;  ///< something has stopped here
};

/// With --pdb: opens the debugger where `exception` was raised, if there is a terminal, and returns
/// when its user has seen enough. Never throws.
void debug_post_mortem(pybind11::handle exception) noexcept;

}  // namespace localfn
