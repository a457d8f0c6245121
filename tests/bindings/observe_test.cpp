// What `localfn check` is told of a file: imports, paths that are opened and written, comments.
#include "bindings/scan.h"
#include "tests/bindings/support/embedded_python.h"
#include "tests/bindings/support/worker_under_test.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::test;

namespace {

wire::Entry inspect(const std::string& source) {
  need_python();
  const TempProject project;
  project.write("x.py", source);
  return inspect_file(project.path("x.py"));
}

/// "2:5 write data.json|open", a line each; those of kind `name` and imports of Python's own are
/// left out.
std::string seen(const std::string& source) {
  std::string text;
  for (const auto& each : inspect(source).observations) {
    if (each.kind == "name" || each.kind == "standard import") continue;
    std::string said = each.text;
    if (const auto line = said.find('\n'); line != std::string::npos) said[line] = '|';
    text += std::to_string(each.line) + ":" + std::to_string(each.column) + " " + each.kind + " " +
            said + "\n";
  }
  return text;
}

std::string in_function(const std::string& statement) {
  return seen("def f(x):\n    " + statement);
}

}  // namespace

TEST_CASE("imports are told apart by where they stand", "[observe]") {
  CHECK(seen("import a.b\n"
             "from .c import d\n"
             "def f():\n"
             "    import e\n"
             "try:\n"
             "    import g\n"
             "except ImportError:\n"
             "    g = None\n"
             "if __name__ == '__main__':\n"
             "    import h\n"
             "from typing import TYPE_CHECKING\n"
             "if TYPE_CHECKING:\n"
             "    import i\n") ==
        "1:1 import a.b\n"
        "2:1 import .c\n"
        "4:5 late import e\n"
        "6:5 guarded import g\n");
}

TEST_CASE("the standard library and names that may be modules are told", "[observe]") {
  std::string kinds;
  for (const auto& each :
       inspect("import json\nfrom a.b import c\nfrom . import d\n").observations) {
    kinds += each.kind + " " + each.text + "\n";
  }
  CHECK(kinds == "standard import json\nimport a.b\nname a.b.c\nimport .\nname .d\n");
}

TEST_CASE("scan_file leaves observations out", "[observe]") {
  need_python();
  const TempProject project;
  project.write("x.py", "import a\napp = 1\n");
  CHECK(scan_file(project.path("x.py")).observations.empty());
  CHECK(scan_file(project.path("x.py")).found);
  CHECK(inspect_file(project.path("x.py")).found);
}

TEST_CASE("writes are told with their path, as far as it is certain", "[observe]") {
  struct Row {
    const char* statement;
    const char* seen;
  };
  const Row rows[] = {
      {"open('a.txt', 'w')", "2:5 write a.txt|open(…, \"w\")\n"},
      {"open('a.txt', mode='ab')", "2:5 write a.txt|open(…, \"ab\")\n"},
      {"open('a.txt', 'r+')", "2:5 write a.txt|open(…, \"r+\")\n"},
      {"open('a.txt')", "2:5 read a.txt|open\n"},
      {"open('a.txt', x)", ""},
      {"open(x, 'w')", ""},
      {"open(f'{x}.txt', 'w')", ""},
      {"open(f'data/{x}.txt', 'w')", "2:5 write data/….txt|open(…, \"w\")\n"},
      {"open('data/%s' % x, 'w')", "2:5 write data/…|open(…, \"w\")\n"},
      {"open('data/{}'.format(x), 'w')", "2:5 write data/…|open(…, \"w\")\n"},
      {"open('data/' + x, 'w')", "2:5 write data/…|open(…, \"w\")\n"},
      {"import os; open(os.path.join(os.path.dirname(__file__), 'a'), 'w')",
       "2:16 write __file__/../a|open(…, \"w\")\n"},
      {"from pathlib import Path; (Path(__file__).resolve().parent / 'a').write_text('')",
       "2:31 write __file__/../a|write_text\n"},
      {"import pathlib as p; p.Path(__file__).parents[1].joinpath('a').open('w')",
       "2:26 write __file__/../../a|open(…, \"w\")\n"},
      {"import tempfile, os; open(os.path.join(tempfile.gettempdir(), 'a'), 'w')",
       "2:26 write /tmp/a|open(…, \"w\")\n"},
      {"from os import makedirs as m; m('a')", "2:35 folder a|os.makedirs\n"},
      {"import shutil; shutil.copy('a', 'b')", "2:20 write b|shutil.copy\n"},
      {"import sqlite3; sqlite3.connect('a.db')", "2:21 database a.db|sqlite3.connect\n"},
      {"import sqlite3; sqlite3.connect(':memory:')", ""},
      {"import sqlite3; sqlite3.connect('file:a.db?mode=ro', uri=True)", ""},
      {"from sqlalchemy import create_engine; create_engine('sqlite:///a.db')",
       "2:5 late import sqlalchemy\n2:43 database a.db|create_engine\n"},
      {"from sqlalchemy import create_engine; create_engine('postgresql://a')",
       "2:5 late import sqlalchemy\n"},
      {"x.save('a.png')", "2:5 write a.png|save\n"},
      {"x.save('name')", ""},
      {"x.replace('a', 'b')", ""},
      {"'é'; open('a', 'w')", "2:10 write a|open(…, \"w\")\n"},
  };
  for (const Row& row : rows) {
    INFO(row.statement);
    CHECK(in_function(row.statement) == row.seen);
  }
}

