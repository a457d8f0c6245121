// Constructs that real projects use and that are easily broken: see each sentence.
#include "tests/support/catch.h"
#include "tests/support/gate.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

/// A do_GET that answers with the value of a Python expression.
std::string answering_expression(const std::string& expression, const std::string& before = "") {
  return handler_doing("self.send_response(200)\nself.end_headers()\nself.wfile.write(str(" +
                           expression + ").encode())\n", before);
}

constexpr const char* kFailedText = "A server error has occurred\n\nFUNCTION_INVOCATION_FAILED\n";

}  // namespace

TEST_CASE_METHOD(IntegrationTest, "only the accepted entry points make a function",
                 "[integration][idioms]") {
  const std::string base = "from http.server import BaseHTTPRequestHandler\n";
  project.write("api/lower.py", handler_answering("lower"));
  std::string upper = handler_answering("upper");
  upper.replace(upper.find("class handler"), 13, "class Handler");
  project.write("api/upper.py", upper);
  project.write("api/alias.py", base + "class Page(BaseHTTPRequestHandler):\n    pass\nhandler = Page\n");
  project.write("api/imported.py", "from api._page import handler\n");
  project.write("api/_page.py", handler_answering("hidden"));
  project.write("api/.dotted.py", handler_answering("hidden"));
  project.write("api/_lib/page.py", handler_answering("hidden"));
  project.write("api/async.py", "async def handler(request):\n    return 1\n");
  project.write("api/tried.py", "try:\n    class handler:\n        pass\nexcept Exception:\n    pass\n");
  project.write("api/bom.py", "\xEF\xBB\xBF" + handler_answering("bom"));
  start();
  CHECK(get("/api/lower").body == "lower");
  CHECK(get("/api/upper").body == "upper");
  CHECK(get("/api/bom").body == "bom");
  for (const char* path : {"/api/alias", "/api/imported", "/api/_page", "/api/.dotted",
                           "/api/_lib/page", "/api/async", "/api/tried"}) {
    INFO(path);
    CHECK(get(path).status == 404);
  }
}

