// A small HTTP server that a rewrite may lead to: it tells what it was asked.
//
// One thread of its own; it answers one request a connection and closes. Its body is
// "upstream METHOD TARGET" and, below, the request's headers, one a line, names in lower case.
#pragma once

#include <cstdint>
#include <string>
#include <thread>

#include "runtime/base/fd.h"

namespace localfn::test {

class Upstream {
 public:
  /// Listens on a free port of loopback. Throws std::system_error.
  Upstream();
  /// Ends the thread; requests under way are dropped.
  ~Upstream();
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  void serve();
  bool readable(int fd) const;
  void answer(int connection) const;

  UniqueFd listener_;
  UniqueFd stop_read_;
  UniqueFd stop_write_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace localfn::test