TEST_CASE("what happens while a file is imported is early", "[observe]") {
  CHECK(seen("log = open('a.log', 'a')\nclass handler:\n    db = open('b', 'w')\n") ==
        "1:7 early write a.log|open(…, \"a\")\n3:10 early write b|open(…, \"w\")\n");
}

TEST_CASE("names that are assigned once stand for their value", "[observe]") {
  CHECK(seen("DATA = 'data'\ndef f():\n    p = DATA + '/a'\n    open(p, 'w')\n") ==
        "4:5 write data/a|open(…, \"w\")\n");
  CHECK(seen("DATA = 'data'\nDATA = 'other'\ndef f(): open(DATA, 'w')\n").empty());
  CHECK(seen("def f(p='data'): open(p, 'w')\n").empty());
  CHECK(seen("p = p + 'a'\ndef f(): open(p, 'w')\n").empty());
  CHECK(seen("app.config['UP'] = 'up'\ndef f(): open(app.config['UP'] + '/a', 'w')\n") ==
        "2:10 write up/a|open(…, \"w\")\n");
}

TEST_CASE("what the author has thought of is left out", "[observe]") {
  for (const char* source :
       {"try:\n    open('a', 'w')\nexcept OSError:\n    pass\n",
        "try:\n    open('a', 'w')\nexcept Exception as error:\n    pass\n",
        "try:\n    open('a', 'w')\nexcept:\n    pass\n",
        "import os\nif not os.environ.get('VERCEL'):\n    open('a', 'w')\n",
        "if DEBUG:\n    open('a', 'w')\nelse:\n    open('b', 'w')\n",
        "import contextlib\nwith contextlib.suppress(OSError):\n    open('a', 'w')\n",
        "if __name__ == '__main__':\n    open('a', 'w')\n",
        "import os\nos.chdir('/tmp')\nopen('a', 'w')\n"}) {
    INFO(source);
    CHECK(seen(source).empty());
  }
  CHECK(seen("try:\n    open('a', 'w')\nexcept ValueError:\n    pass\n") ==
        "2:5 early write a|open(…, \"w\")\n");
}

TEST_CASE("what never lets an import end is told", "[observe]") {
  struct Row {
    const char* source;
    const char* seen;
  };
  const Row rows[] = {
      {"HTTPServer(('', 80), handler).serve_forever()\n", "1:1 endless `serve_forever()`\n"},
      {"try:\n    server.serve_forever()\nexcept Exception as error:\n    print(error)\n",
       "2:5 endless `server.serve_forever()`\n"},
      {"with TCPServer(a, b) as httpd:\n    httpd.serve_forever()\n",
       "2:5 endless `httpd.serve_forever()`\n"},
      {"server = make()\ntry:\n    server.serve_forever()\nexcept KeyboardInterrupt:\n    pass\n",
       "3:5 endless `server.serve_forever()`\n"},
      {"from flask import Flask\napp = Flask(__name__)\napp.run(debug=True)\n",
       "1:1 import flask\n3:1 endless `app.run()`\n"},
      {"import uvicorn as u\nu.run('x:app')\n", "1:1 import uvicorn\n2:1 endless `uvicorn.run()`\n"},
      {"import telebot\nbot = telebot.TeleBot(T)\nbot.polling(none_stop=True)\n",
       "1:1 import telebot\n3:1 endless `bot.polling()`\n"},
      {"if not TOKEN:\n    raise ValueError\nbot.infinity_polling()\n",
       "3:1 endless `bot.infinity_polling()`\n"},
      {"while True:\n    work()\n", "1:1 endless `while`\n"},
      {"while 1:\n    try:\n        work()\n    except Exception:\n        continue\n",
       "1:1 endless `while`\n"},
      {"def main():\n    while True:\n        work()\nmain()\nbot.run_polling()\n",
       "4:1 endless `main()`\n"},
      {"def start():\n    server.serve_forever()\ndef main():\n    start()\nmain()\n",
       "5:1 endless `main()`\n"},
      {"async def main():\n    while True:\n        await work()\nasyncio.run(main())\n",
       "4:1 endless `main()`\n"},
      {"async def main():\n    await server.serve_forever()\nloop.run_until_complete(main())\n",
       "3:1 endless `main()`\n"},
  };
  for (const Row& row : rows) {
    INFO(row.source);
    CHECK(seen(row.source) == row.seen);
  }
}

