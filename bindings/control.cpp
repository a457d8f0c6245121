#include "bindings/control.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "runtime/base/errors.h"

namespace localfn {
namespace {

constexpr std::size_t kMostDescriptors = 8;
constexpr time_t kSendSeconds = 30;

using Ancillary = std::array<char, CMSG_SPACE(sizeof(int) * kMostDescriptors)>;

// Every descriptor that came is owned at once: one that nobody asked for is closed, not leaked.
std::vector<UniqueFd> received_descriptors(msghdr& message) {
  std::vector<UniqueFd> descriptors;
  for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr;
       each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (each->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(each) + i * sizeof fd, sizeof fd);
      descriptors.emplace_back(fd);
    }
  }
  return descriptors;
}

}  // namespace

Control::Control(UniqueFd socket) : socket_(std::move(socket)) {
  int type = 0;
  socklen_t size = sizeof type;
  check(::getsockopt(fd(), SOL_SOCKET, SO_TYPE, &type, &size), "use the control socket");
  if (type != SOCK_SEQPACKET) throw std::runtime_error("the control socket is not SOCK_SEQPACKET");
  check(::fcntl(fd(), F_SETFD, FD_CLOEXEC), "close the control socket on exec");
  const timeval patience{kSendSeconds, 0};
  check(::setsockopt(fd(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience),
        "limit sending on the control socket");
}

Control::Received Control::receive(ControlPacket& packet) {
  std::vector<char> buffer(wire::kMaxControl);
  alignas(cmsghdr) Ancillary ancillary;
  iovec bytes{buffer.data(), buffer.size()};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = ancillary.data();
  message.msg_controllen = ancillary.size();
  const ssize_t got = ::recvmsg(fd(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got == 0) return Received::Closed;
  if (got < 0) {
    if (errno == EAGAIN || errno == EINTR) return Received::Nothing;
    return Received::Closed;
  }
  packet.descriptors = received_descriptors(message);
  const bool whole = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
  if (!whole || !wire::decode({buffer.data(), static_cast<std::size_t>(got)}, packet.message)) {
    throw std::runtime_error("the host sent a malformed control message");
  }
  return Received::Packet;
}

bool Control::send(const wire::ControlMessage& content, const std::vector<int>& descriptors) {
  std::string packet = wire::encode(content);
  alignas(cmsghdr) Ancillary ancillary{};
  iovec bytes{packet.data(), packet.size()};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    const std::size_t size = descriptors.size() * sizeof(int);
    if (descriptors.size() > kMostDescriptors) throw std::length_error("too many descriptors");
    message.msg_control = ancillary.data();
    message.msg_controllen = CMSG_SPACE(size);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(size);
    std::memcpy(CMSG_DATA(header), descriptors.data(), size);
  }
  while (::sendmsg(fd(), &message, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

}  // namespace localfn
