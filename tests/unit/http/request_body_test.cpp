// Bodies of requests over a real socket: delivered as sent, limited, drained.
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/http/loopback.h"

namespace localfn::http::testing {
namespace {

std::string post(const std::string& headers, const std::string& body = "") {
  return "POST /p HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n" + body;
}

std::string counted(const std::string& body, const std::string& headers = "") {
  return post(headers + "Content-Length: " + std::to_string(body.size()) + "\r\n", body);
}

std::string chunked(const std::string& chunks) {
  return post("Transfer-Encoding: chunked\r\n", chunks);
}

std::string body_of(const Answer& answer) {
  const std::size_t at = answer.body.find("\nbody=");
  if (at == std::string::npos) return "(" + answer.body + ")";
  return answer.body.substr(at + 6, answer.body.size() - at - 7);
}

const std::string kNext = "GET /next HTTP/1.1\r\nHost: h\r\n\r\n";

}  // namespace

TEST_CASE("a body belongs to its request, whatever the method", "[http][socket]") {
  TestFront front;
  for (const std::string method : {"GET", "HEAD", "OPTIONS", "DELETE", "POST", "brew"}) {
    RawClient client = front.client();
    client.send(method + " /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nGET /" + kNext);
    const Answer answer = client.answer(method == "HEAD");
    CHECK(answer.status == 200);
    if (method != "HEAD") CHECK(body_of(answer) == "GET /");
    CHECK_THAT(client.answer().body, ContainsSubstring("target=/next\n"));
  }
}

TEST_CASE("POST, PUT and PATCH without a length have an empty body", "[http][socket]") {
  TestFront front;
  for (const std::string method : {"POST", "PUT", "PATCH"}) {
    RawClient client = front.client();
    client.send(method + " / HTTP/1.1\r\nHost: h\r\n\r\n" + kNext);
    CHECK(body_of(client.answer()).empty());
    CHECK(client.answer().status == 200);
  }
}

TEST_CASE("bodies are raw bytes, whatever their type or coding", "[http][socket]") {
  TestFront front;
  const std::string multipart = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--";
  CHECK(body_of(front.ask(counted(multipart, "Content-Type: multipart/form-data; boundary=b\r\n"))) ==
        multipart);
  const std::string form = "a=" + std::string(100'000, '%');
  CHECK(body_of(front.ask(counted(form, "Content-Type: application/x-www-form-urlencoded\r\n"))) ==
        form);
  const std::string gzip("\x1f\x8b\x08\0not really", 14);
  const Answer answer = front.ask(counted(gzip, "Content-Encoding: gzip\r\n"));
  CHECK(body_of(answer) == gzip);
  CHECK_THAT(answer.body, ContainsSubstring("Content-Encoding: gzip\r\n"));
}

TEST_CASE("a large body that comes in many pieces is whole", "[http][socket]") {
  TestFront front;
  std::string body;
  for (int i = 0; body.size() < 4'718'592; ++i) body += std::to_string(i) + ",";
  body.resize(4'718'592);
  RawClient client = front.client();
  client.send(counted(body));
  CHECK(body_of(client.answer()) == body);
  CHECK(client.send(kNext).answer().status == 200);
}

TEST_CASE("a body that comes later than its head is waited for", "[http][socket]") {
  TestFront front;
  RawClient client = front.client();
  client.send(post("Content-Length: 6\r\n")).send("ab").send("cd").send("ef" + kNext);
  CHECK(body_of(client.answer()) == "abcdef");
  CHECK(client.answer().status == 200);
}

TEST_CASE("chunks are decoded and trailers dropped", "[http][socket]") {
  TestFront front;
  RawClient client = front.client();
  client.send(chunked("3\r\nabc\r\n4;ext=1\r\ndefg\r\n0\r\nTrailer: x\r\n\r\n") + kNext);
  CHECK(body_of(client.answer()) == "abcdefg");
  CHECK_THAT(client.answer().body, ContainsSubstring("target=/next\n"));
}

TEST_CASE("large chunks that come in pieces are whole", "[http][socket]") {
  TestFront front;
  const std::string chunk(70'000, 'c');
  std::string bytes = chunked("");
  for (int i = 0; i < 30; ++i) bytes += "11170\r\n" + chunk + "\r\n";
  RawClient client = front.client();
  client.send(bytes).send("0\r\n").send("\r\n" + kNext);
  CHECK(body_of(client.answer()).size() == 30 * chunk.size());
  CHECK(client.answer().status == 200);
}

TEST_CASE("malformed chunks are 400 and end the connection", "[http][socket]") {
  TestFront front;
  for (const std::string& chunks : std::vector<std::string>
       {"x\r\n", "3\r\nabcd\r\n", "3;" + std::string(5'000, 'e') + "\r\nabc\r\n0\r\n\r\n",
        "ffffffffffffffffff\r\n", "3\nabc\r\n",
        "0\r\nno colon\r\n\r\n"}) {
    RawClient client = front.client();
    const Answer answer = client.send(chunked(chunks) + kNext).answer();
    CHECK(answer.status == 400);
    CHECK(answer.header("Connection") == "close");
    CHECK(client.ended());
  }
}

TEST_CASE("the limit of a body is counted as bytes arrive, chunked or not", "[http][socket]") {
  Limits limits;
  limits.body = 100'000;
  TestFront front(echo, limits);
  const auto refused = [&front](const std::string& bytes) {
    RawClient client = front.client();
    const Answer answer = client.send(bytes).answer();
    CHECK(client.ended());
    return answer.status == 413 && answer.header("Connection") == "close";
  };
  CHECK(front.ask(counted(std::string(100'000, 'a'))).status == 200);
  CHECK(refused(counted(std::string(100'001, 'a'))));
  CHECK(refused(post("Content-Length: 99999999999999999999999\r\n")));
  CHECK(front.ask(chunked("186a0\r\n" + std::string(100'000, 'a') + "\r\n0\r\n\r\n")).status == 200);
  CHECK(refused(chunked("186a1\r\n" + std::string(100'001, 'a') + "\r\n0\r\n\r\n")));
  CHECK(refused(chunked("fffffff\r\n" + std::string(150'000, 'a'))));
}

TEST_CASE("the answer to a body that is too large survives all of that body", "[http][socket]") {
  Limits limits;
  limits.body = 1'000;
  TestFront front(echo, limits);
  RawClient client = front.client();
  const Answer answer = client.send(counted(std::string(20'000'000, 'a'))).answer();
  CHECK(answer.status == 413);
  CHECK(client.end_output().ended());
  CHECK_FALSE(client.was_reset());
}

TEST_CASE("100 Continue is sent when the body is wanted, in any case", "[http][socket]") {
  TestFront front;
  for (const std::string value : {"100-continue", "100-Continue", "100-CONTINUE"}) {
    RawClient client = front.client();
    client.send(post("Content-Length: 3\r\nexpect: " + value + "\r\n"));
    CHECK(client.take(25) == "HTTP/1.1 100 Continue\r\n\r\n");
    CHECK(body_of(client.send("abc").answer()) == "abc");
    CHECK(client.send(kNext).answer().status == 200);
  }
}

TEST_CASE("100 Continue is not sent to those who did not wait", "[http][socket]") {
  TestFront front;
  CHECK(body_of(front.ask(counted("abc", "Expect: 100-continue\r\n"))) == "abc");
  CHECK(front.ask("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n").status ==
        200);
  CHECK(front.ask(post("Expect: 100-continue\r\n")).status == 200);
}

TEST_CASE("a body that is not wanted is not asked for, and the connection ends",
          "[http][socket]") {
  TestFront front([](Exchange& exchange) { exchange.respond(404, {}, "no"); });
  RawClient client = front.client();
  const Answer answer =
      client.send(post("Content-Length: 3\r\nExpect: 100-continue\r\n")).answer();
  CHECK(answer.status == 404);
  CHECK(answer.header("Connection") == "close");
  CHECK(client.ended());
}

TEST_CASE("a body that came along and is not read is passed over", "[http][socket]") {
  TestFront front([](Exchange& exchange) {
    exchange.respond(200, {}, std::string(exchange.request().path));
  });
  RawClient client = front.client();
  client.send(counted("GET /smuggled HTTP/1.1\r\n\r\n") + chunked("3\r\nabc\r\n0\r\nT: x\r\n\r\n") +
              counted(std::string(20'000, 'x')) + kNext);
  CHECK(client.answer().body == "/p");
  CHECK(client.answer().body == "/p");
  // The third body may have come in a second packet: then the connection ends, and says so.
  const Answer third = client.answer();
  CHECK(third.body == "/p");
  if (third.header("Connection").empty()) {
    CHECK(client.answer().body == "/next");
  } else {
    CHECK(client.end_output().ended());
  }
}

TEST_CASE("an unread body that is long or still to come ends the connection", "[http][socket]") {
  TestFront front([](Exchange& exchange) { exchange.respond(200, {}, "early"); });
  for (const std::string& bytes : {post("Content-Length: 1000000\r\n"),
                                  post("Content-Length: 10\r\n", "abc"), chunked("5\r\nab"),
                                  chunked("zz\r\n")}) {
    RawClient client = front.client();
    const Answer answer = client.send(bytes).answer();
    CHECK(answer.body == "early");
    CHECK(answer.header("Connection") == "close");
    CHECK(client.ended());
  }
}

TEST_CASE("a client that leaves amid its body is noticed", "[http][socket]") {
  Event done;
  BodyStatus status = BodyStatus::Whole;
  TestFront front([&](Exchange& exchange) {
    std::string_view body;
    status = exchange.read_body(body);
    done.set();
  });
  front.client().send(post("Content-Length: 10\r\n", "abc")).end_output();
  REQUIRE(done.wait());
  CHECK(status == BodyStatus::Gone);
}

TEST_CASE("a body can be asked for twice", "[http][socket]") {
  TestFront front([](Exchange& exchange) {
    std::string_view first;
    std::string_view second;
    exchange.read_body(first);
    exchange.read_body(second);
    exchange.respond(200, {}, std::string(first) + std::string(second));
  });
  CHECK(front.ask(counted("ab")).body == "abab");
  CHECK(front.ask(chunked("2\r\nab\r\n0\r\n\r\n")).body == "abab");
}

}  // namespace localfn::http::testing
