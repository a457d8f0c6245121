#include "runtime/functions/control.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <vector>

namespace localfn {
namespace {

constexpr std::size_t kMaxFds = 4;

[[noreturn]] void fail(int number) {
  throw std::system_error(number, std::generic_category(), "cannot send to the zygote");
}

void wait_for_room(int socket, Deadline deadline) {
  pollfd room{socket, POLLOUT, 0};
  if (::poll(&room, 1, deadline.poll_timeout()) == 0) fail(ETIMEDOUT);
}

// Only the first descriptor is wanted; any other is closed rather than leaked.
UniqueFd take_fds(msghdr& header) {
  UniqueFd first;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
      UniqueFd owned(fd);
      if (!first) first = std::move(owned);
    }
  }
  return first;
}

}  // namespace

void send_control(int socket, const wire::ControlMessage& message, std::initializer_list<int> fds,
                  Deadline deadline) {
  std::string packet = encode(message);
  iovec data{packet.data(), packet.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMaxFds * sizeof(int))> space{};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  if (fds.size() > 0) {
    header.msg_control = space.data();
    header.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
    std::memcpy(CMSG_DATA(rights), fds.begin(), fds.size() * sizeof(int));
  }
  while (::sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
    if (errno == EINTR) continue;
    if (errno != EAGAIN) fail(errno);
    wait_for_room(socket, deadline);
  }
}

ReceivedControl receive_control(int socket) {
  using Kind = ReceivedControl::Kind;
  std::vector<char> packet(wire::kMaxControl);
  iovec data{packet.data(), packet.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMaxFds * sizeof(int))> space{};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = space.data();
  header.msg_controllen = space.size();
  const auto n = ::recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  ReceivedControl received;
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return received;
  received.kind = Kind::Closed;
  if (n <= 0) return received;
  received.fd = take_fds(header);
  const bool whole = (header.msg_flags & MSG_TRUNC) == 0 &&
                     decode({packet.data(), static_cast<std::size_t>(n)}, received.message);
  received.kind = whole ? Kind::Message : Kind::Malformed;
  return received;
}

}  // namespace localfn
