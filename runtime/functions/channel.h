// The host's end of one instance: frames out, frames in, shared by the threads whose invocations
// run in that instance.
//
// There is no reader thread. Whoever waits for frames and finds nobody reading becomes the leader:
// it reads, keeps what is its own and puts what belongs to others into their mailboxes; when it has
// something to do it hands the reading over. So a lone invocation costs one message each way, by
// shared memory where the instance is waiting (runtime/base/slots.h) and by the socket where not.
// The channel knows frames, not their meaning; it never throws after construction.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/base/slots.h"
#include "runtime/base/wire.h"
#include "runtime/functions/batch.h"

namespace localfn {

class Channel {
 public:
  explicit Channel(UniqueFd fd);

  /// Where frames for one invocation arrive. Lives on the stack of its thread.
  class Mailbox {
   public:
    Mailbox(Channel& channel, std::uint32_t invocation);
    ~Mailbox();
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;

   private:
    friend class Channel;
    Channel& channel_;
    const std::uint32_t invocation_;
    Batch batch_;
    bool waiting_ = false;  ///< its thread is in receive() and does not lead
    bool writing_ = false;  ///< it holds the right to write
    std::condition_variable changed_;
  };

  enum class Sent {
    Whole,
    Frames,    ///< not whole yet, and frames have come: receive() them, then call again
    TimedOut,  ///< call again, or condemn(): part of a frame may have been written
    Closed,    ///< the instance cannot have read the whole of it
  };
  /// Writes what is left of `bytes` (whole frames) and shortens it by what was written. Frames
  /// that arrive meanwhile are taken in, so two full sockets cannot block each other.
  /// A `passenger` is a descriptor that goes with the first of them; -1 once it has.
  Sent send(Mailbox& mine, std::string_view& bytes, Deadline until, int* passenger = nullptr);

  /// Makes the slots, and appends the frame that offers them to `bytes`, which have to be sent next
  /// with the descriptor returned as their passenger. Empty, and nothing appended, where there are
  /// none, or when that was done before. Not for an event loop: it waits at descriptors only.
  UniqueFd offer_slots(std::string& bytes);
  bool slots_offered() const { return slots_offered_.load(std::memory_order_relaxed); }

  /// Writes a small frame if that needs no waiting (Cancel, Stop). False when it could not.
  bool try_send(std::string_view frame);

  enum class Got {
    Frames,
    TimedOut,
    ClientGone,  ///< the other side of `client_fd` has hung up
    Closed,      ///< the instance has ended or closed its end, or condemn() was called
    Malformed,   ///< what arrived is no frame; nothing more is read
  };
  /// Waits for frames of `mine` or of nobody (invocation 0, or one without a mailbox), and moves
  /// them to `out`. `client_fd` may be -1.
  Got receive(Mailbox& mine, Batch& out, Deadline until, int client_fd);

  /// Takes what is there without waiting, for an instance that nobody waits for. TimedOut: nothing.
  Got poll_idle(Batch& out);

  /// Takes `mine` off the list: frames for it are nobody's from here on. What had arrived for it
  /// is moved to `rest`.
  void close(Mailbox& mine, Batch& rest);

  /// Wakes everybody: no frame is delivered or sent any more.
  void condemn();

  /// Closed by the peer while bytes that we had sent were unread, or untaken in its slot: the last
  /// frame sent has not been seen by the instance.
  bool closed_unread() const;

  /// Waits for something that poll_idle() can take, or for the end. False: not in time.
  bool await_news(Deadline until);

  /// Most that is kept for one mailbox before reading pauses.
  static constexpr std::size_t kMailboxLimit = 4u << 20;

 private:
  enum class State { Open, Closed, Malformed, Condemned };

  Got lead(const Mailbox* mine, Batch& out, Deadline until, int client_fd);
  Got follow(std::unique_lock<std::mutex>& lock, Mailbox& mine, Deadline until, int client_fd);
  Got ended() const;
  Got wait_readable(Deadline until, int client_fd, bool or_writable);
  bool read_some(const Mailbox* mine, Batch& out, bool wait);
  Slots::Came wait_at_slot(bool patient);
  bool read_slot(const Mailbox* mine, Batch& out);
  bool put_in_slot(std::string_view& bytes);
  bool dispatch(const Mailbox* mine, Batch& out);
  Mailbox* find(std::uint32_t invocation);
  void settled(const Mailbox& mine);
  bool wait_for_room(Deadline until);
  bool has_room() const;
  void stop_leading();
  void wake_successor();
  void wake_all();
  void end(State state, bool unread);
  bool start_writing(std::unique_lock<std::mutex>& lock, Mailbox& mine, Deadline until);
  void stop_writing(Mailbox& mine);
  Sent wait_writable(Mailbox& mine, Deadline until);
  void read_or_wait_writable(Mailbox& mine, Deadline until);

  const UniqueFd fd_;
  wire::FrameReader reader_;  ///< belongs to the leader
  std::atomic<bool> slots_offered_{false};
  /// Receiving is the leader's, sending for whoever has the right to write.
  Slots slots_{Slots::Side::Host};

  mutable std::mutex mutex_;  ///< guards all below and the mailboxes
  std::vector<Mailbox*> mailboxes_;
  std::condition_variable writer_free_;
  std::condition_variable room_;
  bool leading_ = false;
  const Mailbox* settling_ = nullptr;  ///< its thread takes in what the instance said of itself
  bool writing_ = false;
  bool unread_ = false;
  State state_ = State::Open;
};

}  // namespace localfn
