#include "bindings/handler/base_types.h"

#include <array>
#include <cstring>

#include "bindings/handler/parts.h"
#include "bindings/handler/request_head.h"
#include "bindings/handler/writer.h"

namespace localfn {
namespace {

enum class Lazy : int { Headers, Rfile, Connection, RequestLine, RawRequestLine };

/// An attribute of a class whose value an instance gets when it is first read. It has no __set__,
/// so a value in the instance's dictionary wins: assignments by user code behave as ever.
struct LazyAttribute {
  PyObject_HEAD Lazy kind;
  PyObject* name;
};

PyObject* text(std::string_view bytes) {
  return PyUnicode_DecodeLatin1(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), nullptr);
}

PyObject* header_pair(std::string_view name, std::string_view value) {
  PyObject* first = text(name);
  PyObject* second = first ? text(value) : nullptr;
  PyObject* pair = second ? PyTuple_Pack(2, first, second) : nullptr;
  Py_XDECREF(first);
  Py_XDECREF(second);
  return pair;
}

PyObject* header_pairs(std::string_view lines) {
  PyObject* list = PyList_New(0);
  bool good = list != nullptr;
  for_each_header(lines, [&](std::string_view name, std::string_view value) {
    if (!good) return;
    PyObject* pair = header_pair(name, value);
    good = pair && PyList_Append(list, pair) == 0;
    Py_XDECREF(pair);
  });
  if (!good) Py_CLEAR(list);
  return list;
}

/// make_headers() takes pairs where they are certain to be what the parser would make, else bytes.
PyObject* make_headers(const Call& call) {
  const std::string_view lines = call.header_lines();
  PyObject* source =
      has_simple_headers(lines)
          ? header_pairs(lines)
          : PyBytes_FromStringAndSize(lines.data(), static_cast<Py_ssize_t>(lines.size()));
  if (!source) return nullptr;
  PyObject* headers = PyObject_CallFunctionObjArgs(parts().make_headers, source, nullptr);
  Py_DECREF(source);
  return headers;
}

PyObject* raw_request_line(const Call& call) {
  std::string line(call.request_line());
  line += "\r\n";
  return PyBytes_FromStringAndSize(line.data(), static_cast<Py_ssize_t>(line.size()));
}

PyObject* make_value(Lazy kind, PyObject* writer) {
  const Call& call = *call_of_writer(writer);
  switch (kind) {
    case Lazy::Headers:
      return make_headers(call);
    case Lazy::Rfile:
      return rfile_of(writer);
    case Lazy::Connection:
      return connection_of(writer);
    case Lazy::RequestLine:
      return text(call.request_line());
    case Lazy::RawRequestLine:
      return raw_request_line(call);
  }
  return nullptr;
}

PyObject* no_attribute(PyObject* object, PyObject* name) {
  return PyErr_Format(PyExc_AttributeError, "'%.50s' object has no attribute '%U'",
                      Py_TYPE(object)->tp_name, name);
}

PyObject* get_lazy(PyObject* self, PyObject* object, PyObject*) {
  if (!object || object == Py_None) {
    Py_INCREF(self);
    return self;
  }
  auto* lazy = reinterpret_cast<LazyAttribute*>(self);
  PyObject* writer = PyObject_GetAttr(object, parts().state);
  if (!writer || !call_of_writer(writer)) {
    Py_XDECREF(writer);
    PyErr_Clear();
    return no_attribute(object, lazy->name);
  }
  PyObject* value = make_value(lazy->kind, writer);
  Py_DECREF(writer);
  if (value && PyObject_SetAttr(object, lazy->name, value) < 0) Py_CLEAR(value);
  return value;
}

void free_lazy(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  Py_XDECREF(reinterpret_cast<LazyAttribute*>(self)->name);
  type->tp_free(self);
  Py_DECREF(type);
}

PyTypeObject* make_lazy_type() {
  PyType_Slot slots[] = {{Py_tp_descr_get, reinterpret_cast<void*>(get_lazy)},
                         {Py_tp_dealloc, reinterpret_cast<void*>(free_lazy)},
                         {0, nullptr}};
  PyType_Spec spec{"localfn.LazyAttribute", sizeof(LazyAttribute), 0, Py_TPFLAGS_DEFAULT, slots};
  return reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
}

bool add_lazy(PyObject* base_type, PyTypeObject* lazy_type, const char* name, Lazy kind) {
  auto* lazy = reinterpret_cast<LazyAttribute*>(lazy_type->tp_alloc(lazy_type, 0));
  if (!lazy) return false;
  lazy->kind = kind;
  lazy->name = PyUnicode_InternFromString(name);
  const bool added =
      lazy->name && PyObject_SetAttr(base_type, lazy->name, reinterpret_cast<PyObject*>(lazy)) == 0;
  Py_DECREF(lazy);
  return added;
}

// `_headers_buffer` as the standard library's own methods and bold user code know it. Reading it
// turns the native lines into the list they expect; from then on only those methods are used.

PyObject* dictionary_item(PyObject* self, PyObject* name) {
  PyObject* dictionary = PyObject_GenericGetDict(self, nullptr);
  PyObject* value = dictionary ? PyDict_GetItemWithError(dictionary, name) : nullptr;
  Py_XINCREF(value);
  Py_XDECREF(dictionary);
  return value;
}

int set_dictionary_item(PyObject* self, PyObject* name, PyObject* value) {
  PyObject* dictionary = PyObject_GenericGetDict(self, nullptr);
  if (!dictionary) return -1;
  const int result =
      value ? PyDict_SetItem(dictionary, name, value) : PyDict_DelItem(dictionary, name);
  Py_DECREF(dictionary);
  return result;
}

PyObject* split_lines(std::string_view lines) {
  PyObject* list = PyList_New(0);
  while (list && !lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find("\r\n") + 2);
    lines.remove_prefix(line.size());
    PyObject* item = PyBytes_FromStringAndSize(line.data(), static_cast<Py_ssize_t>(line.size()));
    if (!item || PyList_Append(list, item) < 0) Py_CLEAR(list);
    Py_XDECREF(item);
  }
  return list;
}

