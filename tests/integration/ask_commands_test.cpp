// The commands that ask a project instead of serving it: routes and invoke.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/support/catch.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

class AskTest : protected IntegrationTest {
 protected:
  int run(std::vector<std::string> arguments) {
    launch(std::move(arguments));
    return exit_code(server().await_exit());
  }
  std::string out() { return server().output(Stream::Out); }
  nlohmann::json json() { return nlohmann::json::parse(out()); }

  void write_rules() {
    project.write("api/hello.py", handler_answering("hello"));
    project.write("vercel.json",
                  "{\n"
                  "  \"redirects\": [{\"source\": \"/gone\", \"destination\": \"/api/hello\"}],\n"
                  "  \"rewrites\": [{\"source\": \"/old/:id\", \"destination\": \"/api/hello\"}]\n"
                  "}\n");
  }
};

}  // namespace

TEST_CASE_METHOD(AskTest, "routes prints every rule in the order it is tried, with its place",
                 "[integration][routes]") {
  write_rules();
  REQUIRE(run({"routes"}) == 0);
  const std::string table = out();
  const auto redirect = table.find("redirects[0]");
  const auto function = table.find("function api/hello.py");
  const auto rewrite = table.find("rewrites[0]");
  REQUIRE(rewrite != std::string::npos);
  CHECK(redirect < function);
  CHECK(function < rewrite);
  CHECK_THAT(table, ContainsSubstring("/old/:id"));
  CHECK_THAT(table, ContainsSubstring("(vercel.json:3:16)"));

  REQUIRE(run({"routes", "--json"}) == 0);
  bool found = false;
  for (const auto& row : json()) {
    found = found || (row["rule"] == "rewrites[0]" && row["place"] == "vercel.json:3:16" &&
                      row["source"] == "/old/:id");
  }
  CHECK(found);
}

TEST_CASE_METHOD(AskTest, "routes --explain tells what each rule did with a request",
                 "[integration][routes]") {
  write_rules();
  REQUIRE(run({"routes", "--explain", "GET /old/7?x=1"}) == 0);
  const std::string text = out();
  CHECK_THAT(text, ContainsSubstring("redirects[0]"));
  CHECK_THAT(text, ContainsSubstring("no: path is /old/7"));
  CHECK_THAT(text, ContainsSubstring("=> function api/hello.py with path /old/7?x=1&id=7"));
  CHECK_THAT(text, ContainsSubstring("decided by: rewrites[0] (vercel.json:3:16)"));

  REQUIRE(run({"routes", "--explain", "/gone", "--json"}) == 0);
  CHECK(json()["result"]["kind"] == "redirect");
  CHECK(json()["result"]["status"] == 308);
  CHECK(json()["rule"] == "redirects[0]");
}

TEST_CASE_METHOD(AskTest, "routes sees the headers that --explain is given",
                 "[integration][routes]") {
  project.write("api/hello.py", handler_answering("hello"));
  project.write("vercel.json", R"({"rewrites": [{"source": "/a", "destination": "/api/hello",
      "has": [{"type": "header", "key": "x-user"}]}]})");
  REQUIRE(run({"routes", "--explain", "/a", "--json"}) == 0);
  CHECK(json()["result"]["kind"] == "error");
  REQUIRE(run({"routes", "--explain", "/a", "-H", "X-User: ann", "--json"}) == 0);
  CHECK(json()["result"]["kind"] == "function");
}

TEST_CASE_METHOD(AskTest, "routes ends with 2 for a wrong vercel.json and for wrong words",
                 "[integration][routes]") {
  expect_log("error:");
  expect_log("platform:");
  CHECK(run({"routes", "--explain", "hello"}) == 2);
  CHECK_THAT(server().log(), ContainsSubstring("expected a request like"));
  CHECK(run({"routes", "-H", "A: b"}) == 2);
  project.write("vercel.json", R"({"cleanUrls": "yes"})");
  CHECK(run({"routes"}) == 2);
  CHECK_THAT(server().log(), ContainsSubstring("vercel.json:1:15"));
  CHECK(out().empty());
}

