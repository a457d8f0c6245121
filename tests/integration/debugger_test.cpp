// breakpoint() and pdb on a real pseudo-terminal: keys go in, what shows comes out.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "runtime/base/fd.h"
#include "tests/support/catch.h"
#include "tests/support/gate.h"
#include "tests/support/integration_test.h"

namespace localfn::test {
namespace {

std::string handler(const std::string& body) {
  return R"(from http.server import BaseHTTPRequestHandler
class handler(BaseHTTPRequestHandler):
    def do_GET(self):
)" + body +
         R"(
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())
)";
}

const std::string kStops = handler(R"(
        name = "Ada"
        breakpoint()
        text = "hello " + name)");
const std::string kHello = handler(R"(
        print("greeted")
        text = "hi")");
// Runs into its deadline: the only clock of these tests.
const std::string kNever = handler(R"(
        import threading
        threading.Event().wait()
        text = "")");

class OnTerminal : public IntegrationTest {
 protected:
  RunningLocalfn& begin(std::vector<std::string> options = {}) {
    auto& started = start_on_terminal(std::move(options));
    remember_modes();
    return started;
  }

  void remember_modes() { REQUIRE(::tcgetattr(server().terminal(), &before_) == 0); }

  /// Sends a request that is going to stop, and waits for the prompt.
  Connection stop_at(const std::string& target) {
    const auto from = server().mark(Stream::Err);
    auto client = connect();
    client.send(make_request("GET", target));
    wait_for_stop(from);
    return client;
  }

  /// Waits for the prompt of a debugger that opens after `from`: the one before it may still show its
  /// own, when a line that was typed ahead is echoed.
  void wait_for_stop(std::size_t from) {
    REQUIRE(eventually([&] {
      const auto log = server().log().substr(from);
      const auto opened = log.find("what others print waits");
      return opened != log.npos && log.find("(Pdb) ", opened) != log.npos;
    }));
  }

  /// Types a line and waits for what it makes appear.
  std::string type(const std::string& line, const std::string& shown) {
    const auto from = server().mark(Stream::Err);
    server().type(line);
    return server().wait_for_log(shown, from);
  }

  /// The terminal is set as it was before the debugger, and its keys go to the host.
  bool terminal_is_back(pid_t group) const {
    return eventually([&] {
      termios now{};
      return ::tcgetattr(server_terminal(), &now) == 0 && now.c_lflag == before_.c_lflag &&
             now.c_iflag == before_.c_iflag && now.c_oflag == before_.c_oflag &&
             now.c_cc[VEOL] == before_.c_cc[VEOL] && ::tcgetpgrp(server_terminal()) == group;
    });
  }
  bool terminal_is_back() const { return terminal_is_back(host().pid()); }

 private:
  const RunningLocalfn& host() const { return const_cast<OnTerminal*>(this)->server(); }
  int server_terminal() const { return host().terminal(); }

  termios before_{};
};

}  // namespace

TEST_CASE_METHOD(OnTerminal, "breakpoint() shows the function's variables; c answers the request",
                 "[debugger]") {
  project.write("api/stop.py", kStops);
  begin();
  auto client = stop_at("/api/stop");
  CHECK(server().log().find("stop.py") != std::string::npos);
  type("p name\n", "'Ada'");
  type("name = 'Bob'\n", "(Pdb) ");
  server().type("c\n");
  const auto answer = client.read_answer();
  CHECK(answer.status == 200);
  CHECK(answer.body == "hello Bob");
  CHECK(terminal_is_back());
  server().wait_for_log("/api/stop");
}

TEST_CASE_METHOD(OnTerminal,
                 "other requests are served while one is stopped; their lines wait for its end",
                 "[debugger]") {
  project.write("api/stop.py", kStops);
  project.write("api/hello.py", kHello);
  begin();
  auto client = stop_at("/api/stop");
  CHECK(get("/api/hello").body == "hi");
  type("p 'still ' + 'stopped'\n", "'still stopped'");
  server().type("c\n");
  CHECK(client.read_answer().status == 200);
  server().wait_for_log("greeted");
  const std::string log = server().log();
  CHECK(log.find("greeted") > log.find("'still stopped'"));
  CHECK(log.find("/api/hello") > log.find("'still stopped'"));
}

