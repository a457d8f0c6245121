// One request and its answer between the client and another server, both ways at once.
//
// Runs on the connection's thread. Neither body is ever held: what has arrived is passed on before
// more is read, so memory does not depend on their size and a slow reader slows the sender down.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "runtime/base/wire.h"
#include "runtime/http/front.h"
#include "runtime/http/proxy/answer_reader.h"
#include "runtime/http/proxy/byte_stream.h"

namespace localfn::http {

/// Gives the answer's head to the client's exchange (Exchange::begin); false with the reason when it
/// cannot be sent.
using GiveHead = std::function<bool(wire::HeadFrame head, std::string& why)>;

enum class Ending {
  Complete,        ///< the answer was passed on to its end
  NoAnswer,        ///< the server failed before the head of its answer: nothing was begun
  CutShort,        ///< it failed after that
  ClientGone,
  BodyMalformed,   ///< the client's body is not framed as HTTP says
  BodyTimedOut,    ///< the client's body does not move
};

class Transfer {
 public:
  Transfer(Exchange& exchange, ByteStream& upstream, std::string head, milliseconds progress,
           GiveHead give_head);

  Ending run();
  const std::string& problem() const { return problem_; }  ///< after NoAnswer and CutShort

 private:
  enum class Upload { Going, AwaitsClient, Complete, Broken };

  bool upload();
  void add_piece();
  bool awaits_client() const;
  bool download();
  bool pass_on(std::string_view bytes);
  void upstream_failed(std::string problem);
  void wait(Deadline until);
  void late();
  void end(Ending ending) { ended_ = true; ending_ = ending; }

  Exchange& exchange_;
  ByteStream& upstream_;
  const milliseconds progress_;
  const GiveHead give_head_;
  const bool chunked_;
  AnswerReader reader_;

  std::string outgoing_;     ///< for the server: its head, then pieces of the body
  std::size_t sent_ = 0;     ///< of outgoing_
  Upload upload_ = Upload::Going;
  bool body_ended_ = false;  ///< all of the client's body is in outgoing_, or was
  short wanted_ = 0;         ///< what the stream waits for besides bytes of the answer
  bool begun_ = false;       ///< the head has been given to the exchange
  std::string piece_;        ///< body bytes of the answer
  std::string buffer_;
  bool ended_ = false;
  Ending ending_ = Ending::Complete;
  std::string problem_;
};

}  // namespace localfn::http
