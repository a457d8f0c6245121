// One client's socket: reads and writes that end by themselves.
//
// Blocking, with the kernel's own time-outs: a request that is there costs one recv, an answer one
// send, and no poll. Used by the connection's thread; borrows the descriptor.
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/base/clock.h"

namespace localfn::http {

enum class ReadResult { Data, Nothing, Ended, TimedOut };

class ClientSocket {
 public:
  /// `idle` bounds receive_next(), `progress` every send and sendfile that does not move.
  ClientSocket(int fd, milliseconds idle, milliseconds progress);

  int fd() const { return fd_; }

  /// Waits for the first bytes of a request, at most the idle time.
  ReadResult receive_next(std::span<char> into, std::size_t& received);
  /// Waits at most until `deadline`.
  ReadResult receive(std::span<char> into, std::size_t& received, Deadline deadline);
  /// Takes what is there; Nothing when there is none.
  ReadResult receive_now(std::span<char> into, std::size_t& received);

  /// Sends all pieces, in one call of the kernel where its buffer allows. `more`: something
  /// follows at once. False when the client has gone or takes nothing for the progress time; it
  /// stays false then.
  bool send(std::span<iovec> pieces, bool more = false);
  bool send(std::string_view bytes, bool more = false);
  /// False also when the file ends early or cannot be read. `sent` counts in either case.
  bool send_file(int file, std::uint64_t offset, std::uint64_t length, std::uint64_t& sent);

  bool gone() const { return gone_; }

  /// No more bytes from us: the client reads to the end of what was sent.
  void end_output();
  /// Closing resets the connection, so that the client cannot take what it got for the whole.
  void reset_on_close();

 private:
  ReadResult receive_with(std::span<char> into, std::size_t& received, int flags);
  bool await(short events, Deadline deadline) const;

  int fd_;
  bool gone_ = false;
};

}  // namespace localfn::http