TEST_CASE_METHOD(OnTerminal, "no deadline runs while an invocation is stopped", "[debugger]") {
  project.write("api/stop.py", kStops);
  project.write("api/never.py", kNever);
  begin({"--max-duration", "1"});
  auto client = stop_at("/api/stop");
  // It begins later and has the same limit.
  CHECK(get("/api/never").status == 504);
  server().type("c\n");
  const auto answer = client.read_answer();
  CHECK(answer.status == 200);
  CHECK(answer.body == "hello Ada");
}

TEST_CASE_METHOD(OnTerminal, "the import's deadline does not run while a module is stopped",
                 "[debugger]") {
  project.write("api/stop.py", "import pdb\npdb.set_trace()\n" + kHello);
  project.write("api/never.py", kNever);
  begin({"--max-duration", "1"});
  auto client = stop_at("/api/stop");
  CHECK(get("/api/never").status == 504);
  server().type("c\n");
  CHECK(client.read_answer().status == 200);
  CHECK(terminal_is_back());
}

TEST_CASE_METHOD(OnTerminal, "quit ends the request with 500 and the instance goes on",
                 "[debugger]") {
  project.write("api/stop.py", handler(R"(
        text = "fine"
        if "stop" in self.path.partition("?")[2]:
            try:
                import pdb; pdb.set_trace()
                text = "went on"
            except Exception:
                text = "swallowed")"));
  begin();
  CHECK(get("/api/stop").body == "fine");
  const auto before = server().instances();
  auto client = stop_at("/api/stop?stop");
  const auto from = server().mark(Stream::Err);
  server().type("q\n");
  const auto answer = client.read_answer();
  CHECK(answer.status == 500);
  CHECK_THAT(answer.body, ContainsSubstring("FUNCTION_INVOCATION_FAILED"));
  const auto told = server().wait_for_log("ended in the debugger, by `quit`", from);
  CHECK(told.find("Traceback") == std::string::npos);
  CHECK(told.find("BdbQuit") == std::string::npos);
  CHECK(get("/api/stop").body == "fine");
  CHECK(server().instances() == before);
  CHECK(terminal_is_back());
}

TEST_CASE_METHOD(OnTerminal, "Ctrl-C drops the line that is typed, nothing else", "[debugger]") {
  project.write("api/stop.py", kStops);
  begin();
  auto client = stop_at("/api/stop");
  type("p 'half\x03", "--KeyboardInterrupt--");
  type("p 'wh' + 'ole'\n", "'whole'");
  server().type("c\n");
  CHECK(client.read_answer().status == 200);
  CHECK(server().running());
}

TEST_CASE_METHOD(OnTerminal, "Ctrl-D quits", "[debugger]") {
  project.write("api/stop.py", kStops);
  begin();
  auto client = stop_at("/api/stop");
  server().type("\x04");
  CHECK(client.read_answer().status == 500);
  CHECK(terminal_is_back());
}

TEST_CASE_METHOD(OnTerminal, "lines can be edited and come back from the history", "[debugger]") {
  project.write("api/stop.py", kStops);
  begin();
  auto client = stop_at("/api/stop");
  type("p 400 + 2\x1b[D1\n", "412");  // the left arrow key
  type("p 500 + 1\n", "501");
  type("\x1b[A\x1b[A\n", "412");  // twice the upper one
  server().type("c\n");
  CHECK(client.read_answer().status == 200);
}

TEST_CASE_METHOD(OnTerminal, "what a stepped line prints shows before the next prompt",
                 "[debugger]") {
  project.write("api/stop.py", handler(R"(
        breakpoint()
        print("printed by " + "the function")
        text = "done")"));
  begin();
  auto client = stop_at("/api/stop");
  // Python before 3.13 stops at the line after breakpoint(), later ones at it.
  if (server().log().find("breakpoint()") != std::string::npos) type("n\n", "(Pdb) ");
  const auto shown = type("n\n", "-> text = ");
  CHECK(shown.find("printed by the function") != std::string::npos);
  server().type("n\nn\nn\nn\nn\nn\nn\n");  // past the end of the function
  CHECK(client.read_answer().body == "done");
  CHECK(terminal_is_back());
  auto again = stop_at("/api/stop");
  server().type("c\n");
  CHECK(again.read_answer().body == "done");
}

TEST_CASE_METHOD(OnTerminal, "a second stop waits until the first has gone on", "[debugger]") {
  project.write("api/stop.py", kStops);
  project.write("api/other.py", handler(R"(
        place = "second"
        breakpoint()
        text = place)"));
  begin();
  auto first = stop_at("/api/stop");
  auto second = connect();
  second.send(make_request("GET", "/api/other"));
  REQUIRE(eventually([&] { return server().instances().size() == 2; }));
  type("p name\n", "'Ada'");
  const auto from = server().mark(Stream::Err);
  server().type("c\n");
  CHECK(first.read_answer().body == "hello Ada");
  wait_for_stop(from);
  type("p place\n", "'second'");
  server().type("c\n");
  CHECK(second.read_answer().body == "second");
  CHECK(terminal_is_back());
}

TEST_CASE_METHOD(OnTerminal, "an edit does not end the stopped instance", "[debugger]") {
  project.write("api/stop.py", kStops);
  begin();
  auto client = stop_at("/api/stop");
  project.write("api/stop.py", kHello);
  CHECK(get("/api/stop").body == "hi");
  type("p name\n", "'Ada'");
  server().type("c\n");
  CHECK(client.read_answer().body == "hello Ada");
  CHECK(get("/api/stop").body == "hi");
}

TEST_CASE_METHOD(OnTerminal, "the client may leave while its request is stopped", "[debugger]") {
  project.write("api/stop.py", kStops);
  begin();
  auto client = stop_at("/api/stop");
  client.reset();
  type("p name\n", "'Ada'");
  server().type("c\n");
  CHECK(terminal_is_back());
  auto again = stop_at("/api/stop");
  server().type("c\n");
  CHECK(again.read_answer().body == "hello Ada");
}

TEST_CASE_METHOD(OnTerminal, "the terminal comes back when the stopped instance is killed",
                 "[debugger]") {
  project.write("api/stop.py", kStops);
  begin();
  auto client = stop_at("/api/stop");
  REQUIRE(server().instances().size() == 1);
  REQUIRE(::kill(server().instances().front(), SIGKILL) == 0);
  CHECK(client.read_answer().status == 500);
  CHECK(terminal_is_back());
}

/// Started as from a shell, which outlives what it starts. It waits at a FIFO: from the terminal it
/// could not read before it has that back.
class BelowShell : public OnTerminal {
 protected:
  void begin_below_shell() {
    const std::string fifo = (beside_.path() / "leave").string();
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    leave_ = UniqueFd(::open(fifo.c_str(), O_RDWR | O_CLOEXEC));
    REQUIRE(leave_);
    launch_on_terminal({"-c", R"("$@"; echo shell is back; read line <"$0")", fifo, LOCALFN_BINARY,
                        "dev", project.root().string(), "--listen", "127.0.0.1:0"},
                       "/bin/sh");
    remember_modes();
    server().await_ready();
  }

  pid_t host_pid() {
    const auto below = children_of(server().pid());
    REQUIRE(below.size() == 1);
    return below.front().pid;
  }

  void leave_shell() {
    REQUIRE(::write(leave_.get(), "\n", 1) == 1);
    server().await_exit();
  }

 private:
  TempFolder beside_;
  UniqueFd leave_;
};

TEST_CASE_METHOD(BelowShell, "the terminal comes back when the host is killed at the prompt",
                 "[debugger]") {
  project.write("api/stop.py", kStops);
  begin_below_shell();
  auto client = stop_at("/api/stop");
  REQUIRE(::kill(host_pid(), SIGKILL) == 0);
  server().wait_for_log("shell is back");
  CHECK(terminal_is_back());
  leave_shell();
}

TEST_CASE_METHOD(BelowShell,
                 "the terminal comes back when the instance at the prompt is dead before the host",
                 "[debugger]") {
  project.write("api/stop.py", kStops);
  begin_below_shell();
  auto client = stop_at("/api/stop");
  const pid_t host = host_pid();
  const pid_t stopped = ::tcgetpgrp(server().terminal());
  const auto below = descendants_of(host);
  const auto instance = std::find_if(below.begin(), below.end(),
                                     [&](const ProcessInfo& each) { return each.pid == stopped; });
  REQUIRE(instance != below.end());
  const auto await_state = [](pid_t pid, char state) {
    return eventually([&] {
      const auto all = descendants_of(::getpid());
      return std::any_of(all.begin(), all.end(), [&](const ProcessInfo& each) {
        return each.pid == pid && each.state == state;
      });
    });
  };
  for (const pid_t pid : {host, instance->parent}) {
    REQUIRE(::kill(pid, SIGSTOP) == 0);
    REQUIRE(await_state(pid, 'T'));
  }
  REQUIRE(::kill(stopped, SIGKILL) == 0);
  REQUIRE(await_state(stopped, 'Z'));
  REQUIRE(::kill(host, SIGKILL) == 0);
  ::kill(instance->parent, SIGCONT);  // unless the kernel has: its group lost who could continue it
  server().wait_for_log("shell is back");
  CHECK(terminal_is_back());
  leave_shell();
}

TEST_CASE_METHOD(OnTerminal, "SIGTERM ends localfn at once while something is stopped",
                 "[debugger]") {
  project.write("api/stop.py", kStops);
  begin();
  auto client = stop_at("/api/stop");
  const int status = server().stop(SIGTERM);
  CHECK(exit_code(status) == 143);
}

TEST_CASE_METHOD(OnTerminal,
                 "a stopped ASGI app keeps its other requests waiting, without deadline",
                 "[debugger]") {
  project.write("api/app.py", R"(
async def app(scope, receive, send):
    if scope["path"].endswith("stop"):
        word = "stopped"
        breakpoint()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})
)");
  project.write("vercel.json",
                R"json({"rewrites": [{"source": "/(.*)", "destination": "/api/app"}]})json");
  project.write("api/never.py", kNever);
  begin({"--max-duration", "1"});
  auto client = stop_at("/stop");
  auto other = connect();
  other.send(make_request("GET", "/other"));
  CHECK(get("/api/never").status == 504);
  type("p word\n", "'stopped'");
  server().type("c\n");
  CHECK(client.read_answer().body == "/stop");
  CHECK(other.read_answer().body == "/other");
  CHECK(terminal_is_back());
}

TEST_CASE_METHOD(OnTerminal, "invoke stops in the debugger, too", "[debugger]") {
  project.write("api/stop.py", kStops);
  launch_on_terminal({"invoke", "/api/stop", "--dir", project.root().string()});
  remember_modes();
  server().wait_for_log("(Pdb) ");
  type("p name\n", "'Ada'");
  type("c\n", "hello Ada");
  CHECK(exit_code(server().await_exit()) == 0);
}

TEST_CASE_METHOD(OnTerminal, "the option --pdb opens the debugger where a function raises", "[debugger]") {
  project.write("api/boom.py", handler(R"(
        grades = []
        text = str(sum(grades) / len(grades)))"));
  begin({"--pdb"});
  auto client = stop_at("/api/boom");
  CHECK(server().log().find("ZeroDivisionError") != std::string::npos);
  type("p grades\n", "[]");
  server().type("q\n");
  CHECK(client.read_answer().status == 500);
  CHECK(terminal_is_back());
}

// ---- without a terminal ------------------------------------------------------------------------

TEST_CASE_METHOD(IntegrationTest, "without a terminal a breakpoint is passed over, and said so",
                 "[debugger]") {
  project.write("api/stop.py", kStops);
  start();
  CHECK(get("/api/stop").body == "hello Ada");
  const auto told = server().wait_for_log("is passed over: there is no terminal");
  CHECK(told.find("stop.py:6") != std::string::npos);
}

TEST_CASE_METHOD(IntegrationTest, "PYTHONBREAKPOINT of --env decides what breakpoint() does",
                 "[debugger]") {
  project.write("api/stop.py", kStops);
  project.write("tracing.py", "def note(*args):\n    print('noted', *args)\n");
  SECTION("nothing") {
    start({"--env", "PYTHONBREAKPOINT=0"});
    CHECK(get("/api/stop").body == "hello Ada");
    CHECK(server().log().find("passed over") == std::string::npos);
  }
  SECTION("a function of the project") {
    start({"--env", "PYTHONBREAKPOINT=tracing.note"});
    CHECK(get("/api/stop").body == "hello Ada");
    server().await(Stream::Out, "noted");
  }
}

}  // namespace localfn::test
