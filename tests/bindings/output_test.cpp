// print, logging and the standard streams: which invocation they are attributed to, and how.
#include <poll.h>
#include <sys/stat.h>

#include <fstream>

#include "runtime/base/signals.h"
#include "tests/bindings/support/worker_under_test.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::test;

namespace {

using Logs = std::vector<std::string>;

// A handler whose do_GET runs `body`.
std::string doing(const std::string& body, const std::string& before = {}) {
  std::string text = before + R"(
import asyncio, logging, os, subprocess, sys, threading, time
from http.server import BaseHTTPRequestHandler
class handler(BaseHTTPRequestHandler):
    def do_GET(self):
)";
  std::string rest = body;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    text += "        " + line + "\n";
    rest.erase(0, line.size() + 1);
  }
  return text + "        self.send_response(204)\n        self.end_headers()\n";
}

std::string quoted(const std::string& path) { return "'" + path + "'"; }

Logs logs_of(const std::string& body) {
  TempProject project;
  project.write("api/x.py", doing(body));
  WorkerUnderTest worker;
  auto instance = worker.start(project, "api/x.py");
  instance.ready();
  const auto answer = instance.get(1, "/");
  CHECK(answer.head.status == 204);
  return answer.logs;
}

}  // namespace

TEST_CASE("a print is one message, whatever it prints", "[output]") {
  CHECK(logs_of("print('a', 2, sep='-')") == Logs{"1:a-2\n"});
  CHECK(logs_of("print('a', end='!')\nprint()") == Logs{"1:a!", "1:\n"});
  CHECK(logs_of("print('e', file=sys.stderr, flush=True)") == Logs{"2:e\n"});
  CHECK(logs_of("print('a', sep=None, end=None)") == Logs{"1:a\n"});
}

TEST_CASE("writes to the standard streams are messages in their order", "[output]") {
  CHECK(logs_of("sys.stdout.write('a')\nsys.stdout.buffer.write(b'b')\nsys.stdout.write('c')\n"
                "sys.stdout.writelines(['d', 'e'])") == Logs{"1:a", "1:b", "1:c", "1:de"});
}

TEST_CASE("lone surrogates are written with their escapes", "[output]") {
  CHECK(logs_of("print('\\udcff\xC3\xA9')") == Logs{"1:\\udcff\xC3\xA9\n"});
}

TEST_CASE("the streams look like those of the platform", "[output]") {
  CHECK(logs_of("print(sys.stdout.isatty(), sys.stdout.encoding, sys.stdout.errors, "
                "sys.stdout.fileno(), sys.stderr.fileno(), sys.stdout.closed, "
                "sys.stdout.name, sys.stdout.writable())") ==
        Logs{"1:False utf-8 backslashreplace 1 2 False <stdout> True\n"});
  CHECK(logs_of("try: sys.stdout.write(b'x')\nexcept TypeError as e: print(e)") ==
        Logs{"1:write() argument must be str, not bytes\n"});
  CHECK(logs_of("try: print('a', sep=1)\nexcept TypeError as e: print(e)") ==
        Logs{"1:sep must be None or a string, not int\n"});
}

TEST_CASE("a wrapper around the buffer works, and its end does not close the stream", "[output]") {
  CHECK(logs_of("import io, gc\nold = sys.stdout\n"
                "sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding='utf-8')\n"
                "print('wrapped')\nsys.stdout.flush()\nsys.stdout = old\ngc.collect()\n"
                "print('after')\nsys.stdout.close()\nprint('still')") ==
        Logs{"1:wrapped\n", "1:after\n", "1:still\n"});
}

TEST_CASE("what waits in a stream of the user's is flushed with its invocation", "[output]") {
  CHECK(logs_of("import io\nsys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding='utf-8')\n"
                "print('held')") == Logs{"1:held\n"});
}

TEST_CASE("a redirected print goes where it was redirected", "[output]") {
  CHECK(logs_of("import io, contextlib\nheld = io.StringIO()\n"
                "with contextlib.redirect_stdout(held): print('inner')\n"
                "print(repr(held.getvalue()))") == Logs{"1:'inner\\n'\n"});
}

TEST_CASE("logging writes the message from INFO on, and basicConfig changes nothing", "[output]") {
  CHECK(logs_of("logging.basicConfig(level=logging.DEBUG, format='%(name)s')\n"
                "logging.debug('no')\nlogging.info('a %s', 1)\n"
                "logging.getLogger('x').warning('b')\nlogging.error('c %d', 'bad')") ==
        Logs{"2:a 1\n", "2:b\n", "2:'c %d'\n"});
  const auto logs = logs_of("try: 1/0\nexcept ZeroDivisionError: logging.exception('oops')");
  REQUIRE(logs.size() == 1);
  CHECK_THAT(logs[0], StartsWith("2:oops\nTraceback (most recent call last):\n"));
  CHECK_THAT(logs[0], ContainsSubstring("ZeroDivisionError: division by zero\n"));
}

