#include "runtime/http/task_queue.h"

#include <atomic>

#include "tests/support/catch.h"
#include "tests/unit/http/loopback.h"

namespace localfn::http {

using testing::Event;
using testing::kPatience;

TEST_CASE("no task waits for another", "[http][tasks]") {
  TaskQueue queue(kPatience);
  Event last;
  std::atomic<int> waited{0};
  for (int i = 0; i < 100; ++i) {
    queue.enqueue([&] { waited += last.wait() ? 1 : 0; });
  }
  queue.enqueue([&] { last.set(); });
  queue.shutdown();
  CHECK(waited == 100);
}

TEST_CASE("a thread that waits is used again", "[http][tasks]") {
  TaskQueue queue(kPatience);
  const Deadline patience = Deadline::after(kPatience);
  for (int i = 0; i < 50; ++i) {
    Event done;
    queue.enqueue([&] { done.set(); });
    REQUIRE(done.wait());
    // The thread counts as free a moment after its task; a few may be started meanwhile.
  }
  CHECK(queue.threads() < 50);
  CHECK_FALSE(patience.passed());
}

TEST_CASE("threads that are not needed retire, but for one", "[http][tasks]") {
  TaskQueue queue(milliseconds(1));
  Event go;
  for (int i = 0; i < 20; ++i) queue.enqueue([&] { go.wait(); });
  CHECK(queue.threads() >= 20);
  go.set();
  const Deadline patience = Deadline::after(kPatience);
  while (queue.threads() > 1 && !patience.passed()) std::this_thread::yield();
  CHECK(queue.threads() == 1);
  Event done;
  queue.enqueue([&] { done.set(); });
  CHECK(done.wait());
}

TEST_CASE("queued tasks still run when the queue is shut down", "[http][tasks]") {
  std::atomic<int> ran{0};
  {
    TaskQueue queue(milliseconds(1));
    for (int i = 0; i < 200; ++i) queue.enqueue([&] { ++ran; });
  }
  CHECK(ran == 200);
}

}  // namespace localfn::http
