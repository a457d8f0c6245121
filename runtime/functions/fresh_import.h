// The import of a function in an instance of its own, without a request: for `localfn check
// --import`.
//
// Any thread; several at a time.
#pragma once

#include <memory>
#include <optional>

#include "runtime/functions/invocation.h"
#include "runtime/functions/supervisor.h"

namespace localfn {

/// Starts an instance, lets it import the function and ends it. Nothing when it was imported;
/// otherwise ImportFailed, TimedOut (longer than `limit`) or Died. What it prints is dropped.
std::optional<Outcome> import_afresh(Spawner& spawner, const Project& project,
                                     const std::shared_ptr<const Function>& function,
                                     milliseconds limit);

}  // namespace localfn
