#include "runtime/base/slots.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>
#include <thread>

#include "tests/support/catch.h"

namespace localfn {
namespace {

using namespace std::chrono_literals;
using Came = Slots::Came;

constexpr auto kAtOnce = 0ms;
constexpr auto kInGoodTime = 20s;

/// Both ends in one process; a socket is imagined.
struct Ends {
  Slots host{Slots::Side::Host};
  Slots instance{Slots::Side::Instance};
  Ends() { instance.adopt(host.make()); }
};

/// What stands in for the socket.
class Pipe {
 public:
  Pipe() { set_nonblocking(ends_.second.get(), true); }
  /// Whole or not at all; false when there is no room in time.
  bool write(std::string_view bytes, Deadline until) {
    while (::write(ends_.second.get(), bytes.data(), bytes.size()) < 0) {
      if (errno != EAGAIN || until.passed()) return false;
      std::this_thread::yield();
    }
    return true;
  }
  /// What is there and may be read now.
  void read_into(std::string& all, Slots& end) {
    pollfd readable{ends_.first.get(), POLLIN, 0};
    if (::poll(&readable, 1, 1) <= 0) return;
    std::array<char, 50> space;
    const auto room = end.before_slot(space);
    const auto n = ::read(ends_.first.get(), room.data(), room.size());
    if (n <= 0) return;
    end.received_by_socket(static_cast<std::size_t>(n));
    all.append(room.data(), static_cast<std::size_t>(n));
  }

