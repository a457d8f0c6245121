// WebSockets of WSGI apps: the app's library gets the connection itself and writes the 101. Here it is
// wsproto, which knows the protocol and nothing of servers, as simple-websocket uses it.
#include <csignal>
#include <vector>

#include "tests/integration/websocket_client.h"
#include "tests/support/catch.h"

using namespace localfn::test;
using namespace std::literals;

namespace {

constexpr const char* kLibrary = R"(
from wsproto import ConnectionType, WSConnection
from wsproto.events import (AcceptConnection, BytesMessage, CloseConnection, Ping, Request,
                            TextMessage)

class Socket:
    """As simple-websocket has it: the handshake from the environ, then the connection's bytes."""

    def __init__(self, environ, key="werkzeug.socket"):
        self.socket = environ[key]
        self.protocol = WSConnection(ConnectionType.SERVER)
        head = "GET / HTTP/1.1\r\n"
        for name, value in environ.items():
            if name.startswith("HTTP_"):
                head += "%s: %s\r\n" % (name[5:].replace("_", "-").title(), value)
        self.protocol.receive_data((head + "\r\n").encode())
        assert isinstance(next(self.protocol.events()), Request)
        self.tell(AcceptConnection())

    def tell(self, event):
        self.socket.send(self.protocol.send(event))

    def messages(self):
        text = ""
        while True:
            data = self.socket.recv(4096)
            self.protocol.receive_data(data or None)
            for event in self.protocol.events():
                if isinstance(event, TextMessage):
                    text += event.data
                    if event.message_finished:
                        yield text
                        text = ""
                elif isinstance(event, Ping):
                    self.tell(event.response())
                elif isinstance(event, CloseConnection):
                    if data:
                        self.tell(event.response())
                    print("closed with", int(event.code))
                    return
)";

constexpr const char* kApp = R"(
def app(environ, start_response):
    if environ["PATH_INFO"] == "/api/plain":
        start_response("200 OK", [("X-Sockets", str("werkzeug.socket" in environ))])
        return [b"plain"]
    assert environ["gunicorn.socket"] is environ["werkzeug.socket"]
    ws = Socket(environ)
    for text in ws.messages():
        if text == "raise":
            raise ValueError("in a thread")
        if text == "bye":
            ws.tell(CloseConnection(code=4002, reason="as asked"))
            break
        ws.tell(TextMessage(data=text))
    # What a library returns for the server's sake; the client must not see it.
    start_response("200 OK", [("Content-Length", "4")])
    return [b"over"]
)";

class HijackTest : protected WebSocketTest {
 protected:
  void serve(std::vector<std::string> options = {}) {
    needs("wsproto");
    project.write("api/[page].py", std::string(kLibrary) + kApp);
    start(std::move(options));
  }
};

}  // namespace

