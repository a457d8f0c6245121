// TLS to another server: who it is, is always checked.
//
// One TlsContext for the process; any thread. A stream belongs to the thread that has opened it.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "runtime/http/proxy/byte_stream.h"

namespace localfn::http {

class TlsStream : public ByteStream {
 public:
  /// Goes on with the handshake: Moved when it is done.
  virtual Step handshake() = 0;
};

class TlsContext {
 public:
  TlsContext();
  ~TlsContext();

  /// A stream over the connected socket, before its handshake. Certificates of the system are
  /// trusted, and those that SSL_CERT_FILE and SSL_CERT_DIR name; they are read at the first call.
  /// Null with `problem` when OpenSSL cannot be had.
  std::unique_ptr<TlsStream> open(UniqueFd socket, const std::string& host, std::string& problem);

 private:
  struct Shared;
  std::once_flag once_;
  std::unique_ptr<Shared> shared_;
};

}  // namespace localfn::http
