// What handler classes may rely on in a request and in an answer, as real ones do.
#include "tests/support/catch.h"
#include "tests/support/gate.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

/// A do_GET that answers with the value of a Python expression.
std::string answering_expression(const std::string& expression) {
  return handler_doing("self.send_response(200)\nself.end_headers()\nself.wfile.write(str(" +
                       expression + ").encode())\n");
}

}  // namespace

TEST_CASE_METHOD(IntegrationTest, "methods without do_X are 501, HEAD and wrong case included",
                 "[integration][handlers]") {
  project.write(
      "api/get.py",
      "from http.server import BaseHTTPRequestHandler\n"
      "class handler(BaseHTTPRequestHandler):\n"
      "    def do_GET(self):\n        self.send_response(204)\n        self.end_headers()\n"
      "    def do_Post(self):\n        self.send_response(200)\n        self.end_headers()\n"
      "    def do_put(self):\n        self.send_response(200)\n        self.end_headers()\n");
  start();
  CHECK(get("/api/get").status == 204);
  const Answer answer = send("DELETE", "/api/get");
  CHECK(answer.status == 501);
  CHECK_THAT(answer.body, ContainsSubstring("Unsupported method ('DELETE')"));
  CHECK(send("POST", "/api/get").status == 501);
  CHECK(send("PUT", "/api/get").status == 501);
  CHECK(send("PROPFIND", "/api/get").status == 501);
  const Answer head = send("HEAD", "/api/get");
  CHECK(head.status == 501);
  CHECK(head.body.empty());
}

TEST_CASE_METHOD(IntegrationTest, "any token is a method, and case matters",
                 "[integration][handlers]") {
  project.write(
      "api/any.py",
      "from http.server import BaseHTTPRequestHandler\n"
      "class handler(BaseHTTPRequestHandler):\n"
      "    def answer(self):\n        self.send_response(200)\n        self.end_headers()\n"
      "        self.wfile.write(self.command.encode())\n"
      "    do_BREW = do_get = do_OPTIONS = do_PATCH = answer\n");
  start();
  CHECK(send("BREW", "/api/any").body == "BREW");
  CHECK(send("get", "/api/any").body == "get");
  CHECK(send("GET", "/api/any").status == 501);
  CHECK(send("OPTIONS", "/api/any").body == "OPTIONS");
  CHECK(send("PATCH", "/api/any", {}, "x").body == "PATCH");
}

TEST_CASE_METHOD(IntegrationTest, "overrides of log_message and handle_one_request are ignored",
                 "[integration][handlers]") {
  project.write("api/quiet.py",
                handler_answering("quiet") +
                    "    def log_message(self, *args):\n        raise RuntimeError\n"
                    "    def handle_one_request(self):\n        raise RuntimeError\n");
  start();
  const Answer answer = get("/api/quiet?seen");
  CHECK(answer.status == 200);
  CHECK(answer.body == "quiet");
  server().wait_for_log("/api/quiet?seen");
}

TEST_CASE_METHOD(IntegrationTest, "what a class may override is honoured",
                 "[integration][handlers]") {
  project.write("api/own.py", R"(from http.server import BaseHTTPRequestHandler

class Base(BaseHTTPRequestHandler):
    server_version = "Own/1"
    error_message_format = "E:%(code)d:%(message)s"
    error_content_type = "text/x-own"

    def end_headers(self):
        self.send_header("X-Own", "yes")
        super().end_headers()

    def version_string(self):
        return "own version"

class handler(Base):
    def setup(self):
        super().setup()
        self.extra = "set up"

    def do_GET(self):
        if "missing" in self.path:
            return self.send_error(418, "No <coffee>")
        self.send_response(299, "Odd")
        self.end_headers()
        self.wfile.write(f"{self.extra} {type(self).__name__}".encode())
)");
  start();
  const Answer answer = get("/api/own");
  CHECK(answer.status == 299);
  CHECK(answer.header("X-Own") == "yes");
  CHECK(answer.body == "set up Handler");
  const Answer error = get("/api/own?missing");
  CHECK(error.status == 418);
  CHECK(error.header("Content-Type") == "text/x-own");
  CHECK(error.body == "E:418:No &lt;coffee&gt;");
}

