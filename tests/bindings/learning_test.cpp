// Learned zygotes as the host sees them: what they say of a lesson, and what their instances find.
#include <csignal>
#include <set>

#include "tests/bindings/support/worker_under_test.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::test;

namespace {

/// A project with a virtual environment for the Python of the worker.
class Project : public TempProject {
 public:
  explicit Project(const WorkerUnderTest& worker) {
    const std::string version = worker.hello().text.substr(0, worker.hello().text.rfind('.'));
    packages_ = ".venv/lib/python" + version + "/site-packages/";
    write(".venv/pyvenv.cfg", "include-system-site-packages = false\n");
  }

  void package(const std::string& file, const std::string& source) const {
    write(packages_ + file, source);
  }

  void function(const std::string& imports) const {
    write("api/x.py", "from http.server import BaseHTTPRequestHandler\n" + imports +
                          "\nclass handler(BaseHTTPRequestHandler):\n"
                          "    def do_GET(self):\n"
                          "        self.send_response(200)\n"
                          "        self.end_headers()\n"
                          "        self.wfile.write(b'done')\n");
  }

  WorkerUnderTest::Variables environment() const {
    return {{"VIRTUAL_ENV", path(".venv")}, {"PATH", "/usr/bin:/bin"}};
  }

  wire::Lesson lesson(std::vector<std::string> names) const {
    return {path(), environment(), std::move(names)};
  }

  InstanceUnderTest start(WorkerUnderTest& worker) const {
    return worker.start(*this, "api/x.py", "handler", environment());
  }

 private:
  std::string packages_;
};

}  // namespace

TEST_CASE("an instance says which modules of packages it had to import", "[learning]") {
  WorkerUnderTest worker;
  const Project project(worker);
  project.package("pkg/__init__.py", "from pkg import inner\nimport colorsys\n");
  project.package("pkg/inner.py", "");
  project.write("own.py", "");
  project.function("import own, pkg");
  auto instance = project.start(worker);
  const auto ready = instance.ready();
  CHECK(std::set<std::string>(ready.packages.begin(), ready.packages.end()) ==
        std::set<std::string>{"pkg", "pkg.inner"});
  CHECK_FALSE(ready.outdated);
}

TEST_CASE("an instance of a learned zygote has nothing to import", "[learning]") {
  WorkerUnderTest worker;
  const Project project(worker);
  project.package("pkg.py", "import colorsys\n");
  project.function("import pkg");
  auto learned = worker.learn(project.lesson({"pkg"}));
  CHECK(learned->hello().text == worker.hello().text);
  CHECK(learned->next(wire::ControlType::Learned).number == 2);
  auto instance = project.start(*learned);
  const auto ready = instance.ready();
  CHECK(ready.packages.empty());
  CHECK_FALSE(ready.outdated);
  CHECK(instance.get(1, "/").body == "done");
  instance.stop();
  CHECK(learned->await_exit(instance.id) == 0);
}

