// Opens a connection to another server: name, TCP, TLS; under one deadline, and only as long as the
// client that wants it is there.
//
// Called by the thread that serves the request.
#pragma once

#include <memory>
#include <string>

#include "runtime/base/clock.h"
#include "runtime/http/proxy/byte_stream.h"
#include "runtime/http/proxy/origin.h"
#include "runtime/http/proxy/tls_stream.h"

namespace localfn::http {

struct Dialled {
  std::unique_ptr<ByteStream> stream;  ///< null: it did not come about
  std::string problem;                 ///< "cannot connect to 127.0.0.1:9: connection refused"
  bool client_gone = false;
};

/// The addresses of a name are tried in turn, as the system orders them.
Dialled dial(const Origin& origin, TlsContext& tls, Deadline deadline, int client_fd);

}  // namespace localfn::http
