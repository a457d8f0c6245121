// Killing, crashing and hostile processes: nothing may hurt the host or outlive it.
#include <signal.h>
#include <sys/wait.h>

#include <set>

#include "tests/support/catch.h"
#include "tests/support/gate.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

std::string waiting_handler() {
  return handler_doing(
      "word = wait_at_gate(os.getpid())\nself.send_response(200)\n"
      "self.end_headers()\nself.wfile.write(word.encode())\n",
      Gate::source());
}

std::string waiting_import() {
  return handler_answering("imported") + Gate::source() + "\nwait_at_gate(os.getpid())\n";
}

/// Everything below the host is gone shortly after `pids` were its descendants.
void check_all_gone(const std::vector<ProcessInfo>& processes) {
  for (const ProcessInfo& process : processes) {
    INFO(process.pid << " " << process.name);
    CHECK(eventually([&] { return !is_alive(process.pid); },
                     localfn::Deadline::after(std::chrono::seconds(5))));
  }
}

}  // namespace

TEST_CASE_METHOD(IntegrationTest, "an idle instance holds only 0, 1, 2 and its channel",
                 "[integration][processes]") {
  project.write("api/hello.py", handler_answering("hello"));
  start();
  // With the second request it gets memory to share with the host, which comes as a descriptor.
  const int requests = GENERATE(1, 3);
  for (int i = 0; i < requests; ++i) get("/api/hello");
  REQUIRE(server().instances().size() == 1);
  const pid_t instance = server().instances().front();
  CHECK(eventually([&] { return open_descriptors(instance).size() == 4; }));
  const auto descriptors = open_descriptors(instance);
  REQUIRE(descriptors.size() == 4);
  CHECK_THAT(descriptors[0], StartsWith("0 /dev/null"));
  CHECK_THAT(descriptors[1], StartsWith("1 pipe:"));
  CHECK_THAT(descriptors[2], StartsWith("2 pipe:"));
  CHECK_THAT(descriptors[3], ContainsSubstring("socket:"));
}

TEST_CASE_METHOD(IntegrationTest, "two instances of one function draw different random numbers",
                 "[integration][processes]") {
  project.write("api/draw.py",
                handler_doing("wait_at_gate('here')\nself.send_response(200)\nself.end_headers()\n"
                              "self.wfile.write(f'{AT_IMPORT} {random.random()} {uuid.uuid4()} '\n"
                              "    f'{next(tempfile._get_candidate_names())}'.encode())\n",
                              Gate::source() + "import random, tempfile, uuid\n"
                                               "AT_IMPORT = random.random()\n"));
  Gate gate;
  start({"--env", gate.variable()});
  Connection one = connect();
  Connection two = connect();
  one.send(make_request("GET", "/api/draw"));
  two.send(make_request("GET", "/api/draw"));
  Gate::Visitor first = gate.await_visitor();
  Gate::Visitor second = gate.await_visitor();
  CHECK(server().instances().size() == 2);
  first.release();
  second.release();
  const std::string a = one.read_answer().body;
  const std::string b = two.read_answer().body;
  std::set<std::string> words;
  for (const std::string& text : {a, b}) {
    std::istringstream stream(text);
    for (std::string word; stream >> word;) words.insert(word);
  }
  CHECK(words.size() == 8);
}

TEST_CASE_METHOD(IntegrationTest, "kill -9 of the host leaves nothing alive",
                 "[integration][processes]") {
  Gate gate;
  project.write("api/busy.py", waiting_handler());
  project.write("api/import.py", waiting_import());
  project.write("api/idle.py", handler_answering("idle"));
  start({"--env", gate.variable()});
  get("/api/idle");
  Connection pending = connect();
  SECTION("idle") {}
  SECTION("idle, and used more than once") {
    get("/api/idle");
    get("/api/idle");
  }
  SECTION("busy") {
    pending.send(make_request("GET", "/api/busy"));
    gate.await_visitor();
  }
  SECTION("importing") {
    pending.send(make_request("GET", "/api/import"));
    gate.await_visitor();
  }
  const auto processes = descendants_of(server().pid());
  CHECK(processes.size() >= 2);
  CHECK(exit_code(server().stop(SIGKILL)) == 128 + SIGKILL);
  check_all_gone(processes);
}

