// The scope of a request, made from its frame.
//
// Keys and values are those of the platform's server; the state is added by the event loop. The GIL
// is held by every caller. websocket.py makes a scope of type "websocket" of it.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>

#include "bindings/asgi/client_address.h"
#include "runtime/base/wire.h"

namespace localfn {

struct Scope {
  pybind11::dict dict;
  bool ping = false;        ///< the platform's own path: the app does not see it
  bool shows_page = false;  ///< the client reads HTML: an exception may be shown as a page
};

class ScopeMaker {
 public:
  /// `port` of the server. Reads FORWARDED_ALLOW_IPS, so the environment must be the function's.
  explicit ScopeMaker(std::uint16_t port);

  /// Throws pybind11::error_already_set when memory is short.
  Scope make(const wire::RequestFrame& request);

 private:
  struct Facts;
  pybind11::list headers(std::string_view lines, Facts& facts) const;
  pybind11::object client(std::string_view forwarded_for);

  pybind11::dict asgi_;
  pybind11::tuple server_;
  pybind11::str loopback_;
  pybind11::object unquote_;
  ClientRule rule_;
  std::uint32_t connections_ = 0;
};

}  // namespace localfn
