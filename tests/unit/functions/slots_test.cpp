// Calls that go by shared memory, in part or whole, and instances that lie there.
#include <sys/mman.h>
#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <cstring>

#include "runtime/functions/call.h"
#include "runtime/functions/instance.h"
#include "tests/unit/functions/fake_spawner.h"

namespace localfn::testing {
namespace {

/// Warm, and offered slots, which it has taken.
std::shared_ptr<FakeInstance> with_slots(Bench& bench) {
  auto instance = bench.warm();
  instance->takes_slots = true;
  auto running = bench.call();
  const auto number = instance->request();
  REQUIRE(instance->slots.ready());
  instance->reply(number);
  get<Reply>(running.outcome());
  return instance;
}

/// The slots as an instance sees them that means no good: the last one is what the host reads.
class Memory {
 public:
  explicit Memory(const UniqueFd& memory) {
    struct stat info {};
    REQUIRE(::fstat(memory.get(), &info) == 0);
    size_ = static_cast<std::size_t>(info.st_size);
    at_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0);
    REQUIRE(at_ != MAP_FAILED);
  }
  ~Memory() { ::munmap(at_, size_); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  /// Overwrites all of the host's slot.
  void fill(unsigned char byte) { std::memset(slot(), byte, slot_size()); }
  void say_full() { state()->store(2); }
  void ring() { state()->store(3); }

 private:
  static constexpr std::size_t kBefore = 64;
  std::size_t slot_size() const { return (size_ - kBefore) / 2; }
  char* slot() const { return static_cast<char*>(at_) + kBefore + slot_size(); }
  std::atomic<std::uint32_t>* state() const {
    return reinterpret_cast<std::atomic<std::uint32_t>*>(slot());
  }

  std::size_t size_ = 0;
  void* at_ = nullptr;
};

/// A channel alone, with slots, and its other end.
struct Wire {
  FdPair sockets = make_socketpair(SOCK_STREAM);
  Channel channel{std::move(sockets.first)};
  FakeInstance instance;
  Wire() {
    instance.channel = std::move(sockets.second);
    std::string offer;
    instance.memory = channel.offer_slots(offer);
    instance.slots.adopt(instance.memory);
    REQUIRE(instance.slots.ready());
  }
};

}  // namespace

TEST_CASE("an instance is offered slots with its second request", "[slots]") {
  Bench bench;
  auto running = bench.call();
  auto instance = bench.spawner.next();
  instance->ready();
  instance->reply(instance->request());
  get<Reply>(running.outcome());
  CHECK_FALSE(instance->memory);
  for (int i = 0; i < 3; ++i) {
    auto next = bench.call();
    const auto number = instance->request();
    CHECK(instance->memory);
    // It was offered them and goes on as before.
    instance->reply(number, "by the socket");
    get<Reply>(next.outcome());
    CHECK(next.sink->text() == "by the socket");
  }
}

TEST_CASE("an event loop is offered no slots", "[slots]") {
  Bench bench;
  auto first = bench.call();
  auto instance = bench.spawner.next();
  instance->expect(wire::FrameType::Load);
  wire::ReadyFrame ready;
  ready.interface = wire::Interface::Asgi;
  instance->say(ready);
  instance->reply(instance->request());
  get<Reply>(first.outcome());
  auto second = bench.call();
  instance->reply(instance->request());
  get<Reply>(second.outcome());
  CHECK_FALSE(instance->memory);
}

// Requests that join an import may overtake the one that it began for.
TEST_CASE("an instance that has not said what it is is offered no slots", "[slots]") {
  Bench bench;
  auto function = std::make_shared<Function>();
  function->file = "api/a.py";
  function->variable = "handler";
  const Invocation invocation{bench.project, function, {}, Deadline::after(60s), 60s};
  Instance instance(bench.spawner, invocation, 0, 10s);
  instance.adopt(bench.spawner.spawn(), nullptr);
  auto played = bench.spawner.next();
  std::string load;
  encode(load, wire::LoadFrame{});
  instance.load(load);
  instance.begin("joined", true);
  TestSink sink;
  auto outcome =
      std::async(std::launch::async, [&] { return Call(invocation, instance, sink, false).run(); });
  played->expect(wire::FrameType::Load);
  const auto number = played->request();
  CHECK_FALSE(played->memory);
  played->say(wire::ReadyFrame{});
  played->reply(number);
  get<Reply>(outcome.get());
}

TEST_CASE("request and answer go by slots, and nothing by the socket", "[slots]") {
  Bench bench;
  auto instance = with_slots(bench);
  int by_slot = 0;
  for (int i = 0; i < 100; ++i) {
    instance->slots.expect();
    auto running = bench.call();
    REQUIRE(instance->await_in_slot());
    pollfd readable{instance->channel.get(), POLLIN, 0};
    CHECK(::poll(&readable, 1, 0) == 0);
    // The host waits at its slot for a few milliseconds, which may be over by now.
    const std::string answer = FakeInstance::answer(instance->request(), "hello");
    if (instance->slots.put(answer)) {
      instance->slots.wake();
      ++by_slot;
    } else {
      instance->write_to_socket(answer);
    }
    get<Reply>(running.outcome());
    CHECK(running.sink->text() == "hello");
  }
  CHECK(by_slot > 0);
}

TEST_CASE("a request too long for a slot goes by the socket", "[slots]") {
  Bench bench;
  auto instance = with_slots(bench);
  const std::string body(Slots::kCapacity, 'b');
  auto running =
      bench.call([&](Invocation& invocation, TestSink&) { invocation.request.body = body; });
  const auto frame = instance->expect(wire::FrameType::Request);
  wire::RequestFrame request;
  REQUIRE(decode(frame.payload, request));
  CHECK(request.body == body);
  instance->reply(frame.header.invocation, body);
  get<Reply>(running.outcome());
  CHECK(running.sink->text() == body);
}

TEST_CASE("an answer that goes both ways arrives in order", "[slots]") {
  Bench bench;
  auto instance = with_slots(bench);
  auto running = bench.call();
  const auto number = instance->request();
  instance->head(number);
  std::string expected;
  for (int i = 0; i < 3'000; ++i) {
    const std::string text = std::to_string(i) + " ";
    std::string frame;
    encode_plain(frame, wire::FrameType::Body, number, text);
    // By the slot where the host happens to wait there, else by the socket; also cut in between.
    const std::size_t cut = i % 3 == 0 ? 5 : 0;
    instance->write_to_socket(std::string_view(frame).substr(0, cut));
    instance->write(std::string_view(frame).substr(cut));
    expected += text;
  }
  instance->end(number);
  get<Reply>(running.outcome());
  CHECK(running.sink->text() == expected);
}

TEST_CASE("a request that died untaken in the slot is run by another instance", "[slots]") {
  Bench bench;
  auto instance = with_slots(bench);
  instance->slots.expect();
  auto running = bench.call();
  REQUIRE(instance->await_in_slot());
  bench.spawner.die(*instance, SIGKILL);
  auto next = bench.spawner.next();
  next->ready();
  next->reply(next->request());
  get<Reply>(running.outcome());
}

TEST_CASE("a request that was taken out of the slot is never run again", "[slots]") {
  Bench bench;
  auto instance = with_slots(bench);
  instance->slots.expect();
  auto running = bench.call();
  REQUIRE(instance->await_in_slot());
  instance->request();
  bench.spawner.die(*instance, SIGSEGV);
  CHECK(get<Died>(running.outcome()).wait_status == SIGSEGV);
  CHECK(bench.spawner.spawned() == 1);
}

TEST_CASE("bytes that are no frame are found at the socket although slots are in use", "[slots]") {
  Bench bench;
  auto instance = with_slots(bench);
  auto running = bench.call();
  instance->request();
  instance->write_to_socket("no frame, and a good deal longer than the head of one would be");
  const auto died = get<Died>(running.outcome());
  CHECK(died.reason.find("it sent bytes that are no frame") != std::string::npos);
}

TEST_CASE("what goes by the socket after a message in the slot does not overtake it", "[slots]") {
  Wire wire;
  const auto until = Deadline::after(kPatience);
  Channel::Mailbox mailbox(wire.channel, 1);
  wire.instance.log(1, wire::Stream::Stdout, "printed between requests");
  wire.instance.slots.expect();
  std::string request;
  encode(request, wire::RequestFrame{}, 1, false);
  std::string_view rest = request;
  REQUIRE(wire.channel.send(mailbox, rest, until) == Channel::Sent::Whole);
  CHECK(wire.instance.slots.arrived());
  std::string head;
  encode(head, wire::HeadFrame{}, 1);
  REQUIRE(wire.instance.slots.put(head));
  std::string end;
  encode(end, wire::EndFrame{}, 1);
  wire.instance.write_to_socket(end);
  std::vector<wire::FrameType> types;
  Batch batch;
  while (types.size() < 3 &&
         wire.channel.receive(mailbox, batch, until, -1) == Channel::Got::Frames) {
    for (std::size_t i = 0; i < batch.size(); ++i) types.push_back(batch.header(i).type);
  }
  using enum wire::FrameType;
  CHECK(types == std::vector<wire::FrameType>{Log, Head, End});
}

TEST_CASE("an instance that lies about its slot delays nobody beyond the deadline", "[slots]") {
  Wire wire;
  Memory memory(wire.instance.memory);
  Channel::Mailbox mailbox(wire.channel, 1);
  Batch batch;
  SECTION("a message after bytes that never come") {
    memory.fill(0xff);
    CHECK(wire.channel.poll_idle(batch) == Channel::Got::TimedOut);
    const auto until = Deadline::after(20ms);
    while (wire.channel.await_news(until)) wire.channel.poll_idle(batch);
    CHECK(wire.channel.receive(mailbox, batch, Deadline::after(60ms), -1) ==
          Channel::Got::TimedOut);
  }
  SECTION("it rings without end") {
    std::atomic<bool> done{false};
    std::thread ringing([&] {
      while (!done) memory.ring();
    });
    CHECK(wire.channel.poll_idle(batch) == Channel::Got::TimedOut);
    CHECK(wire.channel.receive(mailbox, batch, Deadline::after(60ms), -1) ==
          Channel::Got::TimedOut);
    done = true;
    ringing.join();
  }
}

TEST_CASE("an instance that writes nonsense into the shared memory hurts only itself", "[slots]") {
  Bench bench;
  auto instance = with_slots(bench);
  Memory memory(instance->memory);
  SECTION("a message without bytes") {
    memory.fill(0);
    memory.say_full();
    auto running = bench.call();
    get<Died>(running.outcome());
  }
  SECTION("a message that is to come after bytes that never come") {
    auto running = bench.call(
        [](Invocation& invocation, TestSink&) { invocation.deadline = Deadline::after(200ms); });
    instance->request();
    memory.fill(0xff);
    get<TimedOut>(running.outcome());
    CHECK(bench.spawner.await_killed(instance->id));
  }
  // The next request is served, by another instance.
  auto next = bench.call();
  auto other = bench.spawner.next();
  other->ready();
  other->reply(other->request());
  get<Reply>(next.outcome());
}

}  // namespace localfn::testing
