// The zygote as the host sees it: Hello, Spawn, Kill, Exited, and what is left when something dies.
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/bindings/support/worker_under_test.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::test;

namespace {

constexpr const char* kHello = R"(
from http.server import BaseHTTPRequestHandler

class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello " + self.path.encode())
)";

constexpr const char* kWithChild = R"(
import subprocess
from http.server import BaseHTTPRequestHandler

child = subprocess.Popen(["sleep", "1000"])

class handler(BaseHTTPRequestHandler):
    pass
)";

}  // namespace

TEST_CASE("the zygote says which Python it is", "[zygote]") {
  WorkerUnderTest worker;
  CHECK(worker.hello().number == worker.pid());
  CHECK_THAT(worker.hello().text, StartsWith("3."));
}

TEST_CASE("a spawned instance imports its file and answers", "[zygote]") {
  TempProject project;
  project.write("api/hello.py", kHello);
  WorkerUnderTest worker;
  auto instance = worker.start(project, "api/hello.py");
  const auto ready = instance.ready();
  CHECK(ready.interface == wire::Interface::Handler);
  CHECK(ready.init_us > 0);
  const auto answer = instance.get(1, "/api/hello?x=1");
  CHECK(answer.head.status == 200);
  CHECK(answer.body == "hello /api/hello?x=1");
  CHECK(answer.end.result == wire::Result::Complete);
  CHECK(answer.end.peak_bytes > 1'000'000);
  CHECK(instance.get(2, "/again").body == "hello /again");
}

TEST_CASE("an idle instance has descriptors 0, 1, 2 and its channel, and no other", "[zygote]") {
  TempProject project;
  project.write("api/hello.py", kHello);
  WorkerUnderTest worker;
  auto first = worker.start(project, "api/hello.py");
  auto second = worker.start(project, "api/hello.py");
  first.ready();
  second.ready();
  second.get(1, "/");
  for (const auto* instance : {&first, &second}) {
    const auto table = descriptors_of(instance->pid);
    REQUIRE(table.size() == 4);
    CHECK(table.at(0) == "/dev/null");
    CHECK_THAT(table.at(1), StartsWith("pipe:"));
    CHECK_THAT(table.at(2), StartsWith("pipe:"));
    CHECK_THAT(table.at(3), StartsWith("socket:"));
  }
}

TEST_CASE("the zygote keeps no descriptor of its instances", "[zygote]") {
  TempProject project;
  project.write("api/hello.py", kHello);
  WorkerUnderTest worker;
  auto instance = worker.start(project, "api/hello.py");
  instance.ready();
  const auto own = descriptors_of(instance.pid);
  // Not their number: it may be making a spare at the moment.
  for (const auto& [fd, target] : descriptors_of(worker.pid())) {
    for (const int of_instance : {1, 2, 3}) CHECK(target != own.at(of_instance));
  }
}

TEST_CASE("a killed instance is reported once, with how it ended", "[zygote]") {
  TempProject project;
  project.write("api/hello.py", kHello);
  WorkerUnderTest worker;
  auto instance = worker.start(project, "api/hello.py");
  auto other = worker.start(project, "api/hello.py");
  instance.ready();
  other.ready();
  worker.kill(instance.id);
  worker.kill(instance.id);
  worker.kill(4711);
  const int status = worker.await_exit(instance.id);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGKILL);
  CHECK(instance.ended());
  CHECK(other.get(1, "/").head.status == 200);
  // Everything the zygote has said until this answer has been read.
  worker.scan("/nonexistent");
  CHECK(worker.exits_reported(instance.id) == 1);
}

TEST_CASE("killing an instance kills what it has started", "[zygote]") {
  TempProject project;
  project.write("api/child.py", kWithChild);
  WorkerUnderTest worker;
  auto instance = worker.start(project, "api/child.py");
  instance.ready();
  worker.kill(instance.id);
  CHECK(group_is_gone(instance.pid));
}