TEST_CASE("tasks, threads and what executors run belong to the invocation they come from",
          "[output]") {
  CHECK(logs_of(R"(from concurrent.futures import ThreadPoolExecutor
async def task(): print("task")
async def main():
    await asyncio.create_task(task())
    await asyncio.to_thread(print, "to_thread")
    await asyncio.get_running_loop().run_in_executor(None, print, "in_executor")
asyncio.run(main())
def run(thread):
    thread.start()
    thread.join()
def nested():
    print("thread")
    run(threading.Thread(target=print, args=("of a thread",)))
run(threading.Thread(target=nested))
run(threading.Timer(0, print, ["timer"]))
with ThreadPoolExecutor(1, initializer=print, initargs=("initializer",)) as pool:
    list(pool.map(print, ["first", "second"])))") ==
        Logs{"1:task\n", "1:to_thread\n", "1:in_executor\n", "1:thread\n", "1:of a thread\n",
             "1:timer\n", "1:initializer\n", "1:first\n", "1:second\n"});
}

TEST_CASE("what a thread of the module itself writes belongs to no invocation", "[output]") {
  TempProject project;
  project.write("api/x.py", doing("ask.set()\nanswered.wait(10)", R"(import threading
ask, answered = threading.Event(), threading.Event()
def wait():
    ask.wait(10)
    print("of the module")
    answered.set()
threading.Thread(target=wait, daemon=True).start()
)"));
  WorkerUnderTest worker;
  auto instance = worker.start(project, "api/x.py");
  instance.ready();
  CHECK(instance.get(1, "/").logs.empty());
  CHECK(instance.late_logs(0) == Logs{"1:of the module\n"});
}

TEST_CASE("what is written while importing goes to the pipes", "[output]") {
  TempProject project;
  project.write("api/x.py", doing("pass", "import sys\nprint('importing')\n"
                                          "print('warning', file=sys.stderr)\n"));
  WorkerUnderTest worker;
  auto instance = worker.start(project, "api/x.py");
  instance.ready();
  CHECK(instance.output_until("\n") == "importing\n");
  CHECK(instance.errors_until("\n") == "warning\n");
}

TEST_CASE("the raw descriptors, sys.__stdout__ and subprocesses write to the pipes", "[output]") {
  TempProject project;
  project.write("api/x.py", doing("os.write(1, b'one\\n')\nsys.__stdout__.write('two\\n')\n"
                                  "subprocess.run(['echo', 'three'])"));
  WorkerUnderTest worker;
  auto instance = worker.start(project, "api/x.py");
  instance.ready();
  CHECK(instance.get(1, "/").logs.empty());
  CHECK(instance.output_until("three\n") == "one\ntwo\nthree\n");
}

TEST_CASE("what a thread writes after its invocation it writes in that one's name", "[output]") {
  TempProject project;
  project.write("api/x.py", doing(R"(def late():
    go.wait(10)
    print("late")
    done.set()
if self.path == "/go":
    go.set()
    done.wait(10)
else:
    threading.Thread(target=late).start())",
                                  "import threading\ngo, done = threading.Event(), "
                                  "threading.Event()\n"));
  WorkerUnderTest worker;
  auto instance = worker.start(project, "api/x.py");
  instance.ready();
  CHECK(instance.get(1, "/start").logs.empty());
  CHECK(instance.get(2, "/go").logs.empty());
  CHECK(instance.late_logs(1) == Logs{"1:late\n"});
}

TEST_CASE("what a thread writes while nothing runs is announced by a signal", "[output]") {
  const UniqueFd announced = block_signals({wire::kUnreadSignal});
  TempProject project;
  const std::string gate = project.path("gate");
  REQUIRE(::mkfifo(gate.c_str(), 0600) == 0);
  project.write("api/x.py", doing("threading.Thread(target=late).start()",
                                  "def late():\n    open(" + quoted(gate) +
                                      ").read()\n    print('late')\n"));
  WorkerUnderTest worker;
  auto instance = worker.start(project, "api/x.py");
  instance.ready();
  CHECK(instance.get(1, "/").logs.empty());
  pollfd come{announced.get(), POLLIN, 0};
  CHECK(::poll(&come, 1, 0) == 0);
  std::ofstream(gate) << "go";
  CHECK(instance.await_late_logs(1) == Logs{"1:late\n"});
  CHECK(::poll(&come, 1, 60'000) == 1);
}

TEST_CASE("a large write arrives whole, in frames of an accepted size", "[output]") {
  const auto logs = logs_of("print('x' * 3000000, end='')");
  std::size_t size = 0;
  for (const auto& log : logs) size += log.size() - 2;
  CHECK(size == 3'000'000);
  CHECK(logs.size() > 1);
}

TEST_CASE("a print to a file of the function's own is no message", "[output]") {
  CHECK(logs_of("import io\nheld = io.StringIO()\nprint('a', 1, sep='-', end='!', file=held)\n"
                "print(repr(held.getvalue()))") == Logs{"1:'a-1!'\n"});
}
