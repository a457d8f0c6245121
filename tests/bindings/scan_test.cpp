// The entry point test: which statements make a file a function, and what is said of the others.
#include <pybind11/pybind11.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>

#include "bindings/scan.h"
#include "tests/bindings/support/embedded_python.h"
#include "tests/bindings/support/worker_under_test.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::test;

namespace {

wire::Entry scan(const std::string& source) {
  need_python();
  const TempProject project;
  project.write("x.py", source);
  return scan_file(project.path("x.py"));
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("a file whose top level defines an entry point is a function", "[scan]") {
  struct Row {
    const char* source;
    const char* variable;
    std::uint32_t line;
  };
  const Row rows[] = {
      {"class handler(BaseHTTPRequestHandler): pass", "handler", 1},
      {"class Handler(BaseHTTPRequestHandler): pass", "Handler", 1},
      {"class HANDLER(BaseHTTPRequestHandler): pass", "HANDLER", 1},
      {"class hAnDlEr(BaseHTTPRequestHandler): pass", "hAnDlEr", 1},
      {"class handler: pass", "handler", 1},
      {"import x\n\n@decorated\nclass handler(x.Base): pass", "handler", 4},
      {"app = 1", "app", 1},
      {"app = None", "app", 1},
      {"application = Flask(__name__)", "application", 1},
      {"app = x = f()", "app", 1},
      {"x = app = f()", "app", 1},
      {"x = application = app = f()", "application", 1},
      {"app: Flask", "app", 1},
      {"app: Flask = Flask()", "app", 1},
      {"application: 'T'", "application", 1},
      {"def app(environ, start_response): pass", "app", 1},
      {"async def app(scope, receive, send): pass", "app", 1},
      {"@x\ndef application(): pass", "application", 2},
      {"from m import app", "app", 1},
      {"from m import y as app", "app", 1},
      {"from m import a, b, application", "application", 1},
      {"from . import app", "app", 1},
      {"from .m import (\n  app,\n)", "app", 1},
      {"\xEF\xBB\xBF" "app = 1", "app", 1},
      {"app = 1\ndel app", "app", 1},
      {"# -*- coding: latin-1 -*-\nx = '\xE9'\napp = 1", "app", 3},
      {"class handler: pass\napp = 1", "handler", 1},
      {"app = 1\nclass handler: pass", "app", 1},
      {"def handler(): pass\napp = 1", "app", 2},
      {"if True:\n  app = 1\nclass handler: pass", "handler", 3},
      {"x = '\\d'\nassert 1 is 1\napp = 1", "app", 3},
      {"app = 1\r\nx = 2\r\n", "app", 1},
      {"app = 1;\x0c", "app", 1},
  };
  for (const Row& row : rows) {
    INFO(row.source);
    const auto entry = scan(row.source);
    CHECK(entry.found);
    CHECK(entry.variable == row.variable);
    CHECK(entry.line == row.line);
    CHECK(entry.reason.empty());
    CHECK_FALSE(entry.syntax_error);
  }
}

TEST_CASE("what only looks like an entry point is explained", "[scan]") {
  struct Row {
    const char* source;
    const char* reason;
  };
  const Row rows[] = {
      {"def handler(event, context): pass", "line 1 defines `def handler(event, context)`; Vercel "
                                            "looks for `class handler(BaseHTTPRequestHandler)` or "
                                            "`app`"},
      {"x = 1\nasync def handler(request, /, *a, **k): pass",
       "line 2 defines `async def handler(request, *a, **k)`"},
      {"handler = Other", "line 1 assigns `handler = Other`"},
      {"handler = make()", "line 1 assigns `handler = …`"},
      {"handler: int = 3", "line 1 annotates `handler`"},
      {"from x import handler", "line 1 imports `handler` from `x`"},
      {"from ..x import y as Handler", "line 1 imports `Handler` from `..x`"},
      {"app, x = 1, 2", "line 1 binds `app` by unpacking"},
      {"[x, app] = 1, 2", "line 1 binds `app` by unpacking"},
      {"app += 1", "line 1 only extends `app`"},
      {"(app := 1)", "line 1 binds `app` with `:=`"},
      {"for app in (): pass", "line 1 binds `app` in a `for` loop"},
      {"import app", "line 1 binds `app` with `import`"},
      {"import x as app", "line 1 binds `app` with `import`"},
      {"class app: pass", "line 1 defines `class app`"},
      {"if True:\n  class handler: pass", "line 2 has `handler` inside an `if` block"},
      {"if x:\n  pass\nelif y:\n  app = 1", "line 4 has `app` inside an `if` block"},
      {"try:\n  app = 1\nexcept E:\n  pass", "line 2 has `app` inside a `try` block"},
      {"try:\n  x\nexcept E:\n  from m import app", "line 4 has `app` inside a `try` block"},
      {"with x:\n  app = 1", "line 2 has `app` inside a `with` block"},
      {"while x:\n  app = 1", "line 2 has `app` inside a `while` loop"},
      {"def make():\n  app = 1", "line 2 has `app` inside a function"},
      {"class X:\n  class handler: pass", "line 2 has `handler` inside a class"},
      {"if __name__ == '__main__':\n  app = 1", "which is not run"},
      {"class Api(BaseHTTPRequestHandler): pass",
       "line 1 names its class `Api`; it has to be named `handler`"},
      {"class Api(http.server.BaseHTTPRequestHandler): pass", "line 1 names its class `Api`"},
      {"def lambda_handler(event, context): pass",
       "line 1 defines `def lambda_handler(event, context)`"},
      {"app_factory = 1\nserver = Flask(__name__)", "line 2 names its Flask object `server`"},
      {"server = FastAPI()", "line 1 names its FastAPI object `server`; it has to be named `app`"},
      {"def create_app():\n  app = Flask(__name__)\n  return app",
       "line 2 has `app` inside a function, not at the top level"},
      {"def create_app(config=None):\n  return Flask(__name__)",
       "line 1 defines `def create_app(config)`, but no statement `app = create_app()` calls it"},
      {"from handlers import *", "line 1 has `from handlers import *`"},
      {"App = 1\ncreate_app = 2", "defines neither"},
      {"app.x = 1", "defines neither"},
      {"# app", "defines neither"},
      {"'''handler'''", "defines neither"},
      {"print('app')", "defines neither"},
      {"", "defines neither"},
      {"x = 1", "defines neither"},
      {"Application = 1\nvc_app = 1", "defines neither"},
      // In any case means the ones whose text the platform looks at.
      {"class HANDLER(Base): pass", "defines neither"},
      {"class HANDLER(Base): pass\nserver = Flask(__name__)", "names its Flask object `server`"},
  };
  for (const Row& row : rows) {
    INFO(row.source);
    const auto entry = scan(row.source);
    CHECK_FALSE(entry.found);
    CHECK_FALSE(entry.syntax_error);
    CHECK_FALSE(entry.unreadable);
    CHECK_THAT(entry.reason, ContainsSubstring(row.reason));
  }
}

TEST_CASE("a file that Python cannot parse is a syntax error, with line and reason", "[scan]") {
  static constexpr const char* kTooDeep = "nested too deeply";
  struct Row {
    std::string source;
    const char* reason;
  };
  const Row rows[] = {
      {"app = 1\nclass handler(:\n", "line 2 is not valid Python: "},
      {"app = 1\n  x = 2\n", "line 2 is not valid Python: unexpected indent"},
      {"app = (", PY_VERSION_HEX < 0x030a0000 ? "unexpected EOF" : "'(' was never closed"},
      {std::string("app = 1\0\n", 9), "null byte"},
      {"# coding: no-such-coding\napp = 1", "no-such-coding"},
      {"app = '\xFF'", "utf-8"},
      {"app = " + repeated("(", 5000), "too many nested parentheses"},
      {"app = " + repeated("-", 100'000) + "1", kTooDeep},
      {"app = 1" + repeated("+1", 100'000), kTooDeep},
      {"app = a" + repeated(".b", 100'000), kTooDeep},
      {"app = " + repeated("not ", 100'000) + "1", kTooDeep},
      {repeated("lambda:", 50'000) + "app", kTooDeep},
  };
  for (const Row& row : rows) {
    INFO(row.source.substr(0, 60));
    const auto entry = scan(row.source);
    // Before Python 3.11 a chain of any length has a tree, and there is nothing to complain of.
    if (PY_VERSION_HEX < 0x030b0000 && entry.found && row.reason == kTooDeep) continue;
    CHECK_FALSE(entry.found);
    CHECK(entry.syntax_error);
    CHECK_THAT(entry.reason, ContainsSubstring(row.reason));
  }
}

TEST_CASE("what only Python 3.12 takes is not called wrong without saying so", "[scan]") {
  for (const char* source : {R"(app = f"{d["country"]}")", "type Point = int\napp = 1\n",
                             "def first[T](of: T): pass\napp = 1\n", "class handler[T]: pass\n"}) {
    CAPTURE(source);
    const auto entry = scan(source);
    CHECK(entry.found == (PY_VERSION_HEX >= 0x030c0000));
    CHECK((entry.reason.find("`--python 3.12` tells") != std::string::npos) == !entry.found);
  }
  // No Python takes this.
  CHECK(scan("class handler(:\n").reason.find("3.12") == std::string::npos);
}

TEST_CASE("a file that cannot be read says why", "[scan]") {
  need_python();
  const TempProject project;
  CHECK_THAT(scan_file(project.path("missing.py")).reason,
             ContainsSubstring("No such file or directory"));
  CHECK(scan_file(project.path("missing.py")).unreadable);
  std::filesystem::create_directory(project.path("folder.py"));
  CHECK_THAT(scan_file(project.path("folder.py")).reason, ContainsSubstring("not a regular file"));
  REQUIRE(::mkfifo(project.path("pipe.py").c_str(), 0600) == 0);
  CHECK_THAT(scan_file(project.path("pipe.py")).reason, ContainsSubstring("not a regular file"));
  project.write("huge.py", "app = 1\n" + std::string(9 << 20, '#'));
  CHECK_THAT(scan_file(project.path("huge.py")).reason, ContainsSubstring("more than 8 MB"));
  CHECK(scan_file(std::string("a\0b", 3)).unreadable);
}

TEST_CASE("a reason never outgrows a control message", "[scan]") {
  const auto entry = scan("class " + std::string(100'000, 'a') + "(BaseHTTPRequestHandler): pass");
  CHECK_FALSE(entry.found);
  CHECK(entry.reason.size() < 4000);
}

TEST_CASE("a scan reports what leads to the app of a Django project", "[scan][django]") {
  using Facts = std::vector<std::pair<std::string, std::string>>;
  struct Row {
    const char* source;
    Facts facts;
  };
  const Row rows[] = {
      {"import os\ndef main():\n    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'a.b')\n",
       {{"default settings", "a.b"}}},
      {"from os import environ\nif 1:\n  environ['DJANGO_SETTINGS_MODULE'] = 'a.b'\n",
       {{"settings", "a.b"}}},
      {"os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'a.' + stage)", {}},
      {"os.environ.setdefault('OTHER', 'a.b')  # DJANGO_SETTINGS_MODULE", {}},
      {"WSGI_APPLICATION = 'm.wsgi.application'\nASGI_APPLICATION: str = \"m.asgi.x\"",
       {{"wsgi", "m.wsgi.application"}, {"asgi", "m.asgi.x"}}},
      {"ASGI_APPLICATION = None\nWSGI_APPLICATION = f'{x}.wsgi'", {{"asgi", ""}, {"wsgi", ""}}},
      {"if x:\n  WSGI_APPLICATION = 'm.wsgi.app'", {}},
      {"from .base import *\nfrom ..x.y import *\nfrom z import *\nWSGI_APPLICATION = 'q'",
       {{"star", ".base"}, {"star", "..x.y"}, {"star", "z"}, {"wsgi", "q"}}},
      {"WSGI_APPLICATION = (", {}},
      {"app = 1", {}},
  };
  for (const Row& row : rows) {
    INFO(row.source);
    CHECK(scan(row.source).facts == row.facts);
  }
  // All of them travel in one message.
  const auto many = scan(repeated("WSGI_APPLICATION = 'x'\n", 5000) + "WSGI_APPLICATION = '" +
                         std::string(5000, 'x') + "'\n");
  CHECK(many.facts.size() <= 40);
}
