#include "bindings/asgi/websocket_native.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bindings/asgi/viewed.h"
#include "bindings/asgi/websocket_frames.h"

namespace py = pybind11;

namespace localfn {
namespace {

py::object value_of(const websocket::Event& event) {
  using Kind = websocket::Event::Kind;
  const auto size = static_cast<Py_ssize_t>(event.data.size());
  // The decoder has seen to it that text is UTF-8.
  const bool text = event.kind == Kind::Text || event.kind == Kind::Close ||
                    event.kind == Kind::Failure;
  auto value = py::reinterpret_steal<py::object>(
      text ? PyUnicode_DecodeUTF8(event.data.data(), size, nullptr)
           : PyBytes_FromStringAndSize(event.data.data(), size));
  if (!value) throw py::error_already_set();
  return value;
}

py::list feed(websocket::Decoder& decoder, const py::buffer& bytes) {
  std::vector<websocket::Event> events;
  decoder.feed(Viewed(bytes).bytes(), events);
  py::list told;
  for (const auto& event : events) {
    told.append(py::make_tuple(static_cast<int>(event.kind), value_of(event), event.code));
  }
  return told;
}

py::object make_decoder() {
  return py::cpp_function([decoder = std::make_shared<websocket::Decoder>()](
                              const py::buffer& bytes) { return feed(*decoder, bytes); });
}

py::bytes frame(int opcode, const py::buffer& payload) {
  const Viewed viewed(payload);
  std::string out;
  out.reserve(viewed.bytes().size() + 10);
  websocket::append_head(out, static_cast<websocket::Opcode>(opcode), viewed.bytes().size());
  out.append(viewed.bytes());
  return out;
}

py::bytes close_frame(int code, const std::string& reason) {
  std::string out;
  if (code == 0) {
    websocket::append_head(out, websocket::Opcode::Close, 0);
    return out;
  }
  if (code < 0 || code > 0xffff || !websocket::may_travel(static_cast<std::uint16_t>(code))) {
    throw py::value_error("no code of a Close frame: " + std::to_string(code));
  }
  websocket::append_close(out, static_cast<std::uint16_t>(code), reason);
  return out;
}

}  // namespace

void add_websocket_functions(const py::object& names) {
  names.attr("decoder") = py::cpp_function(&make_decoder);
  names.attr("frame") = py::cpp_function(&frame);
  names.attr("close_frame") = py::cpp_function(&close_frame);
}

}  // namespace localfn
