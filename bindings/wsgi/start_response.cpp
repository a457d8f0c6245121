#include "bindings/wsgi/start_response.h"

#include <fmt/format.h>
#include <pybind11/pybind11.h>

#include <charconv>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "bindings/handler/parts.h"
#include "bindings/handler/writer.h"

namespace py = pybind11;

namespace localfn {
namespace {

struct StartResponse {
  PyObject_HEAD PyObject* writer;
  Started started;
};

/// What outlives a call: made once in the zygote, guarded by the GIL, leaked on purpose (an instance
/// leaves by _exit).
struct Shared {
  PyTypeObject* type = nullptr;
  std::map<long, std::string> reasons;
  std::string server;     ///< "Server: BaseHTTP/0.6 Python/3.11.2\r\nDate: "
  PyObject* write = nullptr;  ///< 'write'
};

Shared*& shared() {
  static Shared* made = nullptr;
  return made;
}

py::object steal(PyObject* object) { return py::reinterpret_steal<py::object>(object); }

/// The text of an exact str within latin-1.
std::optional<std::string_view> plain_text(PyObject* object) {
  if (!PyUnicode_CheckExact(object) || PyUnicode_KIND(object) != PyUnicode_1BYTE_KIND) return {};
  return std::string_view(static_cast<const char*>(PyUnicode_DATA(object)),
                          static_cast<std::size_t>(PyUnicode_GET_LENGTH(object)));
}

/// int(status.split(' ')[0]); -1 with an exception set, which is Python's own.
long status_code(PyObject* status) {
  if (const auto text = plain_text(status)) {
    const std::string_view token = text->substr(0, text->find(' '));
    long code = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), code);
    if (token.size() == 3 && error == std::errc() && end == token.data() + 3 && code >= 0) {
      return code;
    }
  }
  const auto tokens = steal(PyObject_CallMethod(status, "split", "s", " "));
  const auto first = tokens ? steal(PySequence_GetItem(tokens.ptr(), 0)) : py::object();
  const auto number = first ? steal(PyNumber_Long(first.ptr())) : py::object();
  return number ? PyLong_AsLong(number.ptr()) : -1;
}

bool refuse_line_break(PyObject* name, PyObject* value) {
  const auto shown = steal(PyObject_Str(value));
  if (shown) {
    PyErr_Format(PyExc_ValueError,
                 "cannot send the header %R with the value %R: it has a line break", name,
                 shown.ptr());
  }
  return false;
}

bool has_line_break(std::string_view text) {
  return text.find_first_of("\r\n") != std::string_view::npos;
}

/// What send_header() makes of values of any type: ("%s: %s" % (name, value)).encode('latin-1').
bool append_formatted(std::string& head, PyObject* name, PyObject* value) {
  const auto line = steal(PyUnicode_FromFormat("%S: %S", name, value));
  const auto bytes = line ? steal(PyUnicode_AsLatin1String(line.ptr())) : py::object();
  if (!bytes) return false;
  const std::string_view text(PyBytes_AS_STRING(bytes.ptr()),
                              static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.ptr())));
  if (has_line_break(text)) return refuse_line_break(name, value);
  head.append(text).append("\r\n");
  return true;
}

bool append_header(std::string& head, PyObject* name, PyObject* value) {
  const auto name_text = plain_text(name);
  const auto value_text = plain_text(value);
  if (!name_text || !value_text) return append_formatted(head, name, value);
  if (has_line_break(*name_text) || has_line_break(*value_text)) {
    return refuse_line_break(name, value);
  }
  head.append(*name_text).append(": ").append(*value_text).append("\r\n");
  return true;
}

/// One item of the list, unpacked into two as `for name, value in headers` does.
bool append_pair(std::string& head, PyObject* item) {
  if (PyTuple_CheckExact(item) && PyTuple_GET_SIZE(item) == 2) {
    return append_header(head, PyTuple_GET_ITEM(item, 0), PyTuple_GET_ITEM(item, 1));
  }
  const auto pair = steal(PySequence_Tuple(item));
  if (!pair) return false;
  if (PyTuple_GET_SIZE(pair.ptr()) != 2) {
    PyErr_Format(PyExc_ValueError, "a header is a pair (name, value), got %R", item);
    return false;
  }
  return append_header(head, PyTuple_GET_ITEM(pair.ptr(), 0), PyTuple_GET_ITEM(pair.ptr(), 1));
}

