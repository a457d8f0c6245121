// A connection to another server: bytes both ways, plain or through TLS, never blocking.
//
// Used by the one thread that serves the request. The owner waits with poll() on fd().
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/fd.h"

namespace localfn::http {

/// What one attempt to move bytes came to. Ended: the other side has sent everything. Failed: the
/// connection is of no more use; ByteStream::failure() tells why.
enum class Step { Moved, WantRead, WantWrite, Ended, Failed };

class ByteStream {
 public:
  virtual ~ByteStream() = default;

  virtual Step read(std::span<char> into, std::size_t& count) = 0;
  virtual Step write(std::string_view bytes, std::size_t& count) = 0;
  virtual int fd() const = 0;

  /// "connection reset by peer"; after Failed.
  const std::string& failure() const { return failure_; }

 protected:
  std::string failure_;
};

/// Bytes as they are. The socket must not block.
class PlainStream final : public ByteStream {
 public:
  explicit PlainStream(UniqueFd socket) : socket_(std::move(socket)) {}

  Step read(std::span<char> into, std::size_t& count) override;
  Step write(std::string_view bytes, std::size_t& count) override;
  int fd() const override { return socket_.get(); }

 private:
  UniqueFd socket_;
};

}  // namespace localfn::http
