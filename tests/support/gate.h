// A place where a function under test waits until the test lets it go on.
//
// The function connects to a socket on loopback, says who it is, and reads; the test sees it
// arrive and releases it. So a test knows that a function runs without guessing how long that
// takes. A gate that goes away releases everybody.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/base/fd.h"
#include "tests/support/processes.h"

namespace localfn::test {

class Gate {
 public:
  Gate();

  /// One function that stands at the gate.
  class Visitor {
   public:
    explicit Visitor(UniqueFd socket, std::string name)
        : socket_(std::move(socket)), name_(std::move(name)) {}
    const std::string& name() const { return name_; }  ///< what it has said
    void release(std::string_view word = "go");
    /// Whether its process closes the connection: it has gone on to its end, or has died.
    bool gone(Deadline deadline = patience()) const;

   private:
    UniqueFd socket_;
    std::string name_;
  };

  /// Waits for the next one; throws when nobody comes.
  Visitor await_visitor(Deadline deadline = patience());

  /// "--env" values for the server: where the gate is.
  std::string variable() const { return "GATE=" + std::to_string(port_); }

  /// Python source that defines `wait_at_gate(name)`, which returns the word of the release, or
  /// "" when the gate has gone.
  static std::string source();

 private:
  UniqueFd listener_;
  std::uint16_t port_ = 0;
};

}  // namespace localfn::test
