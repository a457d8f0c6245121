// The zygote's end of the control socket, and both ends of the one to its spare: messages with
// descriptors, one a packet.
#pragma once

#include <vector>

#include "runtime/base/fd.h"
#include "runtime/base/wire.h"

namespace localfn {

struct ControlPacket {
  wire::ControlMessage message;
  std::vector<UniqueFd> descriptors;
};

class Control {
 public:
  /// Takes over a connected SOCK_SEQPACKET socket. Throws std::system_error when it is none.
  explicit Control(UniqueFd socket);

  enum class Received { Packet, Nothing, Closed };

  /// Does not wait. Throws std::runtime_error for what is not a message.
  Received receive(ControlPacket& packet);

  /// The descriptors travel along, 8 at most. False when the other side has gone, or has not read
  /// for half a minute.
  bool send(const wire::ControlMessage& message, const std::vector<int>& descriptors = {});

  int fd() const { return socket_.get(); }

 private:
  UniqueFd socket_;
};

}  // namespace localfn
