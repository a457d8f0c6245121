// The connection of a WebSocket against a clock and a transport that the test moves by hand.
#include <pybind11/eval.h>

#include "bindings/asgi/websocket_native.h"
#include "bindings/embedded.h"
#include "tests/bindings/support/embedded_python.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::test;
namespace py = pybind11;

namespace {

constexpr const char* kBench = R"(
import asyncio

class Timer:
    def __init__(self, after, callback):
        self.after, self.callback, self.cancelled = after, callback, False
    def cancel(self):
        self.cancelled = True

class Loop:
    def __init__(self):
        self.real = asyncio.new_event_loop()
        self.timers = []
    def create_future(self):
        return self.real.create_future()
    def call_later(self, after, callback):
        self.timers.append(Timer(after, callback))
        return self.timers[-1]
    def due(self):
        return [timer for timer in self.timers if not timer.cancelled]
    def pass_time(self, seconds):
        timer, = self.due()
        assert timer.after == seconds, timer.after
        timer.cancelled = True
        timer.callback()

class Transport:
    def __init__(self):
        self.sent, self.did, self.closing = b"", [], False
    def write(self, data):
        self.sent += data
    def is_closing(self):
        return self.closing
    def can_write_eof(self):
        return True
    def __getattr__(self, name):
        return lambda: self.did.append(name)
    def take(self):
        sent, self.sent = self.sent, b""
        return sent

def frame(first, payload=b""):
    return bytes([first, 0x80 | len(payload)]) + bytes(4) + payload

loop, transport = Loop(), Transport()
stream = Stream(native, loop, b"HEAD", b"")
stream.connection_made(transport)
assert transport.take() == b"HEAD"

def run(coroutine):
    return loop.real.run_until_complete(asyncio.wait_for(coroutine, 10))
)";

/// Runs Python after the bench; its assertions fail the test.
void holds(const char* code) {
  need_python();
  py::dict names;
  py::object native = py::module_::import("types").attr("SimpleNamespace")();
  add_websocket_functions(native);
  names["native"] = native;
  names["Stream"] = embedded("websocket_stream", "Stream");
  try {
    py::exec(kBench, names);
    py::exec(code, names);
    py::exec("loop.real.close()", names);
    SUCCEED("every assertion of the Python code held");
  } catch (const py::error_already_set& error) {
    FAIL(error.what());
  }
}

}  // namespace

TEST_CASE("a ping leaves every twenty seconds, as long as they are answered", "[websocket]") {
  holds(R"(
for _ in range(3):
    loop.pass_time(20)
    ping = transport.take()
    assert ping[:2] == b"\x89\x04" and len(ping) == 6
    stream.data_received(frame(0x8a, ping[2:]))
assert stream.closed is None and transport.did == []
)");
}

TEST_CASE("a client that answers no ping is closed with 1011", "[websocket]") {
  holds(R"(
loop.pass_time(20)
transport.take()
stream.data_received(frame(0x8a, b"else") + frame(0x81, b"a message is no answer"))
loop.pass_time(20)
assert transport.take() == b"\x88\x18\x03\xf3keepalive ping timeout", transport.sent
assert stream.closed == (1011, "keepalive ping timeout")
assert transport.did == ["write_eof"]
loop.pass_time(10)
assert transport.did == ["write_eof", "abort"]
)");
}

TEST_CASE("a client whose pongs wait behind messages for the app is not blamed", "[websocket]") {
  holds(R"(
loop.pass_time(20)
for _ in range(33):
    stream.data_received(frame(0x82, b"x"))
assert transport.did == ["pause_reading"]
loop.pass_time(20)
assert stream.closed is None
for _ in range(33):
    assert run(stream.receive()) == b"x"
assert transport.did == ["pause_reading", "resume_reading"]
)");
}

TEST_CASE("pings are answered, but not to a client that does not read", "[websocket]") {
  holds(R"(
stream.data_received(frame(0x89, b"hi"))
assert transport.take() == b"\x8a\x02hi"
stream.pause_writing()
for _ in range(1000):
    stream.data_received(frame(0x89, b"hi"))
assert transport.take() == b""
stream.resume_writing()
stream.data_received(frame(0x89, b"ho"))
assert transport.take() == b"\x8a\x02ho"
)");
}

TEST_CASE("the closing handshake waits ten seconds for the client", "[websocket]") {
  holds(R"(
stream.data_received(frame(0x81, b"unread"))
stream.close(4000, "enough")
assert transport.take() == b"\x88\x08\x0f\xa0enough"
assert run(stream.receive()) is None and stream.closed == (4000, "enough")
stream.data_received(frame(0x81, b"late") + frame(0x89, b"late"))
assert transport.take() == b""
stream.data_received(frame(0x88, b"\x0f\xa0"))
assert transport.did == ["close"]
stream.connection_lost(None)
assert loop.due() == [] and stream.closed == (4000, "enough")
)");
  holds(R"(
stream.close(1000)
loop.pass_time(10)
assert transport.did == ["abort"]
)");
}

TEST_CASE("messages that came before the close are still received", "[websocket]") {
  holds(R"(
stream.data_received(frame(0x81, b"first") + frame(0x88))
assert transport.take() == b"\x88\x00" and transport.did == ["close"]
assert run(stream.receive()) == "first"
assert run(stream.receive()) is None and stream.closed == (1005, "")
)");
}

TEST_CASE("a sender waits while the client does not read, and no longer than it is there",
          "[websocket]") {
  holds(R"(
stream.pause_writing()
async def send_and_lose():
    sending = asyncio.ensure_future(stream.send_text("x"))
    await asyncio.sleep(0)
    assert not sending.done()
    stream.connection_lost(None)
    await sending
run(send_and_lose())
assert stream.closed == (1006, "") and loop.due() == []
)");
}

TEST_CASE("a close before the connection is made leaves after the head", "[websocket]") {
  holds(R"(
early = Stream(native, loop, b"HEAD", b"")
early.close(1012)
other = Transport()
early.connection_made(other)
assert other.take() == b"HEAD\x88\x02\x03\xf4"
)");
}
