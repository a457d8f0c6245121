// What becomes of a file on its way to a function: names, search path, environment, failures.
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>

#include "tests/bindings/support/worker_under_test.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::test;

namespace {

// A handler that answers with the value of an expression, taken when the file is imported.
std::string source(const std::string& expression, const std::string& before = {}) {
  return before + "\nfrom http.server import BaseHTTPRequestHandler\nimport sys, os\nANSWER = str(" +
         expression + ")\n" + R"(
class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(ANSWER.encode("utf-8", "backslashreplace"))
)";
}

std::string value_of(const TempProject& project, const std::string& file) {
  WorkerUnderTest worker;
  auto instance = worker.start(project, file);
  instance.ready();
  return instance.get(1, "/").body;
}

wire::ImportFailedFrame failure_of(const TempProject& project, const std::string& file,
                                   const std::string& variable = "handler") {
  WorkerUnderTest worker;
  auto instance = worker.start(project, file, variable);
  const auto failed = instance.import_failed();
  const int status = worker.await_exit(instance.id);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == failed.exit_code);
  return failed;
}

bool holds(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

}  // namespace

TEST_CASE("a module is named after its path, unsanitised", "[import]") {
  struct Row {
    const char* file;
    const char* name;
    const char* package;
  };
  const Row rows[] = {
      {"api/index.py", "api.index", "api"},
      {"api/[id].py", "api.[id]", "api"},
      {"api/my-fn.py", "api.my-fn", "api"},
      {"api/[org]/[id].py", "api.[org].[id]", "api.[org]"},
      {"pkg/__init__.py", "pkg", "pkg"},
      {"index.py", "index", ""},
      {"api/a b.py", "api.a b", "api"},
      {"api/\xC3\xA9t\xC3\xA9.py", "api.\xC3\xA9t\xC3\xA9", "api"},
      {"api/UP.PY", "api.UP", "api"},
  };
  WorkerUnderTest worker;
  for (const Row& row : rows) {
    TempProject project;
    project.write(row.file, source("(__name__, __package__, __file__, __spec__.origin, "
                                   "__name__ in sys.modules, '__path__' in globals(), "
                                   "type(__loader__).__name__)"));
    auto instance = worker.start(project, row.file);
    instance.ready();
    const auto path = project.path(row.file);
    const bool package = std::string(row.file).ends_with("__init__.py");
    const std::string expected = std::string("('") + row.name + "', '" + row.package + "', '" +
                                 path + "', '" + path + "', True, " +
                                 (package ? "True" : "False") + ", 'SourceFileLoader')";
    CHECK(instance.get(1, "/").body == expected);
  }
}

TEST_CASE("a backslash in a file's name counts as a slash in the module's", "[import]") {
  TempProject project;
  project.write("api/back\\slash.py", source("(__name__, __package__)"));
  CHECK(value_of(project, "api/back\\slash.py") == "('api.back.slash', 'api.back')");
}

TEST_CASE("the root is first on sys.path and the working directory, the file's folder is not on it",
          "[import]") {
  TempProject project;
  project.write("api/index.py", source("(sys.path[0], os.getcwd(), "
                                       "os.path.dirname(__file__) in sys.path)"));
  CHECK(value_of(project, "api/index.py") ==
        "('" + project.path() + "', '" + project.path() + "', False)");
}

TEST_CASE("siblings are imported through their package only", "[import]") {
  TempProject project;
  project.write("api/sib.py", "v = 7\n");
  project.write("top.py", "v = 8\n");
  project.write("api/[a]/x.py", "v = 9\n");
  project.write("api/good.py", source("(sib.v, v, one.v, top.v)",
                                      "from api import sib\nfrom .sib import v\n"
                                      "from . import sib as one\nimport top\n"));
  project.write("api/bad.py", source("1", "import sib\n"));
  project.write("root.py", source("v", "from top import v\n"));
  project.write("relative.py", source("1", "from . import top\n"));
  project.write("api/[a]/[b].py", source("v", "from .x import v\n"));
  CHECK(value_of(project, "api/good.py") == "(7, 7, 7, 8)");
  CHECK(value_of(project, "root.py") == "8");
  CHECK(value_of(project, "api/[a]/[b].py") == "9");
  CHECK(failure_of(project, "api/bad.py").failure.error ==
        "ModuleNotFoundError: No module named 'sib'");
  CHECK(failure_of(project, "relative.py").failure.error ==
        "ImportError: attempted relative import with no known parent package");
}

