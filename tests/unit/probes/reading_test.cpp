#include "runtime/probes/reading.h"

#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::probes;

namespace {

Probes read(const std::string& text) { return read_probes(SourceText("probes.json", text)); }

std::string problem_of(const std::string& probe) {
  const Probes result = read("[" + probe + "]");
  CHECK(result.probes.empty());
  REQUIRE(result.problems.size() == 1);
  const auto& problem = result.problems[0];
  return std::to_string(problem.column) + " " + problem.message;
}

}  // namespace

TEST_CASE("a probe is read with all that it asks for") {
  const Probes result = read(R"({"probes": [
    {"name": "log in", "path": "/api/login", "method": "POST", "headers": {"X-A": "1"},
     "cookies": {"c": "d"}, "body": {"user": "x"}, "status": 201, "mustContain": "ok",
     "mustNotContain": ["bad", "worse"], "bodyMustBe": "ok", "json": {"a": [1]}, "maxMs": 50,
     "delay": 5, "retries": 2, "keep": {"t": "json:/token", "s": "cookie:sid", "h": "header:X-H"},
     "responseHeaders": {"a": "x", "b": "/^y/", "c": ["p", "q"], "d": true, "e": null},
     "notResponseHeaders": {"f": "z"}},
    {"path": "/"}]})");
  REQUIRE(result.problems.empty());
  REQUIRE(result.probes.size() == 2);
  const Probe& probe = result.probes[0];
  CHECK(probe.name == "log in");
  CHECK(probe.method == "POST");
  CHECK(probe.body == R"({"user": "x"})");
  CHECK(probe.headers == Pairs{{"X-A", "1"}, {"Content-Type", "application/json"}});
  CHECK(probe.status == 201);
  CHECK(probe.must_not_contain.size() == 2);
  CHECK(probe.json == R"({"a": [1]})");
  CHECK(probe.limit == milliseconds(50));
  CHECK(probe.retries == 2);
  CHECK(probe.keeps.size() == 3);
  CHECK(probe.response_headers.size() == 7);
  CHECK(probe.line == 2);
  CHECK(result.probes[1].name == "GET /");
  CHECK(result.probes[1].line == 8);
}

TEST_CASE("vercel.json without probes speaks of none, and its other keys are not looked at") {
  CHECK_FALSE(read(R"({"rewrites": []})").present);
  CHECK(read(R"({"rewrites": [], "probes": []})").present);
  CHECK(read("[]").present);
}

TEST_CASE("what is wrong with a probe is said with its place, and the probe is left out") {
  const std::pair<const char*, const char*> rows[] = {
      {R"(5)", "2 a probe must be an object, got 5"},
      {R"({})", "2 a probe needs a path"},
      {R"({"path": "x"})", "11 path must begin with /, got \"x\""},
      {R"({"path": "/", "mustContian": "x"})",
       "16 a probe has no key \"mustContian\"; did you mean \"mustContain\"?"},
      {R"({"path": "/", "status": 20})",
       "26 status must be a whole number from 100 to 999, got 20"},
      {R"({"path": "/", "keep": {"a": "body"}})",
       "30 what is kept is \"json:/pointer\", \"header:NAME\" or \"cookie:NAME\", got \"body\""},
      {R"({"path": "/", "mustContain": [1]})",
       "32 mustContain must be a text or a list of texts, got 1"},
  };
  for (const auto& [probe, problem] : rows) CHECK(problem_of(probe) == problem);
  CHECK_THAT(problem_of(R"({"path": "/", "responseHeaders": {"a": "/(/"}})"),
             StartsWith("41 /(/ is no regular expression"));
  CHECK(read("[{\"path\": \"/\"}, {\"path\": 1}, 2]").problems.size() == 2);
  CHECK(read("{").problems.size() == 1);
}

TEST_CASE("a type that is given for a JSON body is the only one sent") {
  const Probes result = read(R"([{"path": "/", "body": {"a": 1}, "headers": {"content-type": "application/x"}}])");
  REQUIRE(result.probes.size() == 1);
  CHECK(result.probes[0].headers == Pairs{{"content-type", "application/x"}});
}

TEST_CASE("a delay that stands by itself is a pause before the next probe") {
  const Probes result = read(R"([{"path": "/a"}, {"delay": 300}, {"delay": 200}, {"path": "/b"}, {"delay": 1}])");
  CHECK(result.problems.empty());
  REQUIRE(result.probes.size() == 2);
  CHECK(result.probes[0].pause == milliseconds(0));
  CHECK(result.probes[1].pause == milliseconds(500));
  CHECK(result.probes[1].delay == milliseconds(0));
}
