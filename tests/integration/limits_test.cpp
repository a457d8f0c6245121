// Limits of the platform, enforced here as they would be there.
#include "tests/support/catch.h"
#include "tests/support/gate.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

constexpr const char* kTimeoutText =
    "An error occurred with your deployment\n\nFUNCTION_INVOCATION_TIMEOUT\n";

std::string reading_handler() {
  return handler_doing(
      "data = self.rfile.read(int(self.headers['Content-Length']))\n"
      "self.send_response(200)\nself.end_headers()\n"
      "self.wfile.write(str(len(data)).encode())\n");
}

}  // namespace

TEST_CASE_METHOD(IntegrationTest,
                 "a handler that overruns maxDuration gets 504 and its instance is gone",
                 "[integration][limits]") {
  project.write("vercel.json", R"({"functions": {"api/slow.py": {"maxDuration": 1}}})");
  project.write("api/slow.py", handler_doing("wait_at_gate(os.getpid())\nself.send_response(200)\n"
                                             "self.end_headers()\n",
                                             Gate::source()));
  Gate gate;
  start({"--env", gate.variable(), "--log", "json"});
  Connection connection = connect();
  connection.send(make_request("GET", "/api/slow"));
  Gate::Visitor visitor = gate.await_visitor();
  const Answer answer = connection.read_answer();
  CHECK(answer.status == 504);
  CHECK(answer.body == kTimeoutText);
  CHECK(visitor.gone());
  const auto record = record_of("/api/slow");
  CHECK(record["outcome"] == "timed_out");
  CHECK(record["code"] == "FUNCTION_INVOCATION_TIMEOUT");
  CHECK(record["wall_ms"].get<double>() >= 1000);

  connection = connect();
  connection.send(make_request("GET", "/api/slow"));
  gate.await_visitor().release();
  CHECK(connection.read_answer().status == 200);
}

TEST_CASE_METHOD(IntegrationTest,
                 "the option --max-duration is the limit where vercel.json has none",
                 "[integration][limits]") {
  project.write("api/spin.py", handler_doing("while True:\n    pass"));
  start({"--max-duration", "1"});
  const Answer answer = get("/api/spin");
  CHECK(answer.status == 504);
  CHECK(answer.body == kTimeoutText);
  server().wait_for_log("FUNCTION_INVOCATION_TIMEOUT");
}

TEST_CASE_METHOD(IntegrationTest, "a deadline after the head has left cuts the connection",
                 "[integration][limits]") {
  // The first request of each only starts its instance, which counts for the limit as well.
  project.write("api/drip.py", handler_doing("self.send_response(200)\nself.end_headers()\n"
                                             "self.wfile.write(b'begin')\nself.wfile.flush()\n"
                                             "if 'warm' not in self.path:\n"
                                             "    wait_at_gate('dripping')\n",
                                             Gate::source()));
  // The head of a generator leaves before its first chunk.
  project.write("api/slow.py", Gate::source() +
                                   "\ndef chunks():\n    wait_at_gate('slow')\n    yield b''\n\n"
                                   "def app(environ, start_response):\n"
                                   "    start_response('200 OK', [])\n"
                                   "    return [] if environ['QUERY_STRING'] else chunks()\n");
  Gate gate;
  start({"--env", gate.variable(), "--max-duration", "2"});
  CHECK(get("/api/drip?warm").status == 200);
  CHECK(get("/api/slow?warm").status == 200);
  const Answer answer = get("/api/drip");
  CHECK(answer.status == 200);
  CHECK(answer.body == "begin");
  CHECK_FALSE(answer.complete);
  const Answer slow = get("/api/slow");
  CHECK(slow.status == 200);
  CHECK(slow.body.empty());
  CHECK_FALSE(slow.complete);
}

TEST_CASE_METHOD(IntegrationTest, "an import that hangs is named when its deadline passes",
                 "[integration][limits]") {
  project.write("api/page.py", handler_answering("x") + "\nimport stuck.inside\n");
  project.write("stuck/inside.py", Gate::source() + "\nwait_at_gate('importing')\n");
  project.write("api/fine.py", handler_answering("fine"));
  Gate gate;
  start({"--env", gate.variable(), "--max-duration", "1"});
  const Answer answer = get("/api/page");
  CHECK(answer.status == 504);
  CHECK(answer.body == kTimeoutText);
  CHECK_THAT(server().wait_for_log("import"), ContainsSubstring("api/page.py"));
  server().wait_for_log("it was in:");
  server().wait_for_log("stuck/inside.py");
  CHECK(get("/api/fine").body == "fine");
}