TEST_CASE("an instance that ends by itself leaves no process behind", "[zygote]") {
  TempProject project;
  project.write("api/child.py", std::string(kWithChild) +
                                    "    def do_GET(self):\n"
                                    "        import os\n"
                                    "        os._exit(7)\n");
  WorkerUnderTest worker;
  auto instance = worker.start(project, "api/child.py");
  instance.ready();
  instance.request(1, "/");
  const int status = worker.await_exit(instance.id);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 7);
  CHECK(group_is_gone(instance.pid));
  CHECK(instance.ended());
}

TEST_CASE("when the control socket closes every instance and its children go", "[zygote]") {
  TempProject project;
  project.write("api/child.py", kWithChild);
  WorkerUnderTest worker;
  auto instance = worker.start(project, "api/child.py");
  instance.ready();
  worker.close_control();
  CHECK(group_is_gone(instance.pid));
  int status = 0;
  CHECK(::waitpid(worker.pid(), &status, 0) == worker.pid());
  CHECK(status == 0);
}

TEST_CASE("SIGTERM to the zygote takes every instance with it", "[zygote]") {
  TempProject project;
  project.write("api/child.py", kWithChild);
  WorkerUnderTest worker;
  auto instance = worker.start(project, "api/child.py");
  instance.ready();
  ::kill(worker.pid(), SIGTERM);
  CHECK(group_is_gone(instance.pid));
}

TEST_CASE("an instance does not outlive a zygote that is killed", "[zygote]") {
  TempProject project;
  project.write("api/hello.py", kHello);
  WorkerUnderTest worker;
  auto idle = worker.start(project, "api/hello.py");
  auto waiting = worker.spawn();
  idle.ready();
  worker.kill_zygote();
  CHECK(idle.gone());
  CHECK(waiting.gone());
}

TEST_CASE("an instance leaves when the host closes its channel", "[zygote]") {
  TempProject project;
  project.write("api/hello.py", kHello);
  WorkerUnderTest worker;
  auto instance = worker.start(project, "api/hello.py");
  instance.ready();
  instance.channel.reset();
  CHECK(worker.await_exit(instance.id) == 0);
}

TEST_CASE("a spawn without its descriptors fails with a reason", "[zygote]") {
  WorkerUnderTest worker;
  wire::ControlMessage message;
  message.type = wire::ControlType::Spawn;
  message.id = 9;
  worker.send(message, {0});
  const auto reply = worker.next(wire::ControlType::SpawnFailed);
  CHECK(reply.id == 9);
  CHECK_THAT(reply.text, ContainsSubstring("expected 3"));
}

TEST_CASE("instances draw different random numbers and uuids", "[zygote]") {
  TempProject project;
  project.write("api/random.py", R"(
import random, uuid
from http.server import BaseHTTPRequestHandler

class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{random.random()} {uuid.uuid4()}".encode())
)");
  WorkerUnderTest worker;
  auto first = worker.start(project, "api/random.py");
  auto second = worker.start(project, "api/random.py");
  first.ready();
  second.ready();
  const auto one = first.get(1, "/").body;
  const auto two = second.get(1, "/").body;
  const auto space = one.find(' ');
  CHECK(one.substr(0, space) != two.substr(0, two.find(' ')));
  CHECK(one.substr(space) != two.substr(two.find(' ')));
}

TEST_CASE("the shell's Python settings do not reach the interpreter", "[zygote]") {
  TempProject project;
  project.write("evil/http/server.py", "raise SystemExit('wrong library')\n");
  project.write("api/hello.py", kHello);
  WorkerUnderTest worker({{"PYTHONHOME", project.path("evil")},
                          {"PYTHONPATH", project.path("evil")},
                          {"PYTHONSTARTUP", project.path("evil/x.py")},
                          {"PATH", project.path("evil")}});
  auto instance = worker.start(project, "api/hello.py");
  instance.ready();
  CHECK(instance.get(1, "/").head.status == 200);
}

TEST_CASE("the zygote scans while it serves, and stays of one thread", "[zygote]") {
  TempProject project;
  project.write("api/hello.py", kHello);
  WorkerUnderTest worker;
  const auto entry = worker.scan(project.path("api/hello.py"));
  CHECK(entry.found);
  CHECK(entry.variable == "handler");
  CHECK(entry.line == 4);
  std::size_t threads = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(
           "/proc/" + std::to_string(worker.pid()) + "/task")) {
    ++threads;
  }
  CHECK(threads == 1);
}
