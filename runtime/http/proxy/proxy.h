// Passes a request on to another server and its answer back: a rewrite to an http or https address.
//
// One Proxy for the process. pass() runs on the connection's thread. Why cpp-httplib's client is not
// used: README.md of this folder.
#pragma once

#include <string>
#include <vector>

#include "runtime/http/front.h"
#include "runtime/http/proxy/tls_stream.h"
#include "runtime/http/proxy/transfer.h"
#include "runtime/rules/header_edit.h"

namespace localfn::http {

struct ProxyLimits {
  milliseconds connect{10'000};   ///< name, TCP and TLS together
  milliseconds progress{30'000};  ///< neither direction moves
};

struct ProxyRequest {
  std::string origin;  ///< "https://example.com:8443"
  std::string target;  ///< path and query
  std::vector<rules::HeaderEdit> edits = {};
  int hops = 1;  ///< what the server is told in x-localfn-hops
};

struct ProxyResult {
  Ending ending = Ending::Complete;
  std::string problem;  ///< after NoAnswer and CutShort: "cannot connect to …: connection refused"
};

class Proxy {
 public:
  explicit Proxy(ProxyLimits limits = {}) : limits_(limits) {}

  /// After Complete the caller finishes the exchange; after CutShort and ClientGone it cuts it;
  /// after the rest nothing was begun and it answers itself.
  ProxyResult pass(Exchange& exchange, const ProxyRequest& wanted, GiveHead give_head);

 private:
  const ProxyLimits limits_;
  TlsContext tls_;
};

}  // namespace localfn::http
