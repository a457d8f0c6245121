// Bytes from a local socket, with the descriptor that may have come along.
#pragma once

#include <sys/socket.h>

#include <cstring>
#include <span>

#include "runtime/base/fd.h"

namespace localfn::test {

/// recvmsg(): what it returns. `passenger` is set when one came, else left as it was.
inline ssize_t receive_with_passenger(int socket, std::span<char> into, UniqueFd& passenger) {
  alignas(cmsghdr) char space[CMSG_SPACE(sizeof(int))] = {};
  iovec piece{into.data(), into.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = space;
  message.msg_controllen = sizeof space;
  const ssize_t got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  const cmsghdr* const header = got > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
  if (header != nullptr) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    passenger.reset(fd);
  }
  return got;
}

}  // namespace localfn::test
