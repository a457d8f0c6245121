// send_response() and its kin for the usual arguments, without Python.
//
// Each method appends lines to the call, which flush_headers() writes at once. Whatever is unusual
// (keyword arguments, other types, text outside latin-1, line breaks, a `wfile` of the user's own)
// goes to the standard library's function: reading `_headers_buffer` then turns the lines gathered
// so far into the list it expects, so nothing is lost and every exception is its own.
#include <array>
#include <charconv>
#include <optional>

#include "bindings/handler/base_types.h"
#include "bindings/handler/parts.h"
#include "bindings/handler/text.h"
#include "bindings/handler/writer.h"
#include "runtime/base/ascii.h"

namespace localfn {
namespace {

/// The arguments of one call, with what to do when they are not for us.
struct Arguments {
  PyObject* self;
  PyObject* const* values;
  Py_ssize_t count;
  PyObject* keywords;

  bool positional(Py_ssize_t least, Py_ssize_t most) const {
    return !keywords && count >= least && count <= most;
  }
};

PyObject* fall_back(PyObject* function, const Arguments& arguments) {
  constexpr std::size_t kMost = 8;
  const Py_ssize_t names = arguments.keywords ? PyTuple_GET_SIZE(arguments.keywords) : 0;
  const auto given = static_cast<std::size_t>(arguments.count + names);
  if (given + 1 > kMost) {
    PyErr_SetString(PyExc_TypeError, "too many arguments for a response method");
    return nullptr;
  }
  std::array<PyObject*, kMost> values{arguments.self};
  for (std::size_t i = 0; i < given; ++i) values[i + 1] = arguments.values[i];
  return PyObject_Vectorcall(function, values.data(), static_cast<std::size_t>(arguments.count + 1),
                             arguments.keywords);
}

/// The text of an exact str within latin-1 and without line breaks.
std::optional<std::string_view> plain_text(PyObject* object) {
  if (!PyUnicode_CheckExact(object) || PyUnicode_KIND(object) != PyUnicode_1BYTE_KIND) return {};
  const std::string_view view(static_cast<const char*>(PyUnicode_DATA(object)),
                              static_cast<std::size_t>(PyUnicode_GET_LENGTH(object)));
  // Not find_first_of(), which makes a call for every character.
  if (view.find('\n') != view.npos || view.find('\r') != view.npos) return {};
  return view;
}

/// An attribute of the handler, owned for a moment.
class Attribute {
 public:
  Attribute(PyObject* self, PyObject* name) : value_(PyObject_GetAttr(self, name)) {
    if (!value_) PyErr_Clear();
  }
  ~Attribute() { Py_XDECREF(value_); }
  Attribute(const Attribute&) = delete;
  Attribute& operator=(const Attribute&) = delete;
  PyObject* get() const { return value_; }
  std::optional<std::string_view> text() const {
    return value_ ? plain_text(value_) : std::nullopt;
  }

