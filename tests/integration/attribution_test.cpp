// Whose a line is when several requests run in one instance: with threads, executors and tasks.
#include <csignal>

#include "tests/support/catch.h"
#include "tests/support/gate.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

// Says the same in every way that there is; module-level threads are shared by all requests.
constexpr const char* kVoices = R"(
import asyncio, contextvars, logging, sys, threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler

pool = ThreadPoolExecutor(1)
request_name = contextvars.ContextVar("request_name")


def run(target, *arguments):
    thread = threading.Thread(target=target, args=arguments)
    thread.start()
    thread.join()


def fail(name):
    raise KeyError(f"thread {name}")


async def task(name):
    print("task", name)
    await asyncio.to_thread(print, "to_thread", name)
    await asyncio.get_running_loop().run_in_executor(None, print, "run_in_executor", name)


def speak(name):
    request_name.set(name)
    print("print", name)
    logging.warning("logging %s", name)
    print("stderr", name, file=sys.stderr)
    run(print, "thread", name)
    run(run, print, "thread of a thread", name)
    run(contextvars.copy_context().run, lambda: print("context", request_name.get()))
    run(fail, name)
    pool.submit(print, "executor", name).result()
)";

constexpr const char* kHandler = R"(
class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.partition("?")[2]
        wait_at_gate(name)
        speak(name)
        asyncio.run(task(name))
        wait_at_gate(name)
        raise ValueError(f"raised {name}")
)";

constexpr const char* kWsgi = R"(
def app(environ, start_response):
    name = environ["QUERY_STRING"]
    wait_at_gate(name)
    speak(name)
    asyncio.run(task(name))
    wait_at_gate(name)
    raise ValueError(f"raised {name}")
)";

constexpr const char* kAsgi = R"(
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise RuntimeError("no lifespan")
    name = scope["query_string"].decode()
    await asyncio.to_thread(wait_at_gate, name)
    speak(name)
    await asyncio.create_task(task(name))
    await asyncio.to_thread(wait_at_gate, name)
    raise ValueError(f"raised {name}")
)";

constexpr const char* kLines[] = {
    "print",   "logging",  "stderr", "thread",    "thread of a thread",
    "context", "executor", "task",   "to_thread", "run_in_executor"};

std::string late_thread() {
  return Gate::source() + R"(
import threading
from http.server import BaseHTTPRequestHandler

def late():
    wait_at_gate("thread")
    print("late words")
    wait_at_gate("said")

class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if "start" in self.path:
            threading.Thread(target=late).start()
        else:
            wait_at_gate("second")
        self.send_response(200)
        self.end_headers()
)";
}

}  // namespace

TEST_CASE_METHOD(IntegrationTest,
                 "whatever requests of one instance start, it speaks in their names",
                 "[integration][logs][fluid]") {
  struct Row {
    const char* interface;
    const char* source;
  };
  const auto [interface, source] =
      GENERATE(Row{"handler", kHandler}, Row{"WSGI", kWsgi}, Row{"ASGI", kAsgi});
  INFO(interface);
  project.write("vercel.json", R"({"fluid": true})");
  project.write("api/say.py", std::string(kVoices) + Gate::source() + source);
  Gate gate;
  start({"--log", "json", "--env", gate.variable()});
  std::vector<Connection> connections;
  std::vector<Gate::Visitor> visitors;
  for (const char* name : {"one", "two", "three"}) {
    connections.emplace_back(server().port());
    connections.back().send(make_request("GET", std::string("/api/say?") + name));
    visitors.push_back(gate.await_visitor());
  }
  // All are in it, the first waits before it says anything: one after the other now speaks.
  std::vector<Gate::Visitor> done;
  for (std::size_t index : {1U, 2U, 0U}) {
    visitors[index].release();
    done.push_back(gate.await_visitor());
  }
  for (Gate::Visitor& visitor : done) visitor.release();
  for (Connection& connection : connections) CHECK(connection.read_answer().status == 500);
  CHECK(server().instances().size() == 1);
  for (const std::string name : {"one", "two", "three"}) {
    const auto id = record_of("/api/say?" + name).at("id");
    for (const std::string line : kLines) {
      INFO(line << " " << name);
      CHECK(log_line_of(line + " " + name).at("id") == id);
    }
    CHECK(log_line_of("KeyError: 'thread " + name + "'").at("id") == id);
    server().await(Stream::Out, "ValueError: raised " + name);
  }
}

