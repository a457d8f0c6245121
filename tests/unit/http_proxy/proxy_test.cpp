// Requests passed on to another server over real sockets.
#include "runtime/http/proxy/proxy.h"

#include <fmt/format.h>

#include <string>

#include "tests/support/catch.h"
#include "tests/unit/http_proxy/proxy_front.h"
#include "tests/unit/http_proxy/upstream.h"

namespace localfn::http::testing {
namespace {

std::function<void(Served&)> answering(std::string bytes) {
  return [bytes](Served& served) {
    served.head();
    served.send(bytes);
  };
}

}  // namespace

TEST_CASE("an answer comes back with status, headers and body", "[http][proxy]") {
  std::string seen;
  Upstream upstream([&](Served& served) {
    seen = served.head();
    served.send(
        "HTTP/1.1 302 Elsewhere\r\nLocation: http://a/\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n"
        "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08!");
  });
  ProxyFront front(upstream.origin());
  const Answer answer = front.ask(kGet);
  CHECK(answer.status == 302);
  CHECK(answer.header("Location") == "http://a/");
  CHECK(answer.header("Set-Cookie") == "a|b");
  CHECK(answer.header("Content-Length") == "4");
  CHECK(answer.body == "\x1f\x8b\x08!");
  CHECK_THAT(seen, StartsWith("GET /p?q=1 HTTP/1.1\r\nHost: 127.0.0.1:"));
  CHECK(front.result().ending == Ending::Complete);
}

TEST_CASE("a client's connection outlives the other server's", "[http][proxy]") {
  Upstream upstream(answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "2\r\nhi\r\n0\r\n\r\n"));
  ProxyFront front(upstream.origin());
  RawClient client = front.client();
  for (int i = 0; i < 3; ++i) CHECK(client.send(kGet).answer().body == "hi");
}

TEST_CASE("an answer that the end delimits is complete for the client", "[http][proxy]") {
  Upstream upstream(answering("HTTP/1.0 200 OK\r\n\r\nall of it"));
  ProxyFront front(upstream.origin());
  const Answer answer = front.ask(kGet);
  CHECK(answer.complete);
  CHECK(answer.body == "all of it");
}

