// Many requests that are in a function at the same time.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/gate.h"
#include "tests/support/http_client.h"
#include "tests/support/temp_project.h"

namespace localfn::test {

/// A handler class whose requests stand at the gate under their process id, and answer it.
inline std::string gated_handler() {
  return handler_doing(
      "wait_at_gate(os.getpid())\nself.send_response(200)\nself.end_headers()\n"
      "self.wfile.write(str(os.getpid()).encode())\n",
      Gate::source());
}

/// `count` requests that all stand at the gate at once.
struct Crowd {
  std::vector<Connection> connections;
  std::vector<Gate::Visitor> visitors;

  Crowd(std::uint16_t port, Gate& gate, int count, const std::string& target) {
    for (int number = 0; number < count; ++number) {
      connections.emplace_back(port);
      connections.back().send(make_request("GET", target));
      visitors.push_back(gate.await_visitor());
    }
  }

  std::set<std::string> processes() const {
    std::set<std::string> found;
    for (const Gate::Visitor& visitor : visitors) found.insert(visitor.name());
    return found;
  }

  void release_all() {
    for (Gate::Visitor& visitor : visitors) visitor.release();
    for (Connection& connection : connections) CHECK(connection.read_answer().status == 200);
  }
};

}  // namespace localfn::test
