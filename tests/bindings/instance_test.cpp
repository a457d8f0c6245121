// How an instance behaves as a process: bodies, forks, signals, and every way to end.
#include <sys/wait.h>

#include <csignal>
#include <fstream>

#include "tests/bindings/support/worker_under_test.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::test;

namespace {

constexpr const char* kActions = R"(
import atexit, os, signal, sys, threading, time
from http.server import BaseHTTPRequestHandler

@atexit.register
def at_exit():
    print("exit callback")

def on_usr1(number, frame):
    os.write(1, b"usr1 on " + threading.current_thread().name.encode() + b"\n")

def on_usr2(number, frame):
    sys.exit(9)

signal.signal(signal.SIGUSR1, on_usr1)
signal.signal(signal.SIGUSR2, on_usr2)

class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        action = self.path[1:]
        if action == "raise":
            raise ValueError("boom")
        if action == "segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        if action == "fork":
            child = os.fork()
            if child:
                os.waitpid(child, 0)
            else:
                print("child")
        if action == "linger":
            child = os.fork()
            if child == 0:
                time.sleep(1000)
        if action == "signal":
            try:
                signal.signal(signal.SIGTERM, on_usr1)
            except ValueError as error:
                action = str(error)
        if action == "spin":
            while True:
                pass
        if action == "hang":
            threading.Thread(target=time.sleep, args=(1000,), daemon=False).start()
        if action == "silent":
            return
        self.send_response(200)
        self.send_header("X-Action", action)
        self.send_header("X-Action", "again")
        self.end_headers()
        self.wfile.write(action.encode())
        if action == "late":
            raise ValueError("after the body")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.write(body)
)";

struct Acting {
  Acting() {
    project.write("api/x.py", kActions);
    instance = worker.start(project, "api/x.py");
    instance.ready();
  }
  TempProject project;
  WorkerUnderTest worker;
  InstanceUnderTest instance;
};

}  // namespace

TEST_CASE("a head arrives with its headers in order, duplicates kept", "[instance]") {
  Acting acting;
  const auto answer = acting.instance.get(1, "/go");
  REQUIRE(answer.head.headers.size() == 4);
  CHECK(answer.head.headers[2] == wire::Header("X-Action", "go"));
  CHECK(answer.head.headers[3] == wire::Header("X-Action", "again"));
  CHECK(answer.bodies == 1);
}

TEST_CASE("large bodies pass in both directions, in pieces", "[instance]") {
  Acting acting;
  std::string body(4'500'000, 'x');
  for (std::size_t i = 0; i < body.size(); i += 1000) body[i] = static_cast<char>('a' + i % 26);
  acting.instance.request(1, "/", false, body, "POST");
  const auto answer = acting.instance.answer(1);
  CHECK(answer.body.size() == 9'000'000);
  CHECK(answer.body == body + body);
  CHECK(answer.bodies >= 36);
  CHECK(acting.instance.get(2, "/go").body == "go");
}

TEST_CASE("an exception ends its invocation and not the instance", "[instance]") {
  Acting acting;
  const auto answer = acting.instance.get(1, "/raise");
  CHECK(answer.end.result == wire::Result::Raised);
  CHECK(answer.head.status == 0);
  CHECK(answer.end.failure.error == "ValueError: boom");
  CHECK(answer.end.failure.traceback ==
        "ValueError: boom\n  api/x.py:22  do_GET\n    raise ValueError(\"boom\")");
  CHECK(acting.instance.get(2, "/silent").end.result == wire::Result::NoResponse);
  const auto late = acting.instance.get(3, "/late");
  CHECK(late.body == "late");
  CHECK(late.end.result == wire::Result::Raised);
  CHECK(acting.instance.get(4, "/go").body == "go");
}

TEST_CASE("a handler that crashes takes only its instance", "[instance]") {
  Acting acting;
  auto other = acting.worker.start(acting.project, "api/x.py");
  other.ready();
  acting.instance.request(1, "/segfault");
  const int status = acting.worker.await_exit(acting.instance.id);
#ifndef LOCALFN_SANITIZED
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGSEGV);
  CHECK_THAT(acting.instance.errors_until("in do_GET"), ContainsSubstring("Segmentation fault"));