 private:
  PyObject* value_;
};

/// The call, where the native methods may go on; null where the standard library's have to.
Call* native_call(PyObject* self) {
  Call* call = call_of_handler(self);
  if (!call || call->spilled) return nullptr;
  const Attribute version(self, parts().request_version);
  return version.get() == parts().http_1_1 || version.get() == parts().http_1_0 ? call : nullptr;
}

void append_number(std::string& out, long long number) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

/// The phrase of `code` in the handler's `responses`; nothing when the standard library must say.
std::optional<std::string> standard_reason(PyObject* self, PyObject* code) {
  const Attribute responses(self, parts().responses);
  if (!responses.get() || !PyDict_CheckExact(responses.get())) return {};
  PyObject* entry = PyDict_GetItemWithError(responses.get(), code);
  if (!entry) {
    if (PyErr_Occurred()) {
      PyErr_Clear();
      return {};
    }
    return std::string();
  }
  if (!PyTuple_CheckExact(entry) || PyTuple_GET_SIZE(entry) < 1) return {};
  const auto phrase = plain_text(PyTuple_GET_ITEM(entry, 0));
  if (!phrase) return {};
  return std::string(*phrase);
}

std::optional<std::string> reason_for(const Arguments& arguments) {
  if (arguments.count < 2 || arguments.values[1] == Py_None) {
    return standard_reason(arguments.self, arguments.values[0]);
  }
  const auto given = plain_text(arguments.values[1]);
  if (!given) return {};
  return std::string(*given);
}

/// Appends "HTTP/1.0 200 OK\r\n"; false (and nothing appended) for anything unusual.
bool append_status_line(Call& call, const Arguments& arguments) {
  if (!PyLong_Check(arguments.values[0])) return false;
  int overflow = 0;
  const long long code = PyLong_AsLongLongAndOverflow(arguments.values[0], &overflow);
  const Attribute protocol(arguments.self, parts().protocol_version);
  const auto version = protocol.text();
  if (overflow || !version) return false;
  const auto reason = reason_for(arguments);
  if (!reason) return false;
  call.lines_begun = call.unsent = true;
  call.lines.append(*version).append(" ");
  append_number(call.lines, code);
  call.lines.append(" ").append(*reason).append("\r\n");
  return true;
}

PyObject* send_response(PyObject* self, PyObject* const* values, Py_ssize_t count,
                        PyObject* keywords) {
  const Arguments arguments{self, values, count, keywords};
  Call* call = arguments.positional(1, 2) ? native_call(self) : nullptr;
  const Attribute server(self, parts().server_version);
  const Attribute sys_version(self, parts().sys_version);
  const auto server_text = server.text();
  const auto system_text = sys_version.text();
  if (!call || !server_text || !system_text || !append_status_line(*call, arguments)) {
    return fall_back(parts().send_response_fallback, arguments);
  }
  call->lines.append("Server: ").append(*server_text).append(" ").append(*system_text);
  call->lines.append("\r\nDate: ").append(parts().date.now()).append("\r\n");
  Py_RETURN_NONE;
}

PyObject* send_response_only(PyObject* self, PyObject* const* values, Py_ssize_t count,
                             PyObject* keywords) {
  const Arguments arguments{self, values, count, keywords};
  Call* call = arguments.positional(1, 2) ? native_call(self) : nullptr;
  if (!call || !append_status_line(*call, arguments)) {
    return fall_back(parts().send_response_only_fallback, arguments);
  }
  Py_RETURN_NONE;
}

/// `Connection: close` and `keep-alive` also steer the handler's own loop.
bool note_connection(PyObject* self, std::string_view value) {
  PyObject* close = nullptr;
  if (equal_ignoring_case(value, "close")) close = Py_True;
  if (equal_ignoring_case(value, "keep-alive")) close = Py_False;
  return !close || PyObject_SetAttr(self, parts().close_connection, close) == 0;
}

PyObject* send_header(PyObject* self, PyObject* const* values, Py_ssize_t count,
                      PyObject* keywords) {
  const Arguments arguments{self, values, count, keywords};
  Call* call = arguments.positional(2, 2) ? native_call(self) : nullptr;
  const auto name = call ? plain_text(values[0]) : std::nullopt;
  if (!name) return fall_back(parts().send_header_fallback, arguments);
  const bool steers = equal_ignoring_case(*name, "connection");
  if (PyLong_CheckExact(values[1]) && !steers) {
    int overflow = 0;
    const long long number = PyLong_AsLongLongAndOverflow(values[1], &overflow);
    if (overflow) return fall_back(parts().send_header_fallback, arguments);
    call->lines.append(*name).append(": ");
    append_number(call->lines, number);
  } else {
    const auto value = plain_text(values[1]);
    if (!value) return fall_back(parts().send_header_fallback, arguments);
    call->lines.append(*name).append(": ").append(*value);
    if (steers && !note_connection(self, *value)) return nullptr;
  }
  call->lines.append("\r\n");
  call->lines_begun = call->unsent = true;
  Py_RETURN_NONE;
}

bool keeps_own_writer(PyObject* self) {
  const Attribute wfile(self, parts().wfile);
  return wfile.get() && is_writer(wfile.get());
}

/// Writes the lines as one piece. A failed write loses them no more than the standard library does.
PyObject* write_lines(Call& call) {
  if (call.drain) {
    PyObject* done = PyObject_CallNoArgs(call.drain);
    if (!done) return nullptr;
    Py_DECREF(done);
  }
  // Moved out first: writing may let other threads of the function run.
  const std::string lines = std::move(call.lines);
  call.lines.clear();
  call.unsent = false;
  if (!write_or_raise(call, lines) || !warn_of_second_head(call)) return nullptr;
  Py_RETURN_NONE;
}

PyObject* flush_headers(PyObject* self, PyObject* const* values, Py_ssize_t count,
                        PyObject* keywords) {
  const Arguments arguments{self, values, count, keywords};
  Call* call = arguments.positional(0, 0) ? native_call(self) : nullptr;
  if (!call || !keeps_own_writer(self)) return fall_back(parts().flush_headers_fallback, arguments);
  if (!call->lines_begun) Py_RETURN_NONE;
  return write_lines(*call);
}

PyObject* end_headers(PyObject* self, PyObject* const* values, Py_ssize_t count,
                      PyObject* keywords) {
  const Arguments arguments{self, values, count, keywords};
  Call* call = arguments.positional(0, 0) ? native_call(self) : nullptr;
  if (!call || !call->lines_begun || !keeps_own_writer(self)) {
    return fall_back(parts().end_headers_fallback, arguments);
  }
  call->lines.append("\r\n");
  return write_lines(*call);
}

PyMethodDef method(const char* name, _PyCFunctionFastWithKeywords function) {
  return {name, reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function)),
          METH_FASTCALL | METH_KEYWORDS, nullptr};
}

}  // namespace

PyMethodDef* response_methods() {
  static PyMethodDef methods[] = {
      method("send_response", send_response), method("send_response_only", send_response_only),
      method("send_header", send_header),     method("end_headers", end_headers),
      method("flush_headers", flush_headers), {nullptr, nullptr, 0, nullptr}};
  return methods;
}

}  // namespace localfn