 private:
  FdPair ends_ = make_pipe();
};

/// `size` bytes of a text in which each place looks different from those near it.
std::string stream(std::size_t from, std::size_t size) {
  std::string text;
  for (std::size_t i = from; i < from + size; ++i) text += static_cast<char>('!' + i % 89);
  return text;
}

/// A wake-up that comes late may end the next sleep.
Came patiently(Slots& end, Deadline until) {
  Came came = Came::Nothing;
  while (came == Came::Nothing && !until.passed()) came = end.await(until.remaining());
  return came;
}

std::string taken(Slots& end) {
  std::string bytes(Slots::kCapacity, ' ');
  bytes.resize(end.take(bytes));
  return bytes;
}

}  // namespace

TEST_CASE("without memory everything goes by the socket", "[slots]") {
  Slots end(Slots::Side::Instance);
  end.adopt(UniqueFd());
  CHECK_FALSE(end.ready());
  end.expect();
  CHECK_FALSE(end.put("bytes"));
  CHECK_FALSE(end.pending());
  CHECK(end.await(kInGoodTime) == Came::Nothing);
  end.sent_by_socket(5);
  end.interrupt();
}

TEST_CASE("a slot takes what its receiver waits for, and nothing else", "[slots]") {
  Ends ends;
  REQUIRE(ends.instance.ready());
  CHECK_FALSE(ends.host.put("nobody waits"));
  ends.instance.expect();
  REQUIRE(ends.host.put("first"));
  CHECK_FALSE(ends.host.put("second, before the first was taken"));
  CHECK(ends.host.untaken());
  CHECK(ends.instance.arrived());
  REQUIRE(ends.instance.await(kInGoodTime) == Came::Bytes);
  CHECK(taken(ends.instance) == "first");
  CHECK_FALSE(ends.host.untaken());
  CHECK_FALSE(ends.instance.pending());
  CHECK_FALSE(ends.host.put("nobody waits any more"));
}

TEST_CASE("pieces arrive as one, up to what a slot holds", "[slots]") {
  Ends ends;
  std::string one(Slots::kCapacity - 3, 'x');
  std::string other = "abc";
  iovec pieces[2] = {{one.data(), one.size()}, {other.data(), other.size()}};
  ends.host.expect();
  REQUIRE(ends.instance.put(pieces, 2));
  REQUIRE(ends.host.await(kInGoodTime) == Came::Bytes);
  CHECK(taken(ends.host) == one + other);
  ends.host.expect();
  CHECK_FALSE(ends.instance.put(one + other + "d"));
  CHECK_FALSE(ends.instance.put(""));
}

TEST_CASE("a wait at a slot ends in time and closes it", "[slots]") {
  Ends ends;
  CHECK(ends.host.await(1ms) == Came::Nothing);
  CHECK_FALSE(ends.instance.put("too late"));
  ends.host.expect();
  CHECK(ends.host.pending());
  CHECK_FALSE(ends.host.arrived());
  ends.host.stop_expecting();
  CHECK_FALSE(ends.host.pending());
}

TEST_CASE("what is sent by the socket while a slot is open rings", "[slots]") {
  Ends ends;
  ends.instance.expect();
  ends.host.sent_by_socket(7);
  REQUIRE(ends.instance.arrived());
  REQUIRE(ends.instance.await(kInGoodTime) == Came::Behind);
  ends.instance.received_by_socket(7);
  CHECK(ends.instance.await(kAtOnce) == Came::Nothing);
}

TEST_CASE("after a message by the socket the next one finds its receiver at the slot", "[slots]") {
  Ends ends;
  const auto until = Deadline::after(kInGoodTime);
  // Where both share a processor the receiver has read it, answered and gone to its slot before the
  // sender is back from the kernel and counts what it has sent.
  ends.instance.received_by_socket(7);
  Came came = Came::Nothing;
  std::thread waiting([&] { came = patiently(ends.instance, until); });
  while (!ends.instance.pending()) std::this_thread::yield();
  ends.host.sent_by_socket(7);
  while (!ends.host.put("the next one") && !until.passed()) std::this_thread::yield();
  ends.host.wake();
  waiting.join();
  CHECK(came == Came::Bytes);
}

TEST_CASE("whoever rings for nothing again and again keeps nobody at the slot", "[slots]") {
  Ends ends;
  const auto until = Deadline::after(kInGoodTime);
  std::atomic<bool> over{false};
  Came came = Came::Nothing;
  std::thread waiting([&] {
    came = patiently(ends.instance, until);
    over = true;
  });
  while (!over && !until.passed()) {
    ends.host.sent_by_socket(0);
    std::this_thread::yield();
  }
  waiting.join();
  CHECK(came == Came::Rung);
}

TEST_CASE("what was sent by the socket before a slot opened is not waited for there", "[slots]") {
  Ends ends;
  ends.host.sent_by_socket(7);
  ends.instance.received_by_socket(6);
  CHECK(ends.instance.await(kInGoodTime) == Came::Behind);
  CHECK_FALSE(ends.instance.pending());
  ends.instance.received_by_socket(1);
  CHECK(ends.instance.await(kAtOnce) == Came::Nothing);
}

TEST_CASE("bytes in a slot wait for those sent before them by the socket", "[slots]") {
  Ends ends;
  std::array<char, 100> space;
  ends.host.sent_by_socket(10);
  ends.instance.expect();
  REQUIRE(ends.host.put("after the ten"));
  ends.host.sent_by_socket(3);
  CHECK(ends.instance.await(kInGoodTime) == Came::Behind);
  CHECK(ends.instance.arrived());
  // The three that were sent after them must not come before them.
  CHECK(ends.instance.before_slot(space).size() == 10);
  ends.instance.received_by_socket(4);
  CHECK(ends.instance.before_slot(space).size() == 6);
  CHECK(ends.instance.before_slot(std::span(space).first(5)).size() == 5);
  CHECK(ends.instance.await(kInGoodTime) == Came::Behind);
  ends.instance.received_by_socket(6);
  CHECK(ends.instance.before_slot(space).size() == space.size());
  REQUIRE(ends.instance.await(kInGoodTime) == Came::Bytes);
  CHECK(taken(ends.instance) == "after the ten");
  CHECK(ends.instance.await(kInGoodTime) == Came::Behind);
}

TEST_CASE("bytes sent before the memory was there count", "[slots]") {
  Slots host(Slots::Side::Host);
  Slots instance(Slots::Side::Instance);
  host.sent_by_socket(100);
  instance.adopt(host.make());
  instance.expect();
  REQUIRE(host.put("later"));
  CHECK(instance.await(kInGoodTime) == Came::Behind);
  instance.received_by_socket(100);
  CHECK(instance.await(kInGoodTime) == Came::Bytes);
}

TEST_CASE("a thread that waits at a slot can be called away", "[slots]") {
  Ends ends;
  Came came = Came::Nothing;
  std::thread waiting([&] { came = ends.host.await(kInGoodTime); });
  while (!ends.host.pending()) std::this_thread::yield();
  ends.host.interrupt();
  waiting.join();
  CHECK(came == Came::Rung);
  // With nobody there it rings no slot.
  ends.host.interrupt();
  CHECK_FALSE(ends.host.pending());
}

TEST_CASE("whoever sleeps at a slot is woken, and whoever is on its way finds what has come",
          "[slots]") {
  constexpr int kRounds = 20'000;
  Ends ends;
  const auto until = Deadline::after(kInGoodTime);
  // Of a wake-up that is forgotten nothing is seen but the time that it takes.
  const auto send = [&](Slots& end, std::string_view bytes) {
    while (!end.put(bytes) && !until.passed()) std::this_thread::yield();
    end.wake();
  };
  const auto receives = [&](Slots& end) { return patiently(end, until) == Came::Bytes; };
  std::thread answering([&] {
    for (int i = 0; i < kRounds && !until.passed(); ++i) {
      if (!receives(ends.instance)) return;
      const std::string question = taken(ends.instance);
      if (i % 2 == 0) ends.instance.expect();
      send(ends.instance, question);
    }
  });
  int answers = 0;
  for (; answers < kRounds && !until.passed(); ++answers) {
    const std::string question = stream(static_cast<std::size_t>(answers), 5);
    ends.host.expect();
    send(ends.host, question);
    if (!receives(ends.host) || taken(ends.host) != question) break;
  }
  answering.join();
  CHECK(answers == kRounds);
}

TEST_CASE("a stream that goes by slot and socket as it happens arrives in order", "[slots]") {
  constexpr std::size_t kBytes = 400'000;
  Ends ends;
  Pipe socket;
  const auto until = Deadline::after(kInGoodTime);
  std::thread sending([&] {
    for (std::size_t sent = 0; sent < kBytes;) {
      const std::string piece = stream(sent, 1 + sent % 7);
      if (ends.instance.put(piece)) {
        ends.instance.wake();
      } else if (socket.write(piece, until)) {
        ends.instance.sent_by_socket(piece.size());
      } else {
        return;
      }
      sent += piece.size();
    }
  });
  std::string all;
  std::size_t by_slot = 0;
  while (all.size() < kBytes && !until.passed()) {
    if (ends.host.await(1ms) == Came::Bytes) {
      const std::string piece = taken(ends.host);
      by_slot += piece.size();
      all += piece;
    } else {
      socket.read_into(all, ends.host);
    }
  }
  sending.join();
  CHECK(all == stream(0, all.size()));
  CHECK(all.size() >= kBytes);
  CHECK(by_slot > 0);
  CHECK(by_slot < all.size());
}

TEST_CASE("a host whose memory nobody has adopted leaves everything to the socket", "[slots]") {
  Slots host(Slots::Side::Host);
  const UniqueFd memory = host.make();
  REQUIRE(memory);
  CHECK_FALSE(host.ready());
  CHECK(host.await(kInGoodTime) == Came::Nothing);
  Slots instance(Slots::Side::Instance);
  instance.adopt(memory);
  CHECK(host.ready());
}

TEST_CASE("memory that one side has mapped cannot be shortened by the other", "[slots]") {
  Slots host(Slots::Side::Host);
  const UniqueFd memory = host.make();
  REQUIRE(memory);
  CHECK(::ftruncate(memory.get(), 0) == -1);
  CHECK(errno == EPERM);
}

// An instance may write anything there: what the host reads stays within the slot.
TEST_CASE("a slot full of lies is read within its bounds", "[slots]") {
  Slots host(Slots::Side::Host);
  const UniqueFd memory = host.make();
  struct stat info {};
  REQUIRE(::fstat(memory.get(), &info) == 0);
  const auto size = static_cast<std::size_t>(info.st_size);
  void* const at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0);
  REQUIRE(at != MAP_FAILED);
  std::memset(at, 0xff, size);
  // A state that is none of its own counts as full, with more before it than can ever come.
  CHECK(host.await(kInGoodTime) == Came::Behind);
  CHECK_FALSE(host.put("its own slot is no better"));
  CHECK(taken(host).size() == Slots::kCapacity);
  CHECK_FALSE(host.pending());
  ::munmap(at, size);
}

}  // namespace localfn
