#include "runtime/functions/channel.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "runtime/base/errors.h"

namespace localfn {
namespace {

using namespace std::chrono_literals;

// The first step of a wait blocks for this long at the slot, or in recv() where there is none, so
// that an answer that comes soon costs one system call; only then are client and channel polled
// together. An instance that dies meanwhile is noticed after it.
constexpr auto kPatience = 5ms;
// A wait that must be exact to less than this polls at once.
constexpr auto kExact = 50ms;
// A follower waits on a condition variable, which no descriptor can interrupt: it looks after its
// client this often.
constexpr auto kFollowerGlance = 100ms;

constexpr short kHungUp = POLLRDHUP | POLLHUP | POLLERR | POLLNVAL;

bool client_gone(int client_fd) {
  if (client_fd < 0) return false;
  pollfd client{client_fd, POLLRDHUP, 0};
  return ::poll(&client, 1, 0) > 0 && (client.revents & kHungUp) != 0;
}

// poll() with the resolution of the clock: micro-batching waits for fractions of a millisecond.
int poll_until(pollfd* fds, nfds_t count, Deadline until) {
  const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(until.remaining());
  timespec budget{};
  budget.tv_sec = static_cast<time_t>(left.count() / 1'000'000'000);
  budget.tv_nsec = static_cast<long>(left.count() % 1'000'000'000);
  return ::ppoll(fds, count, &budget, nullptr);
}

}  // namespace

Channel::Channel(UniqueFd fd) : fd_(std::move(fd)), reader_(wire::kMaxToHost) {
  timeval patience{};
  patience.tv_usec = std::chrono::duration_cast<microseconds>(kPatience).count();
  check(::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience),
        "set the patience of a channel");
}

Channel::Mailbox::Mailbox(Channel& channel, std::uint32_t invocation)
    : channel_(channel), invocation_(invocation) {
  const std::lock_guard lock(channel_.mutex_);
  channel_.mailboxes_.push_back(this);
}

Channel::Mailbox::~Mailbox() {
  const std::lock_guard lock(channel_.mutex_);
  std::erase(channel_.mailboxes_, this);
  channel_.settled(*this);
  if (writing_) {
    channel_.writing_ = false;
    channel_.writer_free_.notify_all();
  }
  channel_.room_.notify_all();
}

Channel::Got Channel::receive(Mailbox& mine, Batch& out, Deadline until, int client_fd) {
  out.clear();
  std::unique_lock lock(mutex_);
  settled(mine);
  for (;;) {
    if (!mine.batch_.empty()) {
      out.swap(mine.batch_);
      room_.notify_all();
      // The leader may have woken this thread to follow it, and this thread is not going to.
      if (!leading_) wake_successor();
      return Got::Frames;
    }
    if (state_ != State::Open) {
      if (settling_ == nullptr || until.passed()) return ended();
      follow(lock, mine, until, -1);
      continue;
    }
    if (!leading_) {
      leading_ = true;
      lock.unlock();
      const Got got = lead(&mine, out, until, client_fd);
      stop_leading();
      if (!out.empty()) return Got::Frames;
      lock.lock();
      if (state_ == State::Open) return got;
      continue;  // it has ended: told above, once the reason has been taken in
    }
    if (const Got got = follow(lock, mine, until, client_fd); got != Got::Frames) {
      if (!leading_) wake_successor();
      return got;
    }
  }
}

// Frames here means: something has changed, look again.
Channel::Got Channel::follow(std::unique_lock<std::mutex>& lock, Mailbox& mine, Deadline until,
                             int client_fd) {
  const auto glance = sooner(until, Deadline::after(kFollowerGlance));
  mine.waiting_ = true;
  const auto woken = mine.changed_.wait_until(lock, glance.when());
  mine.waiting_ = false;
  if (woken == std::cv_status::no_timeout || !mine.batch_.empty()) return Got::Frames;
  if (until.passed()) return Got::TimedOut;
  return client_gone(client_fd) ? Got::ClientGone : Got::Frames;
}

Channel::Got Channel::poll_idle(Batch& out) {
  out.clear();
  {
    const std::lock_guard lock(mutex_);
    if (leading_) return Got::TimedOut;
    if (state_ != State::Open) return ended();
    leading_ = true;
  }
  const Got got = lead(nullptr, out, Deadline::after(0ms), -1);
  stop_leading();
  return out.empty() ? got : Got::Frames;
}

Channel::Got Channel::lead(const Mailbox* mine, Batch& out, Deadline until, int client_fd) {
  bool patient = until.remaining() > kExact;
  for (;;) {
    if (!wait_for_room(until)) return Got::TimedOut;
    const auto came = wait_at_slot(patient);
    const bool by_slot = came == Slots::Came::Bytes;
    const bool by_socket = patient && (came == Slots::Came::Behind || came == Slots::Came::Rung);
    const bool blocks = patient && !slots_.ready();
    if (!by_slot && !by_socket && !blocks) {
      const Got ready = wait_readable(until, client_fd, false);
      if (ready != Got::Frames) return ready;
    }
    const bool open = by_slot ? read_slot(mine, out) : read_some(mine, out, blocks);
    patient = false;
    if (!out.empty()) return Got::Frames;
    if (!open) {
      const std::lock_guard lock(mutex_);
      return ended();
    }
  }
}

// An impatient caller only takes what has come, and closes the slot, since it waits elsewhere.
Slots::Came Channel::wait_at_slot(bool patient) {
  if (patient) return slots_.await(kPatience);
  return slots_.pending() ? slots_.await(0ms) : Slots::Came::Nothing;
}

/// Takes in what is in the slot. False when that is no frame.
bool Channel::read_slot(const Mailbox* mine, Batch& out) {
  const auto n = slots_.take(reader_.space(Slots::kCapacity));
  if (n == 0) {
    end(State::Malformed, false);
    return false;
  }
  reader_.filled(n);
  return dispatch(mine, out);
}

// Frames: the channel is readable (or writable, where that was asked for, or has ended).
Channel::Got Channel::wait_readable(Deadline until, int client_fd, bool or_writable) {
  const short wanted = static_cast<short>(POLLIN | (or_writable ? POLLOUT : 0));
  std::array<pollfd, 2> fds{{{fd_.get(), wanted, 0}, {client_fd, POLLRDHUP, 0}}};
  for (;;) {
    const int ready = poll_until(fds.data(), client_fd >= 0 ? 2 : 1, until);
    if (ready > 0 && fds[0].revents != 0) return Got::Frames;
    if (ready > 0 && (fds[1].revents & kHungUp) != 0) return Got::ClientGone;
    if (ready == 0 || until.passed()) return Got::TimedOut;
  }
}

/// One recv. False when the channel has ended.
bool Channel::read_some(const Mailbox* mine, Batch& out, bool wait) {
  const auto space = slots_.before_slot(reader_.space());
  const auto n = ::recv(fd_.get(), space.data(), space.size(), wait ? 0 : MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
    const std::lock_guard lock(mutex_);
    return state_ == State::Open;
  }
  if (n <= 0) {
    // The kernel says ECONNRESET when the peer closed with bytes of ours unread.
    end(State::Closed, (n < 0 && errno == ECONNRESET) || slots_.untaken());
    return false;
  }
  reader_.filled(static_cast<std::size_t>(n));
  slots_.received_by_socket(static_cast<std::size_t>(n));
  return dispatch(mine, out);
}

bool Channel::dispatch(const Mailbox* mine, Batch& out) {
  for (;;) {
    wire::FrameHeader header;
    std::string_view payload;
    switch (reader_.next(header, payload)) {
      case wire::FrameReader::Next::NeedMore:
        return true;
      case wire::FrameReader::Next::Malformed:
        end(State::Malformed, false);
        return false;
      case wire::FrameReader::Next::Frame:
        break;
    }
    if (mine != nullptr && header.invocation == mine->invocation_) {
      out.add(header, payload);
      continue;
    }
    const std::lock_guard lock(mutex_);
    if (Mailbox* other = find(header.invocation)) {
      other->batch_.add(header, payload);
      if (other->waiting_) other->changed_.notify_one();
    } else {
      out.add(header, payload);
      if (mine != nullptr) settling_ = mine;
    }
  }
}

// What an instance says about itself (it is ready, its import has failed) is taken in by whoever
// read it. Until then nobody else is told that the channel has ended: they would not know why.
void Channel::settled(const Mailbox& mine) {
  if (settling_ != &mine) return;
  settling_ = nullptr;
  for (Mailbox* other : mailboxes_) {
    if (other->waiting_) other->changed_.notify_one();
  }
}

Channel::Mailbox* Channel::find(std::uint32_t invocation) {
  const auto found = std::find_if(mailboxes_.begin(), mailboxes_.end(),
                                  [&](Mailbox* m) { return m->invocation_ == invocation; });
  return found == mailboxes_.end() ? nullptr : *found;
}

// One thread may be stuck sending to a slow client while its instance goes on writing: reading
// pauses rather than let its mailbox grow without bound.
bool Channel::wait_for_room(Deadline until) {
  std::unique_lock lock(mutex_);
  return room_.wait_until(lock, until.when(), [&] { return state_ != State::Open || has_room(); });
}

bool Channel::has_room() const {
  return std::none_of(mailboxes_.begin(), mailboxes_.end(),
                      [](const Mailbox* m) { return m->batch_.cost() > kMailboxLimit; });
}

void Channel::close(Mailbox& mine, Batch& rest) {
  const std::lock_guard lock(mutex_);
  std::erase(mailboxes_, &mine);
  rest.clear();
  rest.swap(mine.batch_);
  if (!leading_) slots_.stop_expecting();
  room_.notify_all();
}

void Channel::stop_leading() {
  const std::lock_guard lock(mutex_);
  leading_ = false;
  wake_successor();
}

void Channel::wake_successor() {
  for (Mailbox* mailbox : mailboxes_) {
    if (mailbox->waiting_) return mailbox->changed_.notify_one();
  }
}

void Channel::wake_all() {
  for (Mailbox* mailbox : mailboxes_) mailbox->changed_.notify_one();
  writer_free_.notify_all();
  room_.notify_all();
}

Channel::Got Channel::ended() const {
  return state_ == State::Malformed ? Got::Malformed : Got::Closed;
}

void Channel::end(State state, bool unread) {
  const std::lock_guard lock(mutex_);
  if (state_ == State::Open) state_ = state;
  unread_ = unread_ || unread;
  wake_all();
}

// The leader may be inside poll(), where shutting the socket down wakes it, or wait at its slot.
void Channel::condemn() {
  end(State::Condemned, false);
  ::shutdown(fd_.get(), SHUT_RDWR);
  slots_.interrupt();
}

bool Channel::closed_unread() const {
  const std::lock_guard lock(mutex_);
  return unread_;
}

bool Channel::await_news(Deadline until) {
  if (until.passed()) return false;
  return slots_.arrived() || wait_readable(until, -1, false) == Got::Frames;
}

}  // namespace localfn
