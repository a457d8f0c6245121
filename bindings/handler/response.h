// One answer on its way from the function's writes to the Responder.
//
// Used by one thread at a time (Call serialises). The head is kept until there is a body byte, a
// flush or the end: most answers leave in one piece, and one that turns out not to be HTTP has not
// left by then.
#pragma once

#include <string>
#include <string_view>

#include "bindings/adapter.h"
#include "bindings/handler/response_parser.h"

namespace localfn {

class Response {
 public:
  explicit Response(Responder& responder) : responder_(&responder) {}

  /// Takes raw bytes as the function wrote them. False when the client is gone.
  bool write(std::string_view bytes);

  /// The function has begun a head that it has not written.
  void note_unsent_head() { parser_.note_unsent_head(); }

  /// Lets a head leave that is whole, though no body has come.
  void release_head();

  /// The function has flushed: tells the host that the answer is a streamed one.
  void streams();

  /// The function will write no more: passes on a head that still waits.
  void finish();

  /// A whole final head was written (and is HTTP).
  bool has_head() const { return parser_.has_head() && (!parser_.failed() || head_passed_); }
  bool has_second_head() const { return parser_.has_second_head(); }
  bool head_passed() const { return head_passed_; }
  bool started() const { return parser_.started(); }
  bool failed() const { return parser_.failed(); }
  const std::string& problem() const { return parser_.problem(); }

 private:
  void pass_head();
  void pass_whole_head();

  Responder* responder_;
  ResponseParser parser_;
  bool head_passed_ = false;
};

}  // namespace localfn
