// The life of an instance, from the fork to its end.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>

#include "bindings/adapter.h"
#include "bindings/birth.h"
#include "bindings/log_outlet.h"
#include "bindings/loop_app.h"
#include "bindings/serving.h"

namespace localfn {

/// How functions are called: the worker's main() gives the real adapters, tests may give their own.
struct Adapters {
  using Make = std::function<std::unique_ptr<Adapter>(pybind11::object, const wire::LoadFrame&)>;

  /// In the zygote, before the first fork.
  std::function<void()> prepare;
  Make make_handler;
  Make make_wsgi;
  /// Starts the app's loop and runs its startup. Throws StartupFailed, or error_already_set.
  std::function<std::unique_ptr<LoopApp>(pybind11::object, const wire::LoadFrame&,
                                         const InstanceParts&)>
      make_asgi = {};

  /// Empty for an interface that is not served by an Adapter.
  const Make& of(wire::Interface interface) const;
};

/// Runs in the child of a fork that has joined its own group, with the GIL, and never comes back: it
/// leaves by _exit. An exception that left it would unwind into the zygote's loop, and there would
/// be two zygotes.
[[noreturn]] void run_instance(const InstanceEnds& ends, LogOutlet& outlet,
                               const Adapters& adapters) noexcept;

}  // namespace localfn
