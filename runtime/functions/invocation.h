// The vocabulary of one invocation: what goes in, what comes out, how it ended.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/wire.h"
#include "runtime/project/project.h"

namespace localfn {

/// One call of a function. Lives on the connection's thread for the length of the call.
struct Invocation {
  std::shared_ptr<const Project> project;
  std::shared_ptr<const Function> function;
  wire::RequestFrame request;
  Deadline deadline;        ///< maxDuration, counted from routing: waiting and init included
  milliseconds limit{0};    ///< that maxDuration, for messages
  /// The client asks for a WebSocket: the sink's client_fd() goes along with the request, and
  /// `request.body` is what has arrived after its head.
  bool upgrade = false;
};

/// Where the answer goes, piece by piece. Implemented by the HTTP side; called on the invocation's
/// own thread only.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;

  /// Once, first. False: the head cannot be sent as it is (`why` is set: "header X-A has a line
  /// break in its value"); the call then ends as BadResponse.
  virtual bool head(wire::HeadFrame head, std::string& why) = 0;

  /// Appends body bytes; may keep them until flush() or the end. False once the client has gone.
  virtual bool body(std::string_view bytes) = 0;

  /// The function has flushed its answer while writing it: it is streamed, not buffered. At most
  /// once, before the bytes that follow.
  virtual void streams() {}

  /// The answer is whole, although the function still runs: its client gets the rest of it now.
  /// At most once; nothing but incomplete() is called afterwards.
  virtual void complete() { flush(); }

  /// Instead of head(): the function has taken the connection of an upgrade for its own. Nothing
  /// is called afterwards, and client_fd() may not be used any more.
  virtual void upgraded() {}

  /// Nothing more will come at once: send what is held. False once the client has gone.
  virtual bool flush() = 0;

  /// Whether anything is held back that flush() would send.
  virtual bool holds() const = 0;

  /// Asked once, at the end of an answer whose head was given: whether it lacks bytes that its own
  /// Content-Length declared. `failed`: the function raised after its head; an answer of
  /// undeclared length then counts as cut short.
  virtual bool incomplete(bool failed) const { return failed; }

  /// All that the head has promised has been given, although the function still runs. Once none of
  /// it is held either, the client's leaving is no longer news.
  virtual bool whole() const { return false; }

  /// The client's socket, polled for hang-up while the function works; -1 when there is none.
  virtual int client_fd() const = 0;
};

/// What is known of the instance that served, for the access line and the records.
struct ServedBy {
  std::uint32_t instance = 0;  ///< its number; 0 when none was reached
  bool cold = false;           ///< an instance was started for this invocation
  microseconds init{0};        ///< its import time, when cold
  bool shared = false;         ///< other invocations ran in it at the same time
  microseconds cpu{0};         ///< 0 when shared
  std::uint64_t peak_bytes = 0;
};

// ---- how a call ended ------------------------------------------------------------------------

/// Answers from this status on say themselves that the function failed.
inline constexpr int kFailureStatus = 500;

/// An answer went to the sink. `failure` is set when the function raised after its head had left.
struct Reply {
  bool streamed = false;
  bool truncated = false;  ///< fewer bytes than its own Content-Length, or cut by the failure
  wire::Failure failure;   ///< error empty: none
  bool whole = false;      ///< the failure came after the end of the answer
  int status = 0;          ///< of its head; 0: it became a WebSocket
};
struct HandlerRaised { wire::Failure failure; };
/// Returned without a usable response; `reason` says which kind, in words.
struct NoResponse { std::string reason; };
struct ImportFailed { wire::Failure failure; int exit_code = 1; };
struct TimedOut {
  milliseconds limit{0};
  bool importing = false;  ///< the import deadline, or maxDuration while importing
  bool head_sent = false;  ///< the connection must be cut
  std::string stack;       ///< where the function was, when it could be learnt
};
struct Died {
  int wait_status = 0;
  bool known = false;       ///< false: the status could not be learnt in time
  bool importing = false;
  bool head_sent = false;
  bool by_us = false;       ///< killed because another invocation in it timed out
  std::string last_stderr;  ///< its last lines
  std::string reason;       ///< what went wrong where it is not the end of the process that tells:
                            ///< a broken protocol, an instance that could not be started
};
struct TooLarge { std::size_t limit = 0; };
struct Overloaded { std::string reason; };
struct ClientGone {};

using Outcome = std::variant<Reply, HandlerRaised, NoResponse, ImportFailed, TimedOut, Died,
                             TooLarge, Overloaded, ClientGone>;

/// "reply", "handler_raised", … as in the records of `--log json`.
std::string_view outcome_name(const Outcome& outcome);

}  // namespace localfn
