// The answering side of a connection: one object for all its exchanges, one after another.
//
// Decides how an answer is delimited and whether the connection may go on, and sends as little as
// often as possible: head and body of a finished answer leave in one call of the kernel.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/http/answer.h"
#include "runtime/http/body_reader.h"
#include "runtime/http/chunked.h"
#include "runtime/http/client_socket.h"
#include "runtime/http/connections.h"
#include "runtime/http/front.h"
#include "runtime/http/head_parser.h"

namespace localfn::http {

class ConnectionExchange final : public Exchange {
 public:
  ConnectionExchange(ClientSocket& socket, BodyReader& body, const HeadParser& head,
                     const Connections::Entry& entry)
      : socket_(socket), reader_(body), parser_(head), entry_(entry) {}

  /// The head in the parser is complete: a new exchange.
  void start();
  /// An exchange without a request: the head was refused. `head_only`: it was a HEAD.
  void start_refused(bool head_only);
  /// The Handler has returned. True when the connection may go on to the next request.
  bool conclude();
  bool answered() const { return state_ == State::Finished; }
  bool was_handed_over() const { return handed_over_; }
  bool was_cut() const { return state_ == State::Cut; }

  const Request& request() const override { return parser_.request(); }
  BodyStatus read_body(std::string_view& body) override;
  BodyPiece read_body_piece(std::string_view& piece) override { return reader_.read_piece(piece); }
  bool respond(int status, const wire::Headers& headers, std::string_view body) override;
  bool begin(int status, const wire::Headers& headers) override;
  bool write(std::string_view bytes) override;
  bool flush() override;
  bool holds() const override;
  bool finish() override;
  void cut() override;
  bool send_file(int status, const wire::Headers& headers, int fd, std::uint64_t offset,
                 std::uint64_t length) override;
  bool started() const override { return state_ != State::Waiting; }
  bool head_left() const override { return head_left_; }
  bool whole() const override;
  void close_after() override { may_continue_ = false; }
  std::uint64_t body_bytes_sent() const override { return body_sent_; }
  std::uint64_t body_bytes_read() const override { return reader_.bytes_read(); }
  int client_fd() const override { return socket_.fd(); }
  Clock::time_point arrived() const override { return arrived_; }
  std::string_view bytes_after_head() const override { return reader_.unread(); }
  void hand_over() override;

 private:
  enum class State { Waiting, Begun, Finished, Cut };

  bool begin_answer(int status, const wire::Headers& headers, bool keep_length);
  bool is_old() const { return parser_.request().version == "HTTP/1.0"; }
  bool take(std::string_view bytes);
  bool push(std::string_view bytes, bool last);
  void close_head(Delimiter delimiter, std::uint64_t length);
  Delimiter streaming_delimiter() const;
  bool send_whole(std::string_view body, bool length_known);
  bool send_piece(std::string_view bytes, bool last);
  bool short_of_length() const;
  bool finish_short();
  bool result() const { return !socket_.gone(); }

  ClientSocket& socket_;
  BodyReader& reader_;
  const HeadParser& parser_;
  const Connections::Entry& entry_;
  DateLine date_;

  State state_ = State::Waiting;
  Clock::time_point arrived_;
  std::string head_;        ///< held until the first bytes leave
  std::string body_;        ///< held body bytes
  HeadFacts facts_;
  ChunkedDecoder decoder_;  ///< for an answer that is in chunks already
  std::string decoded_;
  Delimiter delimiter_ = Delimiter::None;
  bool head_only_ = false;     ///< the request is a HEAD
  bool bodiless_ = false;      ///< HEAD, 204 or 304
  bool no_length_ = false;     ///< 204 and 304 get no Content-Length from us
  bool refused_ = false;       ///< there is no request
  bool may_continue_ = true;
  bool head_left_ = false;
  bool handed_over_ = false;
  std::uint64_t taken_ = 0;    ///< body bytes written by the handler, after clipping
  std::uint64_t body_sent_ = 0;
};

}  // namespace localfn::http
