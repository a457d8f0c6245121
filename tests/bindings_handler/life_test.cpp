// Overridden stages of a handler's life, several invocations at once, forking, memory.
#include <pybind11/embed.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "run_handler.h"
#include "tests/support/catch.h"

namespace py = pybind11;
using namespace localfn;
using namespace localfn::test;

namespace {

const std::string kAnswer = "self.send_response(200)\nself.end_headers()\nself.wfile.write(b'x')";

}  // namespace

TEST_CASE("overridden stages run where the standard library runs them", "[life]") {
  const Observed seen = run(get(kAnswer + "\nprint('do')", R"(
    def __init__(self, *args, **kw):
        print('init', len(args))
        super().__init__(*args, **kw)
        print('made')
    def setup(self):
        print('setup', hasattr(self, 'rfile'))
        super().setup()
    def handle(self):
        print('handle')
        super().handle()
    def parse_request(self):
        good = super().parse_request()
        print('parsed', good, self.path)
        return good
    def finish(self):
        super().finish()
        print('finish')
    def handle_one_request(self):
        raise RuntimeError('ignored by the platform')
)"));
  CHECK(seen.printed ==
        "init 3\nsetup False\nhandle\nparsed True /api/hello?name=x\ndo\nfinish\nmade\n");
  CHECK(seen.body == "x");
}

TEST_CASE("finish runs after an exception too", "[life]") {
  const Observed seen =
      run(get("raise ValueError('v')",
              "    def finish(self):\n        super().finish()\n        print('finish')\n"));
  CHECK(seen.printed == "finish\n");
  CHECK(seen.error == "ValueError: v");
}

TEST_CASE("a handle of the user's own may read the raw request", "[life]") {
  const Observed seen = run(R"(
class handler(BaseHTTPRequestHandler):
    def handle(self):
        line = self.rfile.readline()
        self.wfile.write(b'HTTP/1.0 200 OK\r\n\r\n' + line)
)");
  CHECK(seen.body == "GET /api/hello?name=x HTTP/1.1\r\n");
}

TEST_CASE("setup may wrap the streams", "[life]") {
  const Observed seen = run(get(kAnswer, R"(
    wbufsize = -1
    timeout = 5
    disable_nagle_algorithm = True
    def setup(self):
        super().setup()
        self.mark = self.connection.gettimeout()
)"));
  CHECK(seen.body == "x");
}

TEST_CASE("the timeout of a class is its connection's", "[life]") {
  CHECK(run(get("self.send_response(200)\nself.end_headers()\n"
                "self.wfile.write(str([self.timeout, self.connection.gettimeout()]).encode())",
                "    timeout = 5\n"))
            .body == "[5, 5]");
}

TEST_CASE("a handler never answers a second request", "[life]") {
  const Observed seen = run(get(kAnswer + "\nprint('called')\nself.close_connection = False", R"(
    protocol_version = 'HTTP/1.1'
    def handle(self):
        super().handle()
        print(self.close_connection)
)"),
                            {"GET", "/", "", "GET /second HTTP/1.1\r\n\r\n"});
  CHECK(seen.printed == "called\nTrue\n");
}

TEST_CASE("an abstract class cannot be instantiated on either path", "[life]") {
  const Observed seen = run(R"(
import abc
class Base(BaseHTTPRequestHandler, abc.ABC):
    @abc.abstractmethod
    def render(self): ...
class handler(Base):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
)");
  CHECK(seen.result == wire::Result::Raised);
  CHECK_THAT(seen.error, StartsWith("TypeError: Can't instantiate abstract class"));
}

TEST_CASE("a metaclass sees the handler made on either path", "[life]") {
  const Observed seen = run(R"(
class Meta(type):
    def __call__(cls, *args):
        print('made')
        return super().__call__(*args)
class Base(BaseHTTPRequestHandler, metaclass=Meta): pass
class handler(Base):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
)");
  CHECK(seen.printed == "made\n");
  CHECK(seen.head.status == 200);
}

TEST_CASE("a method that only looks as if it ran is told of", "[life]") {
  // Python's warning of the coroutine has another place on either path.
  const bool plain = GENERATE(true, false);
  const auto answering = [&](const char* define, const char* last) {
    const auto adapter = adapter_of(
        std::string("class handler(BaseHTTPRequestHandler):\n    ") + define +
            " do_GET(self):\n        self.send_response(200)\n        self.end_headers()\n" +
            "        " + last + "\n",
        plain);
    return run_with(*adapter, {});
  };
  const Observed coroutine = answering("async def", "pass");
  CHECK(coroutine.result == wire::Result::NoResponse);
  CHECK_THAT(coroutine.error, StartsWith("do_GET is an `async def`"));
  const Observed generator = answering("def", "yield b'x'");
  CHECK(generator.result == wire::Result::NoResponse);
  CHECK_THAT(generator.error, StartsWith("do_GET has a `yield`"));
}

TEST_CASE("classes with slots, properties, metaclasses and attribute hooks work", "[life]") {
  CHECK(run(get(kAnswer, "    __slots__ = ('a', 'b')\n")).body == "x");
  CHECK(run(get(kAnswer, "    def __setattr__(self, k, v): super().__setattr__(k, v)\n")).body ==
        "x");
  CHECK(run(get(kAnswer, "    def __getattr__(self, k): raise AttributeError(k)\n")).body == "x");
  CHECK(run(get(kAnswer, "    path = '/default'\n")).body == "x");
  CHECK(run("class Meta(type): pass\n" +
            std::string("class Base(BaseHTTPRequestHandler, metaclass=Meta): pass\n") +
            "class handler(Base):\n    def do_GET(self):\n        self.send_response(200)\n"
            "        self.end_headers()\n        "
            "self.wfile.write(type(type(self)).__name__.encode())\n")
            .body == "Meta");
  const Observed dispatched = run(R"(
class handler(BaseHTTPRequestHandler):
    def __getattr__(self, name):
        if name.startswith('do_'):
            return self.any
        raise AttributeError(name)
    def any(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.command.encode())
)",
                                  {"PURGE"});
  CHECK(dispatched.body == "PURGE");
  const Observed property = run(get(kAnswer, R"(
    @property
    def path(self): return self._path
    @path.setter
    def path(self, value): self._path = value
)"));
  CHECK(property.body == "x");
}

TEST_CASE("several invocations at once keep their own state", "[life]") {
  const auto adapter =
      adapter_of("import threading\nmeet = threading.Barrier(4)\n" + get(R"(self.send_response(200)
meet.wait(30)
self.send_header('X-Path', self.path)
self.end_headers()
meet.wait(30)
self.wfile.write(self.path.encode() + self.headers['H'].encode()))"),
                 false);
  std::vector<Observed> seen(4);
  {
    py::gil_scoped_release release;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      threads.emplace_back([&, i] {
        py::gil_scoped_acquire gil;
        Request request{"GET", "/" + std::to_string(i), "H: " + std::to_string(i) + "\r\n"};
        Recorder recorder(seen[i]);
        std::string line;
        seen[i].result = adapter->invoke(frame_of(request, line), recorder).result;
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  for (std::size_t i = 0; i < seen.size(); ++i) {
    CHECK(seen[i].result == wire::Result::Complete);
    CHECK(seen[i].body == "/" + std::to_string(i) + std::to_string(i));
    CHECK(seen[i].header("X-Path") == "/" + std::to_string(i));
  }
}

TEST_CASE("an adapter prepared before a fork serves after it", "[life]") {
  const auto adapter = adapter_of(get(kAnswer), false);
  PyOS_BeforeFork();
  const pid_t child = ::fork();
  if (child == 0) {
    PyOS_AfterFork_Child();
    const Observed seen = run_with(*adapter, {});
    ::_exit(seen.body == "x" && seen.head.status == 200 ? 0 : 1);
  }
  PyOS_AfterFork_Parent();
  REQUIRE(child > 0);
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

TEST_CASE("invocations leave no handler, writer or connection behind", "[life]") {
  for (const bool plain : {true, false}) {
    const auto adapter =
        adapter_of(get(R"(self.headers, self.rfile, self.connection, self.requestline
self.connection.fileno()
self.send_response(200)
self.end_headers()
self.wfile.write(self.rfile.read()))"),
                   plain);
    const py::object collect = py::module_::import("gc").attr("collect");
    const auto count = [&] {
      collect();
      int found = 0;
      for (const py::handle object : py::list(py::module_::import("gc").attr("get_objects")())) {
        const std::string name = Py_TYPE(object.ptr())->tp_name;
        if (name.find("Handler") != std::string::npos ||
            name.find("_SocketWriter") != std::string::npos ||
            name.find("Connection") != std::string::npos)
          ++found;
      }
      return found;
    };
    run_with(*adapter, {});
    const int before = count();
    for (int i = 0; i < 20; ++i) run_with(*adapter, {});
    CHECK(count() == before);
  }
}