TEST_CASE_METHOD(AskTest, "invoke prints the answer alone on stdout", "[integration][invoke]") {
  project.write("api/hello.py", handler_doing("print('a line of the function')\n"
                                              "self.send_response(200)\nself.end_headers()\n"
                                              "self.wfile.write(self.path.encode())\n"));
  CHECK(run({"invoke", "/api/hello?x=1"}) == 0);
  CHECK(out() == "/api/hello?x=1");
  CHECK_THAT(server().log(), ContainsSubstring("a line of the function"));
  CHECK_THAT(server().log(), ContainsSubstring("/api/hello?x=1"));
}

TEST_CASE_METHOD(AskTest, "invoke sends method, headers and data", "[integration][invoke]") {
  project.write("api/echo.py",
                handler_doing("body = self.rfile.read(int(self.headers['Content-Length']))\n"
                              "self.send_response(201)\n"
                              "self.send_header('X-Seen', self.headers['X-One'])\n"
                              "self.end_headers()\n"
                              "self.wfile.write(self.command.encode() + b' ' + body)\n"));
  project.write("data.txt", "from a file");
  REQUIRE(run({"invoke", "POST", "/api/echo", "-H", "X-One: 1", "-d", "@data.txt", "--json"}) == 0);
  CHECK(json()["status"] == 201);
  CHECK(json()["body"] == "POST from a file");
  CHECK(json()["function"] == "api/echo.py");
  CHECK(json()["cold"] == true);
  REQUIRE(run({"invoke", "/api/echo", "-d", "{}", "-H", "x-one: 2", "-i"}) == 0);
  CHECK_THAT(out(), ContainsSubstring("201\n") && ContainsSubstring("X-Seen: 2\n") &&
                        ContainsSubstring("\n\nPOST {}"));
}

TEST_CASE_METHOD(AskTest, "invoke --json gives a body that is no text in base64", "[integration][invoke]") {
  project.write("api/image.py", handler_doing("self.send_response(200)\nself.end_headers()\n"
                                              "self.wfile.write(bytes([0x89, 0xff, 0, 1]))\n"));
  REQUIRE(run({"invoke", "/api/image", "--json"}) == 0);
  CHECK(json()["body_base64"] == "if8AAQ==");
  CHECK_FALSE(json().contains("body"));
}

TEST_CASE_METHOD(AskTest, "invoke ends with 1 when the answer is 5xx", "[integration][invoke]") {
  expect_log("Traceback");
  expect_log("ValueError");
  project.write("api/boom.py", handler_doing("raise ValueError('boom')\n"));
  CHECK(run({"invoke", "/api/boom"}) == 1);
  CHECK_THAT(out(), ContainsSubstring("FUNCTION_INVOCATION_FAILED"));
  CHECK_THAT(server().log(), ContainsSubstring("ValueError: boom"));
  CHECK(run({"invoke", "/api/nothing"}) == 0);
  CHECK_THAT(out(), ContainsSubstring("NOT_FOUND"));
}

