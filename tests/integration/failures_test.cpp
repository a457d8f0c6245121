// What people see when a function fails: in the terminal, on the page, in the status.
#include "tests/support/catch.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

constexpr const char* kFailedText = "A server error has occurred\n\nFUNCTION_INVOCATION_FAILED\n";

const char* const kBoom = R"(from http.server import BaseHTTPRequestHandler


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.explode()

    def explode(self):
        raise ValueError("boom <b>&")
)";

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE_METHOD(IntegrationTest, "an exception is 500 with the platform's code in three forms",
                 "[integration][failures]") {
  project.write("api/boom.py", kBoom);
  start();
  const Answer text = get("/api/boom");
  CHECK(text.status == 500);
  CHECK(text.body == kFailedText);
  CHECK(text.header("Content-Type") == "text/plain; charset=utf-8");

  const Answer json = get("/api/boom", {{"Accept", "application/json"}});
  CHECK(json.status == 500);
  CHECK(json.body == "{\"error\":{\"code\":500,\"message\":\"A server error has occurred\"}}\n");

  const Answer html = get("/api/boom", {{"Accept", "text/html"}});
  CHECK(html.status == 500);
  CHECK_THAT(html.body, ContainsSubstring("FUNCTION_INVOCATION_FAILED"));
  CHECK_THAT(html.body, ContainsSubstring("api/boom.py:9"));
  CHECK_THAT(html.body, ContainsSubstring("boom &lt;b&gt;&amp;"));
  CHECK_THAT(html.body, !ContainsSubstring("boom <b>"));
}

TEST_CASE_METHOD(IntegrationTest, "the terminal shows the traceback from the project's frame on",
                 "[integration][failures]") {
  project.write("api/boom.py", kBoom);
  start();
  get("/api/boom?x=1");
  const std::string log = server().wait_for_log("/api/boom?x=1");
  const std::string whole = server().wait_for_log("raise ValueError(");
  CHECK_THAT(whole, ContainsSubstring("ValueError: boom <b>&"));
  CHECK_THAT(whole, ContainsSubstring("api/boom.py:9  explode"));
  CHECK_THAT(whole, ContainsSubstring("api/boom.py:6  do_GET"));
  CHECK_THAT(whole, ContainsSubstring("FUNCTION_INVOCATION_FAILED"));
  CHECK_THAT(whole, !ContainsSubstring("socketserver.py"));
  CHECK_THAT(whole, !ContainsSubstring(project.root().string()));
}

TEST_CASE_METHOD(IntegrationTest, "an import error fails every request of that function only",
                 "[integration][failures]") {
  project.write("api/needs.py", handler_doing("pass", "import a_module_nobody_has\n"));
  project.write("api/token.py",
                handler_doing("pass", "import os\nTOKEN = os.environ['TOKEN_X']\n"));
  project.write("api/fine.py", handler_answering("fine"));
  start();
  for (int round = 0; round < 2; ++round) {
    const Answer answer = get("/api/needs");
    CHECK(answer.status == 500);
    CHECK(answer.body == kFailedText);
    CHECK(get("/api/token").status == 500);
    CHECK(get("/api/fine").body == "fine");
  }
  CHECK_THAT(server().wait_for_log("a_module_nobody_has"),
             ContainsSubstring("ModuleNotFoundError: No module named 'a_module_nobody_has'"));
  CHECK_THAT(server().wait_for_log("TOKEN_X"), ContainsSubstring("KeyError"));
}

TEST_CASE_METHOD(IntegrationTest, "the page of a failed import shows the traceback",
                 "[integration][failures]") {
  project.write("lib/deep.py", "def f():\n    raise ValueError('deep <b>')\nvalue = f()\n");
  project.write("api/bad.py", handler_answering("x") + "\nfrom lib.deep import value\n");
  start();
  const Answer page = get("/api/bad", {{"Accept", "text/html"}});
  CHECK(page.status == 500);
  for (const char* part : {"FUNCTION_INVOCATION_FAILED", "ValueError: deep &lt;b&gt;",
                           "lib/deep.py:2", "api/bad.py:"}) {
    CHECK_THAT(page.body, ContainsSubstring(part));
  }
  CHECK_THAT(page.body, !ContainsSubstring("deep <b>"));
  const std::string log = server().wait_for_log("raise ValueError('deep <b>')");
  CHECK_THAT(log, ContainsSubstring("lib/deep.py:2  f"));
}