#else
  CHECK(status != 0);
#endif
  CHECK(other.get(1, "/go").body == "go");
}

TEST_CASE("a process that a handler forks has no part in the protocol", "[instance]") {
  Acting acting;
  const auto answer = acting.instance.get(1, "/fork");
  CHECK(answer.body == "fork");
  CHECK(answer.logs.empty());
  CHECK(acting.instance.output_until("child\n") == "child\n");
  CHECK(acting.instance.get(2, "/go").body == "go");
}

TEST_CASE("a process that a handler forks does not keep the channel open", "[instance]") {
  Acting acting;
  CHECK(acting.instance.get(1, "/linger").body == "linger");
  acting.worker.kill(acting.instance.id);
  CHECK(acting.instance.ended());
  CHECK(group_is_gone(acting.instance.pid));
}

TEST_CASE("signal handlers set at import run on the main thread, and handlers cannot set any",
          "[instance]") {
  Acting acting;
  acting.instance.signal(SIGUSR1);
  CHECK(acting.instance.output_until("\n") == "usr1 on MainThread\n");
  CHECK_THAT(acting.instance.get(1, "/signal").body, ContainsSubstring("main thread"));
}

TEST_CASE("a signal handler that exits ends the instance with its code", "[instance]") {
  Acting acting;
  acting.instance.signal(SIGUSR2);
  const int status = acting.worker.await_exit(acting.instance.id);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 9);
}

TEST_CASE("Stop lets what runs finish, runs the exit callbacks and leaves", "[instance]") {
  Acting acting;
  acting.instance.request(1, "/go");
  acting.instance.stop();
  CHECK(acting.instance.answer(1).body == "go");
  CHECK(acting.worker.await_exit(acting.instance.id) == 0);
  CHECK(acting.instance.await_late_logs(0) == std::vector<std::string>{"1:exit callback\n"});
}

TEST_CASE("Stop does not wait for ever for a thread of the user's", "[instance]") {
  Acting acting;
  acting.instance.get(1, "/hang");
  acting.instance.stop();
  CHECK(acting.worker.await_exit(acting.instance.id) == 0);
}

TEST_CASE("Stop before Load ends an instance that was never used", "[instance]") {
  WorkerUnderTest worker;
  auto instance = worker.spawn();
  instance.stop();
  CHECK(worker.await_exit(instance.id) == 0);
}

TEST_CASE("a spinning handler can be killed", "[instance]") {
  Acting acting;
  acting.instance.request(1, "/spin");
  acting.worker.kill(acting.instance.id);
  CHECK(WIFSIGNALED(acting.worker.await_exit(acting.instance.id)));
}

TEST_CASE("a malformed frame ends the instance with a reason", "[instance]") {
  Acting acting;
  acting.instance.send(std::string(64, '\xff'));
  CHECK_THAT(acting.instance.errors_until("frame"), ContainsSubstring("malformed frame"));
  CHECK(WEXITSTATUS(acting.worker.await_exit(acting.instance.id)) == 1);
}

TEST_CASE("signals start at their defaults and the descriptor limit at 1024", "[instance]") {
  Acting acting;
  std::ifstream file("/proc/" + std::to_string(acting.instance.pid) + "/limits");
  const std::string limits((std::istreambuf_iterator<char>(file)), {});
  const auto line = limits.substr(limits.find("Max open files"));
  CHECK_THAT(line.substr(26, 5), StartsWith("1024"));
  std::ifstream status_file("/proc/" + std::to_string(acting.instance.pid) + "/status");
  const std::string status((std::istreambuf_iterator<char>(status_file)), {});
  // The C library keeps 32 and 33 for itself: nobody can change what was inherited for them.
  const auto ignored = std::stoull(status.substr(status.find("SigIgn:") + 8, 16), nullptr, 16);
  CHECK((ignored & ~(3ull << 31)) == 1ull << (SIGPIPE - 1));
}
