#include "runtime/base/ticker.h"

#include <condition_variable>
#include <mutex>

#include "tests/support/catch.h"

namespace localfn {
namespace {

using namespace std::chrono_literals;
constexpr auto kPatience = 20s;

/// Something that is put aside and taken by the tick, as its users have it.
struct Shelf {
  std::mutex mutex;
  std::condition_variable changed;
  int put_aside = 0;
  int taken_at_once = 0;
  int taken_by_tick = 0;
  Ticker ticker{1ms, [this] {
                  const std::lock_guard lock(mutex);
                  taken_by_tick += put_aside;
                  put_aside = 0;
                  changed.notify_all();
                }};

  bool put() {
    const std::lock_guard lock(mutex);
    const bool waits = ticker.busy();
    ++(waits ? put_aside : taken_at_once);
    return waits;
  }
  bool await_all(int count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, kPatience,
                            [&] { return taken_at_once + taken_by_tick == count; });
  }
};

}  // namespace

TEST_CASE("the first call after a quiet time does its work at once", "[ticker]") {
  Shelf shelf;
  CHECK_FALSE(shelf.put());
  CHECK(shelf.taken_at_once == 1);
}

TEST_CASE("what is put aside while something goes on is taken by a tick", "[ticker]") {
  Shelf shelf;
  int count = 1;
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!shelf.put() && std::chrono::steady_clock::now() < end) ++count;
  REQUIRE(shelf.await_all(count));
  CHECK(shelf.taken_by_tick >= 1);
}

TEST_CASE("nothing that is put aside is forgotten when the ticker falls asleep", "[ticker]") {
  Shelf shelf;
  int count = 0;
  // Across many moments of falling asleep, some of them hit by a call.
  for (int round = 0; round < 20; ++round) {
    shelf.put();
    ++count;
    REQUIRE(shelf.await_all(count));
    for (int i = 0; i < 1000; ++i, ++count) shelf.put();
    REQUIRE(shelf.await_all(count));
  }
}

TEST_CASE("what could not be done at once does not wait for the next tick", "[ticker]") {
  std::mutex mutex;
  std::condition_variable changed;
  int ticks = 0;
  Ticker ticker{std::chrono::hours(1), [&] {
                  const std::lock_guard lock(mutex);
                  ++ticks;
                  changed.notify_all();
                }};
  for (int wanted = 1; wanted <= 2; ++wanted) {
    std::unique_lock lock(mutex);
    REQUIRE(ticker.insist());
    REQUIRE(changed.wait_for(lock, kPatience, [&] { return ticks >= wanted; }));
  }
}

TEST_CASE("a ticker that was never used has no thread to end", "[ticker]") {
  Ticker ticker(1ms, [] { FAIL("nobody asked for it"); });
}

}  // namespace localfn
