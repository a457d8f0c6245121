// Answers in pieces over a real socket: how they are delimited, held, clipped and cut.
#include <poll.h>

#include <string>

#include "tests/support/catch.h"
#include "tests/unit/http/loopback.h"

namespace localfn::http::testing {
namespace {

const std::string kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string kOld = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
const std::string kHead = "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n";

}  // namespace

TEST_CASE("an answer that is finished before anything left has its length", "[http][stream]") {
  bool held = false;
  bool left = true;
  TestFront front([&](Exchange& exchange) {
    exchange.begin(201, {{"A", "b"}});
    exchange.write("one ");
    exchange.write("two");
    held = exchange.holds();
    left = exchange.head_left();
    exchange.finish();
  });
  RawClient client = front.client();
  for (int i = 0; i < 2; ++i) {
    const Answer answer = client.send(kGet).answer();
    CHECK(answer.header("Content-Length") == "7");
    CHECK_FALSE(answer.chunked);
    CHECK(answer.body == "one two");
  }
  CHECK(held);
  CHECK_FALSE(left);
}

TEST_CASE("an answer that leaves early is chunked, piece by piece", "[http][stream]") {
  Verdict verdict;
  Event seen;
  TestFront front([&](Exchange& exchange) {
    exchange.begin(200, {});
    exchange.write("one");
    exchange.write("!");
    exchange.flush();
    verdict.expect(!exchange.holds());
    verdict.expect(seen.wait());
    exchange.write("two");
    exchange.finish();
  });
  RawClient client = front.client();
  client.send(kGet);
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos) head += client.take(1);
  CHECK_THAT(head, ContainsSubstring("Transfer-Encoding: chunked\r\n"));
  CHECK(client.take(9) == "4\r\none!\r\n");
  seen.set();
  CHECK(client.take(13) == "3\r\ntwo\r\n0\r\n\r\n");
  CHECK(client.send(kGet).answer().body == "one!two");
  CHECK(verdict.good());
}

TEST_CASE("a head can leave before any body", "[http][stream]") {
  TestFront front([](Exchange& exchange) {
    exchange.begin(200, {});
    exchange.flush();
    exchange.flush();
    exchange.finish();
  });
  RawClient client = front.client();
  const Answer answer = client.send(kGet).answer();
  CHECK(answer.chunked);
  CHECK(answer.complete);
  CHECK(answer.body.empty());
  CHECK(client.send(kGet).answer().complete);
}

TEST_CASE("for HTTP/1.0 the end of the connection ends the answer", "[http][stream]") {
  TestFront front([](Exchange& exchange) {
    exchange.begin(200, {});
    exchange.write("one");
    exchange.flush();
    exchange.write("two");
    exchange.finish();
  });
  RawClient client = front.client();
  const Answer answer = client.send(kOld).answer();
  CHECK(answer.header("Transfer-Encoding").empty());
  CHECK(answer.header("Connection") == "close");
  CHECK(answer.body == "onetwo");
  CHECK(answer.complete);
}

TEST_CASE("an answer of unknown length that is large does not wait for its end",
          "[http][stream]") {
  TestFront front([](Exchange& exchange) {
    exchange.begin(200, {});
    for (int i = 0; i < 1'000; ++i) exchange.write(std::string(1'000, 'x'));
    exchange.finish();
  });
  RawClient client = front.client();
  const Answer answer = client.send(kGet).answer();
  CHECK(answer.chunked);
  CHECK(answer.body == std::string(1'000'000, 'x'));
  CHECK(client.send(kGet).answer().complete);
}

TEST_CASE("the function's own length is kept in its place", "[http][stream]") {
  TestFront front([](Exchange& exchange) {
    exchange.begin(200, {{"content-length", "6"}, {"Z", "z"}, {"Date", "d"}});
    exchange.write("abc");
    exchange.flush();
    exchange.write("def");
    exchange.finish();
  });
  RawClient client = front.client();
  const Answer answer = client.send(kGet).answer();
  CHECK(answer.head == "content-length: 6\r\nZ: z\r\nDate: d\r\n");
  CHECK(answer.body == "abcdef");
  CHECK(client.send(kOld).answer().header("Connection") == "keep-alive");
}

TEST_CASE("more bytes than the function's length are dropped", "[http][stream]") {
  TestFront front([](Exchange& exchange) {
    exchange.begin(200, {{"Content-Length", "4"}});
    exchange.write("abc");
    exchange.flush();
    exchange.write("defg");
    exchange.write("h");
    exchange.finish();
  });
  RawClient client = front.client();
  CHECK(client.send(kGet).answer().body == "abcd");
  CHECK(client.send(kGet).answer().body == "abcd");
}

TEST_CASE("fewer bytes than the function's length cut the connection", "[http][stream]") {
  bool finished = true;
  TestFront front([&](Exchange& exchange) {
    exchange.begin(200, {{"Content-Length", "10"}});
    exchange.write("abc");
    finished = exchange.finish();
  });
  const Answer answer = front.ask(kGet);
  CHECK(answer.header("Content-Length") == "10");
  CHECK(answer.body == "abc");
  CHECK_FALSE(answer.complete);
  front.front.stop(Deadline::after(kPatience));
  CHECK_FALSE(finished);
}

