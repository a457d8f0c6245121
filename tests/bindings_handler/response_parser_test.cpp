#include "bindings/handler/response_parser.h"

#include <vector>

#include "tests/support/catch.h"

using namespace localfn;

namespace {

struct Parsed {
  wire::HeadFrame head;
  bool has_head = false;
  std::string body;
  std::string problem;

  bool operator==(const Parsed& other) const {
    return head.status == other.head.status && head.reason == other.head.reason &&
           head.headers == other.head.headers && has_head == other.has_head && body == other.body &&
           problem == other.problem;
  }
};

Parsed parse(const std::vector<std::string>& pieces) {
  ResponseParser parser;
  Parsed parsed;
  for (const std::string& piece : pieces) parsed.body += parser.feed(piece);
  parser.finish();
  parsed.has_head = parser.has_head();
  parsed.head = parser.head();
  parsed.problem = parser.problem();
  if (parser.failed() == parsed.problem.empty()) parsed.problem = "inconsistent";
  return parsed;
}

/// The same whole, byte by byte and cut in two at every place.
Parsed parse_every_way(const std::string& text) {
  const Parsed whole = parse({text});
  std::vector<std::string> bytes;
  for (const char c : text) bytes.emplace_back(1, c);
  INFO(text);
  CHECK(parse(bytes) == whole);
  for (std::size_t i = 0; i <= text.size(); ++i) {
    INFO("cut at " << i);
    CHECK(parse({text.substr(0, i), text.substr(i)}) == whole);
  }
  return whole;
}

}  // namespace

TEST_CASE("a head and a body are told apart wherever the writes are cut", "[response_parser]") {
  const Parsed seen = parse_every_way(
      "HTTP/1.0 200 OK\r\nServer: s\r\nX:  y \r\nSet-Cookie: a\r\n"
      "Set-Cookie: b\r\nEmpty:\r\n\r\nbody\r\n\r\nHTTP/1.0");
  CHECK(seen.has_head);
  CHECK(seen.head.headers ==
        wire::Headers{
            {"Server", "s"}, {"X", "y"}, {"Set-Cookie", "a"}, {"Set-Cookie", "b"}, {"Empty", ""}});
  CHECK(seen.body == "body\r\n\r\nHTTP/1.0");
  CHECK(seen.problem.empty());
}

TEST_CASE("bare line feeds, odd reasons and missing ones are accepted", "[response_parser]") {
  CHECK(parse_every_way("HTTP/1.1 200 Fine  then\nA: b\n\nx").head.reason == "Fine  then");
  CHECK(parse_every_way("HTTP/1.1 799 \r\n\r\n").head.status == 799);
  CHECK(parse_every_way("HTTP/1.1 200\r\n\r\n").head.reason.empty());
  CHECK(parse_every_way("HTTP/1.1 200 caf\xe9\r\nA: \xff\r\n\r\n").head.reason == "caf\xe9");
}

TEST_CASE("interim heads are skipped", "[response_parser]") {
  const Parsed seen = parse_every_way(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
      "HTTP/1.1 201 Created\r\nA: b\r\n\r\nz");
  CHECK(seen.head.status == 201);
  CHECK(seen.head.headers == wire::Headers{{"A", "b"}});
  CHECK(seen.body == "z");
  CHECK_FALSE(parse_every_way("HTTP/1.1 100 Continue\r\n\r\n").problem.empty());
  CHECK_FALSE(parse_every_way("HTTP/1.1 101 Switching Protocols\r\n\r\nx").problem.empty());
}

TEST_CASE("folded header lines continue their value", "[response_parser]") {
  CHECK(parse_every_way("HTTP/1.0 200 OK\r\nA: b\r\n\t c\r\n\r\n").head.headers ==
        wire::Headers{{"A", "b c"}});
  CHECK_FALSE(parse_every_way("HTTP/1.0 200 OK\r\n folded\r\n\r\n").problem.empty());
}

