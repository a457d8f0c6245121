// How the iterable becomes a body: chunk by chunk, closed in the end, whatever happens.
#include <pybind11/pybind11.h>

#include <functional>

#include "run_app.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::test;

namespace {

/// Notes what arrives in which order, also against what the app prints meanwhile.
class Order final : public Responder {
 public:
  explicit Order(std::function<void()> at_body) : at_body_(std::move(at_body)) {}
  void head(wire::HeadFrame) override { events += "head "; }
  bool body(std::string_view bytes) override {
    events.append(bytes).append(" ");
    at_body_();
    return true;
  }
  void release_head() override { events += "released "; }
  void streams() override { events += "streams "; }
  std::string events;

 private:
  std::function<void()> at_body_;
};

}  // namespace

TEST_CASE("every chunk leaves before the next one is asked for", "[wsgi][streaming]") {
  const Observed seen = run_app(
      "def app(environ, start_response):\n"
      "    start_response('200 OK', [])\n"
      "    for n in range(3):\n        yield b'%d' % n\n        print('after', n)\n");
  CHECK(seen.pieces == std::vector<std::string>{"0", "1", "2"});
  CHECK(seen.printed == "after 0\nafter 1\nafter 2\n");
  CHECK(seen.streamed);
}

TEST_CASE("an answer becomes a streamed one with its second chunk", "[wsgi][streaming]") {
  const auto adapter = wsgi_adapter_of(
      app_doing("start_response('200 OK', [])\nreturn [b'a', b'', b'b', b'c']"));
  Order order([] {});
  std::string line;
  const wire::EndFrame end = adapter->invoke(frame_of({}, line), order);
  CHECK(order.events == "head a streams b c ");
  CHECK(end.streamed);
  CHECK_FALSE(
      run_app(app_doing("start_response('200 OK', [])\nreturn [b'', b'a', b'']")).streamed);
}

TEST_CASE("a head waits for the first chunk only where that is there already",
          "[wsgi][streaming]") {
  struct Row {
    const char* answer;
    const char* events;
  };
  const Row rows[] = {{"return [b'a']", "head a "},
                      {"return (b'a',)", "head a "},
                      {"return iter([b'a'])", "head released a "},
                      {"return (c for c in (b'', b'a'))", "head released a "},
                      {"return iter([])", "head released "}};
  for (const Row& row : rows) {
    INFO(row.answer);
    const auto adapter =
        wsgi_adapter_of(app_doing(std::string("start_response('200 OK', [])\n") + row.answer));
    Order order([] {});
    std::string line;
    adapter->invoke(frame_of({}, line), order);
    CHECK(order.events == row.events);
  }
  // Here the head comes with the first chunk that is asked for.
  const auto late = wsgi_adapter_of(
      app_doing("start_response('200 OK', [])\nyield b''\nyield b'a'"));
  Order order([] {});
  std::string line;
  late->invoke(frame_of({}, line), order);
  CHECK(order.events == "head released a ");
}

TEST_CASE("start_response may be called from inside a generator", "[wsgi][streaming]") {
  const Observed seen = run_app(
      "def app(environ, start_response):\n    start_response('201 x', [])\n    yield b'made'\n");
  CHECK(seen.head.status == 201);
  CHECK(seen.body == "made");
}

TEST_CASE("chunks may be any bytes-like objects", "[wsgi][streaming]") {
  const Observed seen = run_app(
      "import array\n" +
      app_doing("start_response('200 OK', [])\n"
                "return (b'a', bytearray(b'b'), memoryview(b'cde')[1:], array.array('B', [102]))"));
  CHECK(seen.body == "abdef");
}

TEST_CASE("a class that iterates is an app", "[wsgi][streaming]") {
  const Observed seen = run_app(R"(class app:
    def __init__(self, environ, start_response):
        start_response('200 OK', [])
    def __iter__(self):
        yield b'object'
)");
  CHECK(seen.body == "object");
}