TEST_CASE("answers without a body keep what they say of it", "[http][proxy]") {
  Upstream upstream([](Served& served) {
    const std::string head = served.head();
    served.send(head.starts_with("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
                : head.starts_with("DELETE")
                    ? "HTTP/1.1 204 No Content\r\n\r\n"
                    : "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n");
    served.sees_end();  // it does not close by itself: the head alone must do
  });
  ProxyFront front(upstream.origin());
  RawClient client = front.client();
  CHECK(client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n").answer(true).header("Content-Length") ==
        "99");
  CHECK(client.send("DELETE / HTTP/1.1\r\nHost: h\r\n\r\n").answer().status == 204);
  CHECK(client.send(kGet).answer().header("ETag") == "\"x\"");
}

TEST_CASE("bodies of any size go up, counted or in chunks", "[http][proxy]") {
  constexpr std::size_t kSize = 20'000'000;  // far above the limit of functions
  const std::string body(kSize, 'b');
  std::size_t got = 0;
  std::string head;
  Upstream upstream([&](Served& served) {
    head = served.head();
    got = 0;
    if (head.starts_with("GET")) {
      // No body: the connection is in step when this one is understood.
    } else if (head.find("chunked") == std::string::npos) {
      while (got < kSize) {
        const std::size_t more = served.take(std::min<std::size_t>(65536, kSize - got)).size();
        if (more == 0) break;
        got += more;
      }
    } else {
      while (true) {
        const std::size_t size = std::stoul(served.take_to("\r\n"), nullptr, 16);
        got += served.take(size + 2).size() - 2;
        if (size == 0) break;
      }
    }
    served.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  ProxyFront front(upstream.origin());
  RawClient client = front.client();
  client.send(fmt::format("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", kSize));
  CHECK(client.send(body).answer().body == "ok");
  CHECK(got == kSize);

  client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (std::size_t sent = 0; sent < kSize; sent += 1'000'000) {
    client.send(fmt::format("{:x}\r\n", 1'000'000)).send(body.substr(0, 1'000'000)).send("\r\n");
  }
  CHECK(client.send("0\r\n\r\n").answer().body == "ok");
  CHECK(got == kSize);
  CHECK_THAT(head, ContainsSubstring("transfer-encoding: chunked\r\n"));
  CHECK(client.send(kGet).answer().body == "ok");  // the connection is still in step
}

TEST_CASE("both directions flow at once", "[http][proxy]") {
  Upstream upstream([](Served& served) {
    served.head();
    served.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 3; ++i) served.send("1\r\n" + served.take(1) + "\r\n");
    served.send("0\r\n\r\n");
  });
  ProxyFront front(upstream.origin());
  RawClient client = front.client();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n");
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos) head += client.take(1);
  for (const char* letter : {"a", "b", "c"}) {
    client.send(letter);
    CHECK(client.take(6) == std::string("1\r\n") + letter + "\r\n");
  }
  CHECK(client.take(5) == "0\r\n\r\n");
}

TEST_CASE("events arrive one by one", "[http][proxy]") {
  Event first_seen;
  Upstream upstream([&](Served& served) {
    served.head();
    served.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
    first_seen.wait();
    served.send("data: 2\n\n");
  });
  ProxyFront front(upstream.origin());
  RawClient client = front.client();
  client.send(kGet);
  std::string got;
  while (got.find("data: 1\n\n") == std::string::npos) {
    const std::string byte = client.take(1);
    REQUIRE_FALSE(byte.empty());
    got += byte;
  }
  first_seen.set();
  CHECK_THAT(client.take(2 + 3 + 9), ContainsSubstring("data: 2"));
}

TEST_CASE("100 Continue is ours to say, and the server's is not passed on", "[http][proxy]") {
  std::string head;
  Upstream upstream([&](Served& served) {
    head = served.head();
    served.send("HTTP/1.1 100 Continue\r\n\r\n");
    const std::string body = served.take(2);
    served.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + body);
  });
  ProxyFront front(upstream.origin());
  RawClient client = front.client();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  CHECK(client.answer().status == 100);
  const Answer answer = client.send("hi").answer();
  CHECK(answer.status == 200);
  CHECK(answer.body == "hi");
  CHECK(head.find("Expect") == std::string::npos);
}

TEST_CASE("an answer before the body was read is still passed on", "[http][proxy]") {
  Upstream upstream([](Served& served) {
    served.head();
    served.send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nno!");
    served.close();
  });
  ProxyFront front(upstream.origin());
  RawClient client = front.client();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nsome");
  const Answer answer = client.answer();
  CHECK(answer.status == 413);
  CHECK(answer.body == "no!");
  CHECK(client.ended());  // the rest of the body can no longer be told from a request
}

TEST_CASE("a large answer to a slow client does not pile up here", "[http][proxy]") {
  constexpr std::size_t kSize = 64u << 20;
  Event stuck;
  std::size_t sent = 0;
  Upstream upstream([&](Served& served) {
    served.head();
    served.send(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", kSize));
    const std::string piece(1u << 20, 'x');
    for (sent = 0; sent < kSize && served.send(piece); sent += piece.size()) {
      if (sent == (1u << 20)) stuck.set();
    }
  });
  ProxyFront front(upstream.origin());
  RawClient client = front.client();
  client.send(kGet);
  REQUIRE(stuck.wait());
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos) head += client.take(1);
  std::size_t got = 0;
  while (got < kSize) {
    const std::size_t more = client.take(std::min<std::size_t>(1u << 20, kSize - got)).size();
    if (more == 0) break;
    got += more;
  }
  CHECK(got == kSize);
  CHECK(front.result().ending == Ending::Complete);
}

}  // namespace localfn::http::testing
