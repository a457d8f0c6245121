// One WSGI app: the life of a request in it.
#include "bindings/adapter.h"

#include <fmt/format.h>
#include <pybind11/pybind11.h>

#include <exception>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "bindings/embedded.h"
#include "bindings/handler/outcome.h"
#include "bindings/handler/parts.h"
#include "bindings/handler/request_head.h"
#include "bindings/handler/sdk_headers.h"
#include "bindings/handler/writer.h"
#include "bindings/wsgi/answer.h"
#include "bindings/wsgi/environ.h"
#include "bindings/wsgi/start_response.h"

namespace py = pybind11;

namespace localfn {
namespace {

class WsgiAdapter final : public Adapter {
 public:
  WsgiAdapter(py::object app, const wire::LoadFrame& load)
      : app_(std::move(app)), load_(load), telling_{load.root, load.debug} {
    load_.environment.clear();
  }

  wire::EndFrame invoke(const wire::RequestFrame& request, Responder& responder) override;
  void stop() override;

 private:
  py::object hijack(UniqueFd connection, std::string_view early, const py::object& writer,
                    Responder& responder, const py::object& environ);
  bool let_go(const py::object& connection);
  wire::EndFrame run(const wire::RequestFrame& request, Responder& responder);
  bool call_app(PyObject* environ, PyObject* start_response, Call& call) const;
  Adapter& plain_server();

  py::object app_;
  wire::LoadFrame load_;
  Telling telling_;
  Environ environ_;
  std::unique_ptr<Adapter> plain_server_;
  std::vector<py::object> connections_;  ///< of WebSockets; under the GIL, as all here
};

/// What went wrong in the terms of WSGI; the parser of responses speaks of handler classes.
void explain(wire::EndFrame& end, const Started& started) {
  if (end.result == wire::Result::NoResponse && started.heads == 0) {
    constexpr std::string_view kReturned = "it returned without a response";
    if (end.failure.error == kReturned) {
      end.failure.error = "it returned without calling start_response()";
    }
  }
  if (end.result != wire::Result::BadResponse) return;
  if (started.heads == 0) {
    end.failure.error = "it returned a body without calling start_response()";
  } else if (started.status >= 100 && started.status < 200) {
    end.failure.error = fmt::format(
        "it called start_response() with the status {}, which cannot be the last one of an answer",
        started.status);
  }
}

wire::EndFrame WsgiAdapter::invoke(const wire::RequestFrame& request, Responder& responder) {
  return contained(telling_, [&] { return run(request, responder); });
}

wire::EndFrame WsgiAdapter::run(const wire::RequestFrame& given, Responder& responder) {
  UniqueFd connection = responder.connection();
  wire::RequestFrame request = given;
  if (connection) request.body = {};  // what came early belongs to the WebSocket
  const std::string path = function_path(request.target);
  // Both end in http.server on the platform, before any app: too many headers, the runtime's ping.
  if (is_ping(path) || !is_ordinary(request)) return plain_server().invoke(request, responder);
  const SdkHeaders sdk(request);
  const auto writer = py::reinterpret_steal<py::object>(make_writer(request, responder, false));
  if (!writer) return raised(telling_);
  const auto start = py::reinterpret_steal<py::object>(make_start_response(writer.ptr()));
  const auto environ = start ? environ_.make(request, path) : py::object();
  Call& call = *call_of_writer(writer.ptr());
  py::object hijacked;
  if (environ && connection) {
    hijacked = hijack(std::move(connection), given.body, writer, responder, environ);
  }
  const bool good = environ && call_app(environ.ptr(), start.ptr(), call);
  wire::EndFrame end = conclude(call, good, telling_);
  if (hijacked && let_go(hijacked)) {
    // What it returned has no meaning: the answer was the 101.
    if (end.result != wire::Result::Raised) end = {};
    return end;
  }
  if (start) explain(end, started(start.ptr()));
  return end;
}

/// Puts the client's connection into the environ, as the servers do that libraries for WebSockets
/// know (specification: python-runtime.md, 4.5).
py::object WsgiAdapter::hijack(UniqueFd connection, std::string_view early,
                               const py::object& writer, Responder& responder,
                               const py::object& environ) {
  // Called before the app returns only: let_go() takes it away.
  const py::cpp_function accepted([&responder] { responder.upgraded(); });
  const py::object made = embedded("hijack", "Connection")(
      connection.get(), py::bytes(early.data(), early.size()), writer.attr("write"), accepted);
  connection.release();
  connections_.push_back(made);
  for (const char* key : {"werkzeug.socket", "gunicorn.socket"}) environ[key] = made;
  return made;
}

/// Whether the connection had become the app's own.
bool WsgiAdapter::let_go(const py::object& connection) {
  std::erase_if(connections_, [&](const py::object& each) { return each.is(connection); });
  return connection.attr("finish")().cast<bool>();
}

void WsgiAdapter::stop() {
  const auto open = connections_;
  for (const auto& connection : open) connection.attr("depart")();
}

bool WsgiAdapter::call_app(PyObject* environ, PyObject* start_response, Call& call) const {
  PyObject* const arguments[] = {environ, start_response};
  const auto answer = py::reinterpret_steal<py::object>(
      PyObject_Vectorcall(app_.ptr(), arguments, 2, nullptr));
  return answer && send_answer(answer.ptr(), call);
}

/// Answers what no app gets to see. Most instances never need it.
Adapter& WsgiAdapter::plain_server() {
  if (!plain_server_) {
    const py::object stdlib = py::module_::import("http.server").attr("BaseHTTPRequestHandler");
    auto made = make_handler_adapter(stdlib, load_);
    if (!plain_server_) plain_server_ = std::move(made);  // another thread may have been here
  }
  return *plain_server_;
}

}  // namespace

std::unique_ptr<Adapter> make_wsgi_adapter(py::object app, const wire::LoadFrame& load) {
  prepare_wsgi_adapter();
  return std::make_unique<WsgiAdapter>(std::move(app), load);
}

void prepare_wsgi_adapter() {
  prepare_handler_adapter();
  prepare_start_response();
}

}  // namespace localfn
