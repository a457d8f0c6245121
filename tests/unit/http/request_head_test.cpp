// The heads of requests over a real socket: what is passed on, byte for byte, and what is refused.
#include <string>

#include "tests/support/catch.h"
#include "tests/unit/http/loopback.h"

namespace localfn::http::testing {
namespace {

std::string get(const std::string& target, const std::string& headers = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n";
}

/// Refused with that status and code, and the connection ends.
void check_refused(TestFront& front, const std::string& bytes, int status,
                   const std::string& code) {
  INFO(bytes.substr(0, 200));
  RawClient client = front.client();
  const Answer answer = client.send(bytes).answer();
  CHECK(answer.status == status);
  CHECK(answer.body == code + "\n");
  CHECK(answer.header("Connection") == "close");
  CHECK(client.ended());
}

}  // namespace

TEST_CASE("two requests in one packet are both answered, in order", "[http][socket]") {
  TestFront front;
  RawClient client = front.client();
  client.send(get("/one") + get("/two") + get("/three"));
  CHECK_THAT(client.answer().body, ContainsSubstring("target=/one\n"));
  CHECK_THAT(client.answer().body, ContainsSubstring("target=/two\n"));
  CHECK_THAT(client.answer().body, ContainsSubstring("target=/three\n"));
}

TEST_CASE("thousands of pipelined requests keep their order and their bytes", "[http][socket]") {
  TestFront front;
  RawClient client = front.client();
  for (int round = 0; round < 20; ++round) {
    std::string bytes;
    for (int i = 0; i < 100; ++i) {
      const std::string body(static_cast<std::size_t>(i * 7), 'b');
      bytes += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\n\r\n" + body;
    }
    client.send(bytes);
    for (int i = 0; i < 100; ++i) {
      const Answer answer = client.answer();
      REQUIRE_THAT(answer.body, StartsWith("method=POST\ntarget=/" + std::to_string(i) + "\n"));
      const std::string body = answer.body.substr(answer.body.find("body=") + 5);
      REQUIRE(body == std::string(static_cast<std::size_t>(i * 7), 'b') + "\n");
    }
  }
}

TEST_CASE("a head that comes byte by byte is one head", "[http][socket]") {
  TestFront front;
  RawClient client = front.client();
  for (const char byte : get("/slow", "A: b\r\n")) client.send(std::string_view(&byte, 1));
  CHECK_THAT(client.answer().body, ContainsSubstring("target=/slow\n"));
}

TEST_CASE("targets pass byte for byte", "[http][socket]") {
  TestFront front;
  for (const std::string target :
       {"/a?x=1?y", "/a?x=%zz", "/a?b=c+d", "/a%20b/%2e%2E//c", "/caf\xc3\xa9?\xff", "/a?",
        "/\"<>|^`{}\\", "//double", "/a;b=c&d"}) {
    const Answer answer = front.ask(get(target));
    CHECK(answer.status == 200);
    CHECK_THAT(answer.body, ContainsSubstring("\ntarget=" + target + "\n"));
    CHECK_THAT(answer.body, ContainsSubstring("\nline=GET " + target + " HTTP/1.1\n"));
  }
}

TEST_CASE("path and query are told apart, and the fragment is dropped", "[http][socket]") {
  TestFront front;
  CHECK_THAT(front.ask(get("/a?b?c#d?e")).body,
             ContainsSubstring("\npath=/a\nquery=b?c\n"));
  CHECK_THAT(front.ask(get("/a#d?e")).body, ContainsSubstring("\npath=/a\nquery=(none)\n"));
  CHECK_THAT(front.ask(get("/a?")).body, ContainsSubstring("\npath=/a\nquery=\n"));
  CHECK_THAT(front.ask(get("http://x:1/p?q")).body, ContainsSubstring("\ntarget=/p?q\n"));
  CHECK_THAT(front.ask("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").body,
             ContainsSubstring("\ntarget=*\npath=*\n"));
}

TEST_CASE("any method that is a token reaches the handler", "[http][socket]") {
  TestFront front;
  for (const std::string method : {"PROPFIND", "TRACE", "get", "BREW-X", "M!#$%&'*+.^_`|~1"}) {
    CHECK_THAT(front.ask(method + " / HTTP/1.1\r\nHost: h\r\n\r\n").body,
               StartsWith("method=" + method + "\n"));
  }
}

TEST_CASE("header lines are kept as sent", "[http][socket]") {
  TestFront front;
  const std::string lines =
      "X-Percent: a%0d%0aSet-Cookie: b%zz\r\nx-EMPTY:\r\nX-Blank: \t \r\nDup: 1\r\ndup:2\r\n"
      "X-Latin: caf\xe9\r\n";
  CHECK_THAT(front.ask(get("/", lines)).body,
             ContainsSubstring("\nheaders=Host: h\r\n" + lines + "\n"));
}

TEST_CASE("an empty header is there and empty", "[http][socket]") {
  bool found = false;
  bool other = true;
  std::string value = "?";
  TestFront front([&](Exchange& exchange) {
    found = exchange.request().has_header("X-EMPTY");
    other = exchange.request().has_header("X-Emp");
    value = exchange.request().header("x-empty");
    exchange.respond(200, {}, "");
  });
  front.ask(get("/", "X-Empty:\r\n"));
  CHECK(found);
  CHECK_FALSE(other);
  CHECK(value.empty());
}

TEST_CASE("nothing about the peer is added to the headers, and it is known", "[http][socket]") {
  TestFront front;
  RawClient client = front.client();
  const Answer answer = client.send(get("/", "REMOTE_ADDR: 6.6.6.6\r\n")).answer();
  CHECK_THAT(answer.body, ContainsSubstring("\npeer=127.0.0.1:" + std::to_string(client.port())));
  CHECK_THAT(answer.body, ContainsSubstring("\nheaders=Host: h\r\nREMOTE_ADDR: 6.6.6.6\r\n\n"));
}

TEST_CASE("ambiguous heads are refused and the connection ends", "[http][socket]") {
  TestFront front;
  const std::string code = "MALFORMED_REQUEST_HEADER";
  for (const std::string line :
       {"Content-Length: 3\r\nTransfer-Encoding: chunked", "Content-Length: 3\r\nContent-Length: 4",
        "Content-Length: 3abc", "Content-Length: -1", "Content-Length: +3", "Content-Length:",
        "Content-Length : 3", "A: b\r\n folded", "no colon", "Host: twice",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "A: b\x01"}) {
    // What follows would be smuggled in by a server that guessed.
    check_refused(front, get("/", line + "\r\n") + "abcGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n",
                  400, code);
  }
  check_refused(front, "GET / HTTP/1.1\r\n\r\n", 400, code);
  check_refused(front, "GET / HTTP/1.1\nHost: h\n\n", 400, code);
  check_refused(front, "garbage\r\n\r\n", 400, code);
  check_refused(front, "\x16\x03\x01\x02", 400, code);
}

TEST_CASE("unknown codings are 501, other versions 505", "[http][socket]") {
  TestFront front;
  for (const std::string coding : {"gzip, chunked", "xchunked", "gzip"}) {
    check_refused(front, get("/", "Transfer-Encoding: " + coding + "\r\n"), 501, "NOT_IMPLEMENTED");
  }
  check_refused(front, "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505, "HTTP_VERSION_NOT_SUPPORTED");
}

TEST_CASE("heads that are too long are refused before they have ended", "[http][socket]") {
  TestFront front;
  const std::string code = "REQUEST_HEADER_TOO_LARGE";
  check_refused(front, "GET /" + std::string(14 * 1024, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", 414,
                "URL_TOO_LONG");
  check_refused(front, "GET /" + std::string(100'000, 'a'), 414, "URL_TOO_LONG");
  check_refused(front, "GET / HTTP/1.1\r\nX: " + std::string(100'000, 'a'), 431, code);
  std::string many = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 20'000; ++i) many += "X-" + std::to_string(i) + ": " + std::string(50, 'v') + "\r\n";
  check_refused(front, many, 431, code);
  std::string large = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 100; ++i) large += "X: " + std::string(1'000, 'v') + "\r\n";
  check_refused(front, large, 431, code);
}

TEST_CASE("a head of 256 headers and almost 32 KB is served", "[http][socket]") {
  TestFront front;
  std::string headers;
  for (int i = 0; i < 255; ++i) headers += "X-Header: " + std::string(110, 'v') + "\r\n";
  CHECK(front.ask(get("/", headers)).status == 200);
}

TEST_CASE("a refusal tells what is known of the request", "[http][socket]") {
  TestFront front;
  const Answer answer =
      front.ask("GET /x HTTP/1.1\r\nHost: h\r\nAccept: application/json\r\nbad\r\n\r\n");
  CHECK(answer.header("X-Accept") == "application/json");
  REQUIRE(front.refusals().size() == 1);
  CHECK(front.refusals()[0].method == "GET");
  CHECK(front.refusals()[0].target == "/x");
  CHECK(front.refusals()[0].reason == "a header has no colon");
}

TEST_CASE("a refused HEAD gets no body", "[http][socket]") {
  TestFront front;
  RawClient client = front.client();
  CHECK(client.send("HEAD / HTTP/1.1\r\n\r\n").answer(true).status == 400);
  CHECK(client.ended());
}

TEST_CASE("Connection: close and HTTP/1.0 end the connection, keep-alive keeps it",
          "[http][socket]") {
  TestFront front;
  const auto stays = [&front](const std::string& head) {
    RawClient client = front.client();
    const Answer first = client.send(head).answer();
    CHECK(first.status == 200);
    if (first.header("Connection") == "close") return !client.ended();
    CHECK(client.send(head).answer().status == 200);
    return true;
  };
  CHECK(stays("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  CHECK(stays("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, X\r\n\r\n"));
  CHECK_FALSE(stays("GET / HTTP/1.1\r\nHost: h\r\nConnection: Close\r\n\r\n"));
  CHECK_FALSE(stays("GET / HTTP/1.1\r\nHost: h\r\nCONNECTION: x , CLOSE\r\n\r\n"));
  CHECK_FALSE(stays("GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n"));
  CHECK_FALSE(stays("GET / HTTP/1.0\r\n\r\n"));
  CHECK(stays("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
  CHECK_FALSE(stays("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n"));
}

TEST_CASE("HTTP/1.0 with keep-alive is told so", "[http][socket]") {
  TestFront front;
  const Answer answer = front.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(answer.header("Connection") == "keep-alive");
  CHECK(answer.status_line == "HTTP/1.1 200 OK");
}

TEST_CASE("empty lines before a request are ignored", "[http][socket]") {
  TestFront front;
  RawClient client = front.client();
  client.send(get("/a") + "\r\n" + get("/b"));
  CHECK_THAT(client.answer().body, ContainsSubstring("target=/a\n"));
  CHECK_THAT(client.answer().body, ContainsSubstring("target=/b\n"));
}

}  // namespace localfn::http::testing
