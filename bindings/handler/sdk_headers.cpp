#include "bindings/handler/sdk_headers.h"

#include <pybind11/pybind11.h>

#include <string>

#include "bindings/handler/parts.h"
#include "bindings/handler/request_head.h"
#include "runtime/base/ascii.h"

namespace py = pybind11;

namespace localfn {
namespace {

// A borrowed reference; null where there is no such module. An own package of that name may lack
// the function.
PyObject* sdk() {
  // Asked before every request: the name's hash is known, and nothing is made.
  PyObject* const module = PyDict_GetItemWithError(PyImport_GetModuleDict(), parts().sdk_module);
  return module != nullptr && PyObject_HasAttrString(module, "set_headers") == 1 ? module : nullptr;
}

py::object latin1(std::string_view text) {
  auto made = py::reinterpret_steal<py::object>(
      PyUnicode_DecodeLatin1(text.data(), static_cast<Py_ssize_t>(text.size()), nullptr));
  if (!made) throw py::error_already_set();
  return made;
}

py::dict headers_of(std::string_view lines) {
  py::dict headers;
  for_each_header(lines, [&](std::string_view name, std::string_view value) {
    headers[latin1(lower_case(name))] = latin1(value);
  });
  return headers;
}

void tell(PyObject* module, const py::object& headers) {
  if (!py::reinterpret_steal<py::object>(
          PyObject_CallMethod(module, "set_headers", "O", headers.ptr()))) {
    PyErr_WriteUnraisable(module);
  }
}

}  // namespace

SdkHeaders::SdkHeaders(const wire::RequestFrame& request) noexcept {
  PyObject* const module = sdk();
  if (module == nullptr) return;
  told_ = true;
  try {
    tell(module, headers_of(request.headers));
  } catch (py::error_already_set& error) {
    error.restore();
    PyErr_WriteUnraisable(module);
  }
}

SdkHeaders::~SdkHeaders() {
  if (!told_) return;
  // The exception of the function, if there is one, is told later.
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  if (PyObject* const module = sdk(); module != nullptr) tell(module, py::none());
  PyErr_Restore(type, value, trace);
}

}  // namespace localfn