TEST_CASE("the parent package is not imported before the entry", "[import]") {
  TempProject project;
  project.write("api/__init__.py", "raise RuntimeError('ran')\n");
  project.write("api/index.py", source("'api' in sys.modules"));
  CHECK(value_of(project, "api/index.py") == "False");
}

TEST_CASE("a relative import runs the __init__.py of the package", "[import]") {
  TempProject project;
  project.write("api/__init__.py", "ran = True\n");
  project.write("api/sib.py", "v = 7\n");
  project.write("api/index.py", source("(before, sys.modules['api'].ran, sib.v)",
                                       "import sys\nbefore = 'api' in sys.modules\n"
                                       "from . import sib\n"));
  CHECK(value_of(project, "api/index.py") == "(False, True, 7)");
}

TEST_CASE("__main__ is there and is not the function's file", "[import]") {
  TempProject project;
  project.write("api/index.py",
                source("('__main__' in sys.modules, __name__ == '__main__', "
                       "getattr(sys.modules['__main__'], '__file__', None) == __file__)"));
  CHECK(value_of(project, "api/index.py") == "(True, False, False)");
}

TEST_CASE("an entry is not an attribute of its package", "[import]") {
  TempProject project;
  project.write("api/index.py", source("(hasattr(api, 'index'), 'api.index' in sys.modules)",
                                       "import api.index\nimport api\n"));
  CHECK(value_of(project, "api/index.py") == "(False, True)");
}

TEST_CASE("a file of the project wins over a preloaded module of the same name", "[import]") {
  TempProject project;
  project.write("json.py", "mine = True\n");
  project.write("email/__init__.py", "mine = True\n");
  project.write("api/index.py", source("(hasattr(json, 'mine'), hasattr(email, 'mine'))",
                                       "import json, email\n"));
  CHECK(value_of(project, "api/index.py") == "(True, True)");
}

TEST_CASE("an entry named like a module of the standard library serves", "[import]") {
  TempProject project;
  project.write("json.py", source("__name__"));
  CHECK(value_of(project, "json.py") == "json");
}

TEST_CASE("the environment is exactly what the host says, also for C code and children",
          "[import]") {
  TempProject project;
  project.write("api/env.py",
                source("(sorted(os.environ.items()), os.getenv('SECRET'), "
                       "subprocess.run(['/usr/bin/env'], capture_output=True).stdout, "
                       "time.tzname[0])",
                       "import subprocess, time\n"));
  const WorkerUnderTest::Variables shell{{"SECRET", "of the shell"}};
  WorkerUnderTest worker(shell);
  auto instance = worker.start(project, "api/env.py", "handler",
                               {{"A", "1"}, {"TZ", ":UTC"}, {"U", "\xC3\xA9=x"}});
  instance.ready();
  CHECK(instance.get(1, "/").body ==
        "([('A', '1'), ('TZ', ':UTC'), ('U', '\xC3\xA9=x')], None, "
        "b'A=1\\nTZ=:UTC\\nU=\\xc3\\xa9=x\\n', 'UTC')");
}

TEST_CASE("an import error is told with the project's frames, innermost first", "[import]") {
  TempProject project;
  project.write("api/bad.py", "import lib.deep\nclass handler: pass\n");
  project.write("lib/deep.py", "def f():\n    raise ValueError('deep')\nf()\n");
  const auto failed = failure_of(project, "api/bad.py");
  CHECK(failed.exit_code == 1);
  CHECK(failed.failure.error == "ValueError: deep");
  CHECK(failed.failure.file == "lib/deep.py");
  CHECK(failed.failure.line == 2);
  CHECK(failed.failure.source == "raise ValueError('deep')");
  CHECK(failed.failure.traceback ==
        "ValueError: deep\n"
        "  lib/deep.py:2  f\n    raise ValueError('deep')\n"
        "  lib/deep.py:3  <module>\n    f()\n"
        "  api/bad.py:1  <module>\n    import lib.deep");
  CHECK(holds(failed.loaded.files, project.path("lib/deep.py")));
  CHECK(holds(failed.loaded.files, project.path("api/bad.py")));
}

TEST_CASE("a syntax error shows the line and the place", "[import]") {
  TempProject project;
  project.write("api/bad.py", "x = 1\nclass handler(:\n    pass\n");
  const auto failed = failure_of(project, "api/bad.py");
  CHECK_THAT(failed.failure.error, StartsWith("SyntaxError: "));
  CHECK(failed.failure.file == "api/bad.py");
  CHECK(failed.failure.line == 2);
  CHECK_THAT(failed.failure.traceback, ContainsSubstring("  api/bad.py:2\n    class handler(:\n"));
  CHECK_THAT(failed.failure.traceback, ContainsSubstring("^"));
}

