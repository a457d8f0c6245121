// The cpp-httplib server: binds, accepts, and hands every socket to a Connection.
//
// The only part that knows cpp-httplib and its versions (0.11.4 to 0.18.7 and later); no other file
// includes httplib.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "runtime/base/fd.h"

namespace localfn::http {

class Server {
 public:
  /// Called on a thread of the connection's own, which it may keep as long as it likes.
  using Serve = std::function<void(UniqueFd client)>;

  explicit Server(Serve serve);
  ~Server();

  /// Port 0: any. Returns the port; throws std::system_error naming the address, and may then be
  /// called again with another.
  std::uint16_t bind(const std::string& host, std::uint16_t port);

  /// Starts to accept, on a thread of its own. Throws std::system_error when there is none to have.
  void start();

  /// No more connections from here on. May be called at any time, more than once.
  void stop_accepting();

  /// After stop_accepting(): returns when all connections' threads have ended.
  void join();

 private:
  class Listener;
  const Serve serve_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace localfn::http
