// The life of an instance in words: where it is, and why it takes no more requests.
#pragma once

#include <string_view>

namespace localfn {

/// Spawning → Importing → Ready ⇄ Busy → Draining → Gone; the names appear in messages.
enum class InstanceState { Spawning, Importing, Ready, Busy, Draining, Gone };
std::string_view state_name(InstanceState state);

/// Why an instance takes no more requests.
enum class Fate {
  Serving,   ///< it does take them
  Retired,   ///< stale, idle for too long, or the server stops: it was asked to leave
  TimedOut,  ///< an invocation in it overran
  ImportTimedOut,
  ImportFailed,
  BrokeProtocol,
  Died,
  Stopped,  ///< killed because the server stops
};

}  // namespace localfn
