// Another server for a rewrite to lead to: raw bytes on a loopback port, told what to do wrong.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "runtime/base/fd.h"
#include "tests/unit/http/loopback.h"

namespace localfn::http::testing {

/// The server's end of one connection. Used by the server's thread.
class Served {
 public:
  explicit Served(UniqueFd socket) : socket_(std::move(socket)) {}

  /// The request's head with its empty line; what came behind it is kept for take().
  std::string head();
  /// Exactly that many bytes, or fewer when the connection ends.
  std::string take(std::size_t bytes);
  /// Bytes up to and including `text`.
  std::string take_to(std::string_view text);
  /// False when the other side takes no more.
  bool send(std::string_view bytes);
  /// Waits for the other side to end the connection; what it still sends is dropped. False when
  /// patience ends first.
  bool sees_end();
  /// Closes with a reset.
  void reset();
  void close() { socket_.reset(); }
  int fd() const { return socket_.get(); }

 private:
  bool receive();

  UniqueFd socket_;
  std::string buffer_;
};

/// Serves connections one after another with `serve`, each on the server's one thread.
class Upstream {
 public:
  explicit Upstream(std::function<void(Served&)> serve);
  ~Upstream();

  std::uint16_t port = 0;
  std::string origin() const { return "http://127.0.0.1:" + std::to_string(port); }

 private:
  void run();

  std::function<void(Served&)> serve_;
  UniqueFd listener_;
  std::thread thread_;
};

/// A port of the loopback on which nobody listens, and nobody else can.
struct ClosedPort {
  ClosedPort();
  UniqueFd bound;
  std::uint16_t port = 0;
};

}  // namespace localfn::http::testing