TEST_CASE_METHOD(IntegrationTest, "headers are looked up in any case and absent ones are None",
                 "[integration][handlers]") {
  project.write("api/headers.py",
                answering_expression("[self.headers['x-one'], self.headers.get('X-ONE'), "
                                     "self.headers['X-None'], self.headers.get('X-None', 'd'), "
                                     "self.headers.get_all('X-Two'), self.headers['X-Empty']]"));
  start();
  const Answer answer =
      get("/api/headers", {{"X-One", "a%0d%0ab"}, {"X-Two", "1"}, {"x-two", "2"}, {"X-Empty", ""}});
  CHECK(answer.body == "['a%0d%0ab', 'a%0d%0ab', None, 'd', ['1', '2'], '']");
}

TEST_CASE_METHOD(IntegrationTest, "the client's address reaches the function in headers only",
                 "[integration][handlers]") {
  project.write("api/who.py",
                answering_expression("[self.headers[n] for n in ('x-forwarded-for', 'x-real-ip', "
                                     "'x-forwarded-proto', 'x-forwarded-host', 'host')]"));
  start();
  const Answer answer = get("/api/who", {{"Host", "my.host:80"}, {"X-Forwarded-For", "6.6.6.6"}});
  CHECK(answer.body == "['127.0.0.1', '127.0.0.1', 'http', 'my.host:80', 'my.host:80']");
}

TEST_CASE_METHOD(IntegrationTest, "rfile can be read in all the ways of a file and then ends",
                 "[integration][handlers]") {
  project.write("api/read.py", handler_doing(R"(how = self.path.split('?')[1]
if how == 'all':
    parts = [self.rfile.read()]
elif how == 'lines':
    parts = [line for line in self.rfile]
elif how == 'readline':
    parts = [self.rfile.readline(), self.rfile.readline(), self.rfile.readline()]
elif how == 'pieces':
    parts = [self.rfile.read(3), self.rfile.read(100), self.rfile.read(1)]
elif how == 'into':
    buffer = bytearray(8)
    parts = [self.rfile.readinto(buffer), bytes(buffer)]
elif how == 'wrapped':
    parts = io.TextIOWrapper(self.rfile, encoding='utf-8').readlines()
self.send_response(200)
self.end_headers()
self.wfile.write(repr(parts).encode())
)",
                                             "import io\n"));
  start();
  CHECK(post("/api/read?all", "one\ntwo").body == "[b'one\\ntwo']");
  CHECK(post("/api/read?lines", "one\ntwo").body == "[b'one\\n', b'two']");
  CHECK(post("/api/read?readline", "one\ntwo").body == "[b'one\\n', b'two', b'']");
  CHECK(post("/api/read?pieces", "one\ntwo").body == "[b'one', b'\\ntwo', b'']");
  CHECK(post("/api/read?into", "one\ntwo").body == "[7, b'one\\ntwo\\x00']");
  CHECK(post("/api/read?wrapped", "one\ntwo").body == "['one\\n', 'two']");
  CHECK(post("/api/read?all", "").body == "[b'']");
  CHECK(get("/api/read?all").body == "[b'']");
}

