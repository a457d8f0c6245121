// What becomes of a request when the other server, or the client, fails.
#include <fmt/format.h>

#include <string>

#include "tests/support/catch.h"
#include "tests/unit/http_proxy/proxy_front.h"
#include "tests/unit/http_proxy/upstream.h"

namespace localfn::http::testing {

using namespace std::chrono_literals;

TEST_CASE("a server that cannot be reached is a problem in plain words", "[http][proxy]") {
  const ClosedPort closed;
  ProxyFront refusing("http://127.0.0.1:" + std::to_string(closed.port));
  CHECK(refusing.ask(kGet).status == 500);
  CHECK(refusing.result().problem ==
        fmt::format("cannot connect to 127.0.0.1:{}: Connection refused",
                    closed.port));

  ProxyFront nameless("http://no-such-host.invalid");
  CHECK(nameless.ask(kGet).status == 500);
  CHECK_THAT(nameless.result().problem,
             StartsWith("cannot find the server no-such-host.invalid: "));

  ProxyFront senseless("gopher://h");
  CHECK(senseless.ask(kGet).status == 500);
  CHECK_THAT(senseless.result().problem, StartsWith("\"gopher://h\" is no address of a server"));
}

TEST_CASE("a server that fails before its head is no answer", "[http][proxy]") {
  Upstream upstream([](Served& served) {
    const std::string head = served.head();
    if (head.starts_with("GET /cut ")) served.send("HTTP/1.1 200 OK\r\nContent-");
    if (head.starts_with("GET /noise ")) served.send("220 smtp ready\r\n");
    if (head.starts_with("GET /reset ")) served.reset();
  });
  ProxyFront front(upstream.origin());
  const auto problem = [&](const std::string& path) {
    CHECK(front.ask("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n").status == 500);
    const ProxyResult result = front.result();
    CHECK(result.ending == Ending::NoAnswer);
    return result.problem;
  };
  CHECK_THAT(problem("/silent"), ContainsSubstring("without an answer"));
  CHECK_THAT(problem("/cut"), ContainsSubstring("within the answer's head"));
  CHECK_THAT(problem("/noise"), ContainsSubstring("\"220 smt"));
  CHECK_THAT(problem("/reset"), ContainsSubstring("reset"));
}

TEST_CASE("a server that fails after its head cuts the client's connection", "[http][proxy]") {
  Upstream upstream([](Served& served) {
    const std::string head = served.head();
    if (head.starts_with("GET /counted ")) {
      served.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
    } else if (head.starts_with("GET /chunks ")) {
      served.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
    } else {
      served.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nbad\r\n");
    }
  });
  ProxyFront front(upstream.origin());
  for (const char* path : {"/counted", "/chunks", "/bad"}) {
    CAPTURE(path);
    RawClient client = front.client();
    client.send(fmt::format("GET {} HTTP/1.1\r\nHost: h\r\n\r\n", path));
    const Answer answer = client.answer();
    CHECK(answer.status == 200);
    CHECK_FALSE(answer.complete);
    CHECK_THAT(answer.body, StartsWith("half"));
    CHECK(front.result().ending == Ending::CutShort);
  }
}

TEST_CASE("a server that stands still is given up", "[http][proxy]") {
  Upstream upstream([](Served& served) {
    if (served.head().starts_with("GET /later ")) {
      served.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
    }
    served.sees_end();
  });
  ProxyFront front(upstream.origin(), {kPatience, 50ms});
  CHECK(front.ask("GET /never HTTP/1.1\r\nHost: h\r\n\r\n").status == 500);
  CHECK_THAT(front.result().problem, ContainsSubstring("nothing has moved"));
  CHECK_FALSE(front.ask("GET /later HTTP/1.1\r\nHost: h\r\n\r\n").complete);
  CHECK(front.result().ending == Ending::CutShort);
}

TEST_CASE("a client whose body stands still is told so", "[http][proxy]") {
  Upstream upstream([](Served& served) { served.sees_end(); });
  ProxyFront front(upstream.origin(), {kPatience, 50ms});
  CHECK(front.ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf").status == 408);
  CHECK(front.result().ending == Ending::BodyTimedOut);
}

TEST_CASE("a client that sends broken chunks is refused", "[http][proxy]") {
  Upstream upstream([](Served& served) { served.sees_end(); });
  ProxyFront front(upstream.origin());
  RawClient client = front.client();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
  CHECK(client.answer().status == 400);
  CHECK(client.ended());
}

TEST_CASE("a client that leaves ends the call to the server", "[http][proxy]") {
  Event asked;
  Verdict ended;
  Event seen;
  Upstream upstream([&](Served& served) {
    const bool streams = served.head().starts_with("GET /stream ");
    if (streams) served.send("HTTP/1.1 200 OK\r\n\r\nsome");
    asked.set();
    ended.expect(served.sees_end());
    seen.set();
  });
  const std::string path = GENERATE("/silent", "/stream");
  ProxyFront front(upstream.origin());
  {
    RawClient client = front.client();
    client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
    REQUIRE(asked.wait());
  }
  CHECK(seen.wait());
  CHECK(ended.good());
  CHECK(front.result().ending == Ending::ClientGone);
}

TEST_CASE("a client that leaves within its body ends the call too", "[http][proxy]") {
  Event asked;
  Upstream upstream([&](Served& served) {
    served.head();
    asked.set();
    served.sees_end();
  });
  ProxyFront front(upstream.origin());
  {
    RawClient client = front.client();
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf");
    REQUIRE(asked.wait());
  }
  CHECK(front.result().ending == Ending::ClientGone);
}

}  // namespace localfn::http::testing
