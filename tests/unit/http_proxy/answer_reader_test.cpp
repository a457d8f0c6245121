// Answers of other servers: how their heads are read and their bodies delimited.
#include "runtime/http/proxy/answer_reader.h"

#include "tests/support/catch.h"

namespace localfn::http {
namespace {

using State = AnswerReader::State;

struct Read {
  State state = State::Head;
  int status = 0;
  wire::Headers headers;
  std::string body;
  std::string problem;
};

/// The same in pieces of any size.
Read read(std::string_view bytes, bool to_head = false, std::size_t piece = 0, bool ends = false) {
  AnswerReader reader(to_head);
  Read result;
  if (piece == 0) piece = std::max<std::size_t>(bytes.size(), 1);
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    reader.feed(bytes.substr(at, piece), result.body);
  }
  if (ends) reader.end();
  result.state = reader.state();
  result.status = reader.head().status;
  result.headers = reader.head().headers;
  result.problem = reader.problem();
  return result;
}

}  // namespace

TEST_CASE("an answer means the same however its bytes arrive", "[http][proxy]") {
  const std::string bytes =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
      "HTTP/1.1 201 Made\r\nSet-Cookie: a\r\nSet-Cookie:b \r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;x=y\r\none\r\n4\r\n two\r\n0\r\nTrailer: t\r\n\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    const Read answer = read(bytes, false, piece);
    REQUIRE(answer.state == State::Done);
    CHECK(answer.status == 201);
    CHECK(answer.body == "one two");
    REQUIRE(answer.headers.size() == 3);
    CHECK(answer.headers[1] == wire::Header("Set-Cookie", "b"));
  }
}

TEST_CASE("a length ends an answer and what follows is ignored", "[http][proxy]") {
  CHECK(read("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef").body == "abc");
  CHECK(read("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").state == State::Done);
  CHECK(read("HTTP/1.1 200\r\nContent-Length: 3\r\n\r\nab").state == State::Body);
}

TEST_CASE("the end of the connection ends an answer without a length only", "[http][proxy]") {
  CHECK(read("HTTP/1.0 200 OK\r\n\r\nall of it", false, 0, true).state == State::Done);
  CHECK(read("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", false, 0, true).state ==
        State::Malformed);
  CHECK(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", false, 0, true)
            .state == State::Malformed);
  CHECK(read("HTTP/1.1 200 OK\r\n", false, 0, true).problem ==
        "it ended the connection within the answer's head");
  CHECK(read("", false, 0, true).problem == "it ended the connection without an answer");
}

TEST_CASE("answers without a body end with their head", "[http][proxy]") {
  CHECK(read("HTTP/1.1 204 No Content\r\n\r\n").state == State::Done);
  CHECK(read("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n").state == State::Done);
  CHECK(read("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", true).state == State::Done);
  CHECK(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", true).state == State::Done);
}

TEST_CASE("a transfer encoding beats a length, which is not passed on", "[http][proxy]") {
  const Read answer = read(
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nab\r\n"
      "0\r\n\r\n");
  CHECK(answer.state == State::Done);
  CHECK(answer.body == "ab");
  CHECK(answer.headers.size() == 1);
}

TEST_CASE("untidy heads are read as they are meant", "[http][proxy]") {
  const Read answer =
      read("HTTP/1.1 200 Fine\nX-A:  one\n  two\nEmpty:\nContent-Length: 1\n\nx");
  CHECK(answer.state == State::Done);
  CHECK(answer.headers == wire::Headers{{"X-A", "one two"}, {"Empty", ""}, {"Content-Length", "1"}});
  CHECK(answer.body == "x");
}

TEST_CASE("answers that could be read in two ways are refused", "[http][proxy]") {
  const auto refused = [](std::string_view bytes) { return read(bytes).problem; };
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  CHECK_THAT(refused("SSH-2.0-OpenSSH\r\n"), ContainsSubstring("which is not HTTP/1.1"));
  CHECK_THAT(refused("\x15\x03\x01"), ContainsSubstring("which is not HTTP/1.1"));
  CHECK_THAT(refused("HTTP/2.0 200 OK\r\n\r\n"), ContainsSubstring("which is not HTTP/1.1"));
  CHECK_THAT(refused("HTTP/1.1 20x OK\r\n\r\n"), ContainsSubstring("which is not HTTP/1.1"));
  CHECK_THAT(refused("HTTP/1.1 2000 OK\r\n\r\n"), ContainsSubstring("which is not HTTP/1.1"));
  CHECK_THAT(refused("HTTP/1.1 101 Switching\r\n\r\n"), ContainsSubstring("switched protocols"));
  CHECK_THAT(refused(ok + "X-A : 1\r\n\r\n"), ContainsSubstring("header line"));
  CHECK_THAT(refused(ok + "no colon\r\n\r\n"), ContainsSubstring("header line"));
  CHECK_THAT(refused(ok + " folded first\r\n\r\n"), ContainsSubstring("header line"));
  CHECK_THAT(refused(ok + "A: \x01\r\n\r\n"), ContainsSubstring("control byte"));
  CHECK_THAT(refused(ok + "A: b\rSet-Cookie: c\r\n\r\n"), ContainsSubstring("control byte"));
  CHECK_THAT(refused(ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n"),
             ContainsSubstring("two different"));
  CHECK_THAT(refused(ok + "Content-Length: +1\r\n\r\n"), ContainsSubstring("not a number"));
  CHECK_THAT(refused(ok + "Transfer-Encoding: gzip, chunked\r\n\r\n"),
             ContainsSubstring("only chunked is understood"));
  CHECK_THAT(refused(ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"), ContainsSubstring("chunks"));
}

TEST_CASE("a head has a limit, whatever it is made of", "[http][proxy]") {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  CHECK(read(ok + "A: " + std::string(60'000, 'x') + "\r\nContent-Length: 0\r\n\r\n").state ==
        State::Done);
  CHECK_THAT(read(ok + "A: " + std::string(70'000, 'x'), false, 1000).problem,
             ContainsSubstring("more than 64 KB"));
  std::string many = ok;
  for (int i = 0; i < 1001; ++i) many += "A: b\r\n";
  CHECK_THAT(read(many + "\r\n").problem, ContainsSubstring("more than 1000 headers"));
}

}  // namespace localfn::http