TEST_CASE("SystemExit at import ends the instance with its code", "[import]") {
  TempProject project;
  project.write("api/three.py", "import sys\nsys.exit(3)\n");
  project.write("api/none.py", "raise SystemExit\n");
  project.write("api/text.py", "raise SystemExit('no key')\n");
  CHECK(failure_of(project, "api/three.py").exit_code == 3);
  CHECK(failure_of(project, "api/none.py").exit_code == 0);
  const auto failed = failure_of(project, "api/text.py");
  CHECK(failed.exit_code == 1);
  CHECK(failed.failure.error == "SystemExit: no key");
}

TEST_CASE("KeyboardInterrupt at import ends the instance as an interrupt does", "[import]") {
  TempProject project;
  project.write("api/stop.py", "raise KeyboardInterrupt\n");
  CHECK(failure_of(project, "api/stop.py").exit_code == 130);
}

TEST_CASE("a missing variable is told in the platform's words", "[import]") {
  TempProject project;
  project.write("api/gone.py", "class handler: pass\ndel handler\n");
  const auto failed = failure_of(project, "api/gone.py");
  CHECK(failed.failure.error == "missing variable \"handler\" in file \"api.gone\".");
  CHECK_THAT(failed.failure.traceback, ContainsSubstring("See the docs: https://vercel.com/docs/"));
}

TEST_CASE("what an app has to be is told in the platform's words", "[import]") {
  TempProject project;
  project.write("api/x.py", "def app(a, b, c): pass\n");
  const auto failed = failure_of(project, "api/x.py", "app");
  CHECK(failed.exit_code == 1);
  CHECK(failed.failure.traceback ==
        "Could not determine the application interface for 'api.x:app'\n"
        "Expected either:\n"
        "  - an ASGI app: async callable(scope, receive, send)\n"
        "  - a WSGI app: callable(environ, start_response)");
}

TEST_CASE("what a file exports is classified as on the platform", "[import]") {
  struct Row {
    const char* text;
    const char* variable;
    const char* error;  ///< part of it
  };
  const char* const neither = "Could not determine the application interface for 'api.x:";
  const char* const wsgi = "the test's worker has no WSGI adapter";
  const char* const asgi = "that this worker has no adapter for";
  const std::string base = "from http.server import BaseHTTPRequestHandler as B\nimport functools\n";
  const Row rows[] = {
      {"class app(B): pass", "app", neither},
      {"class handler: pass", "handler", neither},
      {"def app(environ, start_response): pass", "app", wsgi},
      {"def handler(event, context): pass", "handler", wsgi},
      {"def app(e, s, extra=None): pass", "app", wsgi},
      {"def f(a, e, s): pass\napp = functools.partial(f, 1)", "app", wsgi},
      {"class app:\n  def __init__(self, environ, start_response): pass", "app", wsgi},
      {"async def app(a, b): pass", "app", wsgi},
      {"async def app(scope, receive, send): pass", "app", asgi},
      {"class A:\n  async def __call__(self, s, r, d): pass\napp = A()", "app", asgi},
      {"class A:\n  def asgi(self): pass\n  def __call__(self, e, s): pass\napp = A()", "app", asgi},
      {"def app(a, b, c): pass", "app", neither},
      {"def app(x): pass", "app", neither},
      {"def app(*args): pass", "app", neither},
      {"def app(*, environ, start_response): pass", "app", neither},
      {"def app(e, s, /, *more, **rest): pass", "app", wsgi},
      {"class A:\n  def __call__(self, e, s): pass\napp = A()", "app", wsgi},
      {"class A:\n  def app(self, e, s): pass\napplication = A().app", "application", wsgi},
      {"class A:\n  @staticmethod\n  def f(e, s): pass\napp = A.f", "app", wsgi},
      {"def w(f):\n  @functools.wraps(f)\n  def g(*a): return f(*a)\n  return g\n"
       "@w\ndef app(e, s): pass", "app", wsgi},
      {"from wsgiref.validate import validator\n@validator\ndef app(e, s): pass", "app", neither},
      {"async def f(x, s, r, d): pass\napp = functools.partial(f, 1)", "app", asgi},
      {"def w(f):\n  @functools.wraps(f)\n  async def g(*a): pass\n  return g\n"
       "@w\nasync def app(s, r, d): pass", "app", asgi},
      {"def app(s): return lambda r, d: None", "app", neither},
      {"async def inner(s, r, d): pass\ndef app(s, r, d): return inner(s, r, d)", "app", neither},
      {"app = object()", "app", neither},
      {"app = {}.get", "app", neither},
      {"app = None", "app", neither},
      {"app = 'text'", "app", neither},
  };
  WorkerUnderTest worker;
  for (const Row& row : rows) {
    TempProject project;
    project.write("api/x.py", base + row.text + "\n");
    auto instance = worker.start(project, "api/x.py", row.variable);
    INFO(row.text);
    CHECK_THAT(instance.import_failed().failure.error, ContainsSubstring(row.error));
  }
}

