#include "bindings/handler/parts.h"

#include <pybind11/pybind11.h>

#include "bindings/adapter.h"
#include "bindings/handler/base_types.h"
#include "bindings/handler/embedded_code.h"
#include "bindings/handler/native_functions.h"
#include "bindings/handler/writer.h"

namespace py = pybind11;

namespace localfn {
namespace {

HandlerParts*& instance() {
  static HandlerParts* made = nullptr;  // leaked, see the header
  return made;
}

PyObject* require(PyObject* object) {
  if (!object) throw py::error_already_set();
  return object;
}

void require(bool done) {
  if (!done) throw py::error_already_set();
}

PyObject* intern(const char* text) { return require(PyUnicode_InternFromString(text)); }

void intern_names(HandlerParts& parts) {
  parts.wfile = intern("wfile");
  parts.state = intern("_localfn");
  parts.headers_buffer = intern("_headers_buffer");
  parts.command = intern("command");
  parts.path = intern("path");
  parts.request_version = intern("request_version");
  parts.close_connection = intern("close_connection");
  parts.client_address = intern("client_address");
  parts.server = intern("server");
  parts.protocol_version = intern("protocol_version");
  parts.responses = intern("responses");
  parts.server_version = intern("server_version");
  parts.sys_version = intern("sys_version");
  parts.flush = intern("flush");
  parts.send_error = intern("send_error");
  parts.http_1_0 = intern("HTTP/1.0");
  parts.http_1_1 = intern("HTTP/1.1");
  parts.sdk_module = intern("vercel.headers");
  parts.methods = {{{"GET", intern("GET"), intern("do_GET")},
                    {"POST", intern("POST"), intern("do_POST")},
                    {"PUT", intern("PUT"), intern("do_PUT")},
                    {"DELETE", intern("DELETE"), intern("do_DELETE")},
                    {"PATCH", intern("PATCH"), intern("do_PATCH")},
                    {"HEAD", intern("HEAD"), intern("do_HEAD")},
                    {"OPTIONS", intern("OPTIONS"), intern("do_OPTIONS")}}};
}

py::dict make_namespace(const HandlerParts& parts) {
  py::dict bases;
  for (const bool native : {true, false}) {
    const auto base = py::reinterpret_steal<py::object>(require(make_base_type(native)));
    require(add_lazy_attributes(base.ptr()));
    bases[py::bool_(native)] = base;
  }
  py::dict names;
  names["__builtins__"] = py::module_::import("builtins");
  // A name that no project has: sys.modules is not touched, and nothing of ours can be imported.
  names["__name__"] = "<localfn>";
  names["BASES"] = bases;
  names["Writer"] = py::handle(reinterpret_cast<PyObject*>(parts.writer_type));
  require(add_native_functions(names.ptr()));
  return names;
}

void run_embedded(const py::dict& names) {
  for (const EmbeddedFile& file : embedded_files()) {
    const auto code = py::reinterpret_steal<py::object>(
        require(Py_CompileString(file.text, file.name, Py_file_input)));
    py::reinterpret_steal<py::object>(
        require(PyEval_EvalCode(code.ptr(), names.ptr(), names.ptr())));
  }
}

PyObject* take(const py::dict& names, const char* name) {
  return py::object(names[name]).release().ptr();
}

void take_functions(HandlerParts& parts, const py::dict& names) {
  parts.build = take(names, "build");
  parts.make_server = take(names, "make_server");
  parts.make_rfile = take(names, "make_rfile");
  parts.make_connection = take(names, "make_connection");
  parts.make_headers = take(names, "make_headers");
  parts.end_connection = take(names, "end_connection");
  parts.finish_replaced = take(names, "finish_replaced");
  parts.silence_of = take(names, "silence_of");
  parts.tell_miscased = take(names, "tell_miscased");
  parts.run_plain = take(names, "run_plain");
  const py::dict fallbacks = names["FALLBACKS"];
  parts.send_response_fallback = take(fallbacks, "send_response");
  parts.send_response_only_fallback = take(fallbacks, "send_response_only");
  parts.send_header_fallback = take(fallbacks, "send_header");
  parts.end_headers_fallback = take(fallbacks, "end_headers");
  parts.flush_headers_fallback = take(fallbacks, "flush_headers");
}

}  // namespace

HandlerParts& parts() { return *instance(); }

void prepare_handler_adapter() {
  if (instance()) return;
  auto* made = new HandlerParts{};
  intern_names(*made);
  made->no_arguments = PyTuple_New(0);
  require(made->no_arguments != nullptr);
  made->writer_type = make_writer_type(made->writer_offset);
  require(made->writer_type != nullptr);
  const py::dict names = make_namespace(*made);
  instance() = made;  // the embedded code may ask for it while it runs
  try {
    run_embedded(names);
    take_functions(*made, names);
  } catch (...) {
    instance() = nullptr;
    throw;
  }
  const py::object stdlib = py::module_::import("http.server").attr("BaseHTTPRequestHandler");
  made->default_protocol = py::object(stdlib.attr("protocol_version")).release().ptr();
}

}  // namespace localfn
