// One request to another server, as `localfn test --target` makes it.
#include "runtime/http/proxy/remote_server.h"

#include <string>

#include "tests/support/catch.h"
#include "tests/unit/http_proxy/upstream.h"

namespace localfn::http::testing {
namespace {

constexpr milliseconds kLong{60'000};

RemoteServer server_at(const std::string& origin, milliseconds limit = kLong) {
  return {*parse_origin(origin), limit};
}

RemoteServer::Answered ask(const std::string& origin, LocalRequest request = {},
                           milliseconds limit = kLong) {
  RemoteServer server = server_at(origin, limit);
  return server.ask(request);
}

/// Answers every request with these bytes and ends the connection.
Upstream answering(std::string bytes) {
  return Upstream([bytes](Served& served) {
    served.head();
    served.send(bytes);
  });
}

}  // namespace

TEST_CASE("a request to a server leaves as it is given", "[http][remote]") {
  std::string head;
  std::string body;
  {
    Upstream upstream([&](Served& served) {
      head = served.head();
      body = served.take(4);
      served.send("HTTP/1.1 201 Created\r\nX-B: 1\r\nx-b: 2\r\nContent-Length: 2\r\n\r\nok");
    });
    const auto answered =
        ask(upstream.origin(),
            {"POST", "/api/a?x=%20", {{"X-Mine", "a  b"}, {"Cookie", "c=d"}}, "data"});
    CHECK(answered.problem.empty());
    CHECK(answered.answer.status == 201);
    CHECK(answered.answer.headers ==
          wire::Headers{{"X-B", "1"}, {"x-b", "2"}, {"Content-Length", "2"}});
    CHECK(answered.answer.body == "ok");
    CHECK_FALSE(answered.answer.cut);
    CHECK(head == "POST /api/a?x=%20 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(upstream.port) +
                      "\r\nUser-Agent: localfn\r\nAccept: */*\r\nX-Mine: a  b\r\nCookie: c=d\r\n"
                      "Content-Length: 4\r\nConnection: close\r\n\r\n");
  }
  CHECK(body == "data");
}

TEST_CASE("a redirect of a server is its answer", "[http][remote]") {
  Upstream upstream = answering("HTTP/1.1 308 R\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n");
  const auto answered = ask(upstream.origin());
  CHECK(answered.answer.status == 308);
  CHECK(*answered.answer.header("location") == "/b");
}

TEST_CASE("chunks of a server are put together, and an end too soon is told", "[http][remote]") {
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  {
    Upstream upstream = answering(head + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    CHECK(ask(upstream.origin()).answer.body == "abcde");
  }
  Upstream upstream = answering(head + "3\r\nabc\r\n");
  const auto answered = ask(upstream.origin());
  CHECK(answered.answer.cut);
  CHECK_THAT(answered.problem, ContainsSubstring("127.0.0.1:"));
}

TEST_CASE("a server that is not there, or no HTTP server, is told in words", "[http][remote]") {
  const ClosedPort closed;
  const auto refused = ask("http://127.0.0.1:" + std::to_string(closed.port));
  CHECK(refused.answer.status == 0);
  CHECK_THAT(refused.problem, ContainsSubstring("cannot connect to 127.0.0.1:") &&
                                  ContainsSubstring("onnection refused"));
  Upstream upstream = answering("220 mail ready\r\n");
  CHECK_FALSE(ask(upstream.origin()).problem.empty());
}

TEST_CASE("a server that does not answer is left when the time is over", "[http][remote]") {
  Upstream silent([](Served& served) {
    served.head();
    served.sees_end();
  });
  const auto answered = ask(silent.origin(), {}, milliseconds(50));
  CHECK_THAT(answered.problem, ContainsSubstring("the answer was not complete in time"));
}

TEST_CASE("a server that never stops sending is left, too", "[http][remote]") {
  Upstream endless([](Served& served) {
    served.head();
    served.send("HTTP/1.1 200 OK\r\n\r\n");
    while (served.send("a")) {
    }
  });
  CHECK_THAT(ask(endless.origin(), {}, milliseconds(50)).problem,
             ContainsSubstring("the answer was not complete in time"));
}

TEST_CASE("what would make two requests of one is not sent", "[http][remote]") {
  const std::string nowhere = "http://127.0.0.1:1";
  CHECK_THAT(ask(nowhere, {"GET", "/a b", {}, ""}).problem, ContainsSubstring("%XX"));
  CHECK_THAT(ask(nowhere, {"GET", "/", {{"A", "b\r\nC: d"}}, ""}).problem,
             ContainsSubstring("the header A has a control character"));
  CHECK_THAT(ask(nowhere, {"GE T", "/", {}, ""}).problem, ContainsSubstring("no method"));
}

}  // namespace localfn::http::testing
