// Carries a function's answer from its channel to the client: the ResponseSink of one exchange.
#pragma once

#include <cstddef>
#include <string>

#include "runtime/functions/invocation.h"
#include "runtime/http/front.h"
#include "runtime/http/site/answer_rules.h"

namespace localfn::http {

/// The platform's limit for an answer that is not streamed: 4.5 MB.
inline constexpr std::size_t kBufferedLimit = 4'718'592;

/// Lives on the connection's thread for the length of one invocation.
class FunctionAnswer : public ResponseSink {
 public:
  /// `strict`: an answer is held back until it is known to be whole or streamed, and one over the
  /// limit is not sent. `fixed_status`: not 0 when a rule has decided the status.
  FunctionAnswer(Exchange& exchange, std::string_view request_id, bool strict,
                 const AnswerRules& rules, int fixed_status = 0)
      : exchange_(exchange),
        id_(request_id),
        strict_(strict),
        rules_(rules),
        fixed_status_(fixed_status) {}

  bool head(wire::HeadFrame head, std::string& why) override;
  bool body(std::string_view bytes) override;
  void streams() override;
  void complete() override;
  void upgraded() override;
  bool flush() override;
  bool holds() const override;
  bool incomplete(bool failed) const override;
  bool whole() const override { return (!strict_ || streamed_) && exchange_.whole(); }
  int client_fd() const override { return exchange_.client_fd(); }

  /// Hands over what --strict has held back: the answer is whole and small enough, or streamed.
  bool release();

  /// The client has its whole answer; the exchange is finished.
  bool completed() const { return completed_; }

  int status() const { return status_; }
  std::size_t body_bytes() const { return body_bytes_; }
  /// More than the function's own Content-Length allows; the client got as much as that.
  bool overlong() const { return declared_ != kUndeclared && !no_body_ && body_bytes_ > declared_; }
  std::size_t declared_bytes() const { return declared_; }
  /// Of a body that has a declared length: it has as many characters as bytes, and is not long.
  bool only_ascii() const { return only_ascii_; }
  bool streamed() const { return streamed_; }
  /// Strict only: the answer grew over the limit without being streamed; nothing of it has left.
  bool too_large() const { return too_large_; }

 private:
  static constexpr std::size_t kUndeclared = static_cast<std::size_t>(-1);

  Exchange& exchange_;
  std::string_view id_;
  const bool strict_;
  const AnswerRules& rules_;
  const int fixed_status_;
  int status_ = 0;
  bool no_body_ = false;  ///< HEAD, 204, 304: a declared length promises nothing
  std::size_t body_bytes_ = 0;
  std::size_t declared_ = kUndeclared;
  bool only_ascii_ = true;
  std::string held_;  ///< strict: the body until it may leave
  bool streamed_ = false;
  bool too_large_ = false;
  bool completed_ = false;
};

}  // namespace localfn::http
