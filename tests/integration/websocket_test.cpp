// WebSockets of ASGI apps: through a real client library, and with raw bytes where the client must
// break the rules.
#include <algorithm>
#include <csignal>

#include <nlohmann/json.hpp>

#include "tests/integration/websocket_client.h"
#include "tests/support/catch.h"
#include "tests/support/gate.h"

using namespace localfn::test;
using namespace std::literals;

namespace {

constexpr const char* kFastApi = R"(
from fastapi import FastAPI, WebSocket

app = FastAPI()
heard = []

@app.get("/api/chat")
def read():
    return heard

@app.websocket("/api/chat")
async def chat(ws: WebSocket):
    offered = ws.scope["subprotocols"]
    await ws.accept(subprotocol=offered[-1] if offered else None, headers=[(b"x-room", b"7")])
    try:
        while True:
            message = await ws.receive()
            if message["type"] == "websocket.disconnect":
                heard.append([message["code"], message.get("reason")])
                return
            if message.get("text") == "bye":
                await ws.close(4001, "as asked")
                return
            await ws.send(dict(message, type="websocket.send"))
    finally:
        print("left the room")
)";

/// `async def app(scope, receive, send)` with this body, after websocket.connect was received.
std::string app_doing(std::string_view body) {
  std::string source = "async def app(scope, receive, send):\n"
                       "    if scope['type'] == 'lifespan':\n"
                       "        raise RuntimeError('none')\n"
                       "    assert (await receive()) == {'type': 'websocket.connect'}\n";
  bool fresh = true;
  for (const char c : body) {
    if (fresh && c != '\n') source += "    ";
    source += c;
    fresh = c == '\n';
  }
  return source;
}

constexpr std::string_view kEcho = R"(
await send({"type": "websocket.accept"})
while True:
    message = await receive()
    print("got", sorted(message), message.get("code"), message.get("reason"))
    if message["type"] == "websocket.disconnect":
        return
    await send(dict(message, type="websocket.send"))
)";

}  // namespace