TEST_CASE_METHOD(AskTest, "invoke --cron asks as the platform's scheduler does", "[integration][invoke]") {
  expect_log("crons is checked");
  project.write("api/tidy.py",
                handler_doing("names = ('User-Agent', 'x-vercel-cron-schedule', 'Authorization')\n"
                              "self.send_response(200)\nself.end_headers()\n"
                              "self.wfile.write(f'{self.command} {self.path} '.encode())\n"
                              "self.wfile.write(repr([self.headers[n] for n in names]).encode())\n"));
  project.write("vercel.json",
                R"({"crons": [{"path": "/api/other", "schedule": "0 1 * * *"},
                              {"path": "/api/tidy?all=1", "schedule": "0 5 * * *"}]})");
  REQUIRE(run({"invoke", "--cron", "/api/tidy?all=1"}) == 0);
  CHECK(out() == "GET /api/tidy?all=1 ['vercel-cron/1.0', '0 5 * * *', None]");
  project.write(".env", "CRON_SECRET=s3cret\n");
  REQUIRE(run({"invoke", "--cron", "GET", "/api/tidy?all=1"}) == 0);
  CHECK(out() == "GET /api/tidy?all=1 ['vercel-cron/1.0', '0 5 * * *', 'Bearer s3cret']");
  REQUIRE(run({"invoke", "--cron", "/api/tidy?all=1", "-H", "authorization: Bearer wrong"}) == 0);
  CHECK_THAT(out(), ContainsSubstring("'Bearer wrong'"));

  expect_log("error:");
  CHECK(run({"invoke", "--cron", "/api/tidy"}) == 2);
  CHECK_THAT(server().log(), ContainsSubstring("--cron: `crons` of vercel.json has no /api/tidy; it has "
                                               "/api/other and /api/tidy?all=1"));
  CHECK(run({"invoke", "--cron", "/api/tidy?all=1", "--env", "CRON_SECRET=a\nb"}) == 2);
  CHECK_THAT(server().log(), ContainsSubstring("--cron: CRON_SECRET has a line break"));
  CHECK(run({"invoke", "--cron", "POST", "/api/tidy?all=1"}) == 2);
  CHECK(run({"invoke", "--cron", "/api/tidy?all=1", "-d", "x"}) == 2);
}

TEST_CASE_METHOD(AskTest, "invoke --repeat measures many requests", "[integration][invoke]") {
  project.write("api/hello.py", handler_answering("hello"));
  REQUIRE(run({"invoke", "/api/hello", "--repeat", "50", "--concurrency", "2", "--json"}) == 0);
  CHECK(json()["requests"] == 50);
  CHECK(json()["statuses"]["200"] == 50);
  CHECK(json()["cold"]["count"].get<int>() >= 1);
  CHECK(json()["cold"]["count"].get<int>() <= 2);
  REQUIRE(run({"invoke", "/api/hello", "--repeat", "5"}) == 0);
  CHECK_THAT(out(), ContainsSubstring("5 requests in") && ContainsSubstring("warm"));
}

TEST_CASE_METHOD(AskTest, "invoke and test say that another Python runs than the project asks for",
                 "[integration][invoke][test]") {
  project.write("api/hello.py", handler_answering("hello"));
  project.write(".python-version", "3.99\n");
  const std::string warning = "warning: .python-version asks for Python 3.99";
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"invoke", "/api/hello"}, std::vector<std::string>{"test"}}) {
    expect_log(warning);
    CHECK(run(words) == 0);
    CHECK_THAT(server().log(), StartsWith(warning));
    CHECK_THAT(out(), !ContainsSubstring("warning"));
  }
}

TEST_CASE_METHOD(AskTest, "invoke refuses words that are no request", "[integration][invoke]") {
  expect_log("error:");
  CHECK(run({"invoke"}) == 2);
  CHECK(run({"invoke", "api/hello"}) == 2);
  CHECK(run({"invoke", "GET", "/a", "b"}) == 2);
  CHECK(run({"invoke", "web/", "/a"}) == 2);
  CHECK_THAT(server().output(Stream::Err),
             ContainsSubstring("web/ is no method; a folder is named so: localfn invoke /a --dir web/"));
  CHECK(run({"invoke", "/a", "-d", "@no-such-file"}) == 2);
  CHECK(run({"invoke", "/a", "-H", "nonsense"}) == 2);
}

