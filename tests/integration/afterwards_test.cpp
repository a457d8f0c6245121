// What goes on after its answer: how long it may, who is told of it, and where its words go.
#include <csignal>
#include <filesystem>

#include "tests/support/catch.h"
#include "tests/support/gate.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

// An ASGI app that answers, and then does `after`; its lines are indented by nothing.
std::string answers_and(std::string_view after) {
  std::string text = Gate::source() + R"(
import asyncio

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise RuntimeError("no lifespan")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"answered"})
)";
  for (std::size_t at = 0; at < after.size();) {
    const auto end = after.find('\n', at);
    text += "    " + std::string(after.substr(at, end - at)) + "\n";
    at = end == std::string_view::npos ? after.size() : end + 1;
  }
  return text;
}

// 4 000 lines in one write, more than a channel holds.
constexpr const char* kMuch = "print('\\n'.join(f'line {i} ' + 90 * '.' for i in range(4000)))";

std::string started_by_handler(const std::string& target) {
  return Gate::source() + "\nimport threading\nfrom http.server import BaseHTTPRequestHandler\n\n" +
         "def late():\n    wait_at_gate('late')\n    " + target +
         "\n    wait_at_gate('said')\n\n" +
         "class handler(BaseHTTPRequestHandler):\n    def do_GET(self):\n"
         "        threading.Thread(target=late).start()\n"
         "        self.send_response(200)\n        self.end_headers()\n";
}

}  // namespace

TEST_CASE_METHOD(IntegrationTest, "Ctrl-C lets a background task finish", "[integration][asgi]") {
  project.write("api/task.py",
                answers_and("await asyncio.to_thread(wait_at_gate, 'work')\nprint('work is done')"));
  Gate gate;
  start({"--env", gate.variable()});
  CHECK(get("/api/task").body == "answered");
  Gate::Visitor work = gate.await_visitor();
  server().signal(SIGINT);
  server().wait_for_log("again to stop now");
  work.release();
  CHECK(exit_code(server().await_exit()) == 130);
  server().await(Stream::Out, "work is done");
}

TEST_CASE_METHOD(IntegrationTest, "a second Ctrl-C ends a background task",
                 "[integration][asgi]") {
  project.write("api/task.py", answers_and("await asyncio.to_thread(wait_at_gate, 'work')"));
  Gate gate;
  start({"--env", gate.variable()});
  CHECK(get("/api/task").body == "answered");
  const Gate::Visitor work = gate.await_visitor();
  server().signal(SIGINT);
  server().wait_for_log("again to stop now");
  server().signal(SIGINT);
  CHECK(exit_code(server().await_exit()) == 130);
  CHECK(work.gone());
}

TEST_CASE_METHOD(IntegrationTest, "invoke and test wait for a background task",
                 "[integration][asgi]") {
  project.write("api/task.py",
                answers_and("await asyncio.sleep(0.1)\nopen('done', 'w').close()"));
  const std::string command = GENERATE("invoke", "test");
  if (command == "invoke") {
    launch({"invoke", "/api/task"});
  } else {
    launch({"test"});
  }
  CHECK(exit_code(server().await_exit()) == 0);
  CHECK(std::filesystem::exists(std::filesystem::path(project.root()) / "done"));
}

TEST_CASE_METHOD(IntegrationTest, "a background task that overruns maxDuration is named",
                 "[integration][asgi][limits]") {
  project.write("api/task.py", answers_and("await asyncio.to_thread(wait_at_gate, 'work')"));
  Gate gate;
  start({"--env", gate.variable(), "--max-duration", "2", "--log", "json"});
  CHECK(get("/api/task").body == "answered");
  const Gate::Visitor work = gate.await_visitor();
  const auto line = log_line_of(
      "after its answer: it still runs at its maxDuration of 2 s and is ended, here and on Vercel");
  CHECK(line.at("id") == record_of("/api/task").at("id"));
  CHECK(work.gone());
}

TEST_CASE_METHOD(IntegrationTest, "a background task whose process ends is told of",
                 "[integration][asgi]") {
  project.write("api/task.py", answers_and("await asyncio.to_thread(wait_at_gate, 'work')\n"
                                           "print('unfinished', end='')\nimport os\nos._exit(7)"));
  Gate gate;
  start({"--env", gate.variable(), "--log", "json"});
  CHECK(get("/api/task").body == "answered");
  gate.await_visitor().release();
  const auto id = record_of("/api/task").at("id");
  CHECK(log_line_of("after its answer: its process has ended before it was done").at("id") == id);
  CHECK(log_line_of("unfinished").at("id") == id);
}

