// How an invocation ended, told from what the function wrote and what it raised.
#pragma once

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

}  // namespace localfn