bool append_headers(std::string& head, PyObject* headers) {
  const auto items = steal(PyObject_GetIter(headers));
  if (!items) return false;
  while (const auto item = steal(PyIter_Next(items.ptr()))) {
    if (!append_pair(head, item.ptr())) return false;
  }
  return PyErr_Occurred() == nullptr;
}

void append_status(std::string& head, long code) {
  const auto reason = shared()->reasons.find(code);
  head.append("HTTP/1.0 ").append(std::to_string(code)).append(" ");
  if (reason != shared()->reasons.end()) head.append(reason->second);
  head.append("\r\n").append(shared()->server).append(parts().date.now()).append("\r\n");
}

/// On the platform nothing says so: the client just gets a head as the beginning of the page.
bool warn_of_second_head(const Started& started) {
  if (started.heads != 1 || started.status < 200) return true;
  PySys_WriteStderr(
      "localfn: start_response() was called a second time in this request; its head becomes part "
      "of the body, here and on Vercel\n");
  return PyErr_Occurred() == nullptr;
}

PyObject* call_start_response(PyObject* self, PyObject* args, PyObject* keywords) {
  auto* object = reinterpret_cast<StartResponse*>(self);
  static const char* names[] = {"status", "headers", "exc_info", nullptr};
  PyObject *status = nullptr, *headers = nullptr, *exc_info = nullptr;
  if (!PyArg_ParseTupleAndKeywords(args, keywords, "OO|O:start_response", const_cast<char**>(names),
                                   &status, &headers, &exc_info)) {
    return nullptr;
  }
  const long code = status_code(status);
  if (code == -1 && PyErr_Occurred()) return nullptr;
  std::string head;
  head.reserve(512);
  append_status(head, code);
  if (!append_headers(head, headers)) return nullptr;
  head.append("\r\n");
  if (!warn_of_second_head(object->started)) return nullptr;
  if (!write_or_raise(*call_of_writer(object->writer), head)) return nullptr;
  ++object->started.heads;
  object->started.status = code;
  return PyObject_GetAttr(object->writer, shared()->write);
}

void free_start_response(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  Py_XDECREF(reinterpret_cast<StartResponse*>(self)->writer);
  type->tp_free(self);
  Py_DECREF(type);
}

PyTypeObject* make_type() {
  PyType_Slot slots[] = {{Py_tp_call, reinterpret_cast<void*>(call_start_response)},
                         {Py_tp_dealloc, reinterpret_cast<void*>(free_start_response)},
                         {0, nullptr}};
  PyType_Spec spec{"localfn.start_response", sizeof(StartResponse), 0, Py_TPFLAGS_DEFAULT, slots};
  return reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
}

void take_words(Shared& made) {
  const py::object stdlib = py::module_::import("http.server").attr("BaseHTTPRequestHandler");
  made.server = fmt::format("Server: {} {}\r\nDate: ",
                            stdlib.attr("server_version").cast<std::string>(),
                            stdlib.attr("sys_version").cast<std::string>());
  const py::dict responses = stdlib.attr("responses");
  for (const auto& [code, phrases] : responses) {
    made.reasons[code.cast<long>()] = py::tuple(phrases.cast<py::tuple>())[0].cast<std::string>();
  }
}

}  // namespace

void prepare_start_response() {
  if (shared()) return;
  auto made = std::make_unique<Shared>();
  take_words(*made);
  made->type = make_type();
  made->write = PyUnicode_InternFromString("write");
  if (!made->type || !made->write) throw py::error_already_set();
  shared() = made.release();
}

PyObject* make_start_response(PyObject* writer) {
  PyObject* made = shared()->type->tp_alloc(shared()->type, 0);
  if (!made) return nullptr;
  auto* object = reinterpret_cast<StartResponse*>(made);
  Py_INCREF(writer);
  object->writer = writer;
  object->started = {};
  return made;
}

const Started& started(PyObject* start_response) {
  return reinterpret_cast<StartResponse*>(start_response)->started;
}

}  // namespace localfn
