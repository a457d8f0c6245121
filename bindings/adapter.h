// The border between an instance (channel, threads, logs) and an adapter (how the user's code is
// called). An instance owns exactly one Adapter: the one for the interface of its function.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/fd.h"
#include "runtime/base/wire.h"

namespace localfn {

/// Takes the answer of one invocation to the host. Implemented by the instance over its channel, by
/// tests in memory. Used by one thread at a time; the GIL is held by the caller and released inside
/// whenever a send would block.
class Responder {
 public:
  virtual ~Responder() = default;

  /// Keeps the head: it leaves with the first body bytes or the End frame, or when release_head()
  /// or streams() let it go.
  /// Called at most once, before body().
  virtual void head(wire::HeadFrame head) = 0;

  /// Sends bytes of the body now (with the head, if that still waits). Split into frames inside.
  /// False when host or client are gone: the adapter raises BrokenPipeError in the user's code.
  virtual bool body(std::string_view bytes) = 0;

  /// The body may be long in coming: a head that waits leaves now, or together with what follows
  /// within a few milliseconds.
  virtual void release_head() {}

  /// The function has flushed before it returned: the answer is streamed. At most once; a head that
  /// waits leaves, and what is written later may leave the host although it could have been held
  /// back.
  virtual void streams() {}

  /// The client's connection, where its request asks for a WebSocket: once, else empty. It is only
  /// looked at before upgraded(), for until then the host may still answer on it.
  virtual UniqueFd connection() { return {}; }

  /// That connection is the function's own from here on, which ends the request: what is written as
  /// an answer is dropped.
  virtual void upgraded() {}
};

/// Calls the user's code. invoke() is called with the GIL held, on a thread that is not the main
/// thread; several threads may be inside at once when the instance is shared.
class Adapter {
 public:
  virtual ~Adapter() = default;

  /// Runs one request to its end. Never throws: whatever the user's code does becomes the result
  /// (`result`, `streamed`, `failure`; the instance fills in the rest of the EndFrame).
  virtual wire::EndFrame invoke(const wire::RequestFrame& request, Responder& responder) = 0;

  /// The host wants the instance to leave: WebSockets end. On any thread, with the GIL held.
  virtual void stop() {}
};

/// Text of the exception that is set or was caught, per the comment at wire::Failure. The GIL is
/// held. `root` is the project's absolute path: frames outside it are hidden unless `debug`, the
/// runtime's own frames always are unless `debug`. Never throws. (bindings/failure.cpp)
wire::Failure describe_exception(pybind11::handle exception, const std::string& root, bool debug);

/// An adapter for `class handler(BaseHTTPRequestHandler)`; `handler_class` is the user's class.
/// Throws pybind11::error_already_set when the class cannot be prepared. (bindings/handler/)
std::unique_ptr<Adapter> make_handler_adapter(pybind11::object handler_class,
                                              const wire::LoadFrame& load);

/// Makes what make_handler_adapter needs (native types, the http.server import) in the zygote, so
/// that instances inherit it. Called once, with the GIL held. (bindings/handler/)
void prepare_handler_adapter();

/// The same two for a WSGI app: whatever `loading.py` classifies as one. (bindings/wsgi/)
std::unique_ptr<Adapter> make_wsgi_adapter(pybind11::object app, const wire::LoadFrame& load);
void prepare_wsgi_adapter();

}  // namespace localfn
