#include "runtime/http/head_parser.h"

#include <string>

#include "tests/support/catch.h"

namespace localfn::http {
namespace {

using Result = HeadParser::Result;

Refusal refused(const std::string& head, const Limits& limits = {}) {
  HeadParser parser(limits);
  INFO(head.substr(0, 200));
  REQUIRE(parser.feed(head) == Result::Refused);
  return parser.refusal();
}

std::string with_header(const std::string& line) {
  return "GET / HTTP/1.1\r\nHost: h\r\n" + line + "\r\n\r\n";
}

}  // namespace

TEST_CASE("a head is understood wherever its bytes are cut", "[http][head]") {
  const std::string head =
      "\r\nPOST /a?x=1#f HTTP/1.1\r\nHost: h:1\r\nX-A:  b \t\r\nContent-Length: 12\r\n\r\n";
  const std::string bytes = head + "body";
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    HeadParser parser((Limits()));
    const Result first = parser.feed(std::string_view(bytes).substr(0, cut));
    REQUIRE(first == (cut < head.size() ? Result::NeedMore : Result::Complete));
    if (first == Result::NeedMore) REQUIRE(parser.feed(bytes) == Result::Complete);
    const Request& request = parser.request();
    CHECK(parser.head_size() == head.size());
    CHECK(request.method == "POST");
    CHECK(request.target == "/a?x=1#f");
    CHECK(request.path == "/a");
    CHECK(request.query == "x=1");
    CHECK(request.request_line == "POST /a?x=1#f HTTP/1.1");
    CHECK(request.header_block == "Host: h:1\r\nX-A:  b \t\r\nContent-Length: 12\r\n");
    CHECK(request.header("x-a") == "b");
    CHECK(request.host == "h:1");
    CHECK(parser.framing().length == 12);
  }
}

TEST_CASE("a parser that is reset knows nothing of the last head", "[http][head]") {
  HeadParser parser((Limits()));
  REQUIRE(parser.feed("POST /a?b HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n"
                      "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n") == Result::Complete);
  CHECK(parser.framing().keep_alive);
  parser.reset();
  REQUIRE(parser.feed("GET /c HTTP/1.0\r\n\r\n") == Result::Complete);
  CHECK(parser.request().headers.empty());
  CHECK_FALSE(parser.request().has_query);
  CHECK(parser.request().host.empty());
  CHECK_FALSE(parser.framing().has_body());
  CHECK_FALSE(parser.framing().keep_alive);
}

TEST_CASE("what is not a request line is refused", "[http][head]") {
  for (const std::string line :
       {"GET", "GET /", "GET  / HTTP/1.1", "GET / HTTP/1.1 ", " GET / HTTP/1.1", "GET / /HTTP/1.1",
        "GET / http/1.1", "GET / HTTP/1", "GET / HTTP/11", "GET / HTTP/1.10", "GET / HTTP/x.1",
        "G(T / HTTP/1.1", "GET a HTTP/1.1", "GET * HTTP/1.1", "GET /a b HTTP/1.1",
        "GET /\x01 HTTP/1.1", "GET /\x7f HTTP/1.1", "GET http:/// HTTP/1.1",
        "GET http://u@h/ HTTP/1.1", "GET ftp://h/ HTTP/1.1", "CONNECT h:443 HTTP/1.1",
        "GET\t/ HTTP/1.1", "GET /\tHTTP/1.1", "GET / \rHTTP/1.1"}) {
    CHECK(refused(line + "\r\nHost: h\r\n\r\n").status == 400);
  }
  CHECK(refused(std::string("GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n", 28)).status == 400);
}

TEST_CASE("binary talk is refused at its first byte", "[http][head]") {
  CHECK(refused("\x16\x03\x01").code == "MALFORMED_REQUEST_HEADER");
}

TEST_CASE("versions other than 1.x are 505", "[http][head]") {
  CHECK(refused("GET / HTTP/2.0\r\n\r\n").status == 505);
  CHECK(refused("PRI * HTTP/2.0\r\n\r\n").code == "HTTP_VERSION_NOT_SUPPORTED");
  CHECK(refused("GET / HTTP/0.9\r\n\r\n").status == 505);
  HeadParser parser((Limits()));
  REQUIRE(parser.feed("GET / HTTP/1.7\r\nHost: h\r\n\r\n") == Result::Complete);
  CHECK(parser.request().version == "HTTP/1.1");
}

TEST_CASE("what is not a header is refused", "[http][head]") {
  for (const std::string line :
       {"no colon", ": no name", "Space : x", "Tab\t: x", " folded: x", "\tfolded: x", "N(me: x",
        "Nam\xc3\xa9: x", "A: a\x01", "A: a\rb", "A: a\x7f"}) {
    CHECK(refused(with_header(line)).status == 400);
  }
  CHECK(refused(with_header(std::string("A: \0", 4))).status == 400);
}

