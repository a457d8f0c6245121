// Slow and silent clients over a real socket, with short limits.
#include <string>

#include "tests/support/catch.h"
#include "tests/unit/http/loopback.h"

namespace localfn::http::testing {
namespace {

Limits short_limits() {
  Limits limits;
  limits.head_time = milliseconds(100);
  limits.idle_time = milliseconds(100);
  limits.progress_time = milliseconds(100);
  return limits;
}

const std::string kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

}  // namespace

TEST_CASE("a head that stops half-way is 408", "[http][timeout]") {
  Limits limits = short_limits();
  limits.idle_time = kPatience;
  TestFront front(echo, limits);
  RawClient client = front.client();
  const Answer answer = client.send("GET /x HTTP/1.1\r\nAccept: text/html\r\n").answer();
  CHECK(answer.status == 408);
  CHECK(answer.body == "REQUEST_TIMEOUT\n");
  CHECK(answer.header("X-Accept") == "text/html");
  CHECK(answer.header("Connection") == "close");
  CHECK(client.ended());
  REQUIRE(front.refusals().size() == 1);
  CHECK(front.refusals()[0].target == "/x");
}

TEST_CASE("bytes that trickle do not extend the time of a head", "[http][timeout]") {
  Limits limits = short_limits();
  limits.head_time = milliseconds(300);
  limits.idle_time = kPatience;
  TestFront front(echo, limits);
  RawClient client = front.client();
  client.send("GET / HTTP/1.1\r\nX: ");
  const Deadline patience = Deadline::after(kPatience);
  // As fast as the loopback allows, yet slowly enough that no limit of size is met first.
  for (int sent = 0; !client.has_news() && sent < 8'000 && !patience.passed(); ++sent) {
    client.send("a");
    while (sent > 4'000 && !client.has_news() && !patience.passed()) {
    }
  }
  CHECK(client.answer().status == 408);
}

TEST_CASE("slow clients do not hinder others", "[http][timeout]") {
  TestFront front;
  std::vector<RawClient> slow;
  for (int i = 0; i < 50; ++i) {
    slow.push_back(front.client());
    slow.back().send("GET / HTTP/1.1\r\n");
  }
  CHECK(front.ask(kGet).status == 200);
}

TEST_CASE("an idle connection is closed without a word", "[http][timeout]") {
  TestFront front(echo, short_limits());
  CHECK(front.client().ended());
  RawClient used = front.client();
  CHECK(used.send(kGet).answer().status == 200);
  CHECK(used.ended());
  CHECK(front.refusals().empty());
}

TEST_CASE("a body that stops is 408", "[http][timeout]") {
  TestFront front(echo, short_limits());
  for (const std::string framing : {"Content-Length: 10\r\n\r\nabc",
                                    "Transfer-Encoding: chunked\r\n\r\n5\r\nab"}) {
    RawClient client = front.client();
    const Answer answer = client.send("POST / HTTP/1.1\r\nHost: h\r\n" + framing).answer();
    CHECK(answer.status == 408);
    CHECK(answer.header("Connection") == "close");
    CHECK(client.ended());
  }
}

TEST_CASE("an answer that nobody takes ends", "[http][timeout]") {
  Verdict verdict;
  Event ended;
  TestFront front(
      [&](Exchange& exchange) {
        exchange.begin(200, {});
        const Deadline patience = Deadline::after(kPatience);
        while (exchange.write(std::string(1'000'000, 'x')) && !patience.passed()) {
        }
        verdict.expect(!exchange.flush());
        ended.set();
      },
      short_limits());
  RawClient client = front.client();
  client.send(kGet);
  CHECK(ended.wait());
  CHECK(verdict.good());
}

TEST_CASE("a client that ends its side still gets its answer", "[http][timeout]") {
  TestFront front;
  RawClient client = front.client();
  client.send(kGet).end_output();
  CHECK(client.answer().status == 200);
  CHECK(client.ended());
}

TEST_CASE("a client that leaves amid its head gets no word", "[http][timeout]") {
  TestFront front;
  RawClient client = front.client();
  CHECK(client.send("GET / HT").end_output().ended());
  CHECK(front.refusals().empty());
}

}  // namespace localfn::http::testing
