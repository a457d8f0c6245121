// Rewrites to other servers, and what rules do to headers, through the real binary.
#include <fmt/format.h>

#include "tests/support/catch.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

const std::string kEcho = handler_doing(
    "length = int(self.headers.get('Content-Length') or 0)\n"
    "body = (self.path + '|' + self.headers.get('x-forwarded-for', '') + '|').encode()\n"
    "body += self.rfile.read(length)\n"
    "self.send_response(202)\n"
    "self.send_header('Content-Length', str(len(body)))\n"
    "self.end_headers()\n"
    "self.wfile.write(body)\n");

}  // namespace

TEST_CASE_METHOD(IntegrationTest, "a rewrite to an address is passed on with its body",
                 "[integration][proxy]") {
  project.write("api/echo.py", kEcho);
  RunningLocalfn& first = start();
  const std::string origin = fmt::format("http://127.0.0.1:{}", first.port());
  // The server is its own other server: the rules are read anew, so its port can be written there.
  project.write("vercel.json", fmt::format(R"({{"rewrites": [
    {{"source": "/out/:p*", "destination": "{}/api/:p*"}}]}})", origin));
  const Answer answer = post("/out/echo?x=%zz", "hello");
  CHECK(answer.status == 202);
  CHECK_THAT(answer.body, StartsWith("/api/echo?x=%zz|"));
  CHECK_THAT(answer.body, ContainsSubstring("|hello"));
  CHECK_THAT(answer.header("x-localfn-route"), StartsWith("rewrites[0] (vercel.json:2:5)"));
}

TEST_CASE_METHOD(IntegrationTest, "a rewrite to itself ends with 508", "[integration][proxy]") {
  project.write("public/a.txt", "a");
  RunningLocalfn& server = start();
  project.write("vercel.json", fmt::format(R"({{"rewrites": [
    {{"source": "/loop", "destination": "http://127.0.0.1:{}/loop"}}]}})", server.port()));
  const Answer answer = get("/loop");
  CHECK(answer.status == 508);
  CHECK_THAT(answer.body, ContainsSubstring("INFINITE_LOOP_DETECTED"));
}

TEST_CASE_METHOD(IntegrationTest, "a rewrite to a server that is not there says why",
                 "[integration][proxy]") {
  project.write("public/a.txt", "a");
  project.write("vercel.json", R"({"rewrites": [
    {"source": "/out", "destination": "http://no-such-host.invalid/"}]})");
  RunningLocalfn& server = start();
  const Answer answer = get("/out");
  CHECK(answer.status == 500);
  CHECK_THAT(answer.body, ContainsSubstring("FUNCTION_INVOCATION_FAILED"));
  server.wait_for_log("cannot find the server no-such-host.invalid");
  server.wait_for_log("by rewrites[0] (vercel.json:2:5)");
}

TEST_CASE_METHOD(IntegrationTest, "headers of vercel.json are on functions, files and errors",
                 "[integration][headers]") {
  project.write("api/hello.py", handler_answering("hi"));
  project.write("public/a.txt", "a");
  project.write("vercel.json", R"json({"headers": [
    {"source": "/(.*)", "headers": [{"key": "X-All", "value": "1"}]}]})json");
  start();
  for (const char* path : {"/api/hello", "/a.txt", "/nothing"}) {
    CAPTURE(path);
    CHECK(get(path).header("x-all") == "1");
    CHECK(get(path).has("x-localfn-route"));
  }
}

TEST_CASE_METHOD(IntegrationTest, "no answer names its rule with --no-route-header",
                 "[integration][headers]") {
  project.write("api/hello.py", handler_answering("hi"));
  start({"--no-route-header"});
  CHECK_FALSE(get("/api/hello").has("x-localfn-route"));
  CHECK_FALSE(get("/nothing").has("x-localfn-route"));
}
