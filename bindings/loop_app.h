// What serves every invocation of an instance by itself, on an event loop: the ASGI adapter.
#pragma once

#include <stdexcept>
#include <utility>

#include "runtime/base/wire.h"

namespace localfn {

class LoopApp {
 public:
  virtual ~LoopApp() = default;

  /// On the main thread, with the GIL, after Ready has been sent. Serves until the host says Stop
  /// and nothing runs any more, or until user code ends the process; returns the exit status then.
  /// `frames` holds what arrived after the Load frame.
  virtual int run(wire::FrameReader& frames) = 0;
};

/// The app said that it cannot start. The process ends with status 0, as on the platform.
class StartupFailed : public std::runtime_error {
 public:
  explicit StartupFailed(wire::Failure told)
      : std::runtime_error(told.error), failure(std::move(told)) {}

  wire::Failure failure;
};

}  // namespace localfn