TEST_CASE("chunks written by the function itself are framed anew", "[http][stream]") {
  TestFront front([](Exchange& exchange) {
    exchange.begin(200, {{"Transfer-Encoding", "chunked"}, {"Content-Length", "5"}});
    exchange.write("3\r\nab");
    exchange.write("c\r\n2\r\nde\r\n0\r\n\r\n");
    exchange.finish();
  });
  RawClient client = front.client();
  CHECK(client.send(kGet).answer().body == "abcde");
  CHECK(client.send(kOld).answer().body == "abcde");
}

TEST_CASE("chunks by hand that are wrong or not ended cut the connection", "[http][stream]") {
  for (const std::string chunks : {"3\r\nabc\r\n", "3\r\nabc\r\nx", "no chunks"}) {
    TestFront front([&](Exchange& exchange) {
      exchange.begin(200, {{"Transfer-Encoding", "chunked"}});
      exchange.write(chunks);
      exchange.flush();
      exchange.finish();
    });
    CHECK_FALSE(front.ask(kGet).complete);
  }
}

TEST_CASE("HEAD, 204 and 304 in pieces have no body", "[http][stream]") {
  int status = 200;
  bool early = false;
  TestFront front([&](Exchange& exchange) {
    exchange.begin(status, {});
    exchange.write("abc");
    if (early) exchange.flush();
    exchange.write("def");
    exchange.finish();
  });
  RawClient client = front.client();
  for (const bool flushes : {false, true}) {
    early = flushes;
    status = 200;
    const Answer head = client.send(kHead).answer(true);
    CHECK(head.header("Transfer-Encoding").empty());
    CHECK(head.header("Content-Length") == (early ? "" : "6"));
    for (const int bodiless : {204, 304}) {
      status = bodiless;
      const Answer answer = client.send(kGet).answer();
      CHECK(answer.status == bodiless);
      CHECK(answer.header("Transfer-Encoding").empty());
      CHECK(answer.header("Content-Length").empty());
    }
  }
  status = 200;
  CHECK(client.send(kGet).answer().body == "abcdef");
}

TEST_CASE("HEAD keeps the function's length, with a body or without", "[http][stream]") {
  TestFront front([](Exchange& exchange) {
    exchange.begin(200, {{"Content-Length", "6"}});
    exchange.finish();
  });
  RawClient client = front.client();
  CHECK(client.send(kHead).answer(true).header("Content-Length") == "6");
  CHECK(client.send(kHead).answer(true).header("Content-Length") == "6");
}

TEST_CASE("a cut answer is seen to be incomplete", "[http][stream]") {
  Verdict verdict;
  bool declares = false;
  TestFront front([&](Exchange& exchange) {
    exchange.begin(200, declares ? wire::Headers{{"Content-Length", "9"}} : wire::Headers{});
    exchange.write("abc");
    exchange.flush();
    exchange.cut();
    verdict.expect(!exchange.write("more"));
    verdict.expect(!exchange.respond(500, {}, "late"));
  });
  const Answer chunked = front.ask(kGet);
  CHECK(chunked.body == "abc");
  CHECK_FALSE(chunked.complete);
  // With neither length nor chunks only a reset tells.
  CHECK_FALSE(front.ask(kOld).complete);
  declares = true;
  CHECK_FALSE(front.ask(kGet).complete);
  CHECK(verdict.good());
}

TEST_CASE("an answer that is begun and not finished is cut", "[http][stream]") {
  TestFront front([](Exchange& exchange) {
    exchange.begin(200, {});
    exchange.write("abc");
    exchange.flush();
  });
  CHECK_FALSE(front.ask(kGet).complete);
}

TEST_CASE("a held answer can be replaced, one that has left cannot", "[http][stream]") {
  Verdict verdict;
  TestFront held([&](Exchange& exchange) {
    exchange.begin(200, {{"Content-Length", "5"}, {"A", "b"}});
    exchange.write("ab");
    verdict.expect(exchange.respond(502, {}, "instead"));
  });
  const Answer answer = held.ask(kGet);
  CHECK(answer.status == 502);
  CHECK(answer.header("A").empty());
  CHECK(answer.body == "instead");
  CHECK(verdict.good());
}

TEST_CASE("a client that has gone is noticed by writing and by polling", "[http][stream]") {
  Verdict verdict;
  Event gone;
  bool polled = false;
  TestFront front([&](Exchange& exchange) {
    exchange.begin(200, {});
    exchange.write("x");
    exchange.flush();
    pollfd entry{.fd = exchange.client_fd(), .events = POLLRDHUP, .revents = 0};
    polled = ::poll(&entry, 1, static_cast<int>(kPatience.count())) == 1;
    const Deadline deadline = Deadline::after(kPatience);
    while (exchange.write(std::string(100'000, 'x')) && !deadline.passed()) {
    }
    verdict.expect(!exchange.flush());
    verdict.expect(!exchange.finish());
    gone.set();
  });
  {
    RawClient client = front.client();
    client.send(kGet).take(20);
  }
  CHECK(gone.wait());
  CHECK(polled);
  CHECK(verdict.good());
}

}  // namespace localfn::http::testing
