// --debugpy: an editor attaches, over the debug adapter protocol.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "runtime/base/errors.h"
#include "tests/support/catch.h"
#include "tests/support/integration_test.h"
#include "tests/support/loopback.h"

namespace localfn::test {
namespace {

using nlohmann::json;

/// The editor's side of one debug session.
class Editor {
 public:
  explicit Editor(std::uint16_t port) : socket_(connect_to_loopback(port)) {}

  void ask(const std::string& command, json arguments = json::object()) {
    const std::string body = json{
        {"seq", ++sequence_},
        {"type", "request"},
        {"command", command},
        {"arguments",
         std::move(arguments)}}.dump();
    const std::string bytes = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    check(sent == static_cast<ssize_t>(bytes.size()) ? 0 : -1, "ask the adapter");
  }

  /// The next event of that name, or the answer to the request of that name; others are passed
  /// over.
  json await(const std::string& type, const std::string& name) {
    const auto deadline = patience();
    while (true) {
      json message = next(deadline);
      const std::string key = type == "event" ? "event" : "command";
      if (message["type"] != type || message[key] != name) continue;
      if (type == "response") CHECK(message["success"] == true);
      return message;
    }
  }

 private:
  json next(Deadline deadline) {
    const std::size_t head_end = need("\r\n\r\n", deadline);
    const auto at = bytes_.find("Content-Length: ");
    const std::size_t size = std::stoul(bytes_.substr(at + 16));
    while (bytes_.size() < head_end + size) receive(deadline);
    json message = json::parse(bytes_.substr(head_end, size));
    bytes_.erase(0, head_end + size);
    return message;
  }

  std::size_t need(const std::string& text, Deadline deadline) {
    while (bytes_.find(text) == std::string::npos) receive(deadline);
    return bytes_.find(text) + text.size();
  }

  void receive(Deadline deadline) {
    pollfd readable{socket_.get(), POLLIN, 0};
    if (::poll(&readable, 1, deadline.poll_timeout()) != 1) {
      throw std::runtime_error("the adapter says nothing; before: " + bytes_);
    }
    char buffer[4096];
    const auto got = ::recv(socket_.get(), buffer, sizeof buffer, 0);
    if (got <= 0) throw std::runtime_error("the adapter has closed; before: " + bytes_);
    bytes_.append(buffer, static_cast<std::size_t>(got));
  }

  UniqueFd socket_;
  std::string bytes_;
  int sequence_ = 0;
};

const std::string kFunction = R"(from http.server import BaseHTTPRequestHandler
class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        name = "Ada"
        text = "hello " + name
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())
)";

}  // namespace

TEST_CASE_METHOD(IntegrationTest, "an editor attaches, stops at its breakpoint and goes on",
                 "[debugger]") {
  needs("debugpy");
  project.write("api/greet.py", kFunction);
  start({"--debugpy", std::to_string(free_port()), "--max-duration", "1"});
  CHECK(get("/api/greet").body == "hello Ada");
  const std::string place = "attach to api/greet.py at 127.0.0.1:";
  const auto told = server().wait_for_log(place);
  const auto port = std::stoi(told.substr(told.find(place) + place.size()));

  Editor editor(static_cast<std::uint16_t>(port));
  editor.ask("initialize", {{"adapterID", "test"}});
  editor.await("response", "initialize");
  editor.ask("attach", {{"justMyCode", true}});
  editor.await("event", "initialized");
  editor.ask("setBreakpoints", {{"source", {{"path", (project.root() / "api/greet.py").string()}}},
                                {"breakpoints", {{{"line", 5}}}}});
  const auto set = editor.await("response", "setBreakpoints");
  CHECK(set["body"]["breakpoints"][0]["verified"] == true);
  editor.ask("configurationDone");
  editor.await("response", "attach");

  auto client = connect();
  client.send(make_request("GET", "/api/greet"));
  const auto stopped = editor.await("event", "stopped");
  CHECK(stopped["body"]["reason"] == "breakpoint");
  editor.ask("continue", {{"threadId", stopped["body"]["threadId"]}});
  editor.await("response", "continue");
  CHECK(client.read_answer().body == "hello Ada");
  editor.ask("disconnect", {{"terminateDebuggee", false}});
  editor.await("response", "disconnect");
}

TEST_CASE_METHOD(IntegrationTest, "a project whose Python has no debugpy is told how to get it",
                 "[debugger]") {
  project.write("api/greet.py", kFunction);
  project.write("debugpy.py", "raise ImportError('as if it were not installed')\n");
  start({"--debugpy", std::to_string(free_port())});
  CHECK(get("/api/greet").body == "hello Ada");
  server().wait_for_log("has no debugpy; install it with");
}

}  // namespace localfn::test