TEST_CASE_METHOD(IntegrationTest, "the page of a death or of no answer says what was seen",
                 "[integration][failures]") {
  project.write("api/die.py", handler_doing("import os\nos._exit(7)\n"));
  project.write("api/none.py", handler_doing("return\n"));
  project.write("api/text.py", handler_doing("self.wfile.write(b'just text')\n"));
  start();
  struct Row { const char* path; const char* seen; };
  for (const Row& row : {Row{"/api/die", "exited with status 7"},
                         Row{"/api/none", "it returned without a response"},
                         Row{"/api/text", "before a status line"}}) {
    INFO(row.path);
    const Answer page = get(row.path, {{"Accept", "text/html"}});
    CHECK(page.status == 500);
    CHECK_THAT(page.body, ContainsSubstring("FUNCTION_INVOCATION_FAILED"));
    CHECK_THAT(page.body, ContainsSubstring(row.seen));
  }
}

TEST_CASE_METHOD(IntegrationTest, "an error that only the compiler finds is an import error",
                 "[integration][failures]") {
  project.write(
      "api/late.py",
      handler_answering("x") + "\nvalue = 1\n\ndef change():\n    value = 2\n    global value\n");
  start();
  CHECK(get("/api/late").status == 500);
  server().wait_for_log("SyntaxError");
}

TEST_CASE_METHOD(IntegrationTest, "an import that failed is tried again by the next request",
                 "[integration][failures]") {
  project.write("api/second.py",
                handler_answering("second time") +
                    "\nimport os, tempfile\nmark = os.path.join(tempfile.gettempdir(), 'tried')\n"
                    "if not os.path.exists(mark):\n    open(mark, 'w').close()\n"
                    "    raise RuntimeError('the first time')\n");
  expect_leftover("tried");
  start();
  CHECK(get("/api/second").status == 500);
  server().wait_for_log("RuntimeError: the first time");
  CHECK(get("/api/second").body == "second time");
}

TEST_CASE_METHOD(IntegrationTest, "a file that looks like a function but is none says why, once",
                 "[integration][failures]") {
  project.write("api/fine.py", handler_answering("fine"));
  project.write("api/lambda.py", "import json\n\ndef handler(event, context):\n    return {}\n");
  project.write("api/alias.py", "class Other:\n    pass\n\nhandler = Other\n");
  project.write("api/nested.py", "if True:\n    class handler:\n        pass\n");
  project.write("api/broken.py", "class handler(\n");
  start();
  for (const char* path : {"/api/lambda", "/api/alias", "/api/nested", "/api/broken"}) {
    INFO(path);
    CHECK(get(path).status == 404);
    CHECK(get(path).body == "The page could not be found.\n\nNOT_FOUND\n");
  }
  server().wait_for_log("api/lambda.py is not a function");
  server().wait_for_log("def handler(event, context)");
  server().wait_for_log("class handler(BaseHTTPRequestHandler)");
  server().wait_for_log("api/alias.py is not a function");
  server().wait_for_log("api/nested.py is not a function");
  server().wait_for_log("api/broken.py");
  CHECK(count(server().log(), "api/lambda.py is not a function") == 1);

  const std::size_t mark = server().mark(Stream::Err);
  project.write("api/lambda.py", "def handler(event, context):\n    return {'a': 1}\n");
  CHECK(get("/api/lambda").status == 404);
  server().wait_for_log("api/lambda.py is not a function", mark);
}

