#include "bindings/asgi/frames_out.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "runtime/base/wire.h"

namespace py = pybind11;

namespace localfn {
namespace {

// Bytes, or a string: the platform's server takes those too.
std::string text_of(py::handle value) {
  if (PyUnicode_Check(value.ptr())) {
    const auto bytes = py::reinterpret_steal<py::object>(PyUnicode_AsASCIIString(value.ptr()));
    if (!bytes) throw py::error_already_set();
    return text_of(bytes);
  }
  Py_buffer view;
  if (PyObject_GetBuffer(value.ptr(), &view, PyBUF_SIMPLE) != 0) throw py::error_already_set();
  std::string text(static_cast<const char*>(view.buf), static_cast<std::size_t>(view.len));
  PyBuffer_Release(&view);
  return text;
}

bool same_word(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() &&
         std::equal(text.begin(), text.end(), lower.begin(), [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + ('a' - 'A')) : a) == b;
         });
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

void take_headers(py::handle headers, wire::HeadFrame& head, StartedHead& started) {
  bool chunked = false;
  for (const py::handle each : headers) {
    const auto pair = py::reinterpret_steal<py::object>(
        PySequence_Fast(each.ptr(), "a header must be a pair of a name and a value"));
    if (!pair) throw py::error_already_set();
    if (PySequence_Fast_GET_SIZE(pair.ptr()) != 2) {
      throw py::value_error("a header must be a pair of a name and a value");
    }
    auto name = text_of(PySequence_Fast_GET_ITEM(pair.ptr(), 0));
    auto value = text_of(PySequence_Fast_GET_ITEM(pair.ptr(), 1));
    if (same_word(name, "transfer-encoding")) {
      chunked = true;
      continue;
    }
    if (same_word(name, "content-length")) started.length = number_in(value);
    head.headers.emplace_back(std::move(name), std::move(value));
  }
  if (!chunked) return;
  started.length.reset();
  std::erase_if(head.headers,
                [](const auto& header) { return same_word(header.first, "content-length"); });
}

}  // namespace

StartedHead encode_start(std::uint32_t invocation, py::handle status, py::handle headers,
                         DateCache& date) {
  const long number = PyLong_AsLong(status.ptr());
  if (number == -1 && PyErr_Occurred() != nullptr) throw py::error_already_set();
  if (number < 100 || number > 999) throw py::value_error("status must be from 100 to 999");
  StartedHead started;
  wire::HeadFrame head;
  head.status = static_cast<std::uint16_t>(number);
  head.headers.reserve(6);
  head.headers.emplace_back("date", date.now());
  head.headers.emplace_back("server", "uvicorn");
  take_headers(headers, head, started);
  wire::encode(started.frame, head, invocation);
  return started;
}

}  // namespace localfn
