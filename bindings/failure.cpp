// describe_exception of bindings/adapter.h. The GIL is held; nothing leaves but text.
#include <pybind11/pybind11.h>

#include "bindings/adapter.h"
#include "bindings/debugger.h"
#include "bindings/embedded.h"

namespace py = pybind11;

namespace localfn {
namespace {

// The exception that is set at the moment, with its traceback attached, and no longer set.
py::object take_set_exception() {
  PyObject* type = nullptr;
  PyObject* value = nullptr;
  PyObject* trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  PyErr_NormalizeException(&type, &value, &trace);
  if (value != nullptr && trace != nullptr) PyException_SetTraceback(value, trace);
  Py_XDECREF(type);
  Py_XDECREF(trace);
  return py::reinterpret_steal<py::object>(value);
}

wire::Failure described(py::handle exception, const std::string& root, bool debug) {
  const auto where = py::reinterpret_steal<py::object>(PyUnicode_DecodeFSDefault(root.c_str()));
  const py::tuple parts = embedded("failure", "describe")(exception, where, debug);
  wire::Failure failure;
  failure.error = parts[0].cast<std::string>();
  failure.traceback = parts[1].cast<std::string>();
  failure.file = parts[2].cast<std::string>();
  failure.line = parts[3].cast<std::uint32_t>();
  failure.source = parts[4].cast<std::string>();
  return failure;
}

// When describing itself fails (out of memory, a hostile exception class): the type's name.
wire::Failure only_named(py::handle exception) {
  wire::Failure failure;
  failure.error = exception ? Py_TYPE(exception.ptr())->tp_name : "unknown error";
  failure.traceback = failure.error + "\n  (its traceback cannot be shown)";
  return failure;
}

}  // namespace

wire::Failure describe_exception(py::handle exception, const std::string& root, bool debug) {
  py::object owned;
  if (!exception && PyErr_Occurred() != nullptr) {
    owned = take_set_exception();
    exception = owned;
  }
  if (!exception) return only_named(exception);
  debug_post_mortem(exception);
  // Whatever else is set must neither disturb the description nor be lost by it.
  PyObject* type = nullptr;
  PyObject* value = nullptr;
  PyObject* trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  wire::Failure failure;
  try {
    failure = described(exception, root, debug);
  } catch (const std::exception&) {
    failure = only_named(exception);
  }
  PyErr_Restore(type, value, trace);
  return failure;
}

}  // namespace localfn
