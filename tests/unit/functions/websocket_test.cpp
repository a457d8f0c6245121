// Requests whose client's connection becomes the function's own.
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "runtime/functions/channel.h"
#include "tests/unit/functions/fake_spawner.h"

namespace localfn::testing {

namespace {

/// A call that asks for a WebSocket, with its client's socket.
struct Upgrade {
  FdPair client = make_socketpair(SOCK_STREAM);

  Bench::Prepare prepare(bool upgrade = true) {
    return [this, upgrade](Invocation& invocation, TestSink& sink) {
      invocation.upgrade = upgrade;
      sink.client = client.first.get();
    };
  }
};

void upgraded(FakeInstance& instance, std::uint32_t number) {
  std::string frame;
  encode_plain(frame, wire::FrameType::Upgraded, number);
  instance.write(frame);
}

/// The descriptor that comes with the first byte that can be read; empty when there is none.
UniqueFd passenger_of(int channel) {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control;
  char byte = 0;
  iovec piece{&byte, 1};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (::recvmsg(channel, &message, MSG_CMSG_CLOEXEC) != 1) return {};
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr) return {};
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return UniqueFd(fd);
}

}  // namespace

TEST_CASE("a connection travels with the first byte of its request, and once", "[channel][websocket]") {
  auto ends = make_socketpair(SOCK_STREAM);
  const auto client = make_socketpair(SOCK_STREAM);
  Channel channel(std::move(ends.first));
  Channel::Mailbox mailbox(channel, 1);
  std::string_view bytes = "ab";
  int passenger = client.first.get();
  REQUIRE(channel.send(mailbox, bytes, Deadline::after(kPatience), &passenger) ==
          Channel::Sent::Whole);
  CHECK(passenger == -1);
  const UniqueFd arrived = passenger_of(ends.second.get());
  REQUIRE(arrived);
  CHECK_FALSE(passenger_of(ends.second.get()));
  REQUIRE(::write(arrived.get(), "x", 1) == 1);
  char got = 0;
  REQUIRE(::read(client.second.get(), &got, 1) == 1);
  CHECK(got == 'x');
}

TEST_CASE("an upgrade is sent as one, to a thread that may stay away", "[call][websocket]") {
  Bench bench;
  Upgrade upgrade;
  auto instance = bench.warm();
  auto running = bench.call(upgrade.prepare());
  const auto frame = instance->expect(wire::FrameType::Request);
  CHECK(frame.header.flags == (wire::kShared | wire::kUpgrade));
  instance->reply(frame.header.invocation);
  get<Reply>(running.outcome());
  auto ordinary = bench.call();
  const auto next = instance->expect(wire::FrameType::Request);
  CHECK(next.header.flags == 0);
  instance->reply(next.header.invocation);
  get<Reply>(ordinary.outcome());
}

TEST_CASE("a function that takes its client's connection has ended its request",
          "[call][websocket]") {
  Bench bench;
  Upgrade upgrade;
  auto instance = bench.warm();
  auto running = bench.call(upgrade.prepare());
  const auto number = instance->request();
  upgraded(*instance, number);
  const auto reply = get<Reply>(running.outcome());
  CHECK_FALSE(reply.truncated);
  CHECK(bench.pool.in_flight() == 0);
  auto second = bench.call();
  instance->reply(instance->request());
  get<Reply>(second.outcome());
  CHECK(bench.spawner.spawned() == bench.pool.instance_count());
  wire::EndFrame end;
  end.result = wire::Result::Raised;
  end.failure.error = "ValueError: late";
  instance->end(number, end);
  auto third = bench.call();
  instance->reply(instance->request());
  get<Reply>(third.outcome());
  const auto lines = bench.lines();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].text == "in its WebSocket: ValueError: late");
}

TEST_CASE("an instance with an open connection is not idle", "[pool][websocket]") {
  PoolOptions options;
  options.idle = 0s;
  Bench bench(options);
  Upgrade upgrade;
  auto running = bench.call(upgrade.prepare());
  auto instance = bench.spawner.next();
  instance->ready();
  const auto number = instance->request();
  upgraded(*instance, number);
  get<Reply>(running.outcome());
  for (int visit = 0; visit < 3; ++visit) {
    bench.pool.tend(*bench.project);
    CHECK(instance->nothing_waits());
  }
  instance->end(number);
  const auto until = Deadline::after(kPatience);
  while (instance->nothing_waits() && !until.passed()) bench.pool.tend(*bench.project);
  instance->expect(wire::FrameType::Stop);
}

TEST_CASE("a connection that was not given cannot be taken", "[call][websocket]") {
  Bench bench;
  Upgrade upgrade;
  auto instance = bench.warm();
  const bool asked = GENERATE(false, true);
  auto running = bench.call(upgrade.prepare(asked));
  const auto number = instance->request();
  if (asked) instance->head(number);
  upgraded(*instance, number);
  CHECK_THAT(get<Died>(running.outcome()).reason, ContainsSubstring("not its own"));
}

TEST_CASE("a client that leaves before its connection is taken has gone", "[call][websocket]") {
  Bench bench;
  Upgrade upgrade;
  auto instance = bench.warm();
  auto running = bench.call(upgrade.prepare());
  const auto number = instance->request();
  upgrade.client.second.reset();
  get<ClientGone>(running.outcome());
  instance->expect(wire::FrameType::Cancel);
  upgraded(*instance, number);
  instance->end(number);
  bench.pool.tend(*bench.project);
  auto second = bench.call();
  instance->reply(instance->request());
  get<Reply>(second.outcome());
}

}  // namespace localfn::testing