TEST_CASE_METHOD(AskTest, "test asks the probes in order, shows what failed, and ends with 1",
                 "[integration][test]") {
  project.write("api/count.py", handler_doing("global n\nn += 1\nprint('n is', n)\nself.send_response(200)\n"
                                              "self.end_headers()\n"
                                              "self.wfile.write(b'{\"n\": %d}' % n)\n",
                                              "n = 0\n"));
  project.write("probes.json", R"({"probes": [
    {"path": "/api/count", "json": {"n": 1}, "keep": {"n": "json:/n"}},
    {"name": "again ${n}", "path": "/api/count?after=${n}", "json": {"n": 3}},
    {"path": "/api/count?${unknown}"},
    {"path": "/nowhere", "status": 404}]})");
  REQUIRE(run({"test"}) == 1);
  const std::string text = out();
  CHECK_THAT(text, StartsWith("ok   GET /api/count "));
  CHECK_THAT(text, ContainsSubstring("FAIL again ${n}"));
  CHECK_THAT(text, ContainsSubstring("probes.json:3\n     json at /n\n       expected 3\n       got      2\n"
                                     "     log\n       n is 2\n"));
  CHECK_THAT(text, ContainsSubstring("a value for ${unknown}"));
  CHECK_THAT(text, Catch::Matchers::EndsWith("2 passed, 2 failed\n"));

  const std::string junit = (project.root() / "out.xml").string();
  REQUIRE(run({"test", "--json", "--junit", junit}) == 1);
  CHECK(json()["passed"] == 2);
  CHECK(json()["probes"][1]["function"] == "api/count.py");
  CHECK(std::filesystem::file_size(junit) > 100);
}

TEST_CASE_METHOD(AskTest, "test without probes asks every function, and forgives a missing do_GET",
                 "[integration][test]") {
  project.write("api/a.py", handler_answering("a"));
  project.write("api/u/[id].py", handler_answering("u"));
  project.write("api/post.py",
                "from http.server import BaseHTTPRequestHandler\n"
                "class handler(BaseHTTPRequestHandler):\n    def do_POST(self): pass\n");
  REQUIRE(run({"test"}) == 0);
  CHECK_THAT(out(), ContainsSubstring("GET /api/u/id"));
  CHECK_THAT(out(), Catch::Matchers::EndsWith("3 passed, 0 failed\n"));
  project.write("api/broken.py", "import nothing_like_it\n" + handler_answering("x"));
  REQUIRE(run({"test", "--tap"}) == 1);
  CHECK_THAT(out(), StartsWith("TAP version 13\n1..4\n"));
  CHECK_THAT(out(), ContainsSubstring("No module named 'nothing_like_it'"));
}

TEST_CASE_METHOD(AskTest, "a file of probes that is wrong ends with 2 and its place",
                 "[integration][test]") {
  project.write("api/a.py", handler_answering("a"));
  project.write("probes.json", "{\"probes\": [\n  {\"path\": \"/api/a\", \"satus\": 200}]}");
  CHECK(run({"test"}) == 2);
  CHECK_THAT(server().log(), ContainsSubstring("probes.json:2:22: a probe has no key \"satus\"; did you "
                                               "mean \"status\"?"));
  expect_log("cannot read");
  CHECK(run({"test", ".", "none.json"}) == 2);
  CHECK_THAT(server().log(), ContainsSubstring("cannot read \"none.json\""));
}

TEST_CASE_METHOD(AskTest, "functions may ask each other while they are tested",
                 "[integration][test]") {
  project.write("api/one.py", handler_answering("one"));
  project.write("api/two.py",
                handler_doing("import os\nfrom urllib.request import urlopen\n"
                              "with urlopen('http://' + os.environ['VERCEL_URL'] + '/api/one') as answer:\n"
                              "    text = answer.read()\n"
                              "self.send_response(200)\nself.end_headers()\nself.wfile.write(text + b', two')\n"));
  project.write("probes.json", R"([{"path": "/api/two", "bodyMustBe": "one, two"}])");
  CHECK(run({"test"}) == 0);
  CHECK_THAT(out(), Catch::Matchers::EndsWith("1 passed, 0 failed\n"));
}

TEST_CASE_METHOD(AskTest, "the examples pass the probes of their vercel.json", "[integration][test]") {
  CHECK(run({"test", LOCALFN_SOURCE_DIR}) == 0);
  CHECK_THAT(out(), Catch::Matchers::EndsWith("13 passed, 0 failed\n"));
}