TEST_CASE_METHOD(IntegrationTest, "a body over 4.5 MB is 413 and never reaches the function",
                 "[integration][limits]") {
  project.write("api/read.py", reading_handler());
  start();
  const std::string most(4'718'592, 'x');
  CHECK(post("/api/read", most).body == "4718592");
  const Answer declared = post("/api/read", most + "x");
  CHECK(declared.status == 413);
  CHECK(declared.body == "Request Entity Too Large\n\nFUNCTION_PAYLOAD_TOO_LARGE\n");

  std::string chunks;
  for (int number = 0; number < 73; ++number)
    chunks += "10000\r\n" + std::string(65536, 'y') + "\r\n";
  const Answer chunked =
      send("POST", "/api/read", {{"Transfer-Encoding", "chunked"}}, chunks + "0\r\n\r\n");
  CHECK(chunked.status == 413);
  CHECK(post("/api/read", "still here").body == "10");
}

TEST_CASE_METHOD(IntegrationTest, "heads beyond the limits are 414 and 431",
                 "[integration][limits]") {
  project.write("api/hello.py", handler_answering("hello"));
  start();
  CHECK(get("/api/hello?q=" + std::string(14'000, 'a')).status == 200);
  const Answer long_url = get("/api/hello?q=" + std::string(14'400, 'a'));
  CHECK(long_url.status == 414);
  CHECK_THAT(long_url.body, ContainsSubstring("URL_TOO_LONG"));
  CHECK(get("/api/hello", {{"X-Long", std::string(16'000, 'a')}}).status == 200);
  const Answer long_header = get("/api/hello", {{"X-Long", std::string(17'000, 'a')}});
  CHECK(long_header.status == 431);
  CHECK_THAT(long_header.body, ContainsSubstring("REQUEST_HEADER_TOO_LARGE"));
  HeaderList many;
  for (int number = 0; number < 300; ++number)
    many.emplace_back("X-" + std::to_string(number), "1");
  CHECK(get("/api/hello", many).status == 431);
  CHECK(get("/api/hello").status == 200);
}

TEST_CASE_METHOD(IntegrationTest, "a handler class gets at most 100 headers",
                 "[integration][limits]") {
  project.write("api/hello.py", handler_answering("hello"));
  start();
  HeaderList many;
  for (int number = 0; number < 120; ++number)
    many.emplace_back("X-" + std::to_string(number), "1");
  const Answer answer = get("/api/hello", many);
  CHECK(answer.status == 431);
  CHECK_THAT(answer.body, ContainsSubstring("Too many headers"));
}

TEST_CASE_METHOD(IntegrationTest, "a request that is not HTTP is refused and the connection closed",
                 "[integration][limits]") {
  project.write("api/hello.py", handler_answering("hello"));
  start();
  const auto refused = [&](const std::string& bytes, int status) {
    INFO(bytes);
    Connection connection = connect();
    connection.send(bytes);
    CHECK(connection.read_answer().status == status);
    CHECK(connection.closed_by_server());
  };
  refused("GET /api/hello HTTP/1.1\r\n\r\n", 400);
  refused("nonsense\r\n\r\n", 400);
  refused("GET /api/hello HTTP/2.0\r\nHost: a\r\n\r\n", 505);
  refused(
      "POST /api/hello HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
      "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      400);
  refused(
      "POST /api/hello HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
      400);
  CHECK(get("/api/hello").status == 200);
}

TEST_CASE_METHOD(IntegrationTest, "a request that has come through too often is a loop",
                 "[integration][limits]") {
  project.write("api/again.py",
                handler_doing(R"(url = f"http://{os.environ['VERCEL_URL']}/api/again"
headers = {k: v for k, v in self.headers.items() if k.lower() not in ('host', 'connection')}
try:
    with urlopen(Request(url, headers=headers)) as answer:
        status = answer.status
except HTTPError as error:
    status = error.code
self.send_response(status)
self.end_headers()
)",
                              "import os\nfrom urllib.error import HTTPError\nfrom urllib.request "
                              "import Request, urlopen\n"));
  start();
  CHECK(get("/api/again").status == 508);
}

TEST_CASE_METHOD(IntegrationTest, "with --strict a buffered answer over 4.5 MB is a 500, a streamed one passes",
                 "[integration][limits]") {
  project.write("api/large.py", handler_doing(R"(self.send_response(200)
self.end_headers()
for _ in range(60):
    self.wfile.write(b'x' * 100_000)
    if 'flush' in self.path:
        self.wfile.flush()
)"));
  project.write("api/small.py", handler_answering("small"));
  expect_log("4.5 MB");
  start({"--strict"});
  const Answer refused = get("/api/large");
  CHECK(refused.status == 500);
  CHECK_THAT(refused.body, ContainsSubstring("FUNCTION_RESPONSE_PAYLOAD_TOO_LARGE"));
  CHECK(get("/api/large?flush").body.size() == 6'000'000);
  CHECK(get("/api/small").body == "small");
}

TEST_CASE_METHOD(IntegrationTest, "with --strict a head that is held back gives way to the error",
                 "[integration][limits]") {
  const std::string part =
      "self.send_response(200)\nself.end_headers()\nself.wfile.write(b'part')\n";
  project.write("api/dies.py", handler_doing(part + "os._exit(3)\n", "import os\n"));
  project.write("api/waits.py", handler_doing(part + "wait_at_gate('part')\n", Gate::source()));
  project.write("vercel.json", R"({"functions": {"api/waits.py": {"maxDuration": 1}}})");
  Gate gate;
  start({"--strict", "--env", gate.variable()});
  CHECK(get("/api/dies").status == 500);
  CHECK(get("/api/waits").status == 504);
}

TEST_CASE_METHOD(IntegrationTest, "with --strict no thread serves two requests",
                 "[integration][limits]") {
  // A sqlite3 connection only compares idents, which the system gives to a later thread again.
  const std::string count = "import threading\nfrom http.server import BaseHTTPRequestHandler\n"
                            "local = threading.local()\n"
                            "def count():\n"
                            "    local.seen = getattr(local, 'seen', 0) + 1\n"
                            "    return str(local.seen).encode()\n";
  project.write("api/handled.py", count + "class handler(BaseHTTPRequestHandler):\n"
                                          "    def do_GET(self):\n"
                                          "        self.send_response(200)\n"
                                          "        self.end_headers()\n"
                                          "        self.wfile.write(count())\n");
  project.write("api/wsgi.py", count + "def app(environ, start_response):\n"
                                       "    start_response('200 OK', [])\n"
                                       "    return [count()]\n");
  const std::string path = GENERATE("/api/handled", "/api/wsgi");
  SECTION("strict") {
    start({"--strict"});
    for (int i = 0; i < 5; ++i) CHECK(get(path).body == "1");
    CHECK(server().instances().size() == 1);
  }
  SECTION("as a rule they share one") {
    start();
    CHECK(get(path).body == "1");
    CHECK(get(path).body == "2");
  }
}

TEST_CASE_METHOD(IntegrationTest,
                 "a large answer passes whole, with a warning unless it is streamed",
                 "[integration][limits]") {
  project.write("api/large.py", handler_doing("self.send_response(200)\nself.end_headers()\n"
                                              "self.wfile.write(b'x' * 6_000_000)\n"));
  project.write("api/flushed.py", handler_doing("self.send_response(200)\nself.end_headers()\n"
                                                "for _ in range(60):\n"
                                                "    self.wfile.write(b'x' * 100_000)\n"
                                                "    self.wfile.flush()\n"));
  expect_log("4.5 MB");
  start();
  CHECK(get("/api/flushed").body.size() == 6'000'000);
  server().wait_for_log("/api/flushed");
  CHECK_THAT(server().log(), !ContainsSubstring("4.5 MB"));
  CHECK(get("/api/large").body.size() == 6'000'000);
  const std::string log = server().wait_for_log("FUNCTION_RESPONSE_PAYLOAD_TOO_LARGE");
  CHECK_THAT(log, ContainsSubstring("api/large.py"));
}
