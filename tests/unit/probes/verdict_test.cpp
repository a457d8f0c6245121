#include "runtime/probes/verdict.h"

#include "runtime/probes/reading.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::probes;

namespace {

Probe probe_of(const std::string& text) {
  auto read = read_probes(SourceText("probes.json", "[" + text + "]"));
  REQUIRE(read.problems.empty());
  return read.probes.at(0);
}

Response answer(int status, std::string body = "", Pairs headers = {}) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.headers = std::move(headers);
  return response;
}

/// "status 201→200; body …": what was not met.
std::string failures_of(const std::string& rest, const Response& response) {
  std::string text;
  for (const auto& each : check(probe_of(R"({"path": "/")" + rest + "}"), response)) {
    text += each.what + ": " + each.expected + " → " + each.got + "; ";
  }
  return text;
}

}  // namespace

TEST_CASE("without a status anything below 500 will do") {
  CHECK(failures_of("", answer(404)).empty());
  CHECK(failures_of("", answer(500)) == "status: anything below 500 → 500; ");
  CHECK(failures_of(R"(, "status": 500)", answer(500)).empty());
  CHECK(failures_of(R"(, "status": 200)", answer(204)) == "status: 200 → 204; ");
}

TEST_CASE("an answer that was cut short has failed") {
  Response cut = answer(200);
  cut.cut = true;
  CHECK(failures_of("", cut) == "answer: a whole one → one that was cut short; ");
}

TEST_CASE("bodies are looked into, or compared as a whole") {
  CHECK(failures_of(R"(, "mustContain": ["a", "b"])", answer(200, "xaby")).empty());
  CHECK(failures_of(R"(, "mustContain": "q")", answer(200, "xaby")) ==
        "body: a text with \"q\" → xaby; ");
  CHECK(failures_of(R"(, "mustNotContain": "a")", answer(200, "xaby")) ==
        "body: no \"a\" in it → xaby; ");
  CHECK(failures_of(R"(, "bodyMustBe": "x")", answer(200, "x")).empty());
  CHECK(failures_of(R"(, "bodyMustBe": "x")", answer(200, "x\n")) == "body: x → x\n; ");
}

TEST_CASE("headers are compared, searched and matched, whatever the case of their names") {
  const Response response = answer(200, "", {{"Content-Type", "text/html; charset=utf-8"},
                                             {"set-cookie", "a=1"}, {"Set-Cookie", "b=2"}});
  const auto failures = [&](const std::string& checks, const char* key = "responseHeaders") {
    return failures_of(std::string(", \"") + key + "\": {" + checks + "}", response);
  };
  CHECK(failures(R"("content-type": "text/html; charset=utf-8")").empty());
  CHECK(failures(R"("content-type": "/^text\\/html;/")").empty());
  CHECK(failures(R"("content-type": ["html", "utf-8"])").empty());
  CHECK(failures(R"("set-cookie": "b=2", "x-none": false)").empty());
  CHECK(failures(R"("content-type": "text")") ==
        "header content-type: \"text\" → \"text/html; charset=utf-8\"; ");
  CHECK(failures(R"("x-none": true)") == "header x-none: a value → no such header; ");
  CHECK(failures(R"("set-cookie": null)") == "header set-cookie: no such header → \"a=1, b=2\"; ");
  CHECK(failures(R"("set-cookie": "/^b/")", "notResponseHeaders") ==
        "header set-cookie: not /^b/ → \"a=1, b=2\"; ");
  CHECK(failures(R"("x-none": "1")", "notResponseHeaders").empty());
}

TEST_CASE("expected JSON must be there; what is beside it does not matter") {
  const auto failures = [](const std::string& expected, const std::string& body) {
    return failures_of(", \"json\": " + expected, answer(200, body));
  };
  CHECK(failures(R"({"a": {"b": 1}})", R"({"a": {"b": 1, "c": 2}, "d": 3})").empty());
  CHECK(failures(R"([1, {"x": null}])", R"([1, {"x": null, "y": 1}])").empty());
  CHECK(failures(R"({"a": {"b": 1}})", R"({"a": {"b": 2}})") == "json at /a/b: 1 → 2; ");
  CHECK(failures(R"({"a": 1})", "{}") == "json at /a: 1 → nothing; ");
  CHECK(failures("[1]", "[1, 2]") == "json at /1: the end after 1 items → 2; ");
  CHECK(failures("[1, {\"a\": 2}]", "[1]") == "json at /1: {\"a\":2} → the end after 1 items; ");
  CHECK(failures("[1, 2]", "[3, 2, 1]") ==
        "json at /0: 1 → 3; json at /2: the end after 2 items → 1; ");
  CHECK(failures(R"({"a/b": {"c~": 1}})", R"({"a/b": {"c~": 2}})") == "json at /a~1b/c~0: 1 → 2; ");
  CHECK(failures("1", "no") == "json: a body that is JSON → no; ");
}

TEST_CASE("what an answer gives can be asked with") {
  Values values;
  const Probe first = probe_of(
      R"({"path": "/", "keep": {"id": "json:/user/id", "sid": "cookie:sid", "tag": "header:etag"}})");
  const Response response =
      answer(200, R"({"user": {"id": 7}})", {{"Set-Cookie", "sid=abc; Path=/"}, {"ETag", "\"t\""}});
  CHECK(keep_values(first, response, values).empty());
  CHECK(values == Values{{"id", "7"}, {"sid", "abc"}, {"tag", "\"t\""}});
  CHECK(keep_values(first, answer(200), values).size() == 3);

  std::vector<std::string> missing;
  const Probe second = with_values(
      probe_of(R"({"path": "/u/${id}", "headers": {"X": "${tag}"}, "cookies": {"sid": "${sid}"},
                   "body": "${id}${none}${"})"),
      values, missing);
  CHECK(second.path == "/u/7");
  CHECK(second.headers[0].second == "\"t\"");
  CHECK(second.cookies[0].second == "abc");
  CHECK(second.body == "7${none}${");
  CHECK(missing == std::vector<std::string>{"none"});
}

TEST_CASE("a body of several lines is compared line by line") {
  const auto failures =
      check(probe_of(R"({"path": "/", "bodyMustBe": "a\nb\nc\n"})"), answer(200, "a\nB\nc\n"));
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].diff == "  a\n- b\n+ B\n  c\n");
}

TEST_CASE("$${name} is sent as ${name}") {
  std::vector<std::string> missing;
  const Values values = {{"a", "1"}};
  const Probe probe =
      with_values(probe_of(R"({"path": "/", "body": "$${a} ${a} $${b} $"})"), values, missing);
  CHECK(probe.body == "${a} 1 ${b} $");
  CHECK(missing.empty());
}
