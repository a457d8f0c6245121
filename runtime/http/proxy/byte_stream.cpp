#include "runtime/http/proxy/byte_stream.h"

#include <sys/socket.h>

#include <cerrno>

#include "runtime/base/errors.h"

namespace localfn::http {

Step PlainStream::read(std::span<char> into, std::size_t& count) {
  count = 0;
  while (true) {
    const ssize_t got = ::recv(socket_.get(), into.data(), into.size(), 0);
    if (got > 0) {
      count = static_cast<std::size_t>(got);
      return Step::Moved;
    }
    if (got == 0) return Step::Ended;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return Step::WantRead;
    if (errno == EINTR) continue;
    failure_ = errno_text(errno);
    return Step::Failed;
  }
}

Step PlainStream::write(std::string_view bytes, std::size_t& count) {
  count = 0;
  while (true) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      count = static_cast<std::size_t>(sent);
      return Step::Moved;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) return Step::WantWrite;
    if (errno == EINTR) continue;
    failure_ = errno_text(errno);
    return Step::Failed;
  }
}

}  // namespace localfn::http
