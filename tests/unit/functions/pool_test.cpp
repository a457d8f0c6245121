// Who serves a request: the policy of the pool against instances that the test plays itself.
#include <poll.h>

#include "tests/unit/functions/fake_spawner.h"

namespace localfn::testing {

TEST_CASE("the first request starts an instance and is served by it", "[pool]") {
  PoolOptions options;
  options.vercel_url = "127.0.0.1:3000";
  options.port = 3000;
  Bench bench(options);
  auto running = bench.call();
  auto instance = bench.spawner.next();
  wire::LoadFrame load;
  REQUIRE(decode(instance->expect(wire::FrameType::Load).payload, load));
  CHECK(load.root == "/p");
  CHECK(load.file == "api/a.py");
  CHECK(load.variable == "handler");
  CHECK(load.port == 3000);
  CHECK(load.environment.back() ==
        std::pair<std::string, std::string>("VERCEL_URL", "127.0.0.1:3000"));
  // The request is there before the instance has said anything.
  const auto number = instance->request();
  wire::ReadyFrame ready;
  ready.init_us = 2500;
  instance->say(ready);
  instance->reply(number, "hello");
  const auto reply = get<Reply>(running.outcome());
  CHECK_FALSE(reply.truncated);
  CHECK(reply.failure.error.empty());
  CHECK(running.sink->status() == 200);
  CHECK(running.sink->text() == "hello");
  CHECK(running.served->cold);
  CHECK(running.served->instance == instance->id);
  CHECK(running.served->init == 2500us);
  CHECK(running.served->cpu == 700us);
  CHECK(running.served->peak_bytes == 1 << 20);
  CHECK_FALSE(running.served->shared);
}

TEST_CASE("an idle instance serves the next request of its function only", "[pool]") {
  Bench bench;
  auto instance = bench.warm();
  auto second = bench.call();
  auto frame = instance->expect(wire::FrameType::Request);
  CHECK(frame.header.flags == 0);
  instance->reply(frame.header.invocation, "again");
  get<Reply>(second.outcome());
  CHECK_FALSE(second.served->cold);
  CHECK(bench.spawner.spawned() == 1);

  auto other = bench.call(nullptr, "api/b.py");
  auto fresh = bench.spawner.next();
  fresh->ready();
  fresh->reply(fresh->request());
  get<Reply>(other.outcome());
  CHECK(bench.pool.instance_count() == 2);
}

TEST_CASE("a function that is renewed starts anew although nothing has changed", "[pool]") {
  Bench bench;
  auto instance = bench.warm();
  bench.pool.renew({"api/b.py", "api/never-asked.py"});
  CHECK(bench.pool.instance_count() == 1);
  bench.pool.renew({"api/a.py"});
  CHECK(bench.pool.take_restarted().empty());
  auto second = bench.call();
  auto fresh = bench.spawner.next();
  fresh->ready();
  fresh->reply(fresh->request());
  get<Reply>(second.outcome());
  CHECK(second.served->cold);
}

TEST_CASE("of several idle instances the one used last serves", "[pool]") {
  Bench bench;
  auto first_call = bench.call();
  auto first = bench.spawner.next();
  first->ready();
  const auto first_number = first->request();
  auto second_call = bench.call();
  auto second = bench.spawner.next();
  second->ready();
  second->reply(second->request());
  get<Reply>(second_call.outcome());
  first->reply(first_number);
  get<Reply>(first_call.outcome());

  auto third_call = bench.call();
  first->reply(first->request());
  get<Reply>(third_call.outcome());
  CHECK(third_call.served->instance == first->id);
}

TEST_CASE("at the limit a request shares the least loaded instance", "[pool]") {
  PoolOptions options;
  options.max_instances = 1;
  Bench bench(options);
  auto instance = bench.warm();
  auto first_call = bench.call();
  const auto first = instance->request();
  auto second_call = bench.call();
  auto second = instance->expect(wire::FrameType::Request);
  CHECK(second.header.flags == wire::kShared);
  CHECK(bench.spawner.asked() == std::vector<std::uint32_t>{instance->id});
  auto third_call = bench.call();
  auto third = instance->expect(wire::FrameType::Request);
  // Asking once is enough: the instance has a thread on its channel.
  CHECK(bench.spawner.asked().size() == 1);

  instance->reply(third.header.invocation, "three");
  instance->reply(second.header.invocation, "two");
  instance->reply(first, "one");
  get<Reply>(first_call.outcome());
  get<Reply>(second_call.outcome());
  get<Reply>(third_call.outcome());
  CHECK(first_call.sink->text() == "one");
  CHECK(second_call.sink->text() == "two");
  CHECK(third_call.sink->text() == "three");
  CHECK(first_call.served->shared);
  CHECK(second_call.served->shared);
  CHECK(first_call.served->cpu == 0us);

  auto alone = bench.call();
  auto frame = instance->expect(wire::FrameType::Request);
  CHECK(frame.header.flags == 0);
  instance->reply(frame.header.invocation);
  get<Reply>(alone.outcome());
  CHECK_FALSE(alone.served->shared);
}

TEST_CASE("an importing instance is asked to read again only once it is ready", "[pool]") {
  PoolOptions options;
  options.max_instances = 1;
  Bench bench(options);
  auto first_call = bench.call();
  auto instance = bench.spawner.next();
  instance->expect(wire::FrameType::Load);
  const auto first = instance->request();
  auto second_call = bench.call();
  const auto second = instance->request();
  CHECK(bench.spawner.asked().empty());
  instance->say(wire::ReadyFrame{});
  CHECK(bench.spawner.await_asked(1));
  instance->reply(second);
  instance->reply(first);
  get<Reply>(first_call.outcome());
  get<Reply>(second_call.outcome());
}

TEST_CASE("requests beyond what instances may share wait in their order", "[pool]") {
  PoolOptions options;
  options.max_instances = 1;
  options.max_shared = 1;
  Bench bench(options);
  auto instance = bench.warm();
  auto first_call = bench.call();
  const auto first = instance->request();
  auto second_call = bench.call([](Invocation& i, TestSink&) { i.request.id = "second"; });
  while (bench.pool.in_flight() < 2) std::this_thread::yield();
  auto third_call = bench.call([](Invocation& i, TestSink&) { i.request.id = "third"; });
  while (bench.pool.in_flight() < 3) std::this_thread::yield();
  CHECK(instance->nothing_waits());
  instance->reply(first);
  get<Reply>(first_call.outcome());
  for (auto* waiting : {&second_call, &third_call}) {
    auto frame = instance->expect(wire::FrameType::Request);
    wire::RequestFrame request;
    REQUIRE(decode(frame.payload, request));
    CHECK(request.id == (waiting == &second_call ? "second" : "third"));
    instance->reply(frame.header.invocation);
    get<Reply>(waiting->outcome());
  }
}

TEST_CASE("a request that waits too long for a place is refused", "[pool]") {
  PoolOptions options;
  options.max_instances = 1;
  options.max_shared = 1;
  options.queue_limit = 1ms;
  Bench bench(options);
  auto instance = bench.warm();
  auto first_call = bench.call();
  const auto first = instance->request();
  auto refused = bench.call();
  CHECK_THAT(get<Overloaded>(refused.outcome()).reason, ContainsSubstring("api/a.py"));
  CHECK(refused.served->instance == 0);
  auto late = bench.call([](Invocation& i, TestSink&) {
    i.deadline = Deadline::after(0ms);
    i.limit = 7ms;
  });
  CHECK(get<TimedOut>(late.outcome()).limit == 7ms);
  instance->reply(first);
  get<Reply>(first_call.outcome());
}

TEST_CASE("a failed import is told to all who wait for it and is not cached", "[pool]") {
  PoolOptions options;
  options.max_instances = 1;
  Bench bench(options);
  auto first_call = bench.call();
  auto instance = bench.spawner.next();
  instance->expect(wire::FrameType::Load);
  instance->request();
  auto second_call = bench.call();
  instance->request();
  wire::ImportFailedFrame failed;
  failed.failure.error = "ImportError: x";
  failed.exit_code = 3;
  instance->say(failed);
  bench.spawner.die(*instance, 3 << 8);
  for (auto* running : {&first_call, &second_call}) {
    const auto outcome = get<ImportFailed>(running->outcome());
    CHECK(outcome.failure.error == "ImportError: x");
    CHECK(outcome.exit_code == 3);
  }
  auto next_call = bench.call();
  auto next = bench.spawner.next();
  next->ready();
  next->reply(next->request());
  get<Reply>(next_call.outcome());
  CHECK(next_call.served->cold);
}

TEST_CASE("descriptors running out refuses the request and nothing else", "[pool]") {
  Bench bench;
  bench.spawner.failure = std::error_code(EMFILE, std::generic_category());
  auto refused = bench.call();
  CHECK_THAT(get<Overloaded>(refused.outcome()).reason,
             ContainsSubstring("cannot start an instance of api/a.py"));
  bench.spawner.failure = std::error_code(ENOENT, std::generic_category());
  auto died = bench.call();
  CHECK_THAT(get<Died>(died.outcome()).reason, ContainsSubstring("No such file"));
  bench.spawner.failure.reset();
  bench.warm();
  CHECK(bench.pool.instance_count() == 1);
}

TEST_CASE("an idle instance that has died is replaced without the client noticing", "[pool]") {
  Bench bench;
  auto instance = bench.warm();
  bench.spawner.die(*instance, SIGSEGV);
  auto running = bench.call();
  auto next = bench.spawner.next();
  next->ready();
  next->reply(next->request(), "second life");
  get<Reply>(running.outcome());
  CHECK(running.sink->text() == "second life");
}

TEST_CASE("a request that an instance may have begun is never run again", "[pool]") {
  Bench bench;
  auto instance = bench.warm();
  auto running = bench.call();
  instance->request();
  const std::string last = "Fatal Python error: oops\nlast words";
  REQUIRE(::write(instance->err.get(), last.data(), last.size()) ==
          static_cast<ssize_t>(last.size()));
  bench.spawner.die(*instance, SIGSEGV);
  const auto died = get<Died>(running.outcome());
  CHECK(died.known);
  CHECK(died.wait_status == SIGSEGV);
  CHECK_FALSE(died.by_us);
  CHECK_FALSE(died.head_sent);
  CHECK_FALSE(died.importing);
  CHECK(died.last_stderr == "Fatal Python error: oops\nlast words");
  CHECK(bench.spawner.spawned() == 1);
}

TEST_CASE("a request that died unread in the socket is run by another instance", "[pool]") {
  Bench bench;
  auto instance = bench.warm();
  auto running = bench.call();
  // The request has arrived, and nobody has read a byte of it.
  pollfd readable{instance->channel.get(), POLLIN, 0};
  REQUIRE(::poll(&readable, 1, 10'000) == 1);
  bench.spawner.die(*instance, SIGKILL);
  auto next = bench.spawner.next();
  next->ready();
  next->reply(next->request());
  get<Reply>(running.outcome());
}

TEST_CASE("a request under way is not run again because another's lies unread", "[pool]") {
  PoolOptions options;
  options.max_instances = 1;
  Bench bench(options);
  auto instance = bench.warm();
  auto first = bench.call();
  instance->request();
  auto second = bench.call();
  pollfd readable{instance->channel.get(), POLLIN, 0};
  REQUIRE(::poll(&readable, 1, 10'000) == 1);
  bench.spawner.die(*instance, SIGSEGV);
  CHECK(get<Died>(first.outcome()).wait_status == SIGSEGV);
  CHECK(get<Died>(second.outcome()).wait_status == SIGSEGV);
  CHECK(bench.spawner.spawned() == 1);
}

TEST_CASE("an instance that dies while importing is not started as fast as requests come",
          "[pool]") {
  PoolOptions options;
  options.crash_delay = 1h;
  Bench bench(options);
  Died died;
  // The first may have been killed from outside, so the second is started at once.
  for (int crash = 0; crash < 2; ++crash) {
    auto running = bench.call();
    auto instance = bench.spawner.next();
    instance->expect(wire::FrameType::Load);
    instance->request();
    REQUIRE(::write(instance->err.get(), "boom\n", 5) == 5);
    bench.spawner.die(*instance, 9 << 8);
    died = get<Died>(running.outcome());
    CHECK(died.importing);
    CHECK(died.last_stderr == "boom");
  }

  auto held_back = bench.call();
  died = get<Died>(held_back.outcome());
  CHECK_THAT(died.reason, ContainsSubstring("the last 2 died while importing"));
  CHECK(died.last_stderr == "boom");
  CHECK(bench.spawner.spawned() == 2);

  // Something was edited: it may be mended.
  bench.changes.changed({"/p/api/other.py"});
  auto third = bench.call();
  auto next = bench.spawner.next();
  next->ready();
  next->reply(next->request());
  get<Reply>(third.outcome());
}

TEST_CASE("requests for a pool that has been drained are refused", "[pool]") {
  Bench bench;
  auto instance = bench.warm();
  std::thread leaver([&] {
    instance->expect(wire::FrameType::Stop);
    bench.spawner.die(*instance, 0);
  });
  bench.pool.drain(Deadline::after(kPatience));
  leaver.join();
  CHECK(bench.pool.instance_count() == 0);
  auto late = bench.call();
  CHECK_THAT(get<Overloaded>(late.outcome()).reason, ContainsSubstring("stopping"));
}

TEST_CASE("draining ends those that do not finish in time", "[pool]") {
  Bench bench;
  auto instance = bench.warm();
  auto running = bench.call();
  instance->request();
  bench.pool.drain(Deadline::after(1ms));
  const auto died = get<Died>(running.outcome());
  CHECK(died.by_us);
  CHECK(bench.spawner.killed(instance->id));
  CHECK(bench.pool.instance_count() == 0);
}

}  // namespace localfn::testing
