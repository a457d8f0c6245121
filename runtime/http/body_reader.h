// The body of one request, read when it is wanted and drained when it is not.
//
// One per connection, used by its thread. A body that came along with its head is not copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/http/chunked.h"
#include "runtime/http/client_socket.h"
#include "runtime/http/front.h"
#include "runtime/http/head_parser.h"
#include "runtime/http/input_buffer.h"

namespace localfn::http {

class BodyReader {
 public:
  BodyReader(ClientSocket& socket, InputBuffer& input, const Limits& limits)
      : socket_(socket), input_(input), limits_(limits) {}

  /// The next request; its head has been taken from the input. Lets go of the last body.
  void start(const Framing& framing);

  /// See Exchange::read_body(). A second call gives the same again.
  BodyStatus read(std::string_view& body);

  /// See Exchange::read_body_piece().
  BodyPiece read_piece(std::string_view& piece);

  /// Uses up a body that nobody read, as far as it has arrived, and no more than `limit` bytes.
  /// False when some of it is still to come: the next request cannot be found then.
  bool drain(std::size_t limit);

  std::uint64_t bytes_read() const { return bytes_read_; }

  /// What has arrived and belongs to nothing yet.
  std::string_view unread() const { return input_.unread(); }

 private:
  /// Pieces: read_piece() has been asked; Ended: it has come to the end.
  enum class State { Unread, Read, Drained, Pieces, Ended };

  BodyStatus read_whole();
  BodyStatus read_counted();
  BodyStatus read_chunked();
  BodyStatus fill_counted(std::size_t have, std::size_t length);
  BodyStatus receive_more();
  bool begin_pieces();
  BodyPiece receive_piece();
  BodyPiece counted_piece(std::string_view& piece);
  BodyPiece chunked_piece(std::string_view& piece);
  bool drain_counted(std::size_t limit);
  bool drain_chunked(std::size_t limit);
  bool send_continue();
  void reserve(std::size_t bytes);

  ClientSocket& socket_;
  InputBuffer& input_;
  const Limits& limits_;
  Framing framing_;
  State state_ = State::Unread;
  BodyStatus status_ = BodyStatus::Whole;
  std::string_view body_;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t left_ = 0;  ///< read in pieces: what is still to come of a known length

  std::unique_ptr<char[]> counted_;  ///< a body of known length that did not come with its head
  std::size_t counted_capacity_ = 0;
  ChunkedDecoder decoder_;
  std::string chunked_;
};

}  // namespace localfn::http
