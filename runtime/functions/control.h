// One packet of the control socket, with descriptors. SOCK_SEQPACKET keeps packets apart.
//
// The host's end; used by the supervisor's thread (reading) and by any thread (writing).
#pragma once

#include <initializer_list>
#include <optional>

#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/base/wire.h"

namespace localfn {

/// Sends one message with the descriptors in `fds` (borrowed). Waits for room until `deadline`.
/// Throws std::system_error: EPIPE when the zygote has gone, ETIMEDOUT when it does not read.
void send_control(int socket, const wire::ControlMessage& message, std::initializer_list<int> fds,
                  Deadline deadline);

struct ReceivedControl {
  enum class Kind { Message, Nothing, Closed, Malformed } kind = Kind::Nothing;
  wire::ControlMessage message;
  UniqueFd fd;  ///< the pidfd of Spawned
};
/// Reads one packet if there is one. Never throws for what the zygote sends.
ReceivedControl receive_control(int socket);

}  // namespace localfn
