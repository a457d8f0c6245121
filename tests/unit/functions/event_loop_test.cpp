// Instances with an event loop: sharing from the start, answers that are whole before their End.
#include "tests/unit/functions/fake_spawner.h"

namespace localfn::testing {

namespace {

Bench::Prepare for_app(Deadline deadline = Deadline::after(60s)) {
  return [deadline](Invocation& invocation, TestSink&) {
    auto function = std::make_shared<Function>();
    function->file = "api/a.py";
    function->variable = "app";
    invocation.function = function;
    invocation.deadline = deadline;
  };
}

void become_ready(FakeInstance& instance, wire::Interface interface) {
  wire::ReadyFrame ready;
  ready.interface = interface;
  instance.say(ready);
}

/// An ASGI instance that has its first request, unanswered.
struct Loop {
  Bench bench;
  Bench::Running first = bench.call(for_app());
  std::shared_ptr<FakeInstance> instance = bench.spawner.next();
  std::uint32_t number = 0;

  Loop() {
    instance->expect(wire::FrameType::Load);
    number = instance->request();
    become_ready(*instance, wire::Interface::Asgi);
  }

  void answer_whole(std::uint16_t status = 200) {
    std::string frames;
    encode(frames, wire::HeadFrame{status, "", {}}, number);
    encode_plain(frames, wire::FrameType::Body, number, "all of it");
    encode_plain(frames, wire::FrameType::BodyEnd, number);
    instance->write(frames);
  }

  void raise(const std::string& error) {
    wire::EndFrame end;
    end.result = wire::Result::Raised;
    end.failure.error = error;
    instance->end(number, end);
  }
};

}  // namespace

TEST_CASE("requests of an app join its first import and its event loop", "[pool][asgi]") {
  Bench bench;
  auto first = bench.call(for_app());
  auto instance = bench.spawner.next();
  instance->expect(wire::FrameType::Load);
  const auto one = instance->request();
  auto second = bench.call(for_app());
  const auto two = instance->request();
  become_ready(*instance, wire::Interface::Asgi);
  auto third = bench.call(for_app());
  const auto three = instance->request();
  for (const auto number : {three, two, one}) instance->reply(number);
  for (auto* running : {&first, &second, &third}) get<Reply>(running->outcome());
  CHECK(bench.spawner.spawned() == 1);
  CHECK(bench.spawner.asked().empty());
}

TEST_CASE("a WSGI app is known as one after its first import", "[pool][asgi]") {
  Bench bench;
  auto first = bench.call(for_app());
  auto instance = bench.spawner.next();
  instance->expect(wire::FrameType::Load);
  const auto one = instance->request();
  become_ready(*instance, wire::Interface::Wsgi);
  instance->reply(one);
  get<Reply>(first.outcome());
  auto second = bench.call(for_app());
  const auto two = instance->request();
  auto third = bench.call(for_app());
  auto other = bench.spawner.next();
  other->expect(wire::FrameType::Load);
  const auto three = other->request();
  become_ready(*other, wire::Interface::Wsgi);
  instance->reply(two);
  other->reply(three);
  get<Reply>(second.outcome());
  get<Reply>(third.outcome());
}

TEST_CASE("an event loop that is full gets a neighbour", "[pool][asgi]") {
  PoolOptions options;
  options.max_shared = 1;
  Bench bench(options);
  auto first = bench.call(for_app());
  auto instance = bench.spawner.next();
  instance->expect(wire::FrameType::Load);
  const auto one = instance->request();
  become_ready(*instance, wire::Interface::Asgi);
  auto second = bench.call(for_app());
  auto other = bench.spawner.next();
  other->expect(wire::FrameType::Load);
  other->reply(other->request());
  become_ready(*other, wire::Interface::Asgi);
  get<Reply>(second.outcome());
  instance->reply(one);
  get<Reply>(first.outcome());
}

TEST_CASE("an answer is over at its BodyEnd, its invocation at its End", "[call][asgi]") {
  Loop loop;
  loop.answer_whole();
  const auto reply = get<Reply>(loop.first.outcome());
  CHECK(reply.whole);
  CHECK_FALSE(reply.truncated);
  CHECK(loop.first.sink->text() == "all of it");
  auto second = loop.bench.call(for_app());
  loop.instance->reply(loop.instance->request());
  get<Reply>(second.outcome());
  CHECK(second.served->shared);
  loop.instance->log(loop.number, wire::Stream::Stdout, "afterwards\n");
  loop.raise("ValueError: late");
  auto third = loop.bench.call(for_app());
  loop.instance->reply(loop.instance->request());
  get<Reply>(third.outcome());
  const auto lines = loop.bench.lines();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].text == "afterwards");
  CHECK(lines[1].text == "after its answer: ValueError: late");
  loop.bench.pool.tend(*loop.bench.project);
  auto fourth = loop.bench.call(for_app());
  loop.instance->reply(loop.instance->request());
  get<Reply>(fourth.outcome());
  CHECK_FALSE(fourth.served->shared);
}

