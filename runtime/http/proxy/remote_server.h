// Another server, asked by this process: one request, its answer whole.
//
// For `localfn test --target`. Unlike Proxy nothing is added for, or taken from, a client: headers
// leave as they are given. ask() may be called by many threads at once.
#pragma once

#include <string>

#include "runtime/base/clock.h"
#include "runtime/http/local_exchange.h"
#include "runtime/http/proxy/origin.h"
#include "runtime/http/proxy/tls_stream.h"

namespace localfn::http {

class RemoteServer {
 public:
  /// `limit`: for one request, from the look-up of the name to the last byte of the answer.
  RemoteServer(Origin origin, milliseconds limit) : origin_(std::move(origin)), limit_(limit) {}

  struct Answered {
    LocalAnswer answer;
    /// Why there is none, or why it is cut: "cannot connect to 127.0.0.1:9: connection refused".
    std::string problem;
  };

  /// Redirects are not followed. An answer may have 32 MiB.
  Answered ask(const LocalRequest& request);

  const Origin& origin() const { return origin_; }

 private:
  const Origin origin_;
  const milliseconds limit_;
  TlsContext tls_;
};

}  // namespace localfn::http
