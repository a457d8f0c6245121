// How an invocation ended, told from what the function wrote and what it raised.
#pragma once

#include <pybind11/pybind11.h>

#include <exception>
#include <string>

#include "bindings/handler/call.h"

namespace localfn {

/// For describe_exception().
struct Telling {
  std::string root;
  bool debug = false;
};

/// Ends the call: closes its connection, passes on a head that waits. `good` is false when a Python
/// exception is set; it is taken. Never throws.
wire::EndFrame conclude(Call& call, bool good, const Telling& telling);

/// The exception that is set, taken, as the end of an invocation.
wire::EndFrame raised(const Telling& telling);

/// The end of an invocation of which memory or the Responder has failed: what the function answered
/// cannot be told.
wire::EndFrame failed(const std::exception& error);

/// Runs an invocation; whatever leaves it becomes its end.
template <typename Run>
wire::EndFrame contained(const Telling& telling, Run run) {
  try {
    return run();
  } catch (pybind11::error_already_set& error) {
    error.restore();
    return raised(telling);
  } catch (const std::exception& error) {
    return failed(error);
  }
}

}  // namespace localfn