TEST_CASE("files that were imported, opened or looked for while importing are reported",
          "[import][freshness]") {
  TempProject project;
  project.write("data/a.txt", "a");
  project.write("lib/one.py", "");
  project.write("venv/lib/two.py", "");
  project.write("api/x.py", source("1", R"(
import os, glob
import lib.one
open("data/a.txt").read()
try:
    open("data/missing.json")
except OSError:
    pass
try:
    import not_there
except ImportError:
    pass
os.listdir("data")
glob.glob("api/*.html")
open("data/written.txt", "w").close()
)"));
  WorkerUnderTest worker;
  auto instance = worker.start(project, "api/x.py");
  const auto loaded = instance.ready().loaded;
  for (const char* file : {"api/x.py", "lib/one.py", "data/a.txt", "data/missing.json",
                           "not_there.py", "not_there/__init__.py"}) {
    INFO(file);
    CHECK(holds(loaded.files, project.path(file)));
  }
  CHECK_FALSE(holds(loaded.files, project.path("data/written.txt")));
  CHECK(holds(loaded.directories, project.path("data")));
  CHECK(holds(loaded.directories, project.path("api")));
  CHECK_FALSE(holds(loaded.directories, project.path()));
}

TEST_CASE("a file behind a symbolic link is reported under both names", "[import][freshness]") {
  TempProject project;
  TempProject elsewhere;
  elsewhere.write("common.py", "v = 5\n");
  std::filesystem::create_symlink(elsewhere.path("common.py"), project.path("common.py"));
  project.write("api/x.py", source("v", "from common import v\n"));
  WorkerUnderTest worker;
  auto instance = worker.start(project, "api/x.py");
  const auto loaded = instance.ready().loaded;
  CHECK(holds(loaded.files, project.path("common.py")));
  CHECK(holds(loaded.files, elsewhere.path("common.py")));
}

TEST_CASE("what a handler imports is reported with the end of its invocation",
          "[import][freshness]") {
  TempProject project;
  project.write("late.py", "v = 1\n");
  project.write("api/x.py", R"(
from http.server import BaseHTTPRequestHandler
class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        import late
        open("late.py").close()
        self.send_response(204)
        self.end_headers()
)");
  WorkerUnderTest worker;
  auto instance = worker.start(project, "api/x.py");
  CHECK_FALSE(holds(instance.ready().loaded.files, project.path("late.py")));
  CHECK(holds(instance.get(1, "/").end.loaded.files, project.path("late.py")));
  CHECK_FALSE(holds(instance.get(2, "/").end.loaded.files, project.path("late.py")));
}

TEST_CASE("bytecode of the project is neither read nor written", "[import][freshness]") {
  TempProject project;
  project.write("lib.py", "v = 'text'\n");
  project.write("api/x.py", source("v", "from lib import v\n"));
  // A .pyc that fits the source's time and size but says something else.
  project.write("forge.py", R"(
import importlib.util, marshal, os, struct
stat = os.stat("lib.py")
cache = importlib.util.cache_from_source("lib.py")
os.makedirs(os.path.dirname(cache))
with open(cache, "wb") as file:
    file.write(importlib.util.MAGIC_NUMBER + struct.pack("<LLL", 0, int(stat.st_mtime), stat.st_size))
    file.write(marshal.dumps(compile("v = 'stale'", "lib.py", "exec")))
from http.server import BaseHTTPRequestHandler
class handler(BaseHTTPRequestHandler): pass
)");
  WorkerUnderTest worker;
  worker.start(project, "forge.py").ready();
  auto instance = worker.start(project, "api/x.py");
  instance.ready();
  CHECK(instance.get(1, "/").body == "text");
  std::size_t files = 0;
  for (const auto& each : std::filesystem::directory_iterator(project.path("__pycache__"))) {
    CHECK_THAT(each.path().filename().string(), StartsWith("lib."));
    ++files;
  }
  CHECK(files == 1);
  CHECK_FALSE(std::filesystem::exists(project.path("api/__pycache__")));
}

TEST_CASE("a virtual environment's packages take the place of the system's", "[import]") {
  TempProject project;
  WorkerUnderTest worker;
  const auto version = worker.hello().text.substr(0, worker.hello().text.rfind('.'));
  project.write(".venv/pyvenv.cfg", "include-system-site-packages = false\n");
  project.write(".venv/lib/python" + version + "/site-packages/only_here.py", "v = 3\n");
  project.write("api/x.py", source("(only_here.v, sys.prefix, [p for p in sys.path "
                                   "if p.startswith('/usr') and p.endswith('-packages')])",
                                   "import sys, only_here\n"));
  auto instance = worker.start(project, "api/x.py", "handler",
                               {{"VIRTUAL_ENV", project.path(".venv")}});
  const auto loaded = instance.ready().loaded;
  CHECK(instance.get(1, "/").body == "(3, '" + project.path(".venv") + "', [])");
  for (const auto& file : loaded.files) CHECK_THAT(file, !ContainsSubstring("/.venv/"));
}

TEST_CASE("site.getsitepackages() names a virtual environment's packages", "[import]") {
  TempProject project;
  WorkerUnderTest worker;
  const auto version = worker.hello().text.substr(0, worker.hello().text.rfind('.'));
  const auto packages = ".venv/lib/python" + version + "/site-packages";
  const bool system = GENERATE(false, true);
  project.write(".venv/pyvenv.cfg", std::string("include-system-site-packages = ") +
                                        (system ? "true\n" : "false\n"));
  project.write(packages + "/one.py", "");
  project.write("api/x.py", source("(site.getsitepackages()[0], any(not p.startswith(sys.prefix) "
                                   "for p in site.getsitepackages()))",
                                   "import site, sys\n"));
  auto instance = worker.start(project, "api/x.py", "handler",
                               {{"VIRTUAL_ENV", project.path(".venv")}});
  instance.ready();
  CHECK(instance.get(1, "/").body ==
        "('" + project.path(packages) + "', " + (system ? "True)" : "False)"));
}

TEST_CASE("the import runs on the main thread", "[import]") {
  TempProject project;
  project.write("api/x.py", source("ok", R"(
import signal, threading
signal.signal(signal.SIGUSR1, lambda *rest: None)
ok = threading.current_thread() is threading.main_thread()
)"));
  CHECK(value_of(project, "api/x.py") == "True");
}

TEST_CASE("an instance that gets something else than a Load frame leaves", "[import]") {
  WorkerUnderTest worker;
  auto instance = worker.spawn();
  instance.request(1, "/");
  const int status = worker.await_exit(instance.id);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 1);
}

TEST_CASE("a project that cannot be entered is an import failure", "[import]") {
  TempProject project;
  WorkerUnderTest worker;
  auto instance = worker.spawn();
  wire::LoadFrame load;
  load.root = project.path("gone");
  load.file = "api/x.py";
  load.variable = "handler";
  std::string bytes;
  wire::encode(bytes, load);
  instance.send(bytes);
  CHECK_THAT(instance.import_failed().failure.error, StartsWith("FileNotFoundError"));
}

TEST_CASE("sys.executable is a virtual environment's python3, else its python", "[import]") {
  TempProject project;
  WorkerUnderTest worker;
  const auto version = worker.hello().text.substr(0, worker.hello().text.rfind('.'));
  project.write(".venv/pyvenv.cfg", "");
  project.write(".venv/lib/python" + version + "/site-packages/one.py", "");
  project.write("api/x.py", source("sys.executable"));
  for (const char* name : {"python", "python3"}) {  // with both there, python3 counts
    const std::string file = std::string(".venv/bin/") + name;
    project.write(file, "#!/bin/sh\n");
    std::filesystem::permissions(project.path(file), std::filesystem::perms::owner_all);
    auto instance = worker.start(project, "api/x.py", "handler",
                                 {{"VIRTUAL_ENV", project.path(".venv")}});
    instance.ready();
    CHECK(instance.get(1, "/").body == project.path(file));
  }
}
