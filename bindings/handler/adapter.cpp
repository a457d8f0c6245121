// One user class, prepared: chooses the path of each request and tells how it ended.
#include "bindings/adapter.h"

#include <pybind11/pybind11.h>

#include <exception>
#include <utility>

#include "bindings/handler/fast_path.h"
#include "bindings/handler/outcome.h"
#include "bindings/handler/parts.h"
#include "bindings/handler/request_head.h"
#include "bindings/handler/sdk_headers.h"
#include "bindings/handler/writer.h"

namespace py = pybind11;

namespace localfn {
namespace {

constexpr std::uint32_t kFirstEphemeralPort = 32'768;
constexpr std::uint32_t kEphemeralPorts = 28'232;

class HandlerAdapter final : public Adapter {
 public:
  HandlerAdapter(const py::object& handler_class, const wire::LoadFrame& load);

  wire::EndFrame invoke(const wire::RequestFrame& request, Responder& responder) override;

 private:
  wire::EndFrame run(const wire::RequestFrame& request, Responder& responder);
  bool run_plain(const wire::RequestFrame& request, const Call& call, PyObject* writer) const;
  void explain_silence(std::string_view method, wire::EndFrame& end) const;
  void answer_ping(Responder& responder) const;
  PyObject* next_client_address();

  PyTypeObject* type() const { return reinterpret_cast<PyTypeObject*>(handler_type_.ptr()); }

  py::object handler_type_;
  py::object server_;
  py::object server_address_;
  py::object loopback_;
  std::string server_header_;
  Telling telling_;
  bool fast_ = false;
  std::uint32_t connections_ = 0;  ///< guarded by the GIL
};

HandlerAdapter::HandlerAdapter(const py::object& handler_class, const wire::LoadFrame& load)
    : loopback_(py::str("127.0.0.1")), telling_{load.root, load.debug} {
  const py::tuple built = py::handle(parts().build)(handler_class, load.plain_path);
  handler_type_ = built[0];
  fast_ = built[1].cast<bool>();
  server_ = py::handle(parts().make_server)(handler_type_, load.port);
  server_address_ = server_.attr("server_address");
  const py::object stdlib = py::module_::import("http.server").attr("BaseHTTPRequestHandler");
  server_header_ = stdlib.attr("server_version").cast<std::string>() + " " +
                   stdlib.attr("sys_version").cast<std::string>();
}

wire::EndFrame HandlerAdapter::invoke(const wire::RequestFrame& request, Responder& responder) {
  return contained(telling_, [&] { return run(request, responder); });
}

wire::EndFrame HandlerAdapter::run(const wire::RequestFrame& request, Responder& responder) {
  const std::string path = function_path(request.target);
  if (is_ping(path)) {
    answer_ping(responder);
    return {};
  }
  const SdkHeaders sdk(request);
  const bool fast = fast_ && takes_fast_path(type(), request);
  const auto writer = py::reinterpret_steal<py::object>(make_writer(request, responder, !fast));
  if (!writer) return raised(telling_);
  Call& call = *call_of_writer(writer.ptr());
  call.client_address = next_client_address();
  if (!call.client_address) return raised(telling_);
  call.server_address = py::object(server_address_).release().ptr();
  const bool good = fast ? run_fast({type(), server_.ptr(), request, path, writer.ptr(), call})
                         : run_plain(request, call, writer.ptr());
  wire::EndFrame end = conclude(call, good, telling_);
  if (good && end.result == wire::Result::NoResponse) explain_silence(request.method, end);
  return end;
}

/// A method that only looks as if it had run: `async def`, or one with a `yield`.
void HandlerAdapter::explain_silence(std::string_view method, wire::EndFrame& end) const {
  const auto command = py::reinterpret_steal<py::object>(PyUnicode_DecodeLatin1(
      method.data(), static_cast<Py_ssize_t>(method.size()), nullptr));
  const auto why = py::reinterpret_steal<py::object>(
      command ? PyObject_CallFunctionObjArgs(parts().silence_of, handler_type_.ptr(), command.ptr(),
                                             nullptr)
              : nullptr);
  Py_ssize_t size = 0;
  const char* text = why ? PyUnicode_AsUTF8AndSize(why.ptr(), &size) : nullptr;
  if (text == nullptr) return PyErr_Clear();
  if (size > 0) end.failure.error.assign(text, static_cast<std::size_t>(size));
}

bool HandlerAdapter::run_plain(const wire::RequestFrame& request, const Call& call,
                               PyObject* writer) const {
  const auto line = py::reinterpret_steal<py::object>(PyUnicode_DecodeLatin1(
      request.request_line.data(), static_cast<Py_ssize_t>(request.request_line.size()), nullptr));
  return line && !!py::reinterpret_steal<py::object>(PyObject_CallFunctionObjArgs(
                     parts().run_plain, handler_type_.ptr(), writer, call.client_address,
                     server_.ptr(), line.ptr(), nullptr));
}

void HandlerAdapter::answer_ping(Responder& responder) const {
  responder.head({200, "OK", {{"Server", server_header_}, {"Date", parts().date.now()}}});
}

/// Looks like what accept() gives; the port differs from one request to the next.
PyObject* HandlerAdapter::next_client_address() {
  const auto port = py::reinterpret_steal<py::object>(
      PyLong_FromUnsignedLong(kFirstEphemeralPort + connections_++ % kEphemeralPorts));
  return port ? PyTuple_Pack(2, loopback_.ptr(), port.ptr()) : nullptr;
}

}  // namespace

std::unique_ptr<Adapter> make_handler_adapter(py::object handler_class,
                                              const wire::LoadFrame& load) {
  prepare_handler_adapter();
  return std::make_unique<HandlerAdapter>(handler_class, load);
}

}  // namespace localfn
