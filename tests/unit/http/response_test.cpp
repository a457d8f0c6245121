// Whole answers over a real socket.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/http/loopback.h"

namespace localfn::http::testing {
namespace {

const std::string kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string kHead = "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n";

Handler responds(int status, wire::Headers headers, std::string body) {
  return [=](Exchange& exchange) { exchange.respond(status, headers, body); };
}

/// An open file without a name.
UniqueFd file_with(const std::string& content) {
  std::string path = "/tmp/localfn-front-XXXXXX";
  UniqueFd fd(::mkostemp(path.data(), O_CLOEXEC));
  REQUIRE(fd);
  ::unlink(path.c_str());
  REQUIRE(::write(fd.get(), content.data(), content.size()) ==
          static_cast<ssize_t>(content.size()));
  return fd;
}

}  // namespace

TEST_CASE("bodies leave as they are, whatever the client accepts", "[http][socket]") {
  TestFront front(responds(200, {{"Content-Type", "text/plain"}, {"Content-Encoding", "gzip"}},
                           "0123456789"));
  const Answer answer = front.ask(
      "GET / HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip, br\r\nRange: bytes=2-3\r\n\r\n");
  CHECK(answer.status == 200);
  CHECK(answer.body == "0123456789");
  CHECK(answer.header("Content-Encoding") == "gzip");
  CHECK(answer.header("Content-Range").empty());
}

TEST_CASE("unknown statuses pass, with an empty phrase", "[http][socket]") {
  CHECK(TestFront(responds(299, {}, "")).ask(kGet).status_line == "HTTP/1.1 299 ");
  CHECK(TestFront(responds(999, {}, "")).ask(kGet).status_line == "HTTP/1.1 999 ");
  CHECK(TestFront(responds(404, {}, "")).ask(kGet).status_line == "HTTP/1.1 404 Not Found");
}

TEST_CASE("headers keep order, case and duplicates", "[http][socket]") {
  TestFront front(responds(
      200, {{"Z", "1"}, {"Set-Cookie", "a"}, {"a", ""}, {"Set-Cookie", "b"}, {"Date", "mine"}},
      "x"));
  const Answer answer = front.ask(kGet);
  CHECK(answer.head ==
        "Z: 1\r\nSet-Cookie: a\r\na: \r\nSet-Cookie: b\r\nDate: mine\r\nContent-Length: 1\r\n");
}

TEST_CASE("Date and Content-Length are added where they are missing", "[http][socket]") {
  const Answer answer = TestFront(responds(200, {}, "abc")).ask(kGet);
  CHECK(answer.header("Date").size() == 29);
  CHECK(answer.header("Content-Length") == "3");
  CHECK(TestFront(responds(200, {}, "")).ask(kGet).header("Content-Length") == "0");
}

TEST_CASE("204 has neither body nor length", "[http][socket]") {
  TestFront front(responds(204, {{"Content-Length", "3"}}, "abc"));
  RawClient client = front.client();
  for (int i = 0; i < 2; ++i) {
    const Answer answer = client.send(kGet).answer();
    CHECK(answer.status == 204);
    CHECK(answer.header("Content-Length").empty());
  }
}

TEST_CASE("304 has no body, and only a length of its own", "[http][socket]") {
  TestFront bare(responds(304, {}, "abc"));
  RawClient client = bare.client();
  CHECK(client.send(kGet).answer().header("Content-Length").empty());
  CHECK(client.send(kGet).answer().status == 304);
  CHECK(TestFront(responds(304, {{"Content-Length", "9"}}, "")).ask(kGet).header("Content-Length") ==
        "9");
}

TEST_CASE("HEAD has the length and no body", "[http][socket]") {
  TestFront front(responds(200, {}, "abc"));
  RawClient client = front.client();
  CHECK(client.send(kHead).answer(true).header("Content-Length") == "3");
  CHECK(client.send(kGet).answer().body == "abc");
  TestFront declared(responds(200, {{"Content-Length", "77"}}, ""));
  CHECK(declared.ask(kHead, true).header("Content-Length") == "77");
}

TEST_CASE("the length of a whole answer is that of its body", "[http][socket]") {
  const Answer answer = TestFront(responds(200, {{"Content-Length", "99"}}, "abc")).ask(kGet);
  CHECK(answer.header("Content-Length") == "3");
}

TEST_CASE("headers with line breaks never leave", "[http][socket]") {
  bool sent = true;
  bool started = true;
  TestFront front([&](Exchange& exchange) {
    sent = exchange.respond(200, {{"X", "a\r\nSet-Cookie: b"}}, "x") ||
           exchange.begin(200, {{"X\n", "a"}}) || exchange.respond(100, {}, "");
    started = exchange.started();
    exchange.respond(500, {}, "refused");
  });
  CHECK(front.ask(kGet).body == "refused");
  CHECK_FALSE(sent);
  CHECK_FALSE(started);
}

TEST_CASE("an exception of the handler is 500 and leaks nothing", "[http][socket]") {
  TestFront front([](Exchange&) { throw std::runtime_error("the secret"); });
  RawClient client = front.client();
  client.send(kGet);
  const std::string text = client.rest();
  CHECK_THAT(text, StartsWith("HTTP/1.1 500 Internal Server Error\r\n"));
  CHECK_THAT(text, ContainsSubstring("INTERNAL_SERVER_ERROR"));
  CHECK_THAT(text, !ContainsSubstring("secret"));
  REQUIRE(front.refusals().size() == 1);
  CHECK(front.refusals()[0].reason == "the secret");
}

TEST_CASE("an exception that is none, and no answer at all, are 500 too", "[http][socket]") {
  CHECK(TestFront([](Exchange&) { throw 1; }).ask(kGet).status == 500);
  CHECK(TestFront([](Exchange&) {}).ask(kGet).status == 500);
  CHECK(TestFront([](Exchange& exchange) {
          exchange.begin(200, {{"A", "b"}});
          exchange.write("held");
          throw std::runtime_error("late");
        }).ask(kGet).status == 500);
}

TEST_CASE("a page that throws leaves the status", "[http][socket]") {
  Front front({}, echo, [](const Refusal&) -> std::pair<wire::Headers, std::string> {
    throw std::runtime_error("no page");
  });
  const std::uint16_t port = front.bind("127.0.0.1", 0);
  front.start();
  CHECK(RawClient(port).send("bad\r\n\r\n").answer().status == 400);
}

TEST_CASE("a handler can end the connection", "[http][socket]") {
  TestFront asked([](Exchange& exchange) {
    exchange.close_after();
    exchange.respond(200, {}, "bye");
  });
  RawClient client = asked.client();
  CHECK(client.send(kGet).answer().header("Connection") == "close");
  CHECK(client.ended());
  TestFront said(responds(200, {{"connection", "Close"}}, "bye"));
  CHECK(said.ask(kGet).header("Connection") == "close");
}

TEST_CASE("a file is sent from its offset, small or large", "[http][socket]") {
  std::string content;
  for (int i = 0; content.size() < 3'000'000; ++i) content += std::to_string(i) + " ";
  const UniqueFd file = file_with(content);
  std::uint64_t counted = 0;
  TestFront front([&](Exchange& exchange) {
    exchange.send_file(206, {{"ETag", "\"x\""}}, file.get(), 10, content.size() - 10);
    counted = exchange.body_bytes_sent();
  });
  RawClient client = front.client();
  for (int i = 0; i < 2; ++i) {
    const Answer answer = client.send(kGet).answer();
    CHECK(answer.status == 206);
    CHECK(answer.body == content.substr(10));
    CHECK(answer.header("ETag") == "\"x\"");
  }
  CHECK(client.send(kHead).answer(true).header("Content-Length") ==
        std::to_string(content.size() - 10));
  CHECK(client.send(kGet).answer().complete);
  front.front.stop(Deadline::after(kPatience));
  CHECK(counted == content.size() - 10);
}

TEST_CASE("an empty file is an empty body", "[http][socket]") {
  const UniqueFd file = file_with("");
  TestFront front([&](Exchange& exchange) { exchange.send_file(200, {}, file.get(), 0, 0); });
  RawClient client = front.client();
  CHECK(client.send(kGet).answer().header("Content-Length") == "0");
  CHECK(client.send(kGet).answer().status == 200);
}

TEST_CASE("a file that has become shorter cuts the connection", "[http][socket]") {
  const UniqueFd file = file_with("short");
  bool sent = true;
  TestFront front(
      [&](Exchange& exchange) { sent = exchange.send_file(200, {}, file.get(), 0, 100); });
  const Answer answer = front.ask(kGet);
  CHECK_FALSE(answer.complete);
  CHECK(answer.body == "short");
  front.front.stop(Deadline::after(kPatience));
  CHECK_FALSE(sent);
}

TEST_CASE("small parts leave at once", "[http][socket]") {
  int nodelay = 0;
  TestFront front([&](Exchange& exchange) {
    socklen_t size = sizeof nodelay;
    ::getsockopt(exchange.client_fd(), IPPROTO_TCP, TCP_NODELAY, &nodelay, &size);
    exchange.respond(200, {}, "");
  });
  front.ask(kGet);
  CHECK(nodelay != 0);
}

TEST_CASE("the client's socket does not leak into other programs", "[http][socket]") {
  int flags = 0;
  TestFront front([&](Exchange& exchange) {
    flags = ::fcntl(exchange.client_fd(), F_GETFD);
    exchange.respond(200, {}, "");
  });
  front.ask(kGet);
  CHECK((flags & FD_CLOEXEC) != 0);
}

TEST_CASE("bytes read and sent are counted", "[http][socket]") {
  std::vector<std::uint64_t> counts;
  TestFront front([&](Exchange& exchange) {
    std::string_view body;
    exchange.read_body(body);
    exchange.respond(200, {}, "four");
    counts.push_back(exchange.body_bytes_read());
    counts.push_back(exchange.body_bytes_sent());
  });
  RawClient client = front.client();  // one connection, so one thread
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc" + kHead);
  CHECK(client.answer().complete);
  CHECK(client.answer(true).complete);
  front.front.stop(Deadline::after(kPatience));
  CHECK(counts == std::vector<std::uint64_t>{3, 4, 0, 0});
}

}  // namespace localfn::http::testing
