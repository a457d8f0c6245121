#include "bindings/audit.h"

#include <fcntl.h>

#include <cstring>
#include <string_view>

namespace py = pybind11;

namespace localfn::audit {

std::optional<std::string> path_argument(PyObject* argument) {
  if (argument == Py_None) return std::string(".");
  py::object holder;
  if (PyUnicode_Check(argument)) {
    holder = py::reinterpret_steal<py::object>(PyUnicode_EncodeFSDefault(argument));
    if (!holder) {
      PyErr_Clear();
      return std::nullopt;
    }
    argument = holder.ptr();
  }
  if (!PyBytes_Check(argument)) return std::nullopt;
  return std::string(PyBytes_AS_STRING(argument),
                     static_cast<std::size_t>(PyBytes_GET_SIZE(argument)));
}

bool is_for_reading(PyObject* mode, PyObject* flags) {
  if (PyUnicode_Check(mode)) {
    const char* text = PyUnicode_AsUTF8(mode);
    if (text == nullptr) PyErr_Clear();
    return text != nullptr && std::strpbrk(text, "wax") == nullptr;
  }
  if (!PyLong_Check(flags)) return false;
  const long bits = PyLong_AsLong(flags);
  if (PyErr_Occurred() != nullptr) PyErr_Clear();
  return (bits & O_ACCMODE) == O_RDONLY && (bits & O_DIRECTORY) == 0;
}

bool called_by_import_system() {
  PyFrameObject* frame = PyEval_GetFrame();  // borrowed
  if (frame == nullptr) return false;
  const auto code =
      py::reinterpret_steal<py::object>(reinterpret_cast<PyObject*>(PyFrame_GetCode(frame)));
  const py::object file = py::getattr(code, "co_filename", py::none());
  const char* name = PyUnicode_Check(file.ptr()) ? PyUnicode_AsUTF8(file.ptr()) : nullptr;
  if (name == nullptr) PyErr_Clear();
  return name != nullptr && std::string_view(name).starts_with("<frozen importlib");
}

}  // namespace localfn::audit
