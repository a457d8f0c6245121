#include "bindings/channel_responder.h"

#include <algorithm>
#include <utility>

namespace localfn {
namespace {

// Most heads, with the End frame behind them.
constexpr std::size_t kUsualHead = 512;
// Small enough that frames of other threads get their turn during a large body.
constexpr std::size_t kLargestPiece = 256 * 1024;

std::string_view bytes_of(const wire::FrameHeader& header) {
  return {reinterpret_cast<const char*>(&header), sizeof header};
}

}  // namespace

void ChannelResponder::head(wire::HeadFrame head) {
  if (upgraded_) return;
  pending_.reserve(kUsualHead);
  wire::encode(pending_, head, invocation_);
}

bool ChannelResponder::body(std::string_view bytes) {
  // In the child of a fork of user code our mutexes may be held by threads that do not exist there.
  if (!channel_.ours()) return false;
  if (upgraded_) return true;
  while (!bytes.empty()) {
    // The first piece goes without the question, so that a small answer costs no extra call.
    if (body_begun_ && client_gone_()) return false;
    body_begun_ = true;
    const auto piece = bytes.substr(0, kLargestPiece);
    if (!send_piece(piece)) return false;
    bytes.remove_prefix(piece.size());
  }
  return true;
}

void ChannelResponder::upgraded() {
  if (std::exchange(upgraded_, true)) return;
  pending_.clear();
  std::string frame;
  wire::encode_plain(frame, wire::FrameType::Upgraded, invocation_);
  Channel::Turn turn(channel_);
  running_.answered(invocation_);
  turn.send({frame});
}

void ChannelResponder::release_head() {
  if (pending_.empty() || may_upgrade_ || !channel_.ours()) return;
  Channel::Turn turn(channel_);
  turn.send_soon({pending_});
  pending_.clear();
}

void ChannelResponder::streams() {
  if (upgraded_ || !channel_.ours()) return;
  patient_ = false;
  std::string frames;
  if (!may_upgrade_) frames.swap(pending_);
  wire::encode_plain(frames, wire::FrameType::Streams, invocation_);
  Channel::Turn turn(channel_);
  turn.send({frames});
}

bool ChannelResponder::send_piece(std::string_view bytes) {
  const wire::FrameHeader header{static_cast<std::uint32_t>(bytes.size()), invocation_,
                                 wire::FrameType::Body, 0, 0};
  // The first bytes are mostly all there are: they may wait a moment for the End frame.
  const bool soon = std::exchange(patient_, false);
  Channel::Turn turn(channel_);
  const bool sent = soon ? turn.send_soon({pending_, bytes_of(header), bytes})
                         : turn.send({pending_, bytes_of(header), bytes});
  pending_.clear();
  return sent;
}

void ChannelResponder::finish(const wire::EndFrame& end) {
  wire::encode(pending_, end, invocation_);
  Channel::Turn turn(channel_);
  running_.end(invocation_);
  turn.send({pending_});
  pending_.clear();
}

}  // namespace localfn