TEST_CASE_METHOD(IntegrationTest, "kill -9 of the zygote fails what runs and heals",
                 "[integration][processes]") {
  Gate gate;
  project.write("api/busy.py", waiting_handler());
  project.write("api/import.py", waiting_import());
  project.write("api/idle.py", handler_answering("idle"));
  start({"--env", gate.variable()});
  expect_log("zygote");
  get("/api/idle");
  const pid_t zygote = server().zygote();
  const auto instances = descendants_of(zygote);
  Connection pending = connect();
  SECTION("idle") { ::kill(zygote, SIGKILL); }
  SECTION("busy") {
    pending.send(make_request("GET", "/api/busy"));
    Gate::Visitor visitor = gate.await_visitor();
    ::kill(zygote, SIGKILL);
    CHECK(visitor.gone());
    CHECK(pending.read_answer().status == 500);
  }
  SECTION("importing") {
    pending.send(make_request("GET", "/api/import"));
    Gate::Visitor visitor = gate.await_visitor();
    ::kill(zygote, SIGKILL);
    CHECK(visitor.gone());
    CHECK(pending.read_answer().status == 500);
  }
  check_all_gone(instances);
  CHECK(get("/api/idle").body == "idle");
  CHECK(server().zygote() != zygote);
}

TEST_CASE_METHOD(IntegrationTest, "a request that a dying zygote was to serve is answered",
                 "[integration][processes]") {
  project.write("api/hello.py", handler_answering("hello"));
  start();
  expect_log("zygote");
  get("/");
  const pid_t zygote = server().zygote();
  const auto open = [this](const std::string& kind) {
    std::size_t count = 0;
    for (const auto& each : open_descriptors(server().pid())) {
      if (each.find(kind) != std::string::npos) ++count;
    }
    return count;
  };
  const auto pipes = open("pipe:");
  const auto sets = open("[eventpoll]");
  ::kill(zygote, SIGSTOP);
  Connection connection = connect();
  connection.send(make_request("GET", "/api/hello"));
  // Both ends of the instance's two pipes, and what is made once the zygote has been asked.
  CHECK(eventually([&] { return open("pipe:") >= pipes + 4 && open("[eventpoll]") > sets; }));
  ::kill(zygote, SIGKILL);
  CHECK(connection.read_answer().body == "hello");
  CHECK(server().zygote() != zygote);
}

TEST_CASE_METHOD(IntegrationTest, "kill -9 of an instance fails what runs in it and heals",
                 "[integration][processes]") {
  Gate gate;
  project.write("api/busy.py", waiting_handler());
  project.write("api/import.py", waiting_import());
  start({"--env", gate.variable()});
  Connection pending = connect();
  SECTION("busy") {
    pending.send(make_request("GET", "/api/busy"));
    ::kill(std::stoi(gate.await_visitor().name()), SIGKILL);
    const Answer answer = pending.read_answer();
    CHECK(answer.status == 500);
    CHECK(answer.body == "A server error has occurred\n\nFUNCTION_INVOCATION_FAILED\n");
    server().wait_for_log("SIGKILL");
  }
  SECTION("busy, and used before") {
    for (int i = 0; i < 3; ++i) {
      Connection before = connect();
      before.send(make_request("GET", "/api/busy"));
      gate.await_visitor().release();
      CHECK(before.read_answer().status == 200);
    }
    pending.send(make_request("GET", "/api/busy"));
    ::kill(std::stoi(gate.await_visitor().name()), SIGKILL);
    CHECK(pending.read_answer().status == 500);
    server().wait_for_log("SIGKILL");
  }
  SECTION("importing") {
    pending.send(make_request("GET", "/api/import"));
    ::kill(std::stoi(gate.await_visitor().name()), SIGKILL);
    CHECK(pending.read_answer().status == 500);
    server().wait_for_log("SIGKILL");
  }
  SECTION("idle") {
    pending.send(make_request("GET", "/api/busy"));
    Gate::Visitor visitor = gate.await_visitor();
    visitor.release();
    CHECK(pending.read_answer().status == 200);
    ::kill(std::stoi(visitor.name()), SIGKILL);
  }
  Connection after = connect();
  after.send(make_request("GET", "/api/busy"));
  gate.await_visitor().release("healed");
  CHECK(after.read_answer().body == "healed");
}

TEST_CASE_METHOD(IntegrationTest, "Ctrl-C lets a running request finish and ends with 130",
                 "[integration][processes]") {
  Gate gate;
  project.write("api/busy.py", waiting_handler());
  start({"--env", gate.variable()});
  Connection pending = connect();
  pending.send(make_request("GET", "/api/busy"));
  Gate::Visitor visitor = gate.await_visitor();
  server().signal_group(SIGINT);
  visitor.release("finished");
  CHECK(pending.read_answer().body == "finished");
  CHECK(exit_code(server().await_exit()) == 130);
}

TEST_CASE_METHOD(IntegrationTest, "a second Ctrl-C does not wait for anybody",
                 "[integration][processes]") {
  Gate gate;
  project.write("api/busy.py", waiting_handler());
  start({"--env", gate.variable()});
  Connection pending = connect();
  pending.send(make_request("GET", "/api/busy"));
  Gate::Visitor visitor = gate.await_visitor();
  server().signal_group(SIGINT);
  // The first signal has been taken once no new connection is accepted.
  CHECK(eventually([&] {
    try {
      Connection probe(server().port());
      return false;
    } catch (const std::system_error&) {
      return true;
    }
  }));
  server().signal_group(SIGINT);
  CHECK(exit_code(server().await_exit()) == 130);
  CHECK(visitor.gone());
}

