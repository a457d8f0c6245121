#include "runtime/http/client_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace localfn::http {

namespace {

void set_timeout(int fd, int option, milliseconds limit) {
  // Zero would mean: for ever.
  const auto micros = std::max<std::int64_t>(microseconds(limit).count(), 1000);
  const timeval time{.tv_sec = micros / 1'000'000, .tv_usec = micros % 1'000'000};
  ::setsockopt(fd, SOL_SOCKET, option, &time, sizeof time);
}

/// Leaves out the first `sent` bytes of what is still to be sent.
void skip(std::span<iovec>& pieces, std::size_t sent) {
  while (!pieces.empty() && sent >= pieces.front().iov_len) {
    sent -= pieces.front().iov_len;
    pieces = pieces.subspan(1);
  }
  if (pieces.empty()) return;
  pieces.front().iov_base = static_cast<char*>(pieces.front().iov_base) + sent;
  pieces.front().iov_len -= sent;
}

ssize_t send_some(int fd, std::span<iovec> pieces, int flags) {
  if (pieces.size() == 1) return ::send(fd, pieces[0].iov_base, pieces[0].iov_len, flags);
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  return ::sendmsg(fd, &message, flags);
}

}  // namespace

ClientSocket::ClientSocket(int fd, milliseconds idle, milliseconds progress) : fd_(fd) {
  set_timeout(fd, SO_RCVTIMEO, idle);
  set_timeout(fd, SO_SNDTIMEO, progress);
  // Without it the last part of an answer waits for the client's delayed acknowledgement: 40 ms.
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

ReadResult ClientSocket::receive_with(std::span<char> into, std::size_t& received, int flags) {
  received = 0;
  while (true) {
    const ssize_t count = ::recv(fd_, into.data(), into.size(), flags);
    if (count > 0) {
      received = static_cast<std::size_t>(count);
      return ReadResult::Data;
    }
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return ReadResult::Nothing;
    return ReadResult::Ended;
  }
}

ReadResult ClientSocket::receive_next(std::span<char> into, std::size_t& received) {
  const ReadResult result = receive_with(into, received, 0);
  return result == ReadResult::Nothing ? ReadResult::TimedOut : result;
}

ReadResult ClientSocket::receive_now(std::span<char> into, std::size_t& received) {
  return receive_with(into, received, MSG_DONTWAIT);
}

ReadResult ClientSocket::receive(std::span<char> into, std::size_t& received, Deadline deadline) {
  while (true) {
    const ReadResult result = receive_now(into, received);
    if (result != ReadResult::Nothing) return result;
    if (!await(POLLIN, deadline)) return ReadResult::TimedOut;
  }
}

bool ClientSocket::await(short events, Deadline deadline) const {
  pollfd entry{.fd = fd_, .events = events, .revents = 0};
  while (true) {
    const int ready = ::poll(&entry, 1, deadline.poll_timeout());
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return true;  // recv will say what is wrong
    if (deadline.passed()) return false;
  }
}

bool ClientSocket::send(std::span<iovec> pieces, bool more) {
  const int flags = MSG_NOSIGNAL | (more ? MSG_MORE : 0);
  skip(pieces, 0);
  while (!gone_ && !pieces.empty()) {
    const ssize_t count = send_some(fd_, pieces, flags);
    if (count >= 0) {
      skip(pieces, static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      gone_ = true;  // EAGAIN too: the kernel has waited for the progress time in vain
    }
  }
  return !gone_;
}

bool ClientSocket::send(std::string_view bytes, bool more) {
  iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
  return send(std::span(&piece, 1), more);
}

bool ClientSocket::send_file(int file, std::uint64_t offset, std::uint64_t length,
                             std::uint64_t& sent) {
  sent = 0;
  constexpr std::uint64_t kPiece = 1u << 20;  // bounds how long one call may keep the thread
  auto position = static_cast<off_t>(offset);
  while (!gone_ && sent < length) {
    const auto piece = static_cast<std::size_t>(std::min(length - sent, kPiece));
    const ssize_t count = ::sendfile(fd_, file, &position, piece);
    if (count > 0) {
      sent += static_cast<std::uint64_t>(count);
    } else if (count == 0 || errno != EINTR) {
      gone_ = true;
    }
  }
  return !gone_;
}

void ClientSocket::end_output() { ::shutdown(fd_, SHUT_WR); }

void ClientSocket::reset_on_close() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace localfn::http