TEST_CASE("what returns, or is not certain to run, is not called endless", "[observe]") {
  for (const char* source :
       {"if __name__ == '__main__':\n    server.serve_forever()\n",
        "if __name__ != '__main__':\n    pass\nelse:\n    server.serve_forever()\n",
        "__name__ == '__main__' and server.serve_forever()\n",
        "server.serve_forever() if LOCAL else None\n",
        "try:\n    f()\nexcept ImportError:\n    server.serve_forever()\n",
        "for x in y:\n    server.serve_forever()\n",
        "while todo:\n    server.serve_forever()\n",
        "def main():\n    server.serve_forever()\n",
        "def main():\n    if x:\n        server.serve_forever()\nmain()\n",
        "def main():\n    if VERCEL:\n        return\n    server.serve_forever()\nmain()\n",
        "if VERCEL:\n    sys.exit()\nserver.serve_forever()\n",
        "threading.Thread(target=server.serve_forever).start()\n",
        "def keep():\n    Thread(target=lambda: server.serve_forever()).start()\nkeep()\n",
        "def keep():\n    def run():\n        server.serve_forever()\n    Thread(target=run).start()\nkeep()\n",
        "def create():\n    async def poll():\n        while True:\n            await x()\n    return poll\n"
        "app = create()\ncreate()\n",
        "def retry(f):\n    def wrapper():\n        while True:\n            f()\n    return wrapper\n"
        "retry(f)\n",
        "@threaded\ndef work():\n    while True:\n        f()\nwork()\n",
        "async def work():\n    while True:\n        await f()\ntask = loop.create_task(work())\nwork()\n",
        "class Job:\n    def run(self):\n        while True:\n            pass\nrun()\n",
        "while True:\n    if done():\n        break\n",
        "while not done():\n    pass\n",
        "try:\n    while True:\n        rows.append(pickle.load(f))\nexcept EOFError:\n    pass\n",
        "def read():\n    while True:\n        rows.append(next(f))\ntry:\n    read()\nexcept StopIteration:\n    "
        "pass\n",
        "with contextlib.suppress(StopIteration):\n    while True:\n        next(f)\n",
        "def each():\n    yield 1\n    while True:\n        f()\neach()\n",
        "def f():\n    f()\nf()\n",
        "def main():\n    while True:\n        f()\ndef main():\n    pass\nmain()\n",
        "try:\n    port = int(os.environ['PORT'])\n    make(port).serve_forever()\nexcept KeyError:\n    pass\n",
        "async def main():\n    async with asyncio.timeout(5):\n        await server.serve_forever()\n"
        "asyncio.run(main())\n",
        "with move_on_after(5):\n    while True:\n        f()\n",
        "def work():\n    while True:\n        f()\nwork = threaded(work)\nwork()\n",
        "loop.call_soon(loop.stop)\nloop.run_forever()\n",
        "def start():\n    from uvicorn import run\n    run(app)\ndef run():\n    pass\nrun()\n",
        "job.run()\nbot.polling()\n"}) {
    INFO(source);
    CHECK_THAT(seen(source), !ContainsSubstring("endless"));
  }
}

TEST_CASE("folders that frameworks open are read", "[observe]") {
  CHECK(seen("from fastapi.staticfiles import StaticFiles\n"
             "s = StaticFiles(directory='public')\n") ==
        "1:1 import fastapi.staticfiles\n2:5 read public|StaticFiles\n");
  CHECK(seen("from flask import send_from_directory\n"
             "def f(): send_from_directory('public', 'a')\n") ==
        "1:1 import flask\n2:10 read __file__/../public|send_from_directory\n");
}

TEST_CASE("comments ignore codes on their statement, the next one, or everywhere", "[observe]") {
  CHECK(seen("x = 1  # localfn: ignore[a, b]\n"
             "y = [\n"
             "    1]  # localfn: ignore\n"
             "# localfn: ignore[c]\n"
             "z = 1\n"
             "# localfn: ignore-file[d]\n"
             "s = '# localfn: ignore[e]'\n") ==
        "1:1 ignore a,b\n"
        "2:1 ignore \n"
        "3:1 ignore \n"
        "5:1 ignore c\n"
        "6:1 ignore file d\n");
}

TEST_CASE("a change of sys.path is told", "[observe]") {
  CHECK(seen("import sys\nsys.path.insert(0, 'x')\nsys.path[0:0] = []\nsys.path += ['x']\n") ==
        "2:1 path change \n3:1 path change \n4:1 path change \n");
}

TEST_CASE("sources that cannot be parsed, or are enormous, have bounded observations",
          "[observe]") {
  CHECK(seen("def f(:\n").empty());
  CHECK(seen("x = " + std::string(5000, '(') + "\n").empty());
  CHECK(seen(std::string("x = '\0'\n", 8)).empty());
  std::string many, chain = "open('a'";
  for (int i = 0; i < 5000; ++i)
    many += "import module_with_a_long_name_" + std::to_string(i) + "\n";
  for (int i = 0; i < 500; ++i) chain += " + 'a'";
  const auto entry = inspect(many);
  CHECK(entry.observations.size() <= 400);
  CHECK(entry.observations.size() > 100);
  CHECK(seen("def f():\n    " + chain + ", 'w')\n").empty());
}