TEST_CASE_METHOD(IntegrationTest, "SIGTERM of an idle server ends with 143",
                 "[integration][processes]") {
  project.write("api/hello.py", handler_answering("hello"));
  start();
  get("/api/hello");
  CHECK(exit_code(server().stop(SIGTERM)) == 143);
}

TEST_CASE_METHOD(IntegrationTest, "a function that floods its output cannot stop the host",
                 "[integration][processes]") {
  project.write("api/flood.py", handler_doing(R"(for _ in range(200):
    os.write(1, b'x' * 50000)
    os.write(2, b'y' * 50000)
    print('z' * 20000)
self.send_response(200)
self.end_headers()
self.wfile.write(b'done')
)",
                                              "import os\n"));
  project.write("api/calm.py", handler_answering("calm"));
  start({"--log", "json"});
  Connection flooding = connect();
  flooding.send(make_request("GET", "/api/flood"));
  CHECK(get("/api/calm").body == "calm");
  CHECK(flooding.read_answer().body == "done");
  CHECK(get("/api/calm").body == "calm");
}

TEST_CASE_METHOD(IntegrationTest, "garbage on the channel condemns the instance, never the host",
                 "[integration][processes]") {
  project.write("api/garbage.py", handler_doing(R"(if 'write' in self.path:
    for number in os.listdir('/proc/self/fd'):
        fd = int(number)
        try:
            if fd > 2 and stat.S_ISSOCK(os.fstat(fd).st_mode):
                os.write(fd, bytes(range(256)) * 64)
        except OSError:
            pass
self.send_response(200)
self.end_headers()
self.wfile.write(b'answer')
)",
                                                "import os, stat\n"));
  start();
  CHECK(get("/api/garbage").body == "answer");
  const Answer answer = get("/api/garbage?write");
  CHECK(answer.status == 500);
  CHECK(get("/api/garbage").body == "answer");
}

TEST_CASE_METHOD(IntegrationTest, "a function that reads none of its body answers all the same",
                 "[integration][processes]") {
  project.write("api/deaf.py", handler_answering("deaf"));
  start();
  const std::string body(4'000'000, 'b');
  CHECK(post("/api/deaf", body).body == "deaf");
  CHECK(post("/api/deaf", body).body == "deaf");
}

TEST_CASE_METHOD(IntegrationTest, "a function's own subprocesses end with their instance",
                 "[integration][processes]") {
  Gate gate;
  project.write("api/child.py",
                handler_doing(R"(subprocess.Popen([sys.executable or 'python3', '-c', CHILD])
self.send_response(200)
self.end_headers()
self.wfile.write(b'started')
)",
                              "import subprocess, sys\nCHILD = r'''" + Gate::source() +
                                  "wait_at_gate(os.getpid())\n'''\n"));
  start({"--env", gate.variable()});
  CHECK(get("/api/child").body == "started");
  Gate::Visitor child = gate.await_visitor();
  SECTION("when the server is stopped") { CHECK(exit_code(server().stop(SIGTERM)) == 143); }
  SECTION("when the server is killed") { server().stop(SIGKILL, patience()); }
  SECTION("when the function is edited") {
    project.write("api/child.py", handler_answering("new"));
    CHECK(get("/api/child").body == "new");
  }
  CHECK(child.gone());
}

TEST_CASE_METHOD(IntegrationTest, "a function that forks answers once, and its child never",
                 "[integration][processes]") {
  project.write("api/fork.py", handler_doing("child = os.fork()\n"
                                             "if child:\n"
                                             "    os.waitpid(child, 0)\n"
                                             "self.send_response(200)\n"
                                             "self.end_headers()\n"
                                             "self.wfile.write(b'parent' if child else b'child')\n",
                                             "import os\n"));
  start();
  // The third is the first whose instance shares memory with the host from its beginning.
  for (int i = 0; i < 4; ++i) CHECK(get("/api/fork").body == "parent");
  CHECK(server().instances().size() == 1);
}

TEST_CASE_METHOD(IntegrationTest, "an instance idle for too long is retired",
                 "[integration][processes]") {
  project.write("api/hello.py", handler_answering("hello"));
  start({"--idle", "1"});
  CHECK(get("/api/hello").body == "hello");
  CHECK(server().instances().size() == 1);
  CHECK(eventually([&] { return server().instances().empty(); }));
  CHECK(get("/api/hello").body == "hello");
}