TEST_CASE_METHOD(WebSocketTest, "FastAPI echoes text, bytes and a megabyte over a WebSocket",
                 "[integration][websocket]") {
  needs("fastapi");
  project.write("api/chat.py", kFastApi);
  start();
  CHECK(client(R"(
async with connect("/api/chat", subprotocols=["a", "b"]) as ws:
    say(ws.subprotocol, response_header(ws, "x-room"))
    for message in ("hello", "κόσμε", "", b"\x00\xff", "x" * 1048576, b"y" * 1048576):
        await ws.send(message)
        assert await ws.recv() == message
    await ws.send(["in ", "three ", "parts"])
    say(await ws.recv())
    await asyncio.wait_for(await ws.ping(b"knock"), 10)
    await ws.send("bye")
    say(*await ended(ws))
)") == "b 7\nin three parts\n4001 as asked\n");
  server().await(Stream::Out, "left the room");
}

TEST_CASE_METHOD(WebSocketTest, "the app hears with which code its client has left",
                 "[integration][websocket]") {
  needs("fastapi");
  project.write("api/chat.py", kFastApi);
  start();
  CHECK(client(R"(
ws = await connect("/api/chat")
await ws.close(4321, "so long")
say(ws.close_code)
ws = await connect("/api/chat")
ws.transport.abort()
await ws.wait_closed()
)") == "4321\n");
  server().await_claim(
      Stream::Out,
      [](std::string_view text) {
        const auto first = text.find("left the room");
        return first != std::string_view::npos && text.find("left", first + 1) != text.npos;
      },
      "both left");
  CHECK(get("/api/chat").body == R"([[4321,"so long"],[1006,""]])");
}

TEST_CASE_METHOD(WebSocketTest, "a hundred WebSockets live on one instance beside its requests",
                 "[integration][websocket]") {
  needs("fastapi");
  project.write("api/chat.py", kFastApi);
  start();
  const auto running = start_client(R"(
all = []
for _ in range(6):
    all += await asyncio.gather(*[connect("/api/chat") for _ in range(20)])
for number, ws in enumerate(all):
    await ws.send(str(number))
say([await ws.recv() for ws in all] == [str(number) for number in range(120)])
await asyncio.Event().wait()
)");
  running->await(Stream::Out, "True");
  CHECK(get("/api/chat").body == "[]");
  CHECK(server().instances().size() == 1);
}

TEST_CASE_METHOD(WebSocketTest, "the scope is the platform's", "[integration][websocket]") {
  project.write("api/scope.py", app_doing(R"(
import json
await send({"type": "websocket.accept"})
shown = {k: v for k, v in scope.items() if k not in ("headers", "client", "server", "state")}
names = [name.decode() for name, value in scope["headers"]]
await send({"type": "websocket.send", "text": json.dumps([shown, names], default=repr)})
await send({"type": "websocket.close"})
)"));
  start();
  const auto told = nlohmann::json::parse(client(R"(
ws = await connect("/api/scope?a=%20b", subprotocols=["x", "y"])
say(await ws.recv())
)"));
  const auto& scope = told[0];
  CHECK(scope["type"] == "websocket");
  CHECK(scope["asgi"] == nlohmann::json({{"version", "3.0"}, {"spec_version", "2.4"}}));
  CHECK(scope["scheme"] == "ws");
  CHECK(scope["http_version"] == "1.1");
  CHECK(scope["path"] == "/api/scope");
  CHECK(scope["query_string"] == "b'a=%20b'");
  CHECK(scope["subprotocols"] == nlohmann::json({"x", "y"}));
  CHECK(scope["extensions"] == nlohmann::json::parse(R"({"websocket.http.response": {}})"));
  CHECK(!scope.contains("method"));
  const auto names = told[1].get<std::vector<std::string>>();
  const auto has = [&](const char* name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  CHECK(has("sec-websocket-key"));
  CHECK(has("upgrade"));
  CHECK(!has("sec-websocket-protocol"));
}

TEST_CASE_METHOD(WebSocketTest, "an app refuses with 403, with an answer of its own, or by failing",
                 "[integration][websocket]") {
  project.write("api/close.py", app_doing("await send({'type': 'websocket.close'})\n"));
  project.write("api/deny.py", app_doing(R"(
await send({"type": "websocket.http.response.start", "status": 418, "headers": [(b"x-why", b"tea")]})
await send({"type": "websocket.http.response.body", "body": b"short ", "more_body": True})
await send({"type": "websocket.http.response.body", "body": b"and stout"})
print("then", (await receive())["type"])
)"));
  project.write("api/boom.py", app_doing("raise ValueError('no chat today')\n"));
  project.write("api/silent.py", app_doing("return\n"));
  start();
  CHECK(client("say(await refused('/api/close'), await refused('/api/deny'), "
               "await refused('/api/boom'), await refused('/api/silent'))\n") ==
        "403 418 500 500\n");
  Connection raw = connect();
  raw.send(handshake("/api/deny"));
  const Answer denied = raw.read_answer();
  CHECK(denied.header("x-why") == "tea");
  CHECK(denied.body == "short and stout");
  CHECK(raw.closed_by_server());
  server().await(Stream::Out, "then websocket.disconnect");
  server().wait_for_log("ValueError: no chat today");
  server().wait_for_log("ASGI callable returned without sending handshake.");
}

TEST_CASE_METHOD(WebSocketTest, "an exception after the handshake closes with 1011 and is shown",
                 "[integration][websocket]") {
  project.write("api/boom.py", app_doing(R"(
await send({"type": "websocket.accept"})
await receive()
raise ValueError("in the middle")
)"));
  project.write("api/done.py", app_doing("await send({'type': 'websocket.accept'})\n"));
  start();
  CHECK(client(R"(
ws = await connect("/api/boom")
await ws.send("x")
say(*await ended(ws))
say(*await ended(await connect("/api/done")))
)") == "1011 \n1000 \n");
  server().await(Stream::Err, "in its WebSocket: ValueError: in the middle");
}

TEST_CASE_METHOD(WebSocketTest, "messages out of their order are errors in the app",
                 "[integration][websocket]") {
  project.write("api/order.py", app_doing(R"(
async def attempt(message):
    try:
        await send(message)
    except Exception as error:
        print(type(error).__name__, error)
await attempt({"type": "websocket.send", "text": "x"})
await attempt({"type": "websocket.accept", "headers": [(b"x", b"a\r\nb: c")]})
await attempt({"type": "websocket.accept"})
await attempt({"type": "websocket.accept"})
await attempt({"type": "websocket.close", "code": 1006})
await attempt({"type": "websocket.send", "text": "x"})
)"));
  start();
  CHECK(client("say(*await ended(await connect('/api/order')))\n") == "1000 \n");
  const auto out = server().await(Stream::Out, "after sending 'websocket.close'");
  CHECK_THAT(out, ContainsSubstring("RuntimeError Expected ASGI message 'websocket.accept'"));
  CHECK_THAT(out, ContainsSubstring("cannot be sent"));
  CHECK_THAT(out, ContainsSubstring("RuntimeError Expected ASGI message 'websocket.send' or"));
  CHECK_THAT(out, ContainsSubstring("no code of a Close frame: 1006"));
}

TEST_CASE_METHOD(WebSocketTest, "a handshake that is none is refused before the app sees it",
                 "[integration][websocket]") {
  project.write("api/echo.py", app_doing(kEcho));
  start();
  const auto refused = [&](const HeaderList& headers) {
    Connection raw = connect();
    raw.send(handshake("/api/echo", headers));
    Answer answer = raw.read_answer();
    CHECK(raw.closed_by_server());
    return answer;
  };
  const Answer version = refused({{"Sec-WebSocket-Version", "8"}});
  CHECK(version.status == 426);
  CHECK(version.header("sec-websocket-version") == "13");
  for (const char* key : {"", "dGhlIHNhbXBsZSBub25jZQ", "c2hvcnQ=", "!!!!"}) {
    const Answer answer = refused({{"Sec-WebSocket-Key", key}});
    CHECK(answer.status == 400);
    CHECK_THAT(answer.body, ContainsSubstring("Sec-WebSocket-Key"));
  }
  CHECK(server().output(Stream::Out).find("got") == std::string::npos);
}

TEST_CASE_METHOD(WebSocketTest, "a client that breaks the protocol is told how, and closed",
                 "[integration][websocket]") {
  project.write("api/echo.py", app_doing(kEcho));
  start();
  const auto answer_to = [&](std::string_view bytes) {
    Connection raw = connect();
    raw.send(handshake("/api/echo"));
    const std::string head = raw.read_to("\r\n\r\n");
    CHECK(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
    CHECK_THAT(head, ContainsSubstring("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    raw.send(bytes);
    std::string said = raw.read_to("\x88");
    said += raw.read_to("\x03");
    raw.finish_sending();
    return said + raw.read_all().substr(0, 1);
  };
  const auto ends_with = [](const std::string& said, char low) {
    return said.size() >= 4 && said[said.size() - 4] == '\x88' && said[said.size() - 2] == '\x03' &&
           said.back() == low;
  };
  CHECK(ends_with(answer_to("\x81\x02hi"), '\xea'));                         // unmasked: 1002
  CHECK(ends_with(answer_to(client_frame(0x80, "x")), '\xea'));              // nothing to continue
  CHECK(ends_with(answer_to(client_frame(0x81, "\xff")), '\xef'));           // no UTF-8: 1007
  CHECK(ends_with(answer_to("\x82\xff\x00\x00\x00\x00\x01\x00\x00\x01\x00\x00\x00\x00"sv),
                  '\xf1'));                                                  // 16 MiB + 1: 1009
  CHECK(ends_with(answer_to(client_frame(0x88, "\x03")), '\xea'));           // half a code
  CHECK(ends_with(answer_to(client_frame(0x88, "\x03\xe8good")), '\xe8'));   // echoed: 1000
  server().await(Stream::Out, "1009 the message is too big");
  server().await(Stream::Out, "1000 good");
}

TEST_CASE_METHOD(WebSocketTest, "fragments, pings between them, and bytes that came with the request",
                 "[integration][websocket]") {
  project.write("api/echo.py", app_doing(kEcho));
  start();
  Connection raw = connect();
  raw.send(handshake("/api/echo") + client_frame(0x01, "one ") + client_frame(0x89, "ping"));
  raw.read_to("\r\n\r\n");
  CHECK(raw.read_to("ping") == "\x8a\x04ping");
  raw.send(client_frame(0x00, "two ") + client_frame(0x80, "three"));
  CHECK(raw.read_to("three") == "\x81\x0done two three");
  raw.send(client_frame(0x88, ""));
  CHECK(raw.read_all() == "\x88\x00"sv);
  server().await(Stream::Out, "1005");
}

TEST_CASE_METHOD(WebSocketTest, "a client that does not read holds up its own messages only",
                 "[integration][websocket]") {
  project.write("api/flood.py", app_doing(R"(
await send({"type": "websocket.accept"})
try:
    while True:
        await send({"type": "websocket.send", "bytes": bytes(65536)})
except OSError as error:
    print("stopped by", type(error).__name__)
)"));
  project.write("api/hello.py", handler_answering("hi"));
  start();
  Connection raw = connect();
  raw.send(handshake("/api/flood"));
  raw.read_to("\r\n\r\n");
  CHECK(get("/api/hello").body == "hi");
  CHECK(client(R"(
ws = await connect("/api/flood")
say(len(await ws.recv()))
ws.transport.abort()
)") == "65536\n");
  server().await(Stream::Out, "stopped by ClientDisconnected");
  raw.reset();
}

TEST_CASE_METHOD(WebSocketTest, "an edit closes the WebSockets of old code with 1012",
                 "[integration][websocket]") {
  needs("fastapi");
  project.write("api/chat.py", kFastApi);
  start();
  const auto running = start_client(R"(
ws = await connect("/api/chat")
say("open")
say(*await ended(ws))
)");
  running->await(Stream::Out, "open");
  project.write("api/chat.py", std::string(kFastApi) + "\n");
  CHECK(exit_code(running->await_exit()) == 0);
  CHECK(running->output(Stream::Out) == "open\n1012 \n");
  CHECK(get("/api/chat").status == 200);
}

TEST_CASE_METHOD(WebSocketTest, "Ctrl-C closes WebSockets with 1012, and nothing is left behind",
                 "[integration][websocket]") {
  needs("fastapi");
  project.write("api/chat.py", kFastApi);
  start();
  const auto running = start_client(R"(
all = await asyncio.gather(*[connect("/api/chat") for _ in range(3)])
say("open")
say(*[await ended(ws) for ws in all])
)");
  running->await(Stream::Out, "open");
  CHECK(exit_code(server().stop(SIGINT)) == 130);
  CHECK(exit_code(running->await_exit()) == 0);
  CHECK(running->output(Stream::Out) == "open\n(1012, '') (1012, '') (1012, '')\n");
}

TEST_CASE_METHOD(WebSocketTest, "the WebSockets of an instance that dies are closed",
                 "[integration][websocket]") {
  project.write("api/die.py", app_doing(R"(
import os
await send({"type": "websocket.accept"})
await receive()
os._exit(7)
)"));
  start();
  CHECK(client(R"(
ws = await connect("/api/die")
await ws.send("now")
say((await ended(ws))[0])
)") == "1006\n");
}

TEST_CASE_METHOD(WebSocketTest, "maxDuration ends with the handshake, and holds before it",
                 "[integration][websocket]") {
  needs("fastapi");
  project.write("vercel.json", R"({"functions": {"api/never.py": {"maxDuration": 1}}})");
  project.write("api/chat.py", kFastApi);
  project.write("api/never.py", app_doing("import asyncio\nawait asyncio.Event().wait()\n"));
  start();
  CHECK(client(R"(
ws = await connect("/api/chat")
say(await refused("/api/never"))
await ws.send("still here")
say(await ws.recv())
await ws.close()
)") == "504\nstill here\n");
  server().wait_for_log("FUNCTION_INVOCATION_TIMEOUT");
}

TEST_CASE_METHOD(WebSocketTest, "the record of a WebSocket is written when it is accepted",
                 "[integration][websocket]") {
  needs("fastapi");
  project.write("api/chat.py", kFastApi);
  start({"--log", "json"});
  const auto running = start_client(R"(
ws = await connect("/api/chat")
await asyncio.Event().wait()
)");
  const auto record = record_of("/api/chat");
  CHECK(record["status"] == 101);
  CHECK(record["outcome"] == "reply");
  CHECK(record["function"] == "api/chat.py");
}

TEST_CASE_METHOD(WebSocketTest, "a handler class and an HTTP/1.0 client get an ordinary answer",
                 "[integration][websocket]") {
  project.write("api/hello.py", handler_answering("no socket"));
  project.write("api/echo.py", R"(
async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"http"})
)");
  start();
  Connection raw = connect();
  raw.send(handshake("/api/hello"));
  const Answer answer = raw.read_answer();
  CHECK(answer.body == "no socket");
  Connection old = connect();
  old.send("GET /api/echo HTTP/1.0\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  CHECK(old.read_answer().body == "http");
  CHECK(get("/api/echo", {{"Upgrade", "websocket"}}).body == "http");
  CHECK(get("/api/echo", {{"Upgrade", "h2c"}, {"Connection", "Upgrade"}}).body == "http");
  CHECK(post("/api/echo", "x", {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}}).body == "http");
}

TEST_CASE_METHOD(WebSocketTest, "a rewrite to another server says that it passes no WebSocket on",
                 "[integration][websocket][proxy]") {
  project.write("api/hello.py", handler_answering("an ordinary answer"));
  RunningLocalfn& running = start();
  const std::string origin = "http://127.0.0.1:" + std::to_string(running.port());
  project.write("vercel.json", R"({"rewrites": [{"source": "/out", "destination": ")" + origin +
                                   R"(/api/hello"}]})");
  Connection raw = connect();
  raw.send(handshake("/out"));
  CHECK(raw.read_answer().body == "an ordinary answer");
  running.wait_for_log("cannot pass a WebSocket on to " + origin);
}

TEST_CASE_METHOD(WebSocketTest, "the app of a whole project takes WebSockets on any path",
                 "[integration][websocket][app]") {
  project.write("requirements.txt", "");
  project.write("main.py", app_doing(kEcho));
  project.write("public/index.html", "home");
  start();
  CHECK(client(R"(
async with connect("/any/room?x=1") as ws:
    await ws.send("hello")
    say(await ws.recv())
)") == "hello\n");
  CHECK(get("/").body == "home");
}

TEST_CASE_METHOD(WebSocketTest, "the request of a refused WebSocket ends with its refusal",
                 "[integration][websocket]") {
  project.write("api/close.py", Gate::source() + app_doing(R"(
import asyncio
await send({"type": "websocket.close"})
await asyncio.to_thread(wait_at_gate, "still there")
)"));
  project.write("api/deny.py", Gate::source() + app_doing(R"(
import asyncio
await send({"type": "websocket.http.response.start", "status": 418, "headers": []})
await send({"type": "websocket.http.response.body", "body": b"tea"})
await asyncio.to_thread(wait_at_gate, "still there")
)"));
  Gate gate;
  start({"--env", gate.variable(), "--log", "json"});
  for (const auto& [path, status] :
       std::vector<std::pair<std::string, int>>{{"/api/close", 403}, {"/api/deny", 418}}) {
    INFO(path);
    Connection raw = connect();
    raw.send(handshake(path));
    CHECK(raw.read_answer().status == status);
    Gate::Visitor app = gate.await_visitor();
    CHECK(record_of(path)["status"] == status);
    app.release();
  }
}
