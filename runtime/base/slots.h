// Two slots of shared memory beside a channel's socket: the short way for a message that the other
// process is waiting for.
//
// A round trip over a pair of sockets costs about twice one over a futex: buffers are allocated and
// charged, and reading wakes the writer, which has no use for that. So whoever waits for its next
// message opens its slot; a sender that finds it open puts its bytes there and wakes it if it sleeps,
// and sends by the socket otherwise. The socket stays what the channel is: long messages,
// descriptors, event loops and the end of a process go by it, and everything does where there is no
// shared memory.
//
// Both ways carry one stream. A sender counts the bytes that it sends by the socket, and says with
// a message in the slot how many came before it; a receiver takes those first, and none that came
// after it (before_slot()). A sender that has used the socket although the slot is open rings, so
// that nobody waits at the wrong door.
//
// One Slots object is one process's end. Sending is for one thread at a time, receiving for one (it
// may be another); the users' locks see to that. Nothing here throws. The other process may write
// anything into the memory at any time: what is read from it is bounded, and copied before it is
// looked at.
#pragma once

#include <sys/uio.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/base/clock.h"
#include "runtime/base/fd.h"

namespace localfn {

class Slots {
 public:
  enum class Side { Host, Instance };

  explicit Slots(Side side) noexcept : side_(side) {}
  ~Slots();
  Slots(const Slots&) = delete;
  Slots& operator=(const Slots&) = delete;

  /// The host makes the memory; the descriptor is for the instance's adopt(). Empty where it cannot
  /// be had: nothing goes by slots then. At most once, by any thread.
  UniqueFd make() noexcept;

  /// The instance takes the memory. Without it, nothing goes by slots.
  void adopt(const UniqueFd& memory) noexcept;

  /// Both sides have it. Until then every call here leaves things to the socket.
  bool ready() const noexcept { return pair() != nullptr; }

  // ---- sending ----

  /// Puts the pieces into the other side's slot, whole or not at all: true when they are there, and
  /// wake() has to follow. False: send them by the socket.
  bool put(const iovec* pieces, std::size_t count) noexcept;
  bool put(std::string_view bytes) noexcept;

  /// Wakes the other side after put(), if it sleeps. Separate, for it needs no lock of the caller's.
  void wake() noexcept;

  /// That many bytes have just gone by the socket. From the channel's first byte on.
  void sent_by_socket(std::size_t bytes) noexcept;

  /// What was put last has not been taken out.
  bool untaken() const noexcept;

  // ---- receiving ----

  /// Opens this side's slot ahead of await(), which must follow soon: what comes in between is
  /// there at once.
  void expect() noexcept;

  /// Takes expect() back. What has come meanwhile stays pending().
  void stop_expecting() noexcept;

  /// expect() was called, or something has come: await() must be called before the socket is
  /// waited for.
  bool pending() const noexcept;

  /// Something has come that await() tells of at once.
  bool arrived() const noexcept;

  enum class Came {
    Bytes,    ///< take() has the next ones of the stream
    Behind,   ///< the next ones are in the socket, for certain
    Rung,     ///< interrupt() was called, or the other side rings for nothing: look at the socket
    Nothing,  ///< not in time; the slot is closed, and what comes now comes by the socket
  };
  /// Waits at the slot, and once more where it was rung for what the socket has brought already.
  /// Nothing may come early, as after a signal.
  Came await(Clock::duration at_most) noexcept;

  /// After Came::Bytes: copies them to `into`, which has room for kCapacity, and says how many
  /// there were. None at all is no message that put() makes.
  std::size_t take(std::span<char> into) noexcept;

  /// The part of `space` that may be read into from the socket now: what comes after a message that
  /// waits in the slot must not overtake it. Never empty, unless `space` is.
  std::span<char> before_slot(std::span<char> space) const noexcept;

  /// That many bytes have just come by the socket. From the channel's first byte on.
  void received_by_socket(std::size_t bytes) noexcept { received_ += bytes; }

  /// Wakes this side's own thread in await(), from any other.
  void interrupt() noexcept;

  /// The most that a slot holds.
  static constexpr std::size_t kCapacity = 8 * 1024 - 128;

 private:
  struct Slot;
  struct Pair;

  bool map(int memory) noexcept;
  Pair* pair() const noexcept;
  Slot* in() const noexcept;
  Slot* out() const noexcept;
  Came await_once(Clock::duration at_most) noexcept;

  const Side side_;
  std::atomic<Pair*> pair_{nullptr};
  mutable std::atomic<bool> ready_{false};  ///< what the other side says once holds
  std::atomic<bool> wakes_{false};          ///< what was put last found its receiver asleep
  std::atomic<bool> interrupted_{false};    ///< it was this side's own thread that rang
  std::uint64_t sent_ = 0;                  ///< the sending thread's
  std::uint64_t received_ = 0;              ///< the receiving thread's
};

}  // namespace localfn
