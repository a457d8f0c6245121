// A Responder over the channel: one for each invocation, used by the thread that runs it.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "bindings/adapter.h"
#include "bindings/channel.h"
#include "bindings/invocations.h"

namespace localfn {

class ChannelResponder : public Responder {
 public:
  /// `client_gone` is asked before every piece of the body but the first.
  ChannelResponder(Channel& channel, Invocations& running, std::uint32_t invocation,
                   std::function<bool()> client_gone)
      : channel_(channel),
        running_(running),
        invocation_(invocation),
        client_gone_(std::move(client_gone)) {}

  void head(wire::HeadFrame head) override;
  bool body(std::string_view bytes) override;
  void release_head() override;
  void streams() override;
  UniqueFd connection() override { return std::move(connection_); }
  void upgraded() override;

  /// The connection of a request that asks for a WebSocket; empty for any other.
  void give(UniqueFd connection) {
    may_upgrade_ = static_cast<bool>(connection);
    connection_ = std::move(connection);
  }

  /// Sends the head, if it still waits, and `end` in one go, and takes the invocation out of those
  /// that run in the same turn: whoever writes a log frame for it later knows that it has ended.
  void finish(const wire::EndFrame& end);

 private:
  bool send_piece(std::string_view bytes);

  Channel& channel_;
  Invocations& running_;
  std::uint32_t invocation_;
  std::function<bool()> client_gone_;
  std::string pending_;   ///< the encoded head, until it leaves
  bool body_begun_ = false;
  bool patient_ = true;       ///< nothing of a body has left, and nobody has flushed
  bool may_upgrade_ = false;  ///< after a head the connection could not become the function's
  UniqueFd connection_;
  bool upgraded_ = false;
};

}  // namespace localfn