TEST_CASE("a zygote that may not keep a module says why and ends", "[learning]") {
  const auto [source, reason] = GENERATE(table<std::string, std::string>({
      {"import threading\nthreading.Thread(target=print).start()", "it started a thread"},
      {"import _thread\n_thread.start_new_thread(int, ())", "it started a thread"},
      {"KEPT = open(__file__)", "it keeps a descriptor open"},
      {"import os\nKEPT = os.pipe()", "it keeps a descriptor open"},
      {"print('hello')", "it prints"},
      {"import os\nos.write(2, b'hello')", "it prints"},
      {"import sys\nsys.stderr.write('hello')", "it prints"},
      {"import logging\nlogging.getLogger().setLevel(10)", "it changed logging"},
      {"import os\nos.environ['NEW'] = '1'", "it changed os.environ"},
      {"import os\nos.chdir('/')", "it changed the working directory"},
      {"import sys\nsys.path.append('/')", "it changed sys.path"},
      {"import sys\nsys.path_hooks.append(int)", "it changed the finders of modules"},
      {"import signal\nsignal.signal(signal.SIGUSR1, signal.SIG_IGN)",
       "it changed signal handlers"},
      {"import os\nos.umask(7)", "it changed the umask"},
      {"import sys\nsys.stdout = sys.__stdout__", "it changed the standard streams"},
      {"import sys\nsys.excepthook = print", "it changed the interpreter's hooks"},
      {"import sys\nsys.setrecursionlimit(5000)", "it changed the interpreter's limits"},
      {"import gc\ngc.enable()", "it changed the collector"},
      {"import time\ntime.sleep = print", "it replaced parts of the standard library"},
      {"import os\nKEY = os.urandom(8)", "it drew random bytes"},
      {"import secrets\nKEY = secrets.token_hex()", "it drew random bytes"},
      {"import os\nPID = os.getpid()", "it asked for the process id"},
      {"import os\nos.register_at_fork(before=print)", "it asked to be called at forks"},
      {"import subprocess\nsubprocess.run(['true'])", "it started a process"},
      {"import os\nif os.fork() == 0: os._exit(0)", "it started a process"},
      {"raise ValueError('no')", "it raised ValueError"},
      {"import sys\nsys.exit(3)", "it raised SystemExit"},
  }));
  INFO(source);
  WorkerUnderTest worker;
  const Project project(worker);
  project.package("pkg.py", source);
  auto learned = worker.learn(project.lesson({"pkg"}));
  const auto refused = learned->next(wire::ControlType::Refused);
  CHECK(refused.text == "pkg");
  CHECK(refused.entry.reason == reason);
  CHECK(group_is_gone(learned->pid()));
}

TEST_CASE("a module that lies elsewhere or reads the project is not kept", "[learning]") {
  WorkerUnderTest worker;
  const Project project(worker);
  project.write("data.txt", "data");
  project.write("lib/own.py", "");
  project.package("pkg.py", "DATA = open('data.txt').read()\n");
  auto reading = worker.learn(project.lesson({"pkg"}));
  CHECK_THAT(reading->next(wire::ControlType::Refused).entry.reason,
             ContainsSubstring("data.txt of the project"));
  project.package("own.pth", project.path("lib") + "\n");
  auto linked = worker.learn(project.lesson({"own"}));
  CHECK(linked->next(wire::ControlType::Refused).entry.reason == "it raised ModuleNotFoundError");
}

TEST_CASE("an instance tells when its learned zygote is outdated", "[learning]") {
  WorkerUnderTest worker;
  const Project project(worker);
  project.package("pkg.py", "X = 1\n");
  project.function("import pkg");
  auto learned = worker.learn(project.lesson({"pkg"}));
  learned->next(wire::ControlType::Learned);
  project.package("pkg.py", "X = 22\n");
  auto edited = project.start(*learned);
  auto ready = edited.ready();
  CHECK(ready.packages == std::vector<std::string>{"pkg"});
  CHECK(ready.outdated);

  auto environment = project.environment();
  environment.emplace_back("NEW", "1");
  project.function("");
  auto changed = learned->start(project, "api/x.py", "handler", environment);
  CHECK(changed.ready().outdated);
}

TEST_CASE("a learned zygote and its instances die with the one that it was forked from",
          "[learning]") {
  WorkerUnderTest worker;
  const Project project(worker);
  project.package("pkg.py", "");
  project.function("import pkg, subprocess\nsubprocess.Popen(['sleep', '1000'])");
  auto learned = worker.learn(project.lesson({"pkg"}));
  learned->next(wire::ControlType::Learned);
  auto instance = project.start(*learned);
  instance.ready();
  worker.kill_zygote();
  CHECK(group_is_gone(learned->pid()));
  CHECK(group_is_gone(instance.pid));
}

TEST_CASE("at the end of the control sockets both zygotes and all instances leave", "[learning]") {
  WorkerUnderTest worker;
  const Project project(worker);
  project.package("pkg.py", "");
  project.function("import pkg");
  auto learned = worker.learn(project.lesson({"pkg"}));
  learned->next(wire::ControlType::Learned);
  auto instance = project.start(*learned);
  instance.ready();
  learned->close_control();
  CHECK(group_is_gone(instance.pid));
  CHECK(group_is_gone(learned->pid()));
  auto other = project.start(worker);
  CHECK(other.ready().packages == std::vector<std::string>{"pkg"});
}
