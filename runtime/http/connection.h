// One client's connection, from accept to close: request after request.
//
// Runs on one thread for its whole life. Its limits, handler and the set of connections outlive it.
#pragma once

#include <string>

#include "runtime/base/fd.h"
#include "runtime/http/body_reader.h"
#include "runtime/http/client_socket.h"
#include "runtime/http/connections.h"
#include "runtime/http/exchange.h"
#include "runtime/http/front.h"
#include "runtime/http/head_parser.h"
#include "runtime/http/input_buffer.h"

namespace localfn::http {

/// What all connections of a front share; read only.
struct Service {
  Limits limits;
  Handler handler;
  RefusalPage refusal_page;
};

class Connection {
 public:
  Connection(UniqueFd fd, const Service& service, Connections& all);

  /// Serves until either side ends it. Throws std::bad_alloc at worst.
  void run();

 private:
  enum class Head { Complete, Refused, Closed };

  bool serve_one();
  Head read_head();
  Head feed();
  Head receive_head(Deadline deadline);
  void call_handler();
  void refuse(const Refusal& refusal);
  void answer_refusal(const Refusal& refusal);
  void fail(const char* what);
  void linger();
  void learn_peer();

  UniqueFd fd_;
  const Service& service_;
  Connections::Entry entry_;  // after fd_: it leaves the set before the descriptor is closed
  ClientSocket socket_;
  InputBuffer input_;
  HeadParser parser_;
  BodyReader body_;
  ConnectionExchange exchange_;
  Refusal refusal_;
  std::string peer_address_;
  bool client_ended_ = false;
};

}  // namespace localfn::http
