#include "bindings/handler/native_functions.h"

#include <string>
#include <string_view>
#include <utility>

#include "bindings/handler/request_head.h"
#include "bindings/handler/writer.h"

namespace localfn {
namespace {

Call* checked_call(PyObject* writer) {
  Call* call = call_of_writer(writer);
  if (!call) PyErr_SetString(PyExc_TypeError, "expected the wfile of an invocation");
  return call;
}

PyObject* py_rfile_of(PyObject*, PyObject* writer) { return rfile_of(writer); }

PyObject* py_connection_of(PyObject*, PyObject* writer) { return connection_of(writer); }

/// function_path(text): what `self.path` is for a request target.
PyObject* py_function_path(PyObject*, PyObject* target) {
  PyObject* bytes = PyUnicode_AsEncodedString(target, "latin-1", "strict");
  if (!bytes) return nullptr;
  const std::string path =
      function_path({PyBytes_AS_STRING(bytes), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes))});
  Py_DECREF(bytes);
  return PyUnicode_DecodeLatin1(path.data(), static_cast<Py_ssize_t>(path.size()), nullptr);
}

/// run_state(writer, what): marks a step of the invocation; returns whether it was marked before.
PyObject* py_run_state(PyObject*, PyObject* arguments) {
  PyObject* writer = nullptr;
  const char* what = nullptr;
  if (!PyArg_ParseTuple(arguments, "Os", &writer, &what)) return nullptr;
  Call* call = checked_call(writer);
  if (!call) return nullptr;
  const std::string_view step = what;
  bool& flag = step == "serve" ? call->served : step == "return" ? call->returned : call->shut;
  return PyBool_FromLong(std::exchange(flag, true));
}

/// put(writer, data): a write that asks for no draining, being the draining.
PyObject* py_put(PyObject*, PyObject* arguments) {
  PyObject* writer = nullptr;
  PyObject* data = nullptr;
  if (!PyArg_ParseTuple(arguments, "OS", &writer, &data)) return nullptr;
  const std::string_view bytes(PyBytes_AS_STRING(data),
                               static_cast<std::size_t>(PyBytes_GET_SIZE(data)));
  Call* call = checked_call(writer);
  if (!call || !write_or_raise(*call, bytes)) return nullptr;
  Py_RETURN_NONE;
}

PyObject* py_set_drain(PyObject*, PyObject* arguments) {
  PyObject* writer = nullptr;
  PyObject* function = nullptr;
  if (!PyArg_ParseTuple(arguments, "OO", &writer, &function)) return nullptr;
  Call* call = checked_call(writer);
  if (!call) return nullptr;
  Py_INCREF(function);
  Py_XDECREF(std::exchange(call->drain, function));
  Py_RETURN_NONE;
}

/// note_unsent(handler, waiting): whether response lines wait to be flushed.
PyObject* py_note_unsent(PyObject*, PyObject* arguments) {
  PyObject* handler = nullptr;
  int waiting = 0;
  if (!PyArg_ParseTuple(arguments, "Op", &handler, &waiting)) return nullptr;
  if (Call* call = call_of_handler(handler)) call->unsent = waiting != 0;
  Py_RETURN_NONE;
}

}  // namespace

bool add_native_functions(PyObject* dictionary) {
  static PyMethodDef functions[] = {{"rfile_of", py_rfile_of, METH_O, nullptr},
                                    {"connection_of", py_connection_of, METH_O, nullptr},
                                    {"function_path", py_function_path, METH_O, nullptr},
                                    {"run_state", py_run_state, METH_VARARGS, nullptr},
                                    {"put", py_put, METH_VARARGS, nullptr},
                                    {"set_drain", py_set_drain, METH_VARARGS, nullptr},
                                    {"note_unsent", py_note_unsent, METH_VARARGS, nullptr}};
  for (PyMethodDef& definition : functions) {
    PyObject* function = PyCFunction_New(&definition, nullptr);
    const bool added =
        function && PyDict_SetItemString(dictionary, definition.ml_name, function) == 0;
    Py_XDECREF(function);
    if (!added) return false;
  }
  return true;
}

}  // namespace localfn
