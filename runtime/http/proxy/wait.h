// Waits for another server while an eye is kept on the client.
#pragma once

#include "runtime/base/clock.h"

namespace localfn::http {

enum class Waited { Ready, Late, ClientGone };

/// Waits until `fd` has one of `events` (or an error), `client_fd` one of `client_events`, or the
/// deadline passes. A client that has closed its connection, or its half of it where `client_events`
/// has POLLRDHUP, is gone, as it is for functions. Any thread.
Waited wait_for(int fd, short events, int client_fd, short client_events, Deadline deadline);

}  // namespace localfn::http
