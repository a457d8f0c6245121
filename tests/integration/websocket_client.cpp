#include "tests/integration/websocket_client.h"

#include <stdexcept>

namespace localfn::test {
namespace {

constexpr const char* kPrelude = R"(
import asyncio, sys
import websockets

def connect(path, **options):
    return websockets.connect("ws://127.0.0.1:%s%s" % (sys.argv[1], path), max_size=None, **options)

async def ended(ws):
    try:
        while True:
            await ws.recv()
    except websockets.ConnectionClosed:
        return ws.close_code, ws.close_reason

async def refused(path, **options):
    try:
        await connect(path, **options)
    except websockets.InvalidHandshake as answer:
        return (answer.response if hasattr(answer, "response") else answer).status_code

# The library's own names: before version 14 and since.
def response_header(ws, name):
    return (ws.response.headers if hasattr(ws, "response") else ws.response_headers)[name]

def say(*words):
    print(*words, flush=True)

async def main():
)";

std::string indented(std::string_view lines) {
  std::string out;
  bool fresh = true;
  for (const char c : lines) {
    if (fresh && c != '\n') out += "    ";
    out += c;
    fresh = c == '\n';
  }
  return out;
}

}  // namespace

std::unique_ptr<RunningLocalfn> WebSocketTest::start_client(std::string_view body) {
  Launch launch;
  launch.program = "/usr/bin/python3";
  launch.arguments = {"-B", "-c", kPrelude + indented(body) + "\nasyncio.run(main())\n",
                      std::to_string(server().port())};
  launch.cwd = "/";
  launch.temp = temp();
  return std::make_unique<RunningLocalfn>(launch);
}

std::string WebSocketTest::client(std::string_view body) {
  const auto running = start_client(body);
  if (exit_code(running->await_exit()) != 0) {
    throw std::runtime_error("the client failed:\n" + running->output(Stream::Out) +
                             running->output(Stream::Err));
  }
  return running->output(Stream::Out);
}

std::string handshake(std::string_view path, const HeaderList& headers) {
  HeaderList all = {{"Connection", "keep-alive, Upgrade"}, {"Upgrade", "websocket"}};
  all.insert(all.end(), headers.begin(), headers.end());
  const auto has = [&](std::string_view name) {
    for (const auto& header : headers) {
      if (header.first == name) return true;
    }
    return false;
  };
  if (!has("Sec-WebSocket-Version")) all.emplace_back("Sec-WebSocket-Version", "13");
  if (!has("Sec-WebSocket-Key")) all.emplace_back("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
  return make_request("GET", path, all);
}

std::string client_frame(unsigned first, std::string_view payload) {
  std::string frame{static_cast<char>(first), static_cast<char>(0x80 | payload.size())};
  frame.append(4, '\0');
  return frame.append(payload);
}

}  // namespace localfn::test
