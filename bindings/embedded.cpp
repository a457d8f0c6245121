#include "bindings/embedded.h"

#include <fmt/format.h>

#include <cstring>
#include <stdexcept>

namespace py = pybind11;

namespace localfn {
namespace {

const char* source_of(const char* module) {
  for (const EmbeddedSource* each = kEmbeddedSources; each->name != nullptr; ++each) {
    if (std::strcmp(each->name, module) == 0) return each->source;
  }
  throw std::logic_error(fmt::format("there is no embedded module {}", module));
}

py::dict run(const char* module) {
  // The file name marks our frames: failure.py leaves them out of tracebacks.
  const auto file = fmt::format("<localfn>/{}.py", module);
  const auto code = py::reinterpret_steal<py::object>(
      Py_CompileString(source_of(module), file.c_str(), Py_file_input));
  if (!code) throw py::error_already_set();
  py::dict names;
  names["__builtins__"] = py::module_::import("builtins");
  names["__name__"] = fmt::format("localfn.{}", module);
  const auto done =
      py::reinterpret_steal<py::object>(PyEval_EvalCode(code.ptr(), names.ptr(), names.ptr()));
  if (!done) throw py::error_already_set();
  return names;
}

}  // namespace

py::dict embedded_module(const char* module) {
  PyObject* store = PyInterpreterState_GetDict(PyInterpreterState_Get());
  if (store == nullptr) throw std::logic_error("the interpreter has no dictionary of its own");
  const py::str key(fmt::format("localfn.{}", module));
  if (PyObject* known = PyDict_GetItemWithError(store, key.ptr()); known != nullptr) {
    return py::reinterpret_borrow<py::dict>(known);
  }
  if (PyErr_Occurred() != nullptr) throw py::error_already_set();
  py::dict names = run(module);
  if (PyDict_SetItem(store, key.ptr(), names.ptr()) != 0) throw py::error_already_set();
  return names;
}

py::object embedded(const char* module, const char* name) {
  return embedded_module(module)[name];
}

}  // namespace localfn
