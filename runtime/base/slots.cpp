#include "runtime/base/slots.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <ctime>

namespace localfn {
namespace {

// Of a slot. Only its receiver opens and closes it; only a sender fills it or rings. An open slot
// says as well whether its receiver sleeps: half of the time it does not, being on its way to the
// slot, and to wake nobody costs as much as to wake somebody.
constexpr std::uint32_t kClosed = 0;
constexpr std::uint32_t kOpen = 1;
constexpr std::uint32_t kFull = 2;
constexpr std::uint32_t kRung = 3;
constexpr std::uint32_t kAsleep = 4;

using State = std::atomic<std::uint32_t>;
static_assert(State::is_always_lock_free && sizeof(State) == sizeof(std::uint32_t),
              "the kernel and another process look at it");
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

// Not the private kind: the other waiter is in another process.
void wait_while(State& state, std::uint32_t value, Clock::duration budget) {
  const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(budget).count();
  timespec time{};
  time.tv_sec = static_cast<time_t>(left / 1'000'000'000);
  time.tv_nsec = static_cast<long>(left % 1'000'000'000);
  ::syscall(SYS_futex, &state, FUTEX_WAIT, value, &time, nullptr, 0);
}

void wake_all(State& state) {
  ::syscall(SYS_futex, &state, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

bool change(State& state, std::uint32_t from, std::uint32_t to) {
  return state.compare_exchange_strong(from, to);
}

bool is_open(std::uint32_t state) { return state == kOpen || state == kAsleep; }

enum class Left { Not, Awake, Asleep };

// Takes an open slot into another state, and says how its receiver was found. From the first step
// to the second the receiver may fall asleep; it wakes up only into a state that is not open.
Left leave_open(State& state, std::uint32_t to) {
  if (change(state, kOpen, to)) return Left::Awake;
  return change(state, kAsleep, to) ? Left::Asleep : Left::Not;
}

void ring(State& state) {
  if (leave_open(state, kRung) == Left::Asleep) wake_all(state);
}

}  // namespace

struct alignas(64) Slots::Slot {
  State state{kClosed};
  std::atomic<std::uint32_t> size{0};
  std::atomic<std::uint64_t> before{0};  ///< bytes sent by the socket before those in here
  std::atomic<std::uint64_t> sent{0};    ///< and all in all, up to now
  alignas(64) char bytes[kCapacity];
};

struct Slots::Pair {
  std::atomic<std::uint32_t> adopted{0};  ///< the instance has mapped it
  Slot to_instance;
  Slot to_host;
};

Slots::~Slots() {
  if (Pair* const pair = pair_.load()) ::munmap(pair, sizeof(Pair));
}

// A host must not wait at its slot before there is somebody who would ring.
Slots::Pair* Slots::pair() const noexcept {
  Pair* const pair = pair_.load(std::memory_order_acquire);
  if (pair == nullptr || ready_.load(std::memory_order_relaxed)) return pair;
  if (pair->adopted.load() == 0) return nullptr;
  ready_.store(true, std::memory_order_relaxed);
  return pair;
}

Slots::Slot* Slots::in() const noexcept {
  Pair* const both = pair();
  if (both == nullptr) return nullptr;
  return side_ == Side::Host ? &both->to_host : &both->to_instance;
}

Slots::Slot* Slots::out() const noexcept {
  Pair* const both = pair();
  if (both == nullptr) return nullptr;
  return side_ == Side::Host ? &both->to_instance : &both->to_host;
}

// Zero is a value of every member: the kernel's fresh pages are a pair of closed slots.
bool Slots::map(int memory) noexcept {
  void* const at = ::mmap(nullptr, sizeof(Pair), PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
  if (at == MAP_FAILED) return false;
  pair_.store(static_cast<Pair*>(at), std::memory_order_release);
  return true;
}

// Allocated and sealed, so that no page is missing when it is touched: that would end the process.
UniqueFd Slots::make() noexcept {
  UniqueFd memory(::memfd_create("localfn-slots", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory || ::fallocate(memory.get(), 0, 0, sizeof(Pair)) != 0) return {};
  if (::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) return {};
  return map(memory.get()) ? std::move(memory) : UniqueFd();
}

void Slots::adopt(const UniqueFd& memory) noexcept {
  if (!memory || ready() || !map(memory.get())) return;
  pair_.load()->adopted.store(1);
}

// ---- sending ---------------------------------------------------------------------------------

// The bytes of a slot that is not full are the sender's: whether they are wanted is found out by
// the change of state alone.
bool Slots::put(const iovec* pieces, std::size_t count) noexcept {
  Slot* const slot = out();
  if (slot == nullptr || !is_open(slot->state.load())) return false;
  std::size_t size = 0;
  for (std::size_t i = 0; i < count; ++i) size += pieces[i].iov_len;
  if (size == 0 || size > kCapacity) return false;
  char* to = slot->bytes;
  for (std::size_t i = 0; i < count; ++i) {
    to = std::copy_n(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len, to);
  }
  slot->size.store(static_cast<std::uint32_t>(size), std::memory_order_relaxed);
  slot->before.store(sent_, std::memory_order_relaxed);
  const Left left = leave_open(slot->state, kFull);
  wakes_.store(left == Left::Asleep, std::memory_order_relaxed);
  return left != Left::Not;
}

bool Slots::put(std::string_view bytes) noexcept {
  const iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
  return put(&piece, 1);
}

// Another thread may have put the next message meanwhile, and said whether that one needs it: then
// this one has been taken.
void Slots::wake() noexcept {
  if (!wakes_.load(std::memory_order_relaxed)) return;
  if (Slot* const slot = out()) wake_all(slot->state);
}

// First the count, then the look at the state; the receiver opens first and then looks at the
// count. So one of the two sees the other.
void Slots::sent_by_socket(std::size_t bytes) noexcept {
  sent_ += bytes;
  Slot* const slot = out();
  if (slot == nullptr) return;
  slot->sent.store(sent_);
  ring(slot->state);
}

bool Slots::untaken() const noexcept {
  const Slot* const slot = out();
  return slot != nullptr && slot->state.load() == kFull;
}

// ---- receiving -------------------------------------------------------------------------------

void Slots::expect() noexcept {
  if (Slot* const slot = in()) change(slot->state, kClosed, kOpen);
}

void Slots::stop_expecting() noexcept {
  if (Slot* const slot = in()) change(slot->state, kOpen, kClosed);
}

bool Slots::pending() const noexcept {
  const Slot* const slot = in();
  return slot != nullptr && slot->state.load() != kClosed;
}

bool Slots::arrived() const noexcept {
  const Slot* const slot = in();
  if (slot == nullptr) return false;
  const auto state = slot->state.load();
  return state != kClosed && !is_open(state);
}

// A sender that the receiver has overtaken rings for bytes that have been taken from the socket
// already: to look there again would be to wait there, and the next message would come by the
// socket, too, and so on. Once, for the other side may ring as often as it likes.
Slots::Came Slots::await(Clock::duration at_most) noexcept {
  const Came came = await_once(at_most);
  return came == Came::Rung && !interrupted_.exchange(false) ? await_once(at_most) : came;
}

Slots::Came Slots::await_once(Clock::duration at_most) noexcept {
  Slot* const slot = in();
  if (slot == nullptr) return Came::Nothing;
  change(slot->state, kClosed, kOpen);
  if (slot->sent.load() > received_ && change(slot->state, kOpen, kClosed)) return Came::Behind;
  if (at_most > Clock::duration::zero() && change(slot->state, kOpen, kAsleep)) {
    wait_while(slot->state, kAsleep, at_most);
  }
  if (leave_open(slot->state, kClosed) != Left::Not) return Came::Nothing;
  if (change(slot->state, kRung, kClosed)) return Came::Rung;
  return slot->before.load() > received_ ? Came::Behind : Came::Bytes;
}

std::size_t Slots::take(std::span<char> into) noexcept {
  Slot* const slot = in();
  const auto size = std::min<std::size_t>(slot->size.load(), kCapacity);
  std::copy_n(slot->bytes, size, into.data());
  slot->state.store(kClosed);
  return size;
}

// Whoever reads the socket has its slot closed or full: no message can come into it meanwhile.
std::span<char> Slots::before_slot(std::span<char> space) const noexcept {
  if (!arrived()) return space;
  const auto before = in()->before.load();
  return before > received_ ? space.first(std::min<std::size_t>(before - received_, space.size()))
                            : space;
}

void Slots::interrupt() noexcept {
  interrupted_.store(true);
  Slot* const slot = in();
  if (slot != nullptr) ring(slot->state);
}

}  // namespace localfn
