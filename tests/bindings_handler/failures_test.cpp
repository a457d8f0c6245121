// Every way in which a handler can fail to answer.
#include "run_handler.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::test;

TEST_CASE("an exception before any output sends nothing", "[failures]") {
  const Observed seen = run(get("raise ValueError('boom')"));
  CHECK(seen.result == wire::Result::Raised);
  CHECK(seen.error == "ValueError: boom");
  CHECK(seen.heads == 0);
}

TEST_CASE("a KeyError after send_response without end_headers sends nothing", "[failures]") {
  const Observed seen = run(get("self.send_response(200)\n{}['x']"));
  CHECK(seen.result == wire::Result::Raised);
  CHECK(seen.error == "KeyError: 'x'");
  CHECK(seen.heads == 0);
}

TEST_CASE("an exception after the head leaves the head as sent", "[failures]") {
  const Observed seen = run(get("self.send_response(200)\nself.end_headers()\n1 / 0"));
  CHECK(seen.result == wire::Result::Raised);
  CHECK(seen.heads == 1);
  CHECK(seen.head.status == 200);
  CHECK(seen.body.empty());
}

TEST_CASE("an exception in the middle of the body leaves head and part of the body", "[failures]") {
  const Observed seen =
      run(get("self.send_response(200)\nself.end_headers()\nself.wfile.write(b'part')\n[][0]"));
  CHECK(seen.result == wire::Result::Raised);
  CHECK(seen.body == "part");
}

TEST_CASE("returning without a response is told as such", "[failures]") {
  const Observed seen = run(get("return"));
  CHECK(seen.result == wire::Result::NoResponse);
  CHECK(seen.error == "it returned without a response");
  CHECK(run(get("pass", "    def __init__(self, *args): pass\n")).result ==
        wire::Result::NoResponse);
}

TEST_CASE("a response without end_headers is told as such", "[failures]") {
  const Observed seen = run(get("self.send_response(200)\nself.send_header('A', 'b')"));
  CHECK(seen.result == wire::Result::NoResponse);
  CHECK_THAT(seen.error, ContainsSubstring("not end_headers()"));
  CHECK(seen.heads == 0);
}

TEST_CASE("body bytes without a status line are no response", "[failures]") {
  const Observed seen = run(get("self.wfile.write(b'Hello')"));
  CHECK(seen.result == wire::Result::BadResponse);
  CHECK(seen.error == "it wrote \"Hello\" before a status line; call send_response() first");
  CHECK(seen.heads == 0);
}

TEST_CASE("a body without end_headers before it is told as such", "[failures]") {
  const char* body = GENERATE("b'Hello'", "b'Hello\\n'", "b'\\n'", "b'x' * 1000");
  const char* afterwards = GENERATE("", "\nself.end_headers()");
  const Observed seen =
      run(get(std::string("self.send_response(200)\nself.send_header('A', 'b')\n") +
              "self.wfile.write(" + body + ")" + afterwards));
  CHECK(seen.result == wire::Result::BadResponse);
  CHECK_THAT(seen.error, StartsWith("it wrote "));
  CHECK_THAT(seen.error, ContainsSubstring(" before calling end_headers()"));
  CHECK_THAT(seen.error, !ContainsSubstring("send_response"));
  CHECK(seen.heads == 0);
}

TEST_CASE("a head written by hand needs no end_headers", "[failures]") {
  const Observed seen =
      run(get("self.send_response(500)\nself.wfile.write(b'HTTP/1.0 200 OK\\r\\n\\r\\nx')"));
  CHECK(seen.head.status == 200);
  CHECK(seen.body == "x");
}

TEST_CASE("headers without a status line are no response", "[failures]") {
  const Observed seen =
      run(get("self.send_header('Access-Control-Allow-Origin', '*')\nself.end_headers()"));
  CHECK(seen.result == wire::Result::BadResponse);
  CHECK(seen.error ==
        "it wrote the header \"Access-Control-Allow-Origin: *\" without a status line; "
        "call send_response() first");
}

TEST_CASE("garbage, a bad status and an unfinished head are told in words", "[failures]") {
  CHECK_THAT(run(get("self.wfile.write(b'\\x00\\xff\\n')")).error,
             ContainsSubstring("\"\\x00\\xff\""));
  CHECK_THAT(run(get("self.send_response(99)\nself.end_headers()")).error,
             ContainsSubstring("100 to 999"));
  CHECK_THAT(run(get("self.wfile.write(b'HTTP/1.1 200')")).error, ContainsSubstring("has no end"));
  CHECK_THAT(run(get("self.wfile.write(b'HTTP/1.1 200 OK\\r\\nA: b\\r\\n')")).error,
             ContainsSubstring("does not end with an empty line"));
}

TEST_CASE("sys.exit ends the call without a traceback and the process lives", "[failures]") {
  const Observed seen = run(get("import sys\nsys.exit(3)"));
  CHECK(seen.result == wire::Result::NoResponse);
  CHECK(seen.error == "called sys.exit(3)");
  CHECK(run(get("raise SystemExit")).error == "called sys.exit()");
  CHECK(run(get("raise SystemExit('why')")).error == "called sys.exit('why')");
  CHECK(run(get("self.send_response(200)\nself.end_headers()\nraise SystemExit")).result ==
        wire::Result::Complete);
}

TEST_CASE("other exceptions outside Exception are told and the process lives", "[failures]") {
  for (const char* name : {"KeyboardInterrupt", "GeneratorExit"}) {
    const Observed seen = run(get(std::string("raise ") + name));
    CHECK(seen.result == wire::Result::Raised);
    CHECK(seen.error == name);
  }
  CHECK(run(get("raise TimeoutError('upstream')")).error == "TimeoutError: upstream");
}

TEST_CASE("a write after the client has gone raises BrokenPipeError", "[failures]") {
  const std::string source = get(R"(self.send_response(200)
self.end_headers()
try:
    for i in range(100):
        self.wfile.write(b'x' * 10)
except BrokenPipeError as error:
    print('gone', i, error.errno))");
  const Observed seen = run(source, {}, 25);
  CHECK(seen.printed == "gone 2 32\n");
  CHECK(seen.result == wire::Result::Complete);
  const Observed loud =
      run(get("self.send_response(200)\nself.end_headers()\nself.wfile.write(b'x')"), {}, 0);
  CHECK(loud.error == "BrokenPipeError: [Errno 32] Broken pipe");
}

TEST_CASE("a wfile kept beyond the end of its call cannot write", "[failures]") {
  const std::string source = "kept = []\n" + get(R"(if kept:
    try:
        kept[0].write(b'late')
    except OSError as error:
        print(error.errno, kept[0].closed)
kept.append(self.wfile)
self.send_response(200)
self.end_headers())");
  for (const bool plain : {true, false}) {
    const auto adapter = adapter_of(source, plain);
    CHECK(run_with(*adapter, {}).printed.empty());
    const Observed seen = run_with(*adapter, {});
    CHECK(seen.printed == "9 True\n");
    CHECK(seen.body.empty());
  }
}

TEST_CASE("a class that cannot be subclassed is refused at once", "[failures]") {
  start_python();
  CHECK_THROWS(
      adapter_of("class handler(BaseHTTPRequestHandler):\n"
                 "    def __init_subclass__(cls): raise TypeError('final')\n",
                 false));
  CHECK_FALSE(PyErr_Occurred());
}
