// Binding, many connections, and stopping.
#include <sys/resource.h>
#include <sys/socket.h>

#include <atomic>
#include <fstream>
#include <system_error>
#include <thread>

#include "tests/support/catch.h"
#include "tests/unit/http/loopback.h"

namespace localfn::http::testing {
namespace {

const std::string kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr milliseconds kSoon{50};

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  file >> total >> resident;
  return resident * 4096;
}

}  // namespace

TEST_CASE("a taken port is an error that names the address", "[http][lifetime]") {
  TestFront first;
  Front second({}, echo, plain_page);
  try {
    second.bind("127.0.0.1", first.port);
    FAIL("two servers on one port");
  } catch (const std::system_error& error) {
    CHECK(error.code() == std::errc::address_in_use);
    CHECK_THAT(error.what(), ContainsSubstring("cannot listen on 127.0.0.1:" +
                                               std::to_string(first.port)));
  }
}

TEST_CASE("a host that is none is an error that names it", "[http][lifetime]") {
  Front front({}, echo, plain_page);
  const std::string host(100, 'x');  // too long for a label: no name server is asked
  CHECK_THROWS_WITH(front.bind(host, 0), ContainsSubstring("cannot listen on " + host + ":0"));
  CHECK_THROWS_AS(front.bind("203.0.113.7", 0), std::system_error);
}

TEST_CASE("a front that never started, or never bound, can be stopped", "[http][lifetime]") {
  Front unbound({}, echo, plain_page);
  unbound.stop(Deadline::after(kPatience));
  Front bound({}, echo, plain_page);
  CHECK(bound.bind("127.0.0.1", 0) != 0);
  bound.stop(Deadline::after(kPatience));
  bound.stop(Deadline::after(kPatience));
}

TEST_CASE("a stopped front frees its port", "[http][lifetime]") {
  Front first({}, echo, plain_page);
  const std::uint16_t port = first.bind("127.0.0.1", 0);
  first.start();
  CHECK(RawClient(port).send(kGet).answer().status == 200);
  first.stop(Deadline::after(kPatience));
  CHECK_THROWS_AS(RawClient(port), std::system_error);
  Front second({}, echo, plain_page);
  CHECK(second.bind("127.0.0.1", port) == port);
}

TEST_CASE("stopping ends idle connections at once", "[http][lifetime]") {
  TestFront front;
  RawClient fresh = front.client();
  RawClient used = front.client();
  RawClient half = front.client();
  CHECK(used.send(kGet).answer().status == 200);
  half.send("GET / HT");
  front.front.stop(Deadline::after(kPatience));
  CHECK(used.ended());
  CHECK(fresh.ended());
  CHECK(half.ended());
  CHECK(front.front.connections() == 0);
}

TEST_CASE("stopping lets a request finish, and its connection then ends", "[http][lifetime]") {
  Verdict verdict;
  Event entered;
  Event proceed;
  TestFront front([&](Exchange& exchange) {
    entered.set();
    verdict.expect(proceed.wait());
    exchange.respond(200, {}, "finished");
  });
  RawClient client = front.client();
  client.send(kGet);
  REQUIRE(entered.wait());
  std::thread stopper([&] { front.front.stop(Deadline::after(kPatience)); });
  // The port is closed first, then the others are told: once it is, stopping has begun.
  const Deadline patience = Deadline::after(kPatience);
  for (bool open = true; open && !patience.passed();) {
    try {
      RawClient probe(front.port);
      std::this_thread::yield();
    } catch (const std::system_error&) {
      open = false;
    }
  }
  proceed.set();
  const Answer answer = client.answer();
  stopper.join();
  CHECK(answer.body == "finished");
  CHECK(client.ended());
  CHECK(verdict.good());
}

TEST_CASE("what overruns the deadline is cut", "[http][lifetime]") {
  Event entered;
  std::atomic<bool> noticed{false};
  TestFront front([&](Exchange& exchange) {
    exchange.begin(200, {});
    exchange.write("x");
    exchange.flush();
    entered.set();
    const Deadline patience = Deadline::after(kPatience);
    while (!patience.passed() && exchange.write(std::string(1'000, 'y')) && exchange.flush()) {
    }
    noticed = !patience.passed();
  });
  RawClient client = front.client();
  client.send(kGet);
  std::thread reader([&] { client.rest(); });
  REQUIRE(entered.wait());
  front.front.stop(Deadline::after(kSoon));
  reader.join();
  CHECK(noticed);
}

TEST_CASE("a client that sends no body holds up stopping only until the deadline",
          "[http][lifetime]") {
  Event entered;
  TestFront front([&](Exchange& exchange) {
    entered.set();
    std::string_view body;
    exchange.read_body(body);
  });
  RawClient client = front.client();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n");
  REQUIRE(entered.wait());
  front.front.stop(Deadline::after(kSoon));
  CHECK(front.front.connections() == 0);
}

TEST_CASE("hundreds of idle connections are cheap and do not delay one more", "[http][lifetime]") {
  TestFront front;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  // Both ends are in this process.
  const std::size_t count = files.rlim_cur > 2'200 ? 1'000 : 400;
  const std::size_t before = resident_bytes();
  std::vector<RawClient> clients;
  for (std::size_t i = 0; i < count; ++i) {
    clients.push_back(front.client());
    REQUIRE(clients.back().send(kGet).answer().status == 200);
  }
  CHECK(front.front.connections() == count);
#ifndef LOCALFN_SANITIZED
  CHECK(resident_bytes() - before < 100u * 1024 * 1024);
#else
  static_cast<void>(before);
#endif
  CHECK(front.ask(kGet).status == 200);
}

TEST_CASE("a connection that found no descriptor is served once there is one",
          "[http][lifetime]") {
  TestFront front;
  RawClient client = front.client();
  CHECK(client.send(kGet).answer().status == 200);
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(socket.get());
  ::setrlimit(RLIMIT_NOFILE, &none);
  RawClient starved(std::move(socket), front.port);
  starved.send(kGet);
  const bool others_served = client.send(kGet).answer().status == 200;
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK(others_served);
  CHECK(starved.answer().status == 200);
}

TEST_CASE("many clients at once are all served", "[http][lifetime]") {
  TestFront front;
  std::atomic<int> served{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 10; ++round) {
        RawClient client = front.client();
        for (int request = 0; request < 10; ++request) {
          if (client.send(kGet).answer().status == 200) ++served;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(served == 16 * 100);
}

TEST_CASE("stopping amid traffic neither hangs nor breaks an answer", "[http][lifetime]") {
  for (int round = 0; round < 10; ++round) {
    TestFront front;
    std::atomic<int> broken{0};
    Event running;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        try {
          while (true) {
            RawClient client = front.client();
            const Answer answer = client.send(kGet).answer();
            if (answer.status == 0) continue;
            running.set();
            if (!answer.complete || answer.status != 200) ++broken;
          }
        } catch (const std::system_error&) {
          // The port is closed.
        }
      });
    }
    CHECK(running.wait());
    front.front.stop(Deadline::after(kPatience));
    for (std::thread& thread : threads) thread.join();
    CHECK(broken == 0);
  }
}

}  // namespace localfn::http::testing