TEST_CASE("chunked bodies are decoded and their header dropped", "[response_parser]") {
  const Parsed seen = parse_every_way(
      "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\nContent-Length: 3\r\nA: b\r\n\r\n"
      "5;ext=1\r\nhello\r\n00A\r\n world 123\r\n0\r\nTrailer: t\r\n\r\nmore");
  CHECK(seen.head.headers == wire::Headers{{"A", "b"}});
  CHECK(seen.body == "hello world 123");
  CHECK(seen.problem.empty());
}

TEST_CASE("a broken chunked body is a failure", "[response_parser]") {
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char* body : {"plain text\r\n", "5\r\nhelloX\r\n", "5\r\nhel", "5\r\nhello\r\n",
                           "-1\r\n", "ffffffffffffffffff\r\n", "\r\n", "5"}) {
    CHECK_FALSE(parse_every_way(head + body).problem.empty());
  }
  CHECK(parse_every_way(head).problem.empty());
  CHECK_FALSE(
      parse_every_way("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx").problem.empty());
}

TEST_CASE("what is not HTTP fails with what was seen", "[response_parser]") {
  const std::vector<std::pair<std::string, std::string>> table{
      {"Hello", "it wrote \"Hello\" before a status line"},
      {"HTT", "its status line \"HTT\" has no end"},
      {"HTTP/1.1 200 OK", "has no end"},
      {"\r\nHTTP/1.1 200 OK\r\n\r\n", "an empty line before a status line"},
      {"Content-type: text/plain\r\n\r\nx",
       "the header \"Content-type: text/plain\" without a status line"},
      {"HTTP/1.1 99 X\r\n\r\n", "100 to 999"},
      {"HTTP/1.1 2000 X\r\n\r\n", "100 to 999"},
      {"HTTP/1.1 abc X\r\n\r\n", "100 to 999"},
      {"HTTP/11 200 X\r\n\r\n", "100 to 999"},
      {"HTTP/1.0 200 OK\r\nno colon\r\n\r\n", "\"no colon\" has no colon"},
      {"HTTP/1.0 200 OK\r\nHTTP/1.0 500 Internal Server Error\r\n\r\n",
       "a second status line \"HTTP/1.0 500 Internal Server Error\": send_response() was called twice"},
      {"HTTP/1.0 200 OK\r\nA B: c\r\n\r\n", "not a name for a header"},
      {"HTTP/1.0 200 OK\r\n: c\r\n\r\n", "not a name for a header"},
      {"HTTP/1.0 200 OK\r\nA: b\x01"
       "c\r\n\r\n",
       "control characters"},
      {"HTTP/1.0 200 OK\r\nA: b\rc\r\n\r\n", "control characters"},
      {"HTTP/1.0 200 OK\r\nA: b\r\n", "does not end with an empty line"},
      {std::string(5000, 'x'), "before a status line"}};
  for (const auto& [text, problem] : table) {
    const Parsed seen = text.size() > 1000 ? parse({text}) : parse_every_way(text);
    CHECK_THAT(seen.problem, ContainsSubstring(problem));
    CHECK_FALSE(seen.has_head);
    CHECK(seen.body.empty());
  }
}

TEST_CASE("a head without an end is not kept for ever", "[response_parser]") {
  ResponseParser parser;
  const std::string piece(1000, 'x');
  parser.feed("HTTP/1.0 200 OK\r\nA: ");
  for (int i = 0; i < 300 && !parser.failed(); ++i) parser.feed(piece);
  CHECK(parser.failed());
  ResponseParser lines;
  lines.feed("HTTP/1.0 200 OK\r\n");
  for (int i = 0; i < 100'000 && !lines.failed(); ++i) lines.feed("A: b\r\n");
  CHECK(lines.failed());
}

TEST_CASE("nothing written is no failure of the parser", "[response_parser]") {
  const Parsed seen = parse({});
  CHECK_FALSE(seen.has_head);
  CHECK(seen.problem.empty());
}
