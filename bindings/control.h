// The zygote's end of the control socket: messages with descriptors, one a packet.
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

  /// `descriptor` travels along when it is not negative. False when the host has gone, or has not
  /// read for half a minute.
  bool send(const wire::ControlMessage& message, int descriptor = -1);

  int fd() const { return socket_.get(); }

 private:
  UniqueFd socket_;
};

}  // namespace localfn