TEST_CASE_METHOD(IntegrationTest, "text in any script and binary bodies pass as they are",
                 "[integration][handlers]") {
  project.write("api/text.py",
                handler_doing("self.send_response(200)\n"
                              "self.send_header('Content-Type', 'text/plain')\nself.end_headers()\n"
                              "self.wfile.write('Grüße 👋 مرحبا'.encode('utf-8'))\n"));
  project.write("api/raw.py", handler_doing("self.send_response(200)\nself.end_headers()\n"
                                            "self.wfile.write(bytes(range(256)) * 500)\n"));
  start();
  const Answer text = get("/api/text");
  CHECK(text.header("Content-Type") == "text/plain");
  CHECK(text.body == "Grüße 👋 مرحبا");
  std::string bytes;
  for (int value = 0; value < 128'000; ++value) bytes += static_cast<char>(value % 256);
  const Answer raw = get("/api/raw", {{"Accept-Encoding", "gzip, br"}});
  CHECK((raw.body == bytes));
  CHECK_FALSE(raw.has("Content-Type"));
  CHECK_FALSE(raw.has("Content-Encoding"));
}

TEST_CASE_METHOD(IntegrationTest, "a Content-Length that is wrong cannot confuse the connection",
                 "[integration][handlers]") {
  project.write("api/length.py", handler_doing("n = self.path.split('?')[1]\n"
                                               "self.send_response(200)\n"
                                               "self.send_header('Content-Length', n)\n"
                                               "self.end_headers()\n"
                                               "self.wfile.write('äöü'.encode())\n"));
  start();
  Connection connection = connect();
  connection.send(make_request("GET", "/api/length?3", {{"Connection", "keep-alive"}}));
  CHECK(connection.read_answer().body == std::string("äöü").substr(0, 3));
  connection.send(make_request("GET", "/api/length?6", {{"Connection", "keep-alive"}}));
  CHECK(connection.read_answer().body == "äöü");
  connection.send(make_request("GET", "/api/length?60", {{"Connection", "keep-alive"}}));
  const Answer cut = connection.read_answer();
  CHECK(cut.body == "äöü");
  CHECK_FALSE(cut.complete);
}

TEST_CASE_METHOD(IntegrationTest, "repeated headers keep their number and order",
                 "[integration][handlers]") {
  project.write("api/cookies.py", handler_doing("self.send_response(200)\n"
                                                "self.send_header('Set-Cookie', 'b=2')\n"
                                                "self.send_header('X-Number', 5)\n"
                                                "self.send_header('Set-Cookie', 'a=1')\n"
                                                "self.end_headers()\n"));
  start();
  const Answer answer = get("/api/cookies");
  CHECK(answer.all("Set-Cookie") == std::vector<std::string>{"b=2", "a=1"});
  CHECK(answer.header("X-Number") == "5");
}

TEST_CASE_METHOD(IntegrationTest, "a client that goes away in the middle of a stream hurts nobody",
                 "[integration][handlers]") {
  project.write("api/stream.py",
                handler_doing("self.send_response(200)\nself.end_headers()\n"
                              "self.wfile.write(b'first')\nself.wfile.flush()\n"
                              "wait_at_gate('flushed')\n"
                              "for _ in range(10000):\n    self.wfile.write(b'x' * 1000)\n"
                              "    self.wfile.flush()\n",
                              Gate::source()));
  project.write("api/fine.py", handler_answering("fine"));
  Gate gate;
  start({"--env", gate.variable()});
  {
    Connection gone = connect();
    gone.send(make_request("GET", "/api/stream"));
    gone.read_to("first");
    gone.reset();
  }
  gate.await_visitor().release();
  CHECK(get("/api/fine").body == "fine");
}

TEST_CASE_METHOD(IntegrationTest,
                 "a client that leaves with its whole answer is not told to have left early",
                 "[integration][handlers]") {
  project.write("api/more.py",
                handler_doing("self.send_response(200)\n"
                              "self.send_header('Content-Length', '5')\nself.end_headers()\n"
                              "self.wfile.write(b'whole')\nself.wfile.flush()\n"
                              "wait_at_gate('answered')\n"
                              "raise LookupError('after all')\n",
                              Gate::source()));
  Gate gate;
  start({"--env", gate.variable(), "--log", "json"});
  expect_log("after all");
  {
    Connection content = connect();
    content.send(make_request("GET", "/api/more"));
    content.read_to("whole");
    content.reset();
  }
  gate.await_visitor().release();
  const auto record = record_of("/api/more");
  CHECK(record.at("status") == 200);
  CHECK(record.at("outcome") == "reply");
  server().await(Stream::Out, "LookupError: after all");
}

TEST_CASE_METHOD(IntegrationTest,
                 "a function is told the id that its answer carries, not the client's",
                 "[integration][handlers]") {
  project.write("api/id.py", answering_expression("self.headers.get_all('x-vercel-id')"));
  start();
  const Answer answer = get("/api/id", {{"X-Vercel-Id", "forged"}});
  CHECK(answer.body == "['" + answer.header("x-vercel-id") + "']");
  CHECK_THAT(answer.body, StartsWith("['dev1::dev1::"));
}

TEST_CASE_METHOD(IntegrationTest, "names of a request's headers are in lower case, as deployed",
                 "[integration][handlers]") {
  project.write("api/names.py",
                answering_expression("[n for n in self.headers if n.startswith(('x-', 'X-', 'u', "
                                     "'U')) and 'forwarded' not in n]"));
  project.write("api/any.py", answering_expression("self.headers['User-Agent']"));
  project.write("api/exact.py", handler_doing("agent = dict(self.headers)['User-Agent']\n"
                                              "self.send_response(200)\nself.end_headers()\n"));
  expect_log("KeyError: 'User-Agent'");
  start();
  const HeaderList headers{{"X-Mixed-Case", "1"}, {"User-Agent", "Me"}, {"x-mixed-case", "2"}};
  CHECK_THAT(get("/api/names", headers).body,
             StartsWith("['x-mixed-case', 'user-agent', 'x-mixed-case', "));
  CHECK(get("/api/any", headers).body == "Me");
  CHECK(get("/api/exact", headers).status == 500);
  server().wait_for_log("KeyError: 'User-Agent'");
}