TEST_CASE_METHOD(HijackTest, "a WSGI app takes the connection and speaks for itself",
                 "[integration][websocket][wsgi]") {
  serve();
  CHECK(client(R"(
async with connect("/api/chat") as ws:
    for message in ("hello", "κόσμε", "x" * 1048576):
        await ws.send(message)
        assert "".join([await ws.recv()]) == message
    await asyncio.wait_for(await ws.ping(b"knock"), 10)
    await ws.send("bye")
    say(*await ended(ws))
ws = await connect("/api/chat")
await ws.close(4003)
say(ws.close_code)
)") == "4002 as asked\n4003\n");
  server().await(Stream::Out, "closed with 4003");
  server().wait_for_log(" 101 ");
}

TEST_CASE_METHOD(HijackTest, "requests go on beside the WebSockets of a WSGI app",
                 "[integration][websocket][wsgi]") {
  serve();
  std::vector<Connection> all;
  for (int i = 0; i < 5; ++i) {
    const auto before = server().mark(Stream::Err);
    all.push_back(connect());
    all.back().send(handshake("/api/chat"));
    // The app's 101 may be with its client before the host has heard that the place is free.
    server().wait_for_log(" 101 ", before);
  }
  CHECK(get("/api/plain").body == "plain");
  CHECK(get("/api/plain").header("x-sockets") == "False");
  CHECK(server().instances().size() == 1);
}

TEST_CASE_METHOD(HijackTest, "an app that does not take the connection answers as ever",
                 "[integration][websocket][wsgi]") {
  serve();
  Connection raw = connect();
  raw.send(handshake("/api/plain"));
  const Answer answer = raw.read_answer();
  CHECK(answer.body == "plain");
  CHECK(answer.header("x-sockets") == "True");
  CHECK(raw.closed_by_server());
}

TEST_CASE_METHOD(HijackTest, "what a library writes instead of the 101 is the answer",
                 "[integration][websocket][wsgi]") {
  project.write("api/refuse.py", R"(
def app(environ, start_response):
    environ["werkzeug.socket"].sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
    return []
)");
  start();
  Connection raw = connect();
  raw.send(handshake("/api/refuse"));
  const Answer answer = raw.read_answer();
  CHECK(answer.status == 403);
  CHECK(answer.body == "no");
  CHECK(raw.closed_by_server());
}

TEST_CASE_METHOD(HijackTest, "a 101 counts in either version, by send and by sendall",
                 "[integration][websocket][wsgi]") {
  const std::string version = GENERATE(as<std::string>{}, "1.0", "1.1");
  const std::string method = GENERATE(as<std::string>{}, "send", "sendall");
  project.write("api/raw.py", "def app(environ, start_response):\n"
                              "    socket = environ['gunicorn.socket']\n"
                              "    socket." + method + "(b'HTTP/" + version +
                              " 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\n"
                              "Connection: Upgrade\\r\\n\\r\\n')\n"
                              "    socket.sendall(b'\\x81\\x02hi')\n"
                              "    start_response('200 OK', [])\n"
                              "    return [b'never seen']\n");
  start({"--log", "json"});
  Connection raw = connect();
  raw.send(handshake("/api/raw"));
  const std::string all = raw.read_all();
  CHECK_THAT(all, StartsWith("HTTP/" + version + " 101"));
  CHECK_THAT(all, ContainsSubstring("\x81\x02hi"));
  CHECK_THAT(all, !ContainsSubstring("never seen"));
  CHECK(record_of("/api/raw")["status"] == 101);
}

TEST_CASE_METHOD(HijackTest, "an app may start a response and take the connection all the same",
                 "[integration][websocket][wsgi]") {
  project.write("api/raw.py",
                "def chunks(socket):\n"
                "    socket.sendall(b'HTTP/1.1 101 Switching Protocols\\r\\n"
                "Upgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n')\n"
                "    yield b'never seen'\n"
                "def app(environ, start_response):\n"
                "    start_response('200 OK', [])\n"
                "    return chunks(environ['werkzeug.socket'])\n");
  start({"--log", "json"});
  Connection raw = connect();
  raw.send(handshake("/api/raw"));
  const std::string all = raw.read_all();
  CHECK_THAT(all, StartsWith("HTTP/1.1 101"));
  CHECK_THAT(all, !ContainsSubstring("never seen"));
  CHECK(record_of("/api/raw")["status"] == 101);
}

TEST_CASE_METHOD(HijackTest, "an exception in a WebSocket of a WSGI app is shown, and ends it",
                 "[integration][websocket][wsgi]") {
  serve();
  CHECK(client(R"(
ws = await connect("/api/chat")
await ws.send("raise")
say((await ended(ws))[0])
)") == "1006\n");
  server().await(Stream::Err, "in its WebSocket: ValueError: in a thread");
  CHECK(get("/api/plain").body == "plain");
}

TEST_CASE_METHOD(HijackTest, "an edit and Ctrl-C close the WebSockets of a WSGI app with 1012",
                 "[integration][websocket][wsgi]") {
  serve();
  constexpr std::string_view kWait = R"(
ws = await connect("/api/chat")
say("open")
say(*await ended(ws))
)";
  const auto first = start_client(kWait);
  first->await(Stream::Out, "open");
  project.append("api/[page].py", "\n");
  CHECK(exit_code(first->await_exit()) == 0);
  CHECK(first->output(Stream::Out) == "open\n1012 \n");
  const auto second = start_client(kWait);
  second->await(Stream::Out, "open");
  CHECK(exit_code(server().stop(SIGINT)) == 130);
  CHECK(exit_code(second->await_exit()) == 0);
  CHECK(second->output(Stream::Out) == "open\n1012 \n");
}