TEST_CASE("ambiguous framing is refused", "[http][head]") {
  for (const std::string line :
       {"Content-Length: 3abc", "Content-Length: -1", "Content-Length: +3", "Content-Length:",
        "Content-Length: 3, 3", "Content-Length: 0x3", "Content-Length: 3 3",
        "Content-Length: 3\r\nContent-Length: 4", "Content-Length: 3\r\ncontent-length: 3",
        "Content-Length: 3\r\nTransfer-Encoding: chunked", "Transfer-Encoding:",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 3"}) {
    CHECK(refused(with_header(line)).status == 400);
  }
  for (const std::string coding : {"gzip, chunked", "xchunked", "chunked, gzip", "identity",
                                   "chunked;a=b", "chunked, chunked", "\"chunked\""}) {
    CHECK(refused(with_header("Transfer-Encoding: " + coding)).status == 501);
  }
  CHECK(refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n").status == 400);
}

TEST_CASE("a Content-Length beyond all numbers saturates", "[http][head]") {
  HeadParser parser((Limits()));
  REQUIRE(parser.feed(with_header("Content-Length: 99999999999999999999999999")) ==
          Result::Complete);
  CHECK(parser.framing().length == UINT64_MAX);
}

TEST_CASE("Host is there once, and is a host", "[http][head]") {
  CHECK(refused("GET / HTTP/1.1\r\n\r\n").reason == "no Host header");
  CHECK(refused(with_header("Host: h")).reason == "two Host headers");
  CHECK(refused("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n").status == 400);
  for (const std::string host : {"a b", "a/b", "a@b", "a\\b", "a?b", "a#b", "\xc3\xa9"}) {
    CHECK(refused("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n").status == 400);
  }
  for (const std::string host : {"", "localhost:3000", "[::1]:3000", "a_b.example"}) {
    HeadParser parser((Limits()));
    const std::string head = "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
    CHECK(parser.feed(head) == Result::Complete);
    CHECK(parser.request().host == host);
  }
}

TEST_CASE("an absolute target is reduced to its path, and its host wins", "[http][head]") {
  const auto parse = [](const std::string& target, const std::string& wanted) {
    HeadParser parser((Limits()));
    const std::string head = "GET " + target + " HTTP/1.1\r\nHost: other\r\n\r\n";
    REQUIRE(parser.feed(head) == Result::Complete);
    CHECK(parser.request().target == wanted);
    CHECK(parser.request().host == "h:8");
  };
  parse("http://h:8/p?q", "/p?q");
  parse("HTTPS://h:8", "/");
  parse("http://h:8?q=1", "/?q=1");
}

TEST_CASE("the limits of a head hold before it has ended", "[http][head]") {
  const std::string start = "GET / HTTP/1.1\r\nHost: h\r\nAccept: text/html\r\n";
  SECTION("the target") {
    CHECK(refused("GET /" + std::string(15 * 1024, 'a')).status == 414);
    CHECK(refused("GET /" + std::string(14 * 1024, 'a') + " HTTP/1.1\r\n\r\n").status == 414);
    HeadParser parser((Limits()));
    const std::string longest = "GET /" + std::string(14 * 1024 - 1, 'a') + " HTTP/1.0\r\n\r\n";
    CHECK(parser.feed(longest) == Result::Complete);
  }
  SECTION("one header") {
    const Refusal refusal = refused(start + "X: " + std::string(16 * 1024, 'a'));
    CHECK(refusal.status == 431);
    CHECK(refusal.method == "GET");
    CHECK(refusal.target == "/");
    CHECK(refusal.accept == "text/html");
    HeadParser parser((Limits()));
    CHECK(parser.feed(start + "X: " + std::string(16 * 1024 - 3, 'a') + "\r\n\r\n") ==
          Result::Complete);
  }
  SECTION("the whole head") {
    std::string head = start;
    for (int i = 0; i < 4; ++i) head += "X: " + std::string(9 * 1024, 'a') + "\r\n";
    CHECK(refused(head).status == 431);
    CHECK(refused(head + "\r\n").status == 431);
  }
  SECTION("the number of headers") {
    std::string head = "GET / HTTP/1.1\r\nHost: h\r\n";
    for (int i = 0; i < 255; ++i) head += "X: y\r\n";
    HeadParser parser((Limits()));
    CHECK(parser.feed(head + "\r\n") == Result::Complete);
    CHECK(refused(head + "X: y\r\n").status == 431);
  }
}

TEST_CASE("a line that ends with a bare LF is refused at once", "[http][head]") {
  CHECK(refused("GET / HTTP/1.1\n").status == 400);
  CHECK(refused("GET / HTTP/1.1\r\nHost: h\n").status == 400);
  CHECK(refused("\n").status == 400);
}

}  // namespace localfn::http
