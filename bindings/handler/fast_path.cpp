#include "bindings/handler/fast_path.h"

#include "bindings/handler/parts.h"
#include "bindings/handler/request_head.h"
#include "bindings/handler/text.h"
#include "bindings/handler/writer.h"
#include "runtime/base/ascii.h"

namespace py = pybind11;

namespace localfn {
namespace {

py::object latin1(std::string_view bytes) {
  return py::reinterpret_steal<py::object>(
      PyUnicode_DecodeLatin1(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), nullptr));
}

struct MethodNames {
  py::object command;
  py::object function;
};

/// Either is null with an exception set when memory is short.
MethodNames names_of(std::string_view method) {
  for (const KnownMethod& known : parts().methods) {
    if (known.method == method) {
      return {py::reinterpret_borrow<py::object>(known.command),
              py::reinterpret_borrow<py::object>(known.function)};
    }
  }
  return {latin1(method), latin1(std::string("do_").append(method))};
}

/// Whether the class speaks HTTP/1.1, which gives Connection and Expect a meaning.
bool speaks_1_1(PyTypeObject* type) {
  const auto version = py::reinterpret_steal<py::object>(
      PyObject_GetAttr(reinterpret_cast<PyObject*>(type), parts().protocol_version));
  if (!version) PyErr_Clear();
  if (!version || version.ptr() == parts().default_protocol) return false;
  // Anything but a str raises in the standard library; the plain path shows how.
  return PyUnicode_Check(version.ptr()) && PyUnicode_Compare(version.ptr(), parts().http_1_1) >= 0;
}

/// `close_connection` as parse_request() leaves it.
PyObject* closes_connection(const FastCall& fast) {
  if (!speaks_1_1(fast.type)) return Py_True;
  const std::string_view wish = header_value(fast.request.headers, "connection");
  if (equal_ignoring_case(wish, "close")) return Py_True;
  if (equal_ignoring_case(wish, "keep-alive")) return Py_False;
  return fast.request.version == "HTTP/1.1" ? Py_False : Py_True;
}

bool set_attributes(PyObject* self, const FastCall& fast, PyObject* command) {
  HandlerParts& names = parts();
  PyObject* version = fast.request.version == "HTTP/1.1" ? names.http_1_1 : names.http_1_0;
  const py::object path = latin1(fast.path);
  return path && PyObject_SetAttr(self, names.wfile, fast.writer) == 0 &&
         PyObject_SetAttr(self, names.state, fast.writer) == 0 &&
         PyObject_SetAttr(self, names.client_address, fast.call.client_address) == 0 &&
         PyObject_SetAttr(self, names.server, fast.server) == 0 &&
         PyObject_SetAttr(self, names.command, command) == 0 &&
         PyObject_SetAttr(self, names.path, path.ptr()) == 0 &&
         PyObject_SetAttr(self, names.request_version, version) == 0 &&
         PyObject_SetAttr(self, names.close_connection, closes_connection(fast)) == 0;
}

bool refuse_method(PyObject* self, const MethodNames& names) {
  PyObject* type = reinterpret_cast<PyObject*>(Py_TYPE(self));
  const auto told = py::reinterpret_steal<py::object>(
      PyObject_CallFunctionObjArgs(parts().tell_miscased, type, names.function.ptr(), nullptr));
  if (!told) return false;
  const auto message = py::reinterpret_steal<py::object>(
      PyUnicode_FromFormat("Unsupported method (%R)", names.command.ptr()));
  const auto code = py::reinterpret_steal<py::object>(PyLong_FromLong(501));
  if (!message || !code) return false;
  return !!py::reinterpret_steal<py::object>(
      PyObject_CallMethodObjArgs(self, parts().send_error, code.ptr(), message.ptr(), nullptr));
}

bool call_function(PyObject* self, const MethodNames& names) {
  const auto function =
      py::reinterpret_steal<py::object>(PyObject_GetAttr(self, names.function.ptr()));
  if (!function) {
    if (!PyErr_ExceptionMatches(PyExc_AttributeError)) return false;
    PyErr_Clear();
    return refuse_method(self, names);
  }
  return !!py::reinterpret_steal<py::object>(PyObject_CallNoArgs(function.ptr()));
}

/// What handle_one_request() and finish() do to a `wfile` that the function has replaced.
bool finish_replaced(PyObject* self) {
  return !!py::reinterpret_steal<py::object>(
      PyObject_CallFunctionObjArgs(parts().finish_replaced, self, nullptr));
}

bool replaced_wfile(PyObject* self, PyObject* writer) {
  const auto wfile = py::reinterpret_steal<py::object>(PyObject_GetAttr(self, parts().wfile));
  if (!wfile) PyErr_Clear();
  return wfile.ptr() != writer;
}

bool finish(PyObject* self, const FastCall& fast, bool good) {
  fast.call.returned = true;
  if (good) return !replaced_wfile(self, fast.writer) || finish_replaced(self);
  // The function's exception is the one to tell. It is put aside even for the look-up of an
  // attribute: a miss in the interpreter's type cache clears whatever is set.
  py::error_scope keep;
  if (replaced_wfile(self, fast.writer) && !finish_replaced(self)) PyErr_Clear();
  return false;
}

}  // namespace

bool takes_fast_path(PyTypeObject* type, const wire::RequestFrame& request) {
  if (!is_ordinary(request)) return false;
  return !speaks_1_1(type) || header_value(request.headers, "expect").empty();
}

bool run_fast(const FastCall& fast) {
  const MethodNames names = names_of(fast.request.method);
  if (!names.command || !names.function) return false;
  // In Python 3.11 and 3.12 what comes straight from the type's allocator has a dictionary. What
  // object.__new__() makes has its attributes beside it, cheaper to set and to read.
  const auto self = py::reinterpret_steal<py::object>(
      PyBaseObject_Type.tp_new(fast.type, parts().no_arguments, nullptr));
  if (!self || !set_attributes(self.ptr(), fast, names.command.ptr())) return false;
  return finish(self.ptr(), fast, call_function(self.ptr(), names));
}

}  // namespace localfn