TEST_CASE_METHOD(IntegrationTest, "an exception after the head keeps the status and is loud",
                 "[integration][failures]") {
  project.write("api/late.py",
                handler_doing("self.send_response(200)\nself.end_headers()\n"
                              "self.wfile.write(b'part')\nraise KeyError('name')\n"));
  start();
  const Answer answer = get("/api/late");
  CHECK(answer.status == 200);
  CHECK(answer.body == "part");
  CHECK(answer.complete);
  server().wait_for_log("KeyError: 'name'");
}

TEST_CASE_METHOD(IntegrationTest, "every way to answer nothing is 500 and the instance lives on",
                 "[integration][failures]") {
  project.write("api/odd.py", handler_doing(R"(what = self.path.split('?')[1]
if what == 'nothing':
    return
if what == 'headers-only':
    self.send_header('X-A', 'b')
    self.end_headers()
    return
if what == 'body-only':
    self.wfile.write(b'just text')
    return
if what == 'unfinished':
    self.send_response(200)
    return
if what == 'str':
    self.wfile.write('text')
if what == 'exit':
    sys.exit(3)
self.send_response(200)
self.end_headers()
self.wfile.write(str(os.getpid()).encode())
)",
                                            "import os, sys\n"));
  start();
  const std::string pid = get("/api/odd?pid").body;
  for (const char* what : {"nothing", "headers-only", "body-only", "unfinished", "str", "exit"}) {
    INFO(what);
    const Answer answer = get(std::string("/api/odd?") + what);
    CHECK(answer.status == 500);
    CHECK(answer.body == kFailedText);
    CHECK(get("/api/odd?pid").body == pid);
  }
}

TEST_CASE_METHOD(IntegrationTest, "an answer longer than its Content-Length is told of",
                 "[integration][failures]") {
  const std::string text = "'Z\xC3\xBC" "rich'";
  project.write("api/handled.py",
                handler_doing("text = " + text + "\nself.send_response(200)\n"
                              "self.send_header('Content-Length', str(len(text)))\n"
                              "self.end_headers()\nself.wfile.write(text.encode())\n"));
  project.write("api/wsgi.py", "def app(environ, start_response):\n    text = " + text +
                                   "\n    start_response('200 OK', [('Content-Length', "
                                   "str(len(text)))])\n    return [text.encode()]\n");
  const std::string path = GENERATE("/api/handled", "/api/wsgi");
  start();
  CHECK(get(path).body == "Z\xC3\xBC" "ric");
  server().wait_for_log("has 7 bytes, and its Content-Length says 6");
  server().wait_for_log("Content-Length counts bytes, not characters");
}

TEST_CASE_METHOD(IntegrationTest, "who has only ASCII has not counted characters for bytes",
                 "[integration][failures]") {
  project.write("api/none.py", handler_doing("self.send_response(200)\n"
                                             "self.send_header('Content-Length', '0')\n"
                                             "self.end_headers()\nself.wfile.write(b'hello')\n"));
  start();
  CHECK(get("/api/none").body.empty());
  server().wait_for_log("has 5 bytes, and its Content-Length says 0");
  get("/api/nothing");
  CHECK_THAT(server().wait_for_log("/api/nothing"), !ContainsSubstring("not characters"));
}

TEST_CASE_METHOD(IntegrationTest,
                 "a syntax error in the only function is told where its source is sent",
                 "[integration][failures]") {
  project.write("api/index.py", "class handler(\n");
  start();
  CHECK(get("/api").body == "class handler(\n");
  server().wait_for_log("api/index.py has a syntax error");
}

TEST_CASE_METHOD(IntegrationTest, "an async do_GET is told why it answers nothing",
                 "[integration][failures]") {
  project.write("api/a.py", "from http.server import BaseHTTPRequestHandler\n"
                            "class handler(BaseHTTPRequestHandler):\n"
                            "    async def do_GET(self):\n        self.send_response(200)\n"
                            "        self.end_headers()\n");
  expect_log("RuntimeWarning: coroutine");
  start();
  CHECK(get("/api/a").status == 500);
  server().wait_for_log("do_GET is an `async def`, which nobody awaits");
  server().wait_for_log("write `def` without `async`");
}