TEST_CASE_METHOD(IntegrationTest, "much that is said to an idle instance arrives whole",
                 "[integration][logs]") {
  project.write("api/thread.py", started_by_handler(kMuch));
  project.write("api/task.py",
                answers_and(std::string("async def late():\n"
                                        "    await asyncio.to_thread(wait_at_gate, 'late')\n    ") +
                            kMuch + "\n    await asyncio.to_thread(wait_at_gate, 'said')\n"
                                    "app.task = asyncio.create_task(late())"));
  const std::string path = GENERATE("/api/thread", "/api/task");
  Gate gate;
  start({"--log", "json", "--env", gate.variable()});
  CHECK(get(path).status == 200);
  const auto id = record_of(path).at("id");
  gate.await_visitor().release();
  CHECK(log_line_of("line 3999 " + std::string(90, '.')).at("id") == id);
  gate.await_visitor().release();
}

TEST_CASE_METHOD(IntegrationTest, "what an instance says last is not lost in its channel",
                 "[integration][logs]") {
  project.write("api/task.py",
                answers_and(std::string("import atexit\natexit.register(lambda: ") + kMuch + ")"));
  start({"--log", "json"});
  CHECK(get("/api/task").status == 200);
  server().stop(SIGTERM);
  log_line_of("line 3999 " + std::string(90, '.'));
}

TEST_CASE_METHOD(IntegrationTest, "an instance that never stops talking cannot hold up the end",
                 "[integration][logs]") {
  project.write("api/task.py", answers_and("async def talk():\n"
                                           "    while True:\n"
                                           "        print('talk')\n"
                                           "        await asyncio.sleep(0)\n"
                                           "app.task = asyncio.create_task(talk())"));
  start();
  CHECK(get("/api/task").status == 200);
  server().await(Stream::Out, "talk");
  CHECK(exit_code(server().stop(SIGTERM)) == 143);
}

TEST_CASE_METHOD(IntegrationTest, "an unfinished line of what outlives its request is shown",
                 "[integration][logs]") {
  project.write("api/thread.py", started_by_handler("print('50 %', end='', flush=True)"));
  project.write("api/module.py", "import threading\nfrom http.server import BaseHTTPRequestHandler\n" +
                                     Gate::source() +
                                     "\ndef tick():\n    wait_at_gate('late')\n"
                                     "    print('50 %', end='')\n    wait_at_gate('said')\n\n"
                                     "threading.Thread(target=tick, daemon=True).start()\n\n"
                                     "class handler(BaseHTTPRequestHandler):\n"
                                     "    def do_GET(self):\n        self.send_response(200)\n"
                                     "        self.end_headers()\n");
  const std::string path = GENERATE("/api/thread", "/api/module");
  Gate gate;
  start({"--log", "json", "--env", gate.variable()});
  CHECK(get(path).status == 200);
  gate.await_visitor().release();
  Gate::Visitor said = gate.await_visitor();
  const auto id = log_line_of("50 %").at("id");
  CHECK(id == (path == "/api/thread" ? record_of(path).at("id") : nullptr));
  said.release();
}

TEST_CASE_METHOD(IntegrationTest, "what belongs to no request is not the one's that runs",
                 "[integration][logs]") {
  project.write("api/module.py", Gate::source() + R"(
import logging, threading
from http.server import BaseHTTPRequestHandler

def tick():
    wait_at_gate("tick")
    logging.warning("tick")
    wait_at_gate("ticked")

threading.Thread(target=tick, daemon=True).start()

class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        wait_at_gate("request")
        self.send_response(200)
        self.end_headers()
)");
  Gate gate;
  start({"--log", "json", "--env", gate.variable()});
  Connection client = connect();
  client.send(make_request("GET", "/api/module"));
  Gate::Visitor first = gate.await_visitor();
  Gate::Visitor second = gate.await_visitor();
  Gate::Visitor& tick = first.name() == "tick" ? first : second;
  Gate::Visitor& request = first.name() == "tick" ? second : first;
  tick.release();
  Gate::Visitor ticked = gate.await_visitor();
  const auto line = log_line_of("tick");
  CHECK(line.at("id").is_null());
  CHECK(line.at("level") == "warning");
  ticked.release();
  request.release();
  CHECK(client.read_answer().status == 200);
}

TEST_CASE_METHOD(IntegrationTest, "a body of text is refused in words", "[integration][asgi]") {
  project.write("api/text.py", R"(
async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": "text"})
)");
  start();
  get("/api/text");
  server().wait_for_log("the body of 'http.response.body' must be bytes, not str");
  server().wait_for_log("`text.encode()`");
}