TEST_CASE("close is called once after the last chunk", "[wsgi][streaming]") {
  const Observed seen = run_app(R"(class Answer(list):
    def close(self):
        print('closed')
)" + app_doing("start_response('200 OK', [])\nreturn Answer([b'x'])"));
  CHECK(seen.printed == "closed\n");
  CHECK(seen.body == "x");
  CHECK(seen.result == wire::Result::Complete);
}

TEST_CASE("close is called after an error and when the client has gone", "[wsgi][streaming]") {
  const std::string tail = "    finally:\n        print('closed')\n";
  const std::string begin =
      "def app(environ, start_response):\n    start_response('200 OK', [])\n    try:\n";
  const Observed raised =
      run_app(begin + "        yield b'a'\n        raise ValueError('later')\n" + tail);
  CHECK(raised.printed == "closed\n");
  CHECK(raised.error == "ValueError: later");
  CHECK(raised.result == wire::Result::Raised);
  CHECK(raised.body == "a");
  const Observed wrong = run_app(begin + "        yield b'a'\n        yield 'text'\n" + tail);
  CHECK(wrong.printed == "closed\n");
  CHECK_THAT(wrong.error,
             StartsWith("TypeError: a bytes-like object is required, not 'str'; a WSGI app "));
  const Observed gone = run_app(
      begin + "        while True:\n            yield b'0123456789'\n" + tail, {}, 50);
  CHECK(gone.printed == "closed\n");
  CHECK(gone.body.size() == 50);
  CHECK_THAT(gone.error, StartsWith("BrokenPipeError"));
}

TEST_CASE("write() raises BrokenPipeError in the app when the client has gone",
          "[wsgi][streaming]") {
  const Observed seen = run_app(app_doing(R"(write = start_response('200 OK', [])
try:
    while True:
        write(b'0123456789')
except BrokenPipeError:
    print('gone')
return [])"),
                                {}, 50);
  CHECK(seen.printed == "gone\n");
}

TEST_CASE("an exception of close() is told with the one before it", "[wsgi][streaming]") {
  const std::string answer = R"(class Answer:
    def __init__(self, fail):
        self.fail = fail
    def __iter__(self):
        yield b'x'
        if self.fail:
            raise KeyError('first')
    def close(self):
        raise ValueError('in close')
)";
  const Observed alone =
      run_app(answer + app_doing("start_response('200 OK', [])\nreturn Answer(False)"));
  CHECK(alone.error == "ValueError: in close");
  CHECK(alone.body == "x");
  CHECK(run_app(answer + app_doing("start_response('200 OK', [])\nreturn Answer(True)")).error ==
        "ValueError: in close");
}

TEST_CASE("an answer that cannot say whether it has a close() fails as Python does",
          "[wsgi][streaming]") {
  const Observed seen = run_app(R"(class Answer(list):
    @property
    def close(self):
        raise RuntimeError('no idea')
)" + app_doing("start_response('200 OK', [])\nreturn Answer([b'x'])"));
  CHECK(seen.error == "RuntimeError: no idea");
}

TEST_CASE("requests leave nothing behind in memory", "[wsgi]") {
  const auto adapter = wsgi_adapter_of(R"(def app(environ, start_response):
    environ['self'] = start_response
    write = start_response('200 OK', [('X-A', 'b'), ('X-B', 1)])
    write(b'w')
    if environ['QUERY_STRING'] == 'raise':
        raise ValueError('x')
    return (chunk for chunk in [b'a', b'', b'b'])
)");
  const auto blocks = [] {
    pybind11::module_::import("gc").attr("collect")();
    return pybind11::module_::import("sys").attr("getallocatedblocks")().cast<long>();
  };
  const auto ask = [&](int times) {
    for (int turn = 0; turn < times; ++turn) {
      Request request;
      request.target = turn % 2 == 0 ? "/x?raise" : "/x";
      run_with(*adapter, request);
    }
  };
  ask(100);
  const long before = blocks();
  ask(2000);
  // The interpreter's own caches grow by some hundreds; one object a request would be 2 000.
  CHECK(blocks() - before < 1000);
}
