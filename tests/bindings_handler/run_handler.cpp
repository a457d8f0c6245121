#include "run_handler.h"

#include <pybind11/embed.h>

#include <regex>

#include "tests/support/catch.h"

namespace py = pybind11;

namespace localfn::test {
namespace {

std::string indented(const std::string& text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    out += "        " + text.substr(at, end - at) + "\n";
    at = end + 1;
  }
  return out;
}

bool is_date(const std::string& value) {
  static const std::regex form(
      "(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-3][0-9] [A-Z][a-z]{2} [0-9]{4} "
      "[0-2][0-9]:[0-5][0-9]:[0-6][0-9] GMT");
  return std::regex_match(value, form);
}

/// The clock in stdlib's log lines.
std::string without_times(const std::string& text) {
  static const std::regex form(R"(\[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4} [0-9:]{8}\])");
  return std::regex_replace(text, form, "[time]");
}

/// Where objects lie in memory. A body without any stays as it is (a regex is slow on megabytes).
std::string without_addresses(const std::string& text) {
  if (text.find(" at 0x") == std::string::npos) return text;
  static const std::regex form(" at 0x[0-9a-f]+");
  return std::regex_replace(text, form, " at somewhere");
}

}  // namespace

std::string Observed::text() const {
  std::string out = "result " + std::to_string(static_cast<int>(result)) +
                    (streamed ? " streamed" : "") + "\nerror " + error + "\nheads " +
                    std::to_string(heads) + "\n" + std::to_string(head.status) + " " + head.reason +
                    "\n";
  for (const auto& [name, value] : head.headers) {
    out += name + ": " + (name == "Date" && is_date(value) ? "now" : value) + "\n";
  }
  out += "--- body in " + std::to_string(pieces.size()) + " pieces\n" + without_addresses(body) +
         "\n--- printed\n" + without_times(printed) + "\n--- errors\n" + errors;
  return out;
}

std::string Observed::header(const std::string& name) const {
  std::string found;
  for (const auto& [key, value] : head.headers) {
    if (key == name) found += (found.empty() ? "" : ", ") + value;
  }
  return found;
}

void Recorder::head(wire::HeadFrame head) {
  REQUIRE(observed_.heads == 0);
  REQUIRE(observed_.pieces.empty());
  ++observed_.heads;
  observed_.head = std::move(head);
}

bool Recorder::body(std::string_view bytes) {
  if (observed_.heads != 1) throw std::logic_error("a body came before its head");
  if (observed_.body.size() + bytes.size() > room_) return false;
  observed_.body.append(bytes);
  observed_.pieces.emplace_back(bytes);
  return true;
}

void start_python() {
  static const bool started = [] {
    py::initialize_interpreter();
    prepare_handler_adapter();
    return true;
  }();
  (void)started;
}

std::unique_ptr<Adapter> adapter_of(const std::string& source, bool plain) {
  start_python();
  py::dict names;
  names["__name__"] = "api.hello";
  names["__builtins__"] = py::module_::import("builtins");
  py::exec("from http.server import BaseHTTPRequestHandler\n" + source, names);
  wire::LoadFrame load;
  load.root = "/project";
  load.port = 3000;
  load.plain_path = plain;
  return make_handler_adapter(
      names.contains("handler") ? py::object(names["handler"]) : py::object(names["Handler"]),
      load);
}

wire::RequestFrame frame_of(const Request& request, std::string& line) {
  line = request.request_line.empty()
             ? request.method + " " + request.target + " " + request.version
             : request.request_line;
  wire::RequestFrame frame;
  frame.id = "test";
  frame.method = request.method;
  frame.target = request.target;
  frame.request_line = line;
  frame.version = request.version;
  frame.headers = request.headers;
  frame.body = request.body;
  return frame;
}

Observed run_with(Adapter& adapter, const Request& request, std::size_t room) {
  const py::module_ sys = py::module_::import("sys");
  const py::object io = py::module_::import("io").attr("StringIO");
  const py::object out = sys.attr("stdout"), err = sys.attr("stderr");
  sys.attr("stdout") = io();
  sys.attr("stderr") = io();
  Observed observed;
  Recorder recorder(observed, room);
  std::string line;
  const wire::EndFrame end = adapter.invoke(frame_of(request, line), recorder);
  REQUIRE_FALSE(PyErr_Occurred());
  observed.result = end.result;
  observed.streamed = end.streamed;
  observed.error = end.failure.error;
  observed.printed = sys.attr("stdout").attr("getvalue")().cast<std::string>();
  observed.errors = sys.attr("stderr").attr("getvalue")().cast<std::string>();
  sys.attr("stdout") = out;
  sys.attr("stderr") = err;
  return observed;
}

Observed run(const std::string& source, const Request& request, std::size_t room) {
  INFO(source);
  const auto plain_adapter = adapter_of(source, true);
  const Observed plain = run_with(*plain_adapter, request, room);
  const auto fast_adapter = adapter_of(source, false);
  const Observed fast = run_with(*fast_adapter, request, room);
  CHECK(fast.text() == plain.text());
  // A second request to the same class: nothing may be left of the first.
  if (source.find("once only") == std::string::npos) {
    CHECK(run_with(*fast_adapter, request, room).text() == fast.text());
  }
  return fast;
}

std::string get(const std::string& body, const std::string& members) {
  return "class handler(BaseHTTPRequestHandler):\n    def do_GET(self):\n" + indented(body) +
         members;
}

}  // namespace localfn::test