TEST_CASE_METHOD(IntegrationTest, "methods without do_X are 501, HEAD and wrong case included",
                 "[integration][idioms]") {
  project.write("api/get.py",
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

TEST_CASE_METHOD(IntegrationTest, "any token is a method, and case matters", "[integration][idioms]") {
  project.write("api/any.py",
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
                 "[integration][idioms]") {
  project.write("api/quiet.py", handler_answering("quiet") +
                                    "    def log_message(self, *args):\n        raise RuntimeError\n"
                                    "    def handle_one_request(self):\n        raise RuntimeError\n");
  start();
  const Answer answer = get("/api/quiet?seen");
  CHECK(answer.status == 200);
  CHECK(answer.body == "quiet");
  server().wait_for_log("/api/quiet?seen");
}

TEST_CASE_METHOD(IntegrationTest, "what a class may override is honoured", "[integration][idioms]") {
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

TEST_CASE_METHOD(IntegrationTest, "cwd and sys.path begin at the project's root",
                 "[integration][idioms]") {
  project.write("data.txt", "from root");
  project.write("util.py", "NAME = 'root util'\n");
  project.write("api/sibling.py", "NAME = 'sibling'\n");
  project.write("api/with-hyphen.py",
                answering_expression("open('data.txt').read() + '|' + util.NAME + '|' + __name__ + "
                                     "'|' + str(sys.path[0] in ('', os.getcwd())) + '|' + "
                                     "str(__file__ == os.path.abspath('api/with-hyphen.py'))",
                                     "import os, sys, util\n"));
  project.write("api/missing.py", answering_expression("1", "import sibling\n"));
  project.write("api/package.py", answering_expression("sibling.NAME", "from api import sibling\n"));
  project.write("api/relative.py", answering_expression("NAME", "from .sibling import NAME\n"));
  project.write("api/deep/[x].py", answering_expression("NAME", "from ..sibling import NAME\n"));
  start();
  CHECK(get("/api/with-hyphen").body == "from root|root util|api.with-hyphen|True|True");
  CHECK(get("/api/package").body == "sibling");
  CHECK(get("/api/relative").body == "sibling");
  CHECK(get("/api/deep/a").body == "sibling");
  CHECK(get("/api/missing").status == 500);
  server().wait_for_log("ModuleNotFoundError: No module named 'sibling'");
}

TEST_CASE_METHOD(IntegrationTest, "a root file may have the name of anything localfn itself uses",
                 "[integration][idioms]") {
  project.write("vercel.py", "from http.server import BaseHTTPRequestHandler\n\n"
                             "class API(BaseHTTPRequestHandler):\n    word = 'shadow'\n");
  project.write("localfn.py", "WORD = 'own localfn'\n");
  std::string page = answering_expression("self.word + ' ' + localfn.WORD",
                                          "import localfn, vercel\n");
  const std::string base = "class handler(BaseHTTPRequestHandler)";
  page.replace(page.find(base), base.size(), "class handler(vercel.API)");
  project.write("api/page.py", page);
  start();
  CHECK(get("/api/page").body == "shadow own localfn");
}

TEST_CASE_METHOD(IntegrationTest, "__main__ blocks do not run and __name__ is the dotted path",
                 "[integration][idioms]") {
  project.write("api/main.py",
                answering_expression("__name__ + ' ' + __package__") +
                    "\nif __name__ == '__main__':\n    raise SystemExit('must not run')\n");
  start();
  CHECK(get("/api/main").body == "api.main api");
}

TEST_CASE_METHOD(IntegrationTest, "headers are looked up in any case and absent ones are None",
                 "[integration][idioms]") {
  project.write("api/headers.py",
                answering_expression("[self.headers['x-one'], self.headers.get('X-ONE'), "
                                     "self.headers['X-None'], self.headers.get('X-None', 'd'), "
                                     "self.headers.get_all('X-Two'), self.headers['X-Empty']]"));
  start();
  const Answer answer = get("/api/headers", {{"X-One", "a%0d%0ab"}, {"X-Two", "1"}, {"x-two", "2"},
                                             {"X-Empty", ""}});
  CHECK(answer.body == "['a%0d%0ab', 'a%0d%0ab', None, 'd', ['1', '2'], '']");
}

TEST_CASE_METHOD(IntegrationTest, "the client's address reaches the function in headers only",
                 "[integration][idioms]") {
  project.write("api/who.py",
                answering_expression("[self.headers[n] for n in ('x-forwarded-for', 'x-real-ip', "
                                     "'x-forwarded-proto', 'x-forwarded-host', 'host')]"));
  start();
  const Answer answer = get("/api/who", {{"Host", "my.host:80"}, {"X-Forwarded-For", "6.6.6.6"}});
  CHECK(answer.body == "['127.0.0.1', '127.0.0.1', 'http', 'my.host:80', 'my.host:80']");
}

TEST_CASE_METHOD(IntegrationTest, "rfile can be read in all the ways of a file and then ends",
                 "[integration][idioms]") {
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
)", "import io\n"));
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

TEST_CASE_METHOD(IntegrationTest, "asyncio.run works in each request", "[integration][idioms]") {
  project.write("api/bot.py", answering_expression("asyncio.run(answer())",
                                                   "import asyncio\n\nasync def answer():\n"
                                                   "    await asyncio.sleep(0)\n    return 'async'\n"));
  start();
  CHECK(get("/api/bot").body == "async");
  CHECK(get("/api/bot").body == "async");
}

TEST_CASE_METHOD(IntegrationTest, "requests run on a thread of their own, not on the main thread",
                 "[integration][idioms]") {
  project.write("api/thread.py", handler_doing(R"(try:
    signal.signal(signal.SIGUSR1, signal.SIG_DFL)
    word = 'allowed'
except ValueError:
    word = 'refused'
self.send_response(200)
self.end_headers()
self.wfile.write(f"{word} {threading.current_thread().name} {AT_IMPORT}".encode())
)", "import signal, threading\nAT_IMPORT = threading.current_thread() is threading.main_thread()\n"));
  start();
  const std::string body = get("/api/thread").body;
  CHECK_THAT(body, StartsWith("refused Thread-"));
  CHECK_THAT(body, ContainsSubstring("(process_request_thread) True"));
}

TEST_CASE_METHOD(IntegrationTest, "text in any script and binary bodies pass as they are",
                 "[integration][idioms]") {
  project.write("api/text.py",
                handler_doing("self.send_response(200)\n"
                              "self.send_header('Content-Type', 'text/plain')\nself.end_headers()\n"
                              "self.wfile.write('Grüße 👋 مرحبا'.encode('utf-8'))\n"));
  project.write("api/raw.py",
                handler_doing("self.send_response(200)\nself.end_headers()\n"
                              "self.wfile.write(bytes(range(256)) * 500)\n"));
  start();
  const Answer text = get("/api/text");
  CHECK(text.header("Content-Type") == "text/plain");
  CHECK(text.body == "Grüße 👋 مرحبا");
  std::string bytes;
  for (int value = 0; value < 128'000; ++value) bytes += static_cast<char>(value % 256);
  const Answer raw = get("/api/raw", {{"Accept-Encoding", "gzip, br"}});
  CHECK(raw.body == bytes);
  CHECK_FALSE(raw.has("Content-Type"));
  CHECK_FALSE(raw.has("Content-Encoding"));
}

TEST_CASE_METHOD(IntegrationTest, "a Content-Length that is wrong cannot confuse the connection",
                 "[integration][idioms]") {
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
                 "[integration][idioms]") {
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

TEST_CASE_METHOD(IntegrationTest, "serve_forever at module level is stopped by the import deadline",
                 "[integration][idioms]") {
  project.write("api/forever.py",
                handler_answering("x") +
                    "\nfrom http.server import HTTPServer\n"
                    "HTTPServer(('127.0.0.1', 0), handler).serve_forever()\n");
  project.write("api/fine.py", handler_answering("fine"));
  start({"--max-duration", "1"});
  const Answer answer = get("/api/forever");
  CHECK(answer.status == 504);
  CHECK(answer.body ==
        "An error occurred with your deployment\n\nFUNCTION_INVOCATION_TIMEOUT\n");
  const std::string log = server().wait_for_log("FUNCTION_INVOCATION_TIMEOUT");
  CHECK_THAT(server().wait_for_log("import"), ContainsSubstring("api/forever.py"));
  CHECK(get("/api/fine").body == "fine");
}

TEST_CASE_METHOD(IntegrationTest, "requirements.txt in UTF-16 that names flask is one warning",
                 "[integration][idioms]") {
  std::string utf16 = "\xFF\xFE";
  for (const char letter : std::string("requests==2.31.0\r\nFlask==3.0.0\r\n")) {
    utf16 += letter;
    utf16 += '\0';
  }
  project.write("requirements.txt", utf16);
  project.write("api/hello.py", handler_answering("hello"));
  expect_log("requirements.txt");
  start();
  CHECK(get("/api/hello").body == "hello");
  server().wait_for_log("requirements.txt");
}

TEST_CASE_METHOD(IntegrationTest, "threads of a function may answer its request",
                 "[integration][idioms]") {
  project.write("api/pool.py",
                answering_expression("sorted(ThreadPoolExecutor(4).map(lambda n: n * n, range(5)))",
                                     "from concurrent.futures import ThreadPoolExecutor\n"));
  start();
  CHECK(get("/api/pool").body == "[0, 1, 4, 9, 16]");
}

TEST_CASE_METHOD(IntegrationTest, "the environment is Vercel's, not the shell's",
                 "[integration][idioms]") {
  project.write("api/env.py", answering_expression(
      "[os.environ.get(n) for n in ('VERCEL', 'VERCEL_ENV', 'VERCEL_REGION', 'TZ', 'SECRET_X', "
      "'NAMED_X', 'GIVEN_X', 'VERCEL_URL')]", "import os\n"));
  start({"--env", "NAMED_X", "--env", "GIVEN_X=given"}, {{"SECRET_X", "s"}, {"NAMED_X", "named"}});
  CHECK(get("/api/env").body == "['1', 'development', 'dev1', ':UTC', None, 'named', 'given', "
                                "'127.0.0.1:" + std::to_string(server().port()) + "']");
}

TEST_CASE_METHOD(IntegrationTest, "sys.exit while importing is a failed import, not a hang",
                 "[integration][idioms]") {
  project.write("api/leave.py", handler_answering("x") + "\nimport sys\nsys.exit(3)\n");
  start();
  const Answer answer = get("/api/leave");
  CHECK(answer.status == 500);
  CHECK(answer.body == kFailedText);
}

TEST_CASE_METHOD(IntegrationTest, "a client that goes away in the middle of a stream hurts nobody",
                 "[integration][idioms]") {
  project.write("api/stream.py",
                handler_doing("self.send_response(200)\nself.end_headers()\n"
                              "self.wfile.write(b'first')\nself.wfile.flush()\n"
                              "wait_at_gate('flushed')\n"
                              "for _ in range(10000):\n    self.wfile.write(b'x' * 1000)\n"
                              "    self.wfile.flush()\n", Gate::source()));
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
