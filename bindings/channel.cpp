#include "bindings/channel.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace localfn {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostPieces = 4;
// More than this is worth a wake-up of the host by itself.
constexpr std::size_t kMostHeld = 16 * 1024;
// Hardly noticed: what is flushed is not held, nor a second chunk. Each tick of a busy instance
// costs some 30 µs in a virtual machine.
constexpr auto kLongestHeld = 5ms;
// So long a reader waits for the next request at the slot; then at the socket, without an end.
constexpr auto kPatience = 50ms;
// A sender waits after all when this much is kept.
constexpr std::size_t kMostKept = 32 * 1024 * 1024;

// Drops `bytes` from the front of the pieces.
void consume(iovec*& pieces, std::size_t& count, std::size_t bytes) {
  while (count > 0 && bytes >= pieces->iov_len) {
    bytes -= pieces->iov_len;
    ++pieces;
    --count;
  }
  if (count == 0) return;
  pieces->iov_base = static_cast<char*>(pieces->iov_base) + bytes;
  pieces->iov_len -= bytes;
}

}  // namespace

void leave_at_once() noexcept { ::_exit(0); }

Channel::Channel(UniqueFd socket)
    : fd_(socket.release()), ticker_(kLongestHeld, [this] { send_held(); }) {}

void Channel::abandon() noexcept {
  const int fd = fd_.exchange(-1);
  if (fd >= 0) ::close(fd);
}