TEST_CASE("what a 500 was sent for is told with its request", "[call][asgi]") {
  Loop loop;
  loop.answer_whole(500);
  loop.raise("ValueError: boom");
  const auto reply = get<Reply>(loop.first.outcome());
  CHECK(reply.whole);
  CHECK(reply.status == 500);
  CHECK(reply.failure.error == "ValueError: boom");
}

TEST_CASE("what a 500 was sent for is told as that also when it comes late", "[call][asgi]") {
  Loop loop;
  loop.answer_whole(500);
  CHECK(get<Reply>(loop.first.outcome()).failure.error.empty());
  loop.raise("ValueError: boom");
  auto second = loop.bench.call(for_app());
  loop.instance->reply(loop.instance->request());
  get<Reply>(second.outcome());
  const auto lines = loop.bench.lines();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].text == "api/a.py answered 500: ValueError: boom");
}

TEST_CASE("an End that comes with the BodyEnd is that of the answer", "[call][asgi]") {
  Loop loop;
  std::string frames;
  wire::HeadFrame head;
  head.status = 200;
  encode(frames, head, loop.number);
  encode_plain(frames, wire::FrameType::BodyEnd, loop.number);
  encode(frames, wire::EndFrame{}, loop.number);
  loop.instance->write(frames);
  CHECK_FALSE(get<Reply>(loop.first.outcome()).truncated);
  CHECK(loop.bench.pool.in_flight() == 0);
}

TEST_CASE("bytes after the end of an answer end the instance", "[call][asgi]") {
  Loop loop;
  std::string frames;
  encode_plain(frames, wire::FrameType::BodyEnd, loop.number);
  SECTION("an end without a beginning") {}
  SECTION("a body after the end") {
    loop.instance->head(loop.number);
    encode_plain(frames, wire::FrameType::Body, loop.number, "more");
  }
  loop.instance->write(frames);
  CHECK_THAT(get<Died>(loop.first.outcome()).reason, ContainsSubstring("broke the protocol"));
}

TEST_CASE("an answer that the function cut is one for its client", "[call][asgi]") {
  Loop loop;
  loop.instance->head(loop.number);
  loop.instance->body(loop.number, "half");
  wire::EndFrame end;
  end.result = wire::Result::BadResponse;
  end.failure.error = "ASGI callable returned without completing response.";
  end.cut = true;
  loop.instance->end(loop.number, end);
  const auto reply = get<Reply>(loop.first.outcome());
  CHECK(reply.truncated);
  CHECK_FALSE(reply.whole);
}

TEST_CASE("an event loop hears how much of a body has gone on", "[call][asgi]") {
  Loop loop;
  loop.instance->head(loop.number);
  const std::string piece(wire::kTakenStep, 'x');
  loop.instance->body(loop.number, piece);
  const auto frame = loop.instance->expect(wire::FrameType::Taken);
  wire::TakenFrame taken;
  REQUIRE(decode(frame.payload, taken));
  CHECK(frame.header.invocation == loop.number);
  CHECK(taken.bytes == wire::kTakenStep);
  loop.instance->end(loop.number);
  get<Reply>(loop.first.outcome());
}

TEST_CASE("an instance that is no event loop hears nothing of the kind", "[call]") {
  Bench bench;
  auto instance = bench.warm();
  auto running = bench.call();
  instance->reply(instance->request(), std::string(wire::kTakenStep * 4, 'x'));
  get<Reply>(running.outcome());
  CHECK(instance->nothing_waits());
}

TEST_CASE("work after an answer ends at the invocation's deadline", "[pool][asgi]") {
  Bench bench;
  auto running = bench.call(for_app(Deadline::after(300ms)));
  auto instance = bench.spawner.next();
  instance->expect(wire::FrameType::Load);
  const auto number = instance->request();
  become_ready(*instance, wire::Interface::Asgi);
  instance->head(number);
  std::string end;
  encode_plain(end, wire::FrameType::BodyEnd, number);
  instance->write(end);
  get<Reply>(running.outcome());
  const auto until = Deadline::after(kPatience);
  while (!bench.spawner.killed(instance->id) && !until.passed()) bench.pool.tend(*bench.project);
  CHECK(bench.spawner.killed(instance->id));
}

}  // namespace localfn::testing
