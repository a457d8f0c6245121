// Constructs that real projects use and that are easily broken: see each sentence.
#include "tests/support/catch.h"
#include "tests/support/gate.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

/// A do_GET that answers with the value of a Python expression.
std::string answering_expression(const std::string& expression, const std::string& before = "") {
  return handler_doing("self.send_response(200)\nself.end_headers()\nself.wfile.write(str(" +
                           expression + ").encode())\n",
                       before);
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
  project.write("api/alias.py",
                base + "class Page(BaseHTTPRequestHandler):\n    pass\nhandler = Page\n");
  project.write("api/imported.py", "from api._page import handler\n");
  project.write("api/_page.py", handler_answering("hidden"));
  project.write("api/.dotted.py", handler_answering("hidden"));
  project.write("api/_lib/page.py", handler_answering("hidden"));
  project.write("api/async.py", "async def handler(request):\n    return 1\n");
  project.write("api/tried.py",
                "try:\n    class handler:\n        pass\nexcept Exception:\n    pass\n");
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
  project.write("api/package.py",
                answering_expression("sibling.NAME", "from api import sibling\n"));
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

TEST_CASE_METHOD(IntegrationTest, "a function's environment has no other names than the list's",
                 "[integration][idioms]") {
  project.write("vercel.json", R"({"env": {"FROM_JSON": "1"}})");
  project.write(".env", "FROM_FILE=1\n");
  project.write("api/names.py",
                answering_expression(
                    "sorted(n for n in os.environ if n not in ('PATH', 'HOME', 'LANG', 'TMPDIR', "
                    "'PYTHONDONTWRITEBYTECODE'))",
                    "import os\n"));
  start({"--env", "NAMED_X"}, {{"SECRET_X", "s"},
                               {"NAMED_X", "n"},
                               {"LC_TIME", "C"},
                               {"EDITOR", "vi"},
                               {"PYTHONPATH", "/nowhere"},
                               {"NODE_ENV", "test"}});
  CHECK(get("/api/names").body ==
        "['FROM_FILE', 'FROM_JSON', 'LC_TIME', 'NAMED_X', 'TZ', 'VERCEL', 'VERCEL_ENV', "
        "'VERCEL_REGION', 'VERCEL_URL']");
}

TEST_CASE_METHOD(IntegrationTest, "a root file may have the name of anything localfn itself uses",
                 "[integration][idioms]") {
  project.write("vercel.py",
                "from http.server import BaseHTTPRequestHandler\n\n"
                "class API(BaseHTTPRequestHandler):\n    word = 'shadow'\n");
  project.write("localfn.py", "WORD = 'own localfn'\n");
  std::string page =
      answering_expression("self.word + ' ' + localfn.WORD", "import localfn, vercel\n");
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

TEST_CASE_METHOD(IntegrationTest, "asyncio.run works in each request", "[integration][idioms]") {
  project.write("api/bot.py",
                answering_expression("asyncio.run(answer())",
                                     "import asyncio\n\nasync def answer():\n"
                                     "    await asyncio.sleep(0)\n    return 'async'\n"));
  start();
  CHECK(get("/api/bot").body == "async");
  CHECK(get("/api/bot").body == "async");
}

TEST_CASE_METHOD(IntegrationTest, "requests run on a thread of their own, not on the main thread",
                 "[integration][idioms]") {
  project.write("api/thread.py",
                handler_doing(R"py(try:
    signal.signal(signal.SIGUSR1, signal.SIG_DFL)
    word = 'allowed'
except ValueError:
    word = 'refused'
self.send_response(200)
self.end_headers()
name = threading.current_thread().name
if sys.version_info < (3, 10):  # threads are not named after their target yet
    name += " (process_request_thread)"
self.wfile.write(f"{word} {name} {AT_IMPORT}".encode())
)py",
                              "import signal, sys, threading\nAT_IMPORT = threading.current_thread() is "
                              "threading.main_thread()\n"));
  start();
  const std::string body = get("/api/thread").body;
  CHECK_THAT(body, StartsWith("refused Thread-"));
  CHECK_THAT(body, ContainsSubstring("(process_request_thread) True"));
}

TEST_CASE_METHOD(IntegrationTest, "serve_forever at module level is stopped by the import deadline",
                 "[integration][idioms]") {
  project.write("api/forever.py", handler_answering("x") +
                                      "\nfrom http.server import HTTPServer\n"
                                      "HTTPServer(('127.0.0.1', 0), handler).serve_forever()\n");
  project.write("api/fine.py", handler_answering("fine"));
  start({"--max-duration", "1"});
  const Answer answer = get("/api/forever");
  CHECK(answer.status == 504);
  CHECK(answer.body == "An error occurred with your deployment\n\nFUNCTION_INVOCATION_TIMEOUT\n");
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
  project.write(
      "api/env.py",
      answering_expression(
          "[os.environ.get(n) for n in ('VERCEL', 'VERCEL_ENV', 'VERCEL_REGION', 'TZ', 'SECRET_X', "
          "'NAMED_X', 'GIVEN_X', 'VERCEL_URL')]",
          "import os\n"));
  start({"--env", "NAMED_X", "--env", "GIVEN_X=given"}, {{"SECRET_X", "s"}, {"NAMED_X", "named"}});
  CHECK(get("/api/env").body ==
        "['1', 'development', 'dev1', ':UTC', None, 'named', 'given', "
        "'127.0.0.1:" +
            std::to_string(server().port()) + "']");
}

TEST_CASE_METHOD(IntegrationTest, "sys.exit while importing is a failed import, not a hang",
                 "[integration][idioms]") {
  project.write("api/leave.py", handler_answering("x") + "\nimport sys\nsys.exit(3)\n");
  start();
  const Answer answer = get("/api/leave");
  CHECK(answer.status == 500);
  CHECK(answer.body == kFailedText);
}