TEST_CASE_METHOD(IntegrationTest, "what a thread says during the next request is its own request's",
                 "[integration][logs]") {
  project.write("api/late.py", late_thread());
  Gate gate;
  start({"--log", "json", "--env", gate.variable()});
  CHECK(get("/api/late?start").status == 200);
  Gate::Visitor thread = gate.await_visitor();
  Connection next = connect();
  next.send(make_request("GET", "/api/late?next"));
  Gate::Visitor second = gate.await_visitor();
  thread.release();
  gate.await_visitor().release();
  second.release();
  CHECK(next.read_answer().status == 200);
  const auto line = log_line_of("late words");
  CHECK(line.at("instance") == record_of("/api/late?next").at("instance"));
  CHECK(line.at("id") == record_of("/api/late?start").at("id"));
}

TEST_CASE_METHOD(IntegrationTest,
                 "what outlives its request speaks in its name to an idle instance",
                 "[integration][logs]") {
  project.write("api/thread.py", late_thread());
  project.write("api/task.py", Gate::source() + R"(
import asyncio

async def late():
    await asyncio.to_thread(wait_at_gate, "task")
    print("late words")
    await asyncio.to_thread(wait_at_gate, "said")

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise RuntimeError("no lifespan")
    app.task = asyncio.create_task(late())
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body"})
)");
  const std::string path = GENERATE("/api/thread?start", "/api/task");
  Gate gate;
  start({"--log", "json", "--env", gate.variable()});
  CHECK(get(path).status == 200);
  const auto id = record_of(path).at("id");
  gate.await_visitor().release();
  CHECK(log_line_of("late words").at("id") == id);
  gate.await_visitor().release();
}

TEST_CASE_METHOD(IntegrationTest, "what a task says at the end of its instance is not lost",
                 "[integration][logs]") {
  project.write("api/task.py", R"(
import asyncio

async def late():
    try:
        await asyncio.Event().wait()
    finally:
        print("last words")

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        return await send({"type": "lifespan.shutdown.complete"})
    app.task = asyncio.create_task(late())
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body"})
)");
  start({"--log", "json"});
  CHECK(get("/api/task").status == 200);
  const auto id = record_of("/api/task").at("id");
  server().stop(SIGTERM);
  CHECK(log_line_of("last words").at("id") == id);
}

TEST_CASE_METHOD(IntegrationTest, "a task that nobody awaits fails in the name of its request",
                 "[integration][logs][asgi]") {
  project.write("api/tasks.py", Gate::source() + R"(
import asyncio

async def fail(name):
    raise KeyError(f"task {name}")

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise RuntimeError("no lifespan")
    name = scope["query_string"].decode()
    await asyncio.to_thread(wait_at_gate, name)
    asyncio.create_task(fail(name))
    for _ in range(5):
        await asyncio.sleep(0)
    await asyncio.to_thread(wait_at_gate, name)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})
)");
  Gate gate;
  start({"--log", "json", "--env", gate.variable()});
  Connection one = connect(), two = connect();
  one.send(make_request("GET", "/api/tasks?one"));
  Gate::Visitor first = gate.await_visitor();
  two.send(make_request("GET", "/api/tasks?two"));
  Gate::Visitor second = gate.await_visitor();
  second.release();
  Gate::Visitor second_done = gate.await_visitor();
  first.release();
  gate.await_visitor().release();
  second_done.release();
  CHECK(one.read_answer().status == 200);
  CHECK(two.read_answer().status == 200);
  for (const std::string name : {"one", "two"}) {
    const auto id = record_of("/api/tasks?" + name).at("id");
    CHECK(log_line_of("KeyError: 'task " + name + "'").at("id") == id);
  }
}
