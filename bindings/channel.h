// The instance's end of its channel: frames to the host, one sender at a time.
//
// Reading is done by one thread at a time (bindings/serving.h sees to that), without the GIL.
// Sending is done by any thread that holds the GIL. When the host has gone there is nobody left to
// work for: the process leaves at once.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <atomic>
#include <deque>
#include <initializer_list>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "bindings/gil.h"
#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/base/slots.h"
#include "runtime/base/ticker.h"
#include "runtime/base/wire.h"

namespace localfn {

class Channel {
 public:
  explicit Channel(UniqueFd socket);
  ~Channel() { abandon(); }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Waits until the host has closed its end, at most until `deadline`. Any thread, without the GIL.
  void await_hang_up(Deadline deadline) const;

  /// False in a process that user code has forked: it has no part in the protocol.
  bool ours() const { return fd_.load(std::memory_order_relaxed) >= 0; }

  /// Closes this process's copy. Called in the child of a fork of user code.
  void abandon() noexcept;

  /// From here on no sender waits for the host: what the socket has no room for is kept and leaves
  /// as soon as it can. For an event loop, whose other work must not stand still. The senders of
  /// bodies see to it that this stays little (wire::kMostUntaken).
  void keep_rather_than_wait() { patient_.store(false); }

  int descriptor() const { return fd_.load(std::memory_order_relaxed); }

  /// Sends what is kept and waits until it has left. For the end of the process.
  void send_kept();

  /// Tells the host that there is something to read (wire::kUnreadSignal), or will be at once.
  /// Without that it looks once a second.
  void call_reader() const;

  /// The right to send. Frames of one turn are not mixed with those of other threads.
  class Turn {
   public:
    explicit Turn(Channel& channel) : channel_(channel), locked_(channel.sending_) {}

    /// Sends the pieces in order, in one call where the socket has room for them; the GIL is
    /// released only when it has not. False when the channel is no longer ours.
    bool send(std::initializer_list<std::string_view> pieces);

    /// The same, but may keep the pieces for a moment: they leave with whatever is sent next, or
    /// by themselves within a few milliseconds.
    bool send_soon(std::initializer_list<std::string_view> pieces);

    /// Sends what is kept, if anything is.
    void flush() { send({}); }

   private:
    Channel& channel_;
    Locked locked_;
  };

  /// Blocks for more bytes, without the GIL. Leaves the process when the host has gone.
  void receive(wire::FrameReader& frames);
  /// The same with an end: false when nothing came before `deadline`.
  bool receive(wire::FrameReader& frames, Deadline deadline);
  /// Takes what is there without waiting; false when nothing is. Leaves when the host has gone.
  bool receive_now(wire::FrameReader& frames);

  /// The Slots frame has come. From here on receive() and senders use them. Only for the thread
  /// that has the right to read.
  void adopt_slots() { slots_.adopt(take_passenger()); }

  /// The thread that has the right to read is about to call receive(): what the host sends until
  /// then may come by the slot.
  void expect() { slots_.expect(); }

  /// The descriptor that came with a Request frame flagged kUpgrade, in the order of those frames;
  /// empty when the process had no room for it. Only for the thread that has the right to read.
  UniqueFd take_passenger();

  /// Takes a Cancel frame for `invocation` off the socket if exactly that comes next. Does not
  /// wait. Only for the thread that has the right to read, with nothing pending in its reader.
  bool take_cancel(std::uint32_t invocation);

 private:
  ssize_t receive_some(std::span<char> into, int flags);
  void keep_passenger(msghdr& message);
  bool receive_by_slot(wire::FrameReader& frames);
  bool send_some(iovec*& pieces, std::size_t& count);
  void send_rest(iovec* pieces, std::size_t count);
  void send_all(iovec* pieces, std::size_t count);
  void send_held();
  void send_whole_of_held();
  void drop_held();
  iovec held();
  void keep(const iovec* pieces, std::size_t count);

  std::atomic<int> fd_;
  std::deque<UniqueFd> passengers_;  ///< the reading thread's
  Slots slots_{Slots::Side::Instance};  ///< sending is guarded by sending_
  std::mutex sending_;
  std::atomic<bool> patient_{true};
  std::string held_;  ///< frames that leave before all others; guarded by sending_
  std::size_t held_at_ = 0;  ///< what is before has left
  Ticker ticker_;     ///< sends what nothing has followed; last, for its thread uses the others
};

/// Ends the process at once: nothing is flushed, no callback runs. Its group is the zygote's care.
[[noreturn]] void leave_at_once() noexcept;

}  // namespace localfn