PyObject* get_headers_buffer(PyObject* self, void*) {
  PyObject* name = parts().headers_buffer;
  if (PyObject* list = dictionary_item(self, name)) return list;
  if (PyErr_Occurred()) return nullptr;
  Call* call = call_of_handler(self);
  if (!call || call->spilled || !call->lines_begun) return no_attribute(self, name);
  PyObject* list = split_lines(call->lines);
  if (!list || set_dictionary_item(self, name, list) < 0) {
    Py_XDECREF(list);
    return nullptr;
  }
  call->spilled = true;
  return list;
}

int set_headers_buffer(PyObject* self, PyObject* value, void*) {
  if (Call* call = call_of_handler(self)) call->spilled = true;
  return set_dictionary_item(self, parts().headers_buffer, value);
}

PyGetSetDef* buffer_attribute() {
  static PyGetSetDef attributes[] = {
      {"_headers_buffer", get_headers_buffer, set_headers_buffer, nullptr, nullptr},
      {nullptr, nullptr, nullptr, nullptr, nullptr}};
  return attributes;
}

}  // namespace

PyObject* make_base_type(bool with_response_methods) {
  static PyMethodDef none[] = {{nullptr, nullptr, 0, nullptr}};
  static PyGetSetDef no_attributes[] = {{nullptr, nullptr, nullptr, nullptr, nullptr}};
  PyType_Slot slots[] = {{Py_tp_methods, with_response_methods ? response_methods() : none},
                         {Py_tp_getset, with_response_methods ? buffer_attribute() : no_attributes},
                         {0, nullptr}};
  PyType_Spec spec{"localfn.BaseHandler", 0, 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
  return PyType_FromSpec(&spec);
}

bool add_lazy_attributes(PyObject* base_type) {
  PyTypeObject* type = make_lazy_type();
  if (!type) return false;
  const bool added = add_lazy(base_type, type, "headers", Lazy::Headers) &&
                     add_lazy(base_type, type, "rfile", Lazy::Rfile) &&
                     add_lazy(base_type, type, "connection", Lazy::Connection) &&
                     add_lazy(base_type, type, "request", Lazy::Connection) &&
                     add_lazy(base_type, type, "requestline", Lazy::RequestLine) &&
                     add_lazy(base_type, type, "raw_requestline", Lazy::RawRequestLine);
  Py_DECREF(type);
  return added;
}

}  // namespace localfn
