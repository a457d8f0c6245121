// The writing half of Channel: one thread writes at a time, and takes in what arrives meanwhile.
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "runtime/functions/channel.h"

namespace localfn {
namespace {

using namespace std::chrono_literals;

// While another thread reads, a writer only waits for room in the socket, and looks this often
// whether the reading has fallen to itself.
constexpr auto kWriterGlance = 20ms;

ssize_t send_with(int fd, std::string_view bytes, int passenger) {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof passenger)> control{};
  iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof passenger);
  std::memcpy(CMSG_DATA(header), &passenger, sizeof passenger);
  return ::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

ssize_t send_some(int fd, std::string_view bytes, int* passenger) {
  if (passenger == nullptr || *passenger < 0) {
    return ::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  const auto n = send_with(fd, bytes, *passenger);
  if (n > 0) *passenger = -1;
  return n;
}

}  // namespace

Channel::Sent Channel::send(Mailbox& mine, std::string_view& bytes, Deadline until,
                            int* passenger) {
  bool in_slot = false;
  {
    std::unique_lock lock(mutex_);
    if (state_ != State::Open) return Sent::Closed;
    in_slot = !(passenger != nullptr && *passenger >= 0) && put_in_slot(bytes);
    if (!in_slot && !start_writing(lock, mine, until)) {
      return state_ == State::Open ? Sent::TimedOut : Sent::Closed;
    }
  }
  if (in_slot) {
    slots_.wake();
    return Sent::Whole;
  }
  for (;;) {
    const auto n = send_some(fd_.get(), bytes, passenger);
    if (n >= 0) {
      slots_.sent_by_socket(static_cast<std::size_t>(n));
      bytes.remove_prefix(static_cast<std::size_t>(n));
      if (bytes.empty()) {
        stop_writing(mine);
        return Sent::Whole;
      }
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return Sent::Closed;
    if (const Sent state = wait_writable(mine, until); state != Sent::Whole) return state;
  }
}

// The answer may be here before this thread waits for it: the slot for it is opened first.
bool Channel::put_in_slot(std::string_view& bytes) {
  if (writing_ || !slots_.ready()) return false;
  if (!leading_) slots_.expect();
  if (slots_.put(bytes)) {
    bytes = {};
    return true;
  }
  if (!leading_) slots_.stop_expecting();
  return false;
}

UniqueFd Channel::offer_slots(std::string& bytes) {
  if (slots_offered_.exchange(true)) return {};
  UniqueFd memory = slots_.make();
  if (memory) wire::encode_plain(bytes, wire::FrameType::Slots, 0);
  return memory;
}

/// Whole: try again.
Channel::Sent Channel::wait_writable(Mailbox& mine, Deadline until) {
  bool lead = false;
  {
    const std::lock_guard lock(mutex_);
    if (!mine.batch_.empty()) return Sent::Frames;
    if (state_ != State::Open) return Sent::Closed;
    if (until.passed()) return Sent::TimedOut;
    if (!leading_ && has_room()) lead = leading_ = true;
  }
  if (lead) {
    read_or_wait_writable(mine, until);
  } else {
    pollfd room{fd_.get(), POLLOUT, 0};
    ::poll(&room, 1, sooner(until, Deadline::after(kWriterGlance)).poll_timeout());
  }
  return Sent::Whole;
}

void Channel::read_or_wait_writable(Mailbox& mine, Deadline until) {
  Batch arrived;
  if (wait_at_slot(false) == Slots::Came::Bytes) {
    read_slot(&mine, arrived);
  } else if (wait_readable(until, -1, true) == Got::Frames) {
    read_some(&mine, arrived, false);
  }
  if (!arrived.empty()) {
    const std::lock_guard lock(mutex_);
    mine.batch_.swap(arrived);
  }
  stop_leading();
}

bool Channel::try_send(std::string_view frame) {
  const std::lock_guard lock(mutex_);
  if (writing_ || state_ != State::Open) return false;
  // A frame of a few bytes is one buffer of the kernel: it goes out whole or not at all.
  const auto sent = ::send(fd_.get(), frame.data(), frame.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent > 0) slots_.sent_by_socket(static_cast<std::size_t>(sent));
  return sent == static_cast<ssize_t>(frame.size());
}

bool Channel::start_writing(std::unique_lock<std::mutex>& lock, Mailbox& mine, Deadline until) {
  if (mine.writing_) return true;
  const bool free = writer_free_.wait_until(lock, until.when(),
                                            [&] { return !writing_ || state_ != State::Open; });
  if (!free || state_ != State::Open) return false;
  writing_ = mine.writing_ = true;
  return true;
}

void Channel::stop_writing(Mailbox& mine) {
  const std::lock_guard lock(mutex_);
  writing_ = mine.writing_ = false;
  writer_free_.notify_one();
}

}  // namespace localfn