TEST_CASE_METHOD(IntegrationTest, "a header with a line break is refused, not injected",
                 "[integration][failures]") {
  project.write("api/inject.py", handler_doing("self.send_response(200)\n"
                                               "self.send_header('X-A', 'b\\r\\nX-Evil: 1')\n"
                                               "self.end_headers()\n"));
  start();
  const Answer answer = get("/api/inject");
  CHECK(answer.status == 500);
  CHECK_FALSE(answer.has("X-Evil"));
}

TEST_CASE_METHOD(IntegrationTest, "a process that ends during a request is a 500 that says how",
                 "[integration][failures]") {
  project.write("api/die.py", handler_doing(R"(what = self.path.split('?')[1]
if what == 'exit':
    os._exit(7)
if what == 'segfault':
    ctypes.string_at(0)
self.send_response(200)
self.end_headers()
self.wfile.write(b'alive')
)",
                                            "import ctypes, os\n"));
  expect_log("Fatal Python error: Segmentation fault");
  start();
  CHECK(get("/api/die?no").body == "alive");
  const Answer exited = get("/api/die?exit");
  CHECK(exited.status == 500);
  CHECK(exited.body == kFailedText);
  server().wait_for_log("exited with status 7");
  CHECK(get("/api/die?no").body == "alive");
#ifndef LOCALFN_SANITIZED  // there the sanitizer answers the signal, and ends the process its way
  CHECK(get("/api/die?segfault").status == 500);
  server().wait_for_log("SIGSEGV");
  CHECK(get("/api/die?no").body == "alive");
#endif
}

TEST_CASE_METHOD(IntegrationTest, "a handle_request() of the class is not called, and is told why",
                 "[integration][failures]") {
  project.write("api/own.py",
                handler_doing("self.handle_request()") +
                    "    def handle_request(self):\n        self.send_response(200)\n"
                    "        self.end_headers()\n");
  project.write("api/argument.py",
                handler_doing("self.handle_request('GET')") +
                    "    def handle_request(self, method):\n        self.send_response(200)\n"
                    "        self.end_headers()\n");
  start();
  CHECK(get("/api/argument").status == 500);
  server().wait_for_log("is the runtime's own on Vercel");
  CHECK(get("/api/own").status == 500);
  const std::string log = server().wait_for_log("it calls do_GET() again; give the method another");
  CHECK_THAT(log, ContainsSubstring("RecursionError: maximum recursion depth exceeded"));
  CHECK_THAT(log, ContainsSubstring("(the same frame"));
}

TEST_CASE_METHOD(IntegrationTest, "an exception is told whatever the interpreter has cached",
                 "[integration][failures]") {
  // Looking up an attribute while an exception is set loses the exception, but only when the
  // interpreter's cache of types misses; here it always does.
  project.write("api/boom.py", handler_doing("getattr(sys, '_clear_type_cache', int)()\n"
                                             "raise ValueError('kept')\n",
                                             "import sys\n"));
  start();
  for (int round = 0; round < 5; ++round) CHECK(get("/api/boom").status == 500);
  server().wait_for_log("ValueError: kept");
  CHECK_THAT(server().log(), !ContainsSubstring("without a response"));
}

TEST_CASE_METHOD(IntegrationTest, "a function that overruns is shown where it was at that moment",
                 "[integration][failures]") {
  project.write("vercel.json", R"({"functions": {"api/spin.py": {"maxDuration": 1}}})");
  project.write("api/spin.py", R"(from http.server import BaseHTTPRequestHandler


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.spin()

    def spin(self):
        while True: pass
)");
  start();
  const Answer page = get("/api/spin", {{"Accept", "text/html"}});
  CHECK(page.status == 504);
  CHECK_THAT(page.body, ContainsSubstring("api/spin.py:9  spin"));
  const std::string log = server().wait_for_log("api/spin.py:6  do_GET");
  CHECK_THAT(log, ContainsSubstring("api/spin.py:9  spin"));
  CHECK_THAT(log, ContainsSubstring("while True: pass"));
}
