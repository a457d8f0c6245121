// One call: answers in pieces, clients that leave, deadlines, deaths, and instances that lie.
#include <csignal>

#include "tests/unit/functions/fake_spawner.h"

namespace localfn::testing {

TEST_CASE("an answer that comes together is not flushed in between", "[call]") {
  Bench bench;
  auto instance = bench.warm();
  auto running = bench.call();
  instance->reply(instance->request(), std::string(100'000, 'x'));
  get<Reply>(running.outcome());
  CHECK(running.sink->text().size() == 100'000);
}

TEST_CASE("a piece of an answer leaves although the rest takes its time", "[call]") {
  Bench bench;
  auto instance = bench.warm();
  auto running = bench.call();
  const auto number = instance->request();
  instance->head(number);
  instance->body(number, "first");
  REQUIRE(running.sink->await_flush());
  CHECK(running.sink->text() == "first");
  instance->body(number, " second");
  wire::EndFrame end;
  end.streamed = true;
  instance->end(number, end);
  CHECK(get<Reply>(running.outcome()).streamed);
  CHECK(running.sink->text() == "first second");
}

TEST_CASE("a frame may arrive byte by byte", "[call]") {
  Bench bench;
  auto instance = bench.warm();
  auto running = bench.call();
  for (const char byte : FakeInstance::answer(instance->request(), "abc")) {
    instance->write({&byte, 1});
  }
  get<Reply>(running.outcome());
  CHECK(running.sink->text() == "abc");
}

TEST_CASE("how a function ended is told by its End", "[call]") {
  Bench bench;
  auto instance = bench.warm();
  auto running = bench.call();
  const auto number = instance->request();
  wire::EndFrame end;
  end.failure.error = "ValueError: x";
  SECTION("it raised") {
    end.result = wire::Result::Raised;
    instance->end(number, end);
    CHECK(get<HandlerRaised>(running.outcome()).failure.error == "ValueError: x");
  }
  SECTION("it raised after its head") {
    end.result = wire::Result::Raised;
    instance->head(number);
    instance->end(number, end);
    const auto reply = get<Reply>(running.outcome());
    CHECK(reply.failure.error == "ValueError: x");
    CHECK(reply.truncated);
  }
  SECTION("it sent nothing") {
    end.result = wire::Result::NoResponse;
    end.failure = {};
    instance->end(number, end);
    CHECK_THAT(get<NoResponse>(running.outcome()).reason, ContainsSubstring("without sending"));
  }
  SECTION("what it sent is not HTTP") {
    end.result = wire::Result::BadResponse;
    end.failure.error = "the head ends in the middle";
    instance->end(number, end);
    CHECK(get<NoResponse>(running.outcome()).reason == "the head ends in the middle");
  }
  // The instance is none the worse for it.
  auto next = bench.call();
  instance->reply(instance->request());
  get<Reply>(next.outcome());
}

TEST_CASE("a head that cannot be sent makes the call fail, not the instance", "[call]") {
  Bench bench;
  auto instance = bench.warm();
  auto running = bench.call(
      [](Invocation&, TestSink& sink) { sink.refusal = "header X has a line break in its value"; });
  instance->reply(instance->request(), "never sent");
  CHECK(get<NoResponse>(running.outcome()).reason == "header X has a line break in its value");
  CHECK(running.sink->text().empty());
  auto next = bench.call([](Invocation&, TestSink& sink) { sink.lacks_bytes = true; });
  instance->reply(instance->request());
  CHECK(get<Reply>(next.outcome()).truncated);
}

TEST_CASE("a request too large for a frame is refused before it reaches an instance", "[call]") {
  Bench bench;
  const std::string body(wire::kMaxToInstance, 'b');
  auto running = bench.call([&](Invocation& i, TestSink&) { i.request.body = body; });
  CHECK(get<TooLarge>(running.outcome()).limit > 0);
  CHECK(bench.spawner.spawned() == 0);
}

TEST_CASE("a large request reaches an instance that prints a lot before it reads", "[call]") {
  Bench bench;
  const std::string body(4'700'000, 'b');
  auto running = bench.call([&](Invocation& i, TestSink&) { i.request.body = body; });
  auto instance = bench.spawner.next();
  instance->expect(wire::FrameType::Load);
  // More than both sockets hold: it can be written only if the host reads while it writes.
  const std::string text(32 * 1024, 'p');
  for (int i = 0; i < 64; ++i) instance->log(0, wire::Stream::Stdout, text + "\n");
  instance->say(wire::ReadyFrame{});
  auto frame = instance->expect(wire::FrameType::Request);
  wire::RequestFrame request;
  REQUIRE(decode(frame.payload, request));
  CHECK(request.body == body);
  instance->reply(frame.header.invocation);
  get<Reply>(running.outcome());
  CHECK(bench.lines().size() == 64);
}

TEST_CASE("an invocation that overruns is answered at once and its instance killed", "[call]") {
  Bench bench;
  auto instance = bench.warm();
  auto running = bench.call([](Invocation& i, TestSink&) {
    i.deadline = Deadline::after(1ms);
    i.limit = 1ms;
  });
  const auto timed_out = get<TimedOut>(running.outcome());
  CHECK(timed_out.limit == 1ms);
  CHECK_FALSE(timed_out.importing);
  CHECK_FALSE(timed_out.head_sent);
  CHECK(bench.spawner.killed(instance->id));
  CHECK(instance->sees_end());
}

TEST_CASE("an invocation that is stopped in a debugger does not overrun", "[call]") {
  Bench bench;
  auto instance = bench.warm();
  instance->standstill(wire::FrameType::Stopped);
  auto running = bench.call([](Invocation& i, TestSink&) {
    i.deadline = Deadline::after(20ms);
    i.limit = 20ms;
  });
  const auto number = instance->request();
  // The only clock here: another function that is not stopped, and has five times as long.
  auto other = bench.call([](Invocation& i, TestSink&) { i.deadline = Deadline::after(100ms); },
                          "api/other.py");
  auto another = bench.spawner.next();
  another->ready();
  another->request();
  get<TimedOut>(other.outcome());
  instance->standstill(wire::FrameType::Resumed);
  instance->reply(number, "late");
  get<Reply>(running.outcome());
  CHECK(running.sink->text() == "late");
}

TEST_CASE("an invocation that goes on after a stop has its time left, and no more", "[call]") {
  Bench bench;
  auto instance = bench.warm();
  auto running = bench.call([](Invocation& i, TestSink&) { i.deadline = Deadline::after(50ms); });
  instance->request();
  instance->standstill(wire::FrameType::Stopped);
  instance->standstill(wire::FrameType::Resumed);
  get<TimedOut>(running.outcome());
}

TEST_CASE("an instance that goes on without having stopped breaks the protocol", "[call]") {
  Bench bench;
  auto instance = bench.warm();
  auto running = bench.call();
  instance->request();
  instance->standstill(wire::FrameType::Resumed);
  CHECK_THAT(get<Died>(running.outcome()).reason, ContainsSubstring("without having said Stopped"));
}

TEST_CASE("an invocation that overruns says where it was", "[call]") {
  Bench bench;
  auto instance = bench.warm();
  bench.spawner.on_stacks = [](FakeInstance& asked) {
    asked.stack(1, "of an invocation that has ended");
    asked.stack(2, "api/a.py:7  do_GET");
  };
  auto running = bench.call([](Invocation& i, TestSink&) { i.deadline = Deadline::after(1ms); });
  CHECK(get<TimedOut>(running.outcome()).stack == "api/a.py:7  do_GET");
}

TEST_CASE("an endless answer ends at the deadline", "[call]") {
  Bench bench;
  auto instance = bench.warm();
  auto running = bench.call([](Invocation& i, TestSink&) { i.deadline = Deadline::after(30ms); });
  std::thread flood([&] {
    try {
      const auto number = instance->request();
      instance->head(number);
      while (!bench.spawner.killed(instance->id)) instance->body(number, std::string(1000, 'x'));
    } catch (const std::exception&) {
      // The deadline came first.
    }
  });
  get<TimedOut>(running.outcome());
  flood.join();
}

TEST_CASE("an import that overruns is named", "[call]") {
  PoolOptions options;
  options.import_limit = 1ms;
  options.max_instances = 1;
  Bench bench(options);
  auto running = bench.call();
  auto instance = bench.spawner.next();
  const auto timed_out = get<TimedOut>(running.outcome());
  CHECK(timed_out.importing);
  CHECK(timed_out.limit == 1ms);
  CHECK(bench.spawner.await_killed(instance->id));
}

TEST_CASE("others in an instance that timed out may finish", "[call]") {
  PoolOptions options;
  options.max_instances = 1;
  Bench bench(options);
  auto instance = bench.warm();
  auto other = bench.call();
  const auto number = instance->request();
  auto late = bench.call([](Invocation& i, TestSink&) { i.deadline = Deadline::after(5ms); });
  get<TimedOut>(late.outcome());
  CHECK_FALSE(bench.spawner.killed(instance->id));
  SECTION("and do") {
    instance->reply(number);
    get<Reply>(other.outcome());
  }
  SECTION("or are told why not") {
    bench.spawner.die(*instance, SIGKILL);
    CHECK(get<Died>(other.outcome()).by_us);
  }
  CHECK(bench.spawner.await_killed(instance->id));
  // Nothing new goes there.
  auto next = bench.call();
  auto fresh = bench.spawner.next();
  fresh->ready();
  fresh->reply(fresh->request());
  get<Reply>(next.outcome());
}

TEST_CASE("when the client leaves the function goes on, and its instance waits for its End",
          "[call]") {
  Bench bench;
  auto instance = bench.warm();
  auto client = make_socketpair(SOCK_STREAM);
  auto running = bench.call([&](Invocation&, TestSink& sink) { sink.client = client.first.get(); });
  const auto number = instance->request();
  client.second.reset();
  get<ClientGone>(running.outcome());
  CHECK(instance->expect(wire::FrameType::Cancel).header.invocation == number);
  CHECK_FALSE(bench.spawner.killed(instance->id));

  // It is not idle: the next request starts another.
  auto next = bench.call();
  auto second = bench.spawner.next();
  second->ready();
  second->reply(second->request());
  get<Reply>(next.outcome());

  instance->log(number, wire::Stream::Stdout, "still here");
  instance->reply(number, "nobody reads this");
  bench.pool.tend(*bench.project);
  const auto lines = bench.lines();
  REQUIRE_FALSE(lines.empty());
  CHECK(lines.back().text == "still here");
  CHECK(lines.back().invocation == "id-1");
  // The one used last, and it is the one that the client had left.
  auto third = bench.call();
  instance->reply(instance->request());
  get<Reply>(third.outcome());
}

TEST_CASE("an invocation without a client is still held to its deadline", "[call]") {
  Bench bench;
  auto instance = bench.warm();
  auto running = bench.call([](Invocation& i, TestSink& sink) {
    sink.gone = true;
    i.deadline = Deadline::after(50ms);
  });
  const auto number = instance->request();
  instance->head(number);
  instance->body(number, "x");
  running.outcome();
  while (!bench.spawner.killed(instance->id)) {
    const auto next = bench.pool.tend(*bench.project);
    REQUIRE(next <= Clock::now() + 2s);
    std::this_thread::yield();
  }
  bench.pool.tend(*bench.project);
  CHECK(bench.pool.instance_count() == 0);
}

TEST_CASE("a client that leaves while others share its instance disturbs nobody", "[call]") {
  PoolOptions options;
  options.max_instances = 1;
  Bench bench(options);
  auto instance = bench.warm();
  auto stays = bench.call();
  const auto first = instance->request();
  auto leaves = bench.call([](Invocation&, TestSink& sink) { sink.gone = true; });
  const auto second = instance->request();
  instance->head(second);
  instance->body(second, "x");
  get<ClientGone>(leaves.outcome());
  for (int i = 0; i < 10; ++i) instance->body(second, "more");
  instance->end(second);
  instance->reply(first, "fine");
  get<Reply>(stays.outcome());
  CHECK(stays.sink->text() == "fine");
  bench.pool.tend(*bench.project);
  auto next = bench.call();
  instance->expect(wire::FrameType::Cancel);
  auto frame = instance->expect(wire::FrameType::Request);
  CHECK(frame.header.flags == 0);
  instance->reply(frame.header.invocation);
  get<Reply>(next.outcome());
}

TEST_CASE("a slow client does not hold up the others of its instance", "[call]") {
  PoolOptions options;
  options.max_instances = 1;
  Bench bench(options);
  auto instance = bench.warm();
  auto slow = bench.call([](Invocation&, TestSink& sink) { sink.blocked = true; });
  const auto first = instance->request();
  auto quick = bench.call();
  const auto second = instance->request();
  instance->head(first);
  instance->body(first, "slow");
  instance->reply(second, "quick");
  get<Reply>(quick.outcome());
  slow.sink->unblock();
  instance->end(first);
  get<Reply>(slow.outcome());
  CHECK(slow.sink->text() == "slow");
}

TEST_CASE("what breaks the protocol ends the instance and is named", "[call]") {
  Bench bench;
  auto instance = bench.warm();
  auto running = bench.call();
  const auto number = instance->request();
  std::string expected;
  std::string bytes;
  SECTION("Body before Head") {
    instance->body(number, "x");
    expected = "Body before Head";
  }
  SECTION("two Heads") {
    instance->head(number);
    instance->head(number);
    expected = "second Head";
  }
  SECTION("a status that is none") {
    wire::HeadFrame head;
    head.status = 42;
    instance->say(head, number);
    expected = "status 42";
  }
  SECTION("End without Head") {
    instance->end(number);
    expected = "End without Head";
  }
  SECTION("a Head and then no response") {
    instance->head(number);
    wire::EndFrame end;
    end.result = wire::Result::NoResponse;
    instance->end(number, end);
    expected = "no response";
  }
  SECTION("an answer to a question that was not asked") {
    instance->head(number + 7);
    expected = "not running";
  }
  SECTION("Ready twice") {
    instance->say(wire::ReadyFrame{});
    expected = "Ready twice";
  }
  SECTION("ImportFailed after Ready") {
    instance->say(wire::ImportFailedFrame{});
    expected = "ImportFailed after Ready";
  }
  SECTION("a frame of the host's") {
    wire::encode_plain(bytes, wire::FrameType::Stop, 0);
    instance->write(bytes);
    expected = "frame of type 4";
  }
  SECTION("a malformed Head") {
    wire::encode_plain(bytes, wire::FrameType::Head, number, "zzz");
    instance->write(bytes);
    expected = "Head frame is malformed";
  }
  SECTION("a malformed End") {
    wire::encode_plain(bytes, wire::FrameType::End, number, "zzz");
    instance->write(bytes);
    expected = "End frame is malformed";
  }
  SECTION("a malformed Log") {
    wire::encode_plain(bytes, wire::FrameType::Log, number, "");
    instance->write(bytes);
    expected = "Log frame is malformed";
  }
  SECTION("garbage") {
    instance->write("HTTP/1.1 200 OK\r\n\r\n");
    expected = "no frame";
  }
  SECTION("a frame that is too large") {
    wire::FrameHeader header{wire::kMaxToHost + 1, number, wire::FrameType::Body, 0, 0};
    instance->write({reinterpret_cast<const char*>(&header), sizeof header});
    expected = "no frame";
  }
  const auto died = get<Died>(running.outcome());
  CHECK_THAT(died.reason, ContainsSubstring("broke the protocol"));
  CHECK_THAT(died.reason, ContainsSubstring(expected));
  CHECK_THAT(died.reason, ContainsSubstring("api/a.py"));
  CHECK_FALSE(died.by_us);
  CHECK(bench.spawner.killed(instance->id));
}

TEST_CASE("an answer that goes on after its End is kept, its instance is not", "[call]") {
  Bench bench;
  auto instance = bench.warm();
  auto running = bench.call();
  const auto number = instance->request();
  instance->write(FakeInstance::answer(number, "good") + FakeInstance::answer(number, "bad"));
  get<Reply>(running.outcome());
  CHECK(running.sink->text() == "good");
  // Whether the second answer came in time for the call or not.
  while (!bench.spawner.killed(instance->id)) bench.pool.tend(*bench.project);
}

TEST_CASE("an idle instance that speaks is ended, unless it only prints", "[call]") {
  Bench bench;
  auto instance = bench.warm();
  instance->log(0, wire::Stream::Stderr, "from a thread\n");
  bench.pool.tend(*bench.project);
  REQUIRE(bench.lines().size() == 1);
  CHECK(bench.lines()[0].text == "from a thread");
  CHECK(bench.lines()[0].invocation.empty());
  CHECK_FALSE(bench.spawner.killed(instance->id));
  instance->head(1);
  bench.pool.tend(*bench.project);
  CHECK(bench.spawner.killed(instance->id));
  CHECK_THAT(bench.lines().back().text, ContainsSubstring("broke the protocol"));
}

TEST_CASE("what an invocation says after its End it says in its own name", "[call]") {
  Bench bench;
  auto instance = bench.warm();
  const auto named = [](const char* id) {
    return [id](Invocation& each, TestSink&) { each.request.id = id; };
  };
  auto running = bench.call(named("id-2"));
  const auto number = instance->request();
  std::string bytes = FakeInstance::answer(number, "hi");
  encode(bytes, wire::LogFrame{wire::Stream::Stdout, "with the End\nunfinished"}, number);
  instance->write(bytes);
  get<Reply>(running.outcome());
  instance->log(number, wire::Stream::Stdout, "\nidle\n");
  bench.pool.tend(*bench.project);
  auto next = bench.call(named("id-3"));
  const auto other = instance->request();
  instance->log(number, wire::Stream::Stdout, "during another\n");
  instance->log(other, wire::Stream::Stdout, "the other\n");
  instance->reply(other);
  get<Reply>(next.outcome());
  std::map<std::string, std::string> owners;
  for (const auto& line : bench.lines()) owners[line.text] = line.invocation;
  CHECK(owners.at("with the End") == "id-2");
  CHECK(owners.at("unfinished") == "id-2");
  CHECK(owners.at("idle") == "id-2");
  CHECK(owners.at("during another") == "id-2");
  CHECK(owners.at("the other") == "id-3");
}

TEST_CASE("an invocation is remembered until 256 others have ended", "[call]") {
  Bench bench;
  auto instance = bench.warm();
  std::uint32_t first = 0, second = 0;
  for (int i = 0; i < 257; ++i) {
    auto running = bench.call();
    const auto number = instance->request();
    if (i == 0) first = number;
    if (i == 1) second = number;
    instance->reply(number);
    get<Reply>(running.outcome());
  }
  instance->log(first, wire::Stream::Stdout, "too late\n");
  instance->log(second, wire::Stream::Stdout, "late\n");
  bench.pool.tend(*bench.project);
  REQUIRE(bench.lines().size() == 2);
  CHECK(bench.lines()[0].invocation.empty());
  CHECK(bench.lines()[1].invocation == "id-1");
}

TEST_CASE("log frames become whole lines of their invocation", "[call]") {
  Bench bench;
  auto instance = bench.warm();
  auto running = bench.call();
  const auto number = instance->request();
  instance->log(number, wire::Stream::Stdout, "one\ntw");
  instance->log(number, wire::Stream::Stderr, "err");
  instance->log(number, wire::Stream::Stdout, "o\ntail");
  instance->reply(number);
  get<Reply>(running.outcome());
  const auto lines = bench.lines();
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].text == "one");
  CHECK(lines[1].text == "two");
  CHECK(lines[2].text == "tail");
  CHECK(lines[3].text == "err");
  CHECK(lines[3].stream == wire::Stream::Stderr);
  for (const auto& line : lines) {
    CHECK(line.invocation == "id-1");
    CHECK(line.function == "api/a.py");
    CHECK(line.instance == instance->id);
  }
}

TEST_CASE("bytes on a pipe belong to the only invocation in flight", "[call]") {
  Bench bench;
  auto instance = bench.warm();
  const auto print = [&](std::string_view text) {
    REQUIRE(::write(instance->out.get(), text.data(), text.size()) ==
            static_cast<ssize_t>(text.size()));
  };
  print("before\n");
  auto running = bench.call();
  const auto number = instance->request();
  print("during\nand its tail");
  instance->reply(number);
  get<Reply>(running.outcome());
  const auto lines = bench.lines();
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].invocation.empty());
  CHECK(lines[1].invocation == "id-1");
  CHECK(lines[2].text == "and its tail");
  CHECK(lines[2].invocation == "id-1");
}

TEST_CASE("many invocations share one channel without losing a byte", "[call]") {
  PoolOptions options;
  options.max_instances = 1;
  Bench bench(options);
  auto instance = bench.warm();
  constexpr int kCalls = 40;
  std::vector<Bench::Running> running;
  for (int i = 0; i < kCalls; ++i) {
    running.push_back(bench.call([i](Invocation& invocation, TestSink&) {
      invocation.request.id = i % 2 == 0 ? "even" : "odd";
    }));
  }
  std::vector<std::uint32_t> numbers;
  for (int i = 0; i < kCalls; ++i) numbers.push_back(instance->request());
  for (const auto number : numbers) instance->head(number);
  for (int piece = 0; piece < 20; ++piece) {
    for (const auto number : numbers) instance->body(number, std::string(997, 'a'));
  }
  for (const auto number : numbers) instance->end(number);
  for (auto& each : running) {
    get<Reply>(each.outcome());
    CHECK(each.sink->text().size() == 20 * 997);
  }
}

}  // namespace localfn::testing
