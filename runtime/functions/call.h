// One invocation in one instance, from its Request frame to its End.
//
// Runs on the connection's thread, from the lease to the last byte of the answer. Everything the
// instance says is checked here: what breaks the protocol ends the instance, never the host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/functions/batch.h"
#include "runtime/functions/channel.h"
#include "runtime/functions/instance.h"
#include "runtime/functions/invocation.h"

namespace localfn {

class Call {
 public:
  /// `shared`: other invocations run in the instance, or may be added (the flag of the frame).
  Call(const Invocation& invocation, Instance& instance, ResponseSink& sink, bool shared);

  /// Sends the request and serves the answer. When it returns, the invocation's output has been
  /// handed out.
  Outcome run();

  /// After run(): the instance had gone before it could read the request, so no code of the user
  /// has seen it and it may be run elsewhere.
  bool never_seen() const { return never_seen_; }
  /// After run(): nobody waits for the invocation any more, but it still runs in the instance and
  /// counts there. Its client has gone, or has its whole answer.
  bool keeps_place() const { return keeps_place_; }
  /// Of the End frame; 0 when there was none.
  microseconds cpu() const { return microseconds(end_.cpu_us); }
  std::uint64_t peak_bytes() const { return end_.peak_bytes; }

  /// How long an answer may be held back to leave in one piece with what follows at once.
  static constexpr microseconds kBatching{500};
  /// The same for an answer of which all bytes are there, unless it is streamed: only the End of its
  /// invocation is still to come.
  static constexpr milliseconds kBeforeEnd{20};
  /// How long the connection waits for the End of an invocation whose answer is whole. Mostly it
  /// is there at once; work after the answer must not hold up the client's next request.
  static constexpr milliseconds kAfterAnswer{2};
  /// The same of an answer that tells of a failure: Starlette sends its 500 and raises what caused
  /// it then, which belongs under the line of that request.
  static constexpr milliseconds kAfterFailure{100};

 private:
  UniqueFd offer_slots(std::string& request);
  void send(std::string_view bytes, int passenger);
  void await();
  void process(const Batch& batch);
  void frame(const wire::FrameHeader& header, std::string_view payload);
  void own_frame(const wire::FrameHeader& header, std::string_view payload);
  void head(std::string_view payload);
  void body(std::string_view payload);
  void body_end(std::string_view payload);
  void upgraded();
  void answer_is_whole();
  void leave_behind();
  void tell_taken();
  bool owes_news() const;
  void end(std::string_view payload);
  void log(std::string_view payload);
  Outcome ended_with(wire::EndFrame& frame);

  void flush_if_due();
  void check_time();
  Deadline next_look() const;
  Deadline deadline() const;
  void client_gone();
  void timed_out(milliseconds limit, bool importing);
  std::string learn_stack();
  std::string learn_import_place();
  void closed();
  void broke_protocol(const std::string& what);
  void abandon(bool keeps_place);
  void finish_output();
  void close_mailbox(Batch& rest);

  const Invocation& invocation_;
  Instance& instance_;
  ResponseSink& sink_;
  const bool shared_;
  const std::uint32_t number_;
  const microseconds stood_before_;  ///< of the instance's standstill: before this invocation
  Channel::Mailbox mailbox_;
  Batch batch_;
  LineBuffer out_, err_;
  wire::EndFrame end_;
  std::optional<Outcome> outcome_;
  std::optional<Deadline> hold_until_;  ///< since the sink holds something
  std::optional<Deadline> leave_at_;    ///< since the answer is whole
  std::string stack_;                   ///< where the function is, once it was asked
  std::string refusal_;                 ///< why the head cannot be sent as it is
  bool unsent_ = false;
  bool heard_ = false;  ///< a frame of this invocation has come
  bool head_ = false;
  int status_ = 0;      ///< of the head
  bool whole_ = false;  ///< the last byte of the answer has come
  bool upgraded_ = false;  ///< the client's connection is the function's
  bool streams_ = false;
  bool holds_whole_ = false;  ///< `hold_until_` counts for the whole answer
  bool ended_ = false;
  bool abandoned_ = false;
  bool keeps_place_ = false;
  std::uint32_t taken_ = 0;  ///< body bytes that the instance has not been told of
  bool never_seen_ = false;
};

}  // namespace localfn