// True when something was sent, by whichever way; false when the socket is full. Leaves when the
// host has gone.
bool Channel::send_some(iovec*& pieces, std::size_t& count) {
  if (slots_.put(pieces, count)) {
    slots_.wake();
    count = 0;
    return true;
  }
  while (true) {
    msghdr message{};
    message.msg_iov = pieces;
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(fd_.load(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      slots_.sent_by_socket(static_cast<std::size_t>(sent));
      consume(pieces, count, static_cast<std::size_t>(sent));
      return true;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) return false;
    leave_at_once();
  }
}

// Sends all of it. The host holds the deadline; its end is ours.
void Channel::send_rest(iovec* pieces, std::size_t count) {
  while (count > 0) {
    if (send_some(pieces, count)) continue;
    pollfd room{fd_.load(), POLLOUT, 0};
    if (::poll(&room, 1, -1) < 0 && errno != EINTR) leave_at_once();
  }
}

bool Channel::Turn::send(std::initializer_list<std::string_view> pieces) {
  assert(pieces.size() <= kMostPieces);
  if (!channel_.ours()) return false;
  std::array<iovec, kMostPieces + 1> vectors;
  std::size_t count = 0;
  if (!channel_.held_.empty()) vectors[count++] = channel_.held();
  for (const std::string_view piece : pieces) {
    if (piece.empty()) continue;
    vectors[count++] = {const_cast<char*>(piece.data()), piece.size()};
  }
  channel_.send_all(vectors.data(), count);
  return true;
}

bool Channel::Turn::send_soon(std::initializer_list<std::string_view> pieces) {
  if (!channel_.ours()) return false;
  std::size_t size = channel_.held().iov_len;
  for (const std::string_view piece : pieces) size += piece.size();
  if (size > kMostHeld || !channel_.ticker_.busy()) return send(pieces);
  for (const std::string_view piece : pieces) channel_.held_.append(piece);
  return true;
}

iovec Channel::held() { return {held_.data() + held_at_, held_.size() - held_at_}; }

// On the ticker's thread, which has no GIL to give up.
void Channel::send_held() {
  const std::lock_guard lock(sending_);
  if (held_.empty()) return;
  iovec piece = held();
  iovec* pieces = &piece;
  std::size_t count = 1;
  if (patient_) {
    send_rest(pieces, count);
    count = 0;
  } else {
    send_some(pieces, count);
  }
  keep(pieces, count);
}

// What is left of the pieces, of which the first may lie in held_ itself: that stays where it is.
void Channel::keep(const iovec* pieces, std::size_t count) {
  const char* const first = count > 0 ? static_cast<const char*>(pieces[0].iov_base) : nullptr;
  if (first != nullptr && first >= held_.data() && first < held_.data() + held_.size()) {
    held_at_ = static_cast<std::size_t>(first - held_.data());
    ++pieces;
    --count;
  } else {
    drop_held();
  }
  if (held_at_ > held_.size() / 2) {
    held_.erase(0, held_at_);
    held_at_ = 0;
  }
  for (std::size_t i = 0; i < count; ++i) {
    held_.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
  }
  if (!held_.empty() && !ticker_.insist()) send_whole_of_held();
}

void Channel::drop_held() {
  held_.clear();
  held_at_ = 0;
}

void Channel::send_whole_of_held() {
  iovec piece = held();
  send_rest(&piece, 1);
  drop_held();
}

void Channel::send_kept() {
  if (!ours()) return;
  const Turn turn(*this);
  if (held_.empty()) return;
  const GilReleased while_waiting;
  send_whole_of_held();
}

void Channel::send_all(iovec* pieces, std::size_t count) {
  if (count > 0) send_some(pieces, count);
  if (count > 0 && !patient_ && held_.size() < kMostKept) return keep(pieces, count);
  if (count > 0) {
    // The host reads slowly, because its client does.
    const GilReleased while_waiting;
    send_rest(pieces, count);
  }
  drop_held();
}

// The host has made the pair of sockets; the kernel remembers who did.
void Channel::call_reader() const {
  ucred host{};
  socklen_t size = sizeof host;
  if (::getsockopt(fd_.load(), SOL_SOCKET, SO_PEERCRED, &host, &size) != 0 || host.pid <= 0) return;
  ::kill(host.pid, wire::kUnreadSignal);
}

ssize_t Channel::receive_some(std::span<char> into, int flags) {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control;
  into = slots_.before_slot(into);
  iovec piece{into.data(), into.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = ::recvmsg(fd_.load(), &message, flags | MSG_CMSG_CLOEXEC);
  if (got > 0) slots_.received_by_socket(static_cast<std::size_t>(got));
  if (got > 0 && (message.msg_controllen > 0 || (message.msg_flags & MSG_CTRUNC) != 0)) {
    keep_passenger(message);
  }
  return got;
}

// One call never brings two: the kernel ends a read after bytes that came with a descriptor.
void Channel::keep_passenger(msghdr& message) {
  UniqueFd passenger;
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  if (header != nullptr && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
      header->cmsg_len >= CMSG_LEN(sizeof(int))) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    passenger.reset(fd);
  }
  passengers_.push_back(std::move(passenger));
}

UniqueFd Channel::take_passenger() {
  if (passengers_.empty()) return {};
  UniqueFd first = std::move(passengers_.front());
  passengers_.pop_front();
  return first;
}

// The host's end is noticed at the socket only: the wait at the slot has one, too.
bool Channel::receive_by_slot(wire::FrameReader& frames) {
  if (!slots_.ready()) return false;
  if (slots_.await(kPatience) != Slots::Came::Bytes) return false;
  frames.filled(slots_.take(frames.space(Slots::kCapacity)));
  return true;
}

void Channel::receive(wire::FrameReader& frames) {
  if (receive_by_slot(frames)) return;
  const auto space = frames.space();
  while (true) {
    const ssize_t got = receive_some(space, 0);
    if (got > 0) {
      frames.filled(static_cast<std::size_t>(got));
      return;
    }
    if (got == 0 || errno != EINTR) leave_at_once();
  }
}

bool Channel::receive_now(wire::FrameReader& frames) {
  const auto space = frames.space();
  while (true) {
    const ssize_t got = receive_some(space, MSG_DONTWAIT);
    if (got > 0) {
      frames.filled(static_cast<std::size_t>(got));
      return true;
    }
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
    if (got == 0 || errno != EINTR) leave_at_once();
  }
}

bool Channel::receive(wire::FrameReader& frames, Deadline deadline) {
  while (true) {
    pollfd waiting{fd_.load(), POLLIN, 0};
    const int ready = ::poll(&waiting, 1, deadline.poll_timeout());
    if (ready > 0) break;
    if (ready == 0 && deadline.passed()) return false;
    if (ready < 0 && errno != EINTR) leave_at_once();
  }
  receive(frames);
  return true;
}

bool Channel::take_cancel(std::uint32_t invocation) {
  wire::FrameHeader header;
  const int fd = fd_.load();
  const ssize_t seen = ::recv(fd, &header, sizeof header, MSG_PEEK | MSG_DONTWAIT);
  if (seen == 0) leave_at_once();
  if (seen != static_cast<ssize_t>(sizeof header)) return false;
  if (header.type != wire::FrameType::Cancel || header.size != 0) return false;
  if (header.invocation != invocation) return false;
  if (::recv(fd, &header, sizeof header, MSG_DONTWAIT) != seen) return false;
  slots_.received_by_socket(sizeof header);
  return true;
}

void Channel::await_hang_up(Deadline deadline) const {
  pollfd host{fd_.load(), 0, 0};  // POLLHUP is reported without being asked for
  while (!deadline.passed() && ::poll(&host, 1, deadline.poll_timeout()) == -1 && errno == EINTR) {
  }
}

}  // namespace localfn
