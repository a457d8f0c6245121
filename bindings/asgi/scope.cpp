#include "bindings/asgi/scope.h"

#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

#include "bindings/handler/request_head.h"
#include "runtime/base/ascii.h"

namespace py = pybind11;

namespace localfn {
namespace {

constexpr std::uint32_t kFirstEphemeralPort = 32'768;
constexpr std::uint32_t kEphemeralPorts = 28'232;

py::object checked(PyObject* made) {
  if (made == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(made);
}

py::object bytes_of(std::string_view text) {
  return checked(PyBytes_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size())));
}

// Never fails for want of meaning: bytes that are no UTF-8 become U+FFFD, as unquote makes them.
py::object text_of(std::string_view text) {
  return checked(
      PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace"));
}

void set(py::dict& dict, const char* key, const py::object& value) {
  // Interned, so that the app's own look-ups compare pointers.
  const auto name = checked(PyUnicode_InternFromString(key));
  if (PyDict_SetItem(dict.ptr(), name.ptr(), value.ptr()) != 0) throw py::error_already_set();
}

std::string_view without_end_space(std::string_view value) {
  const auto last = value.find_last_not_of(" \t");
  return last == std::string_view::npos ? std::string_view{} : value.substr(0, last + 1);
}

py::object lower_name(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return bytes_of(lower);
}

std::string trusted_proxies() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): before the app is served
  const char* list = std::getenv("FORWARDED_ALLOW_IPS");
  return list != nullptr ? list : "127.0.0.1";
}

bool is_scheme(std::string_view text) {
  return text == "http" || text == "https" || text == "ws" || text == "wss";
}

}  // namespace

struct ScopeMaker::Facts {
  std::string_view forwarded_for;
  std::string_view forwarded_proto;
  bool reads_html = false;
};

ScopeMaker::ScopeMaker(std::uint16_t port)
    : loopback_("127.0.0.1"),
      unquote_(py::module_::import("urllib.parse").attr("unquote")),
      rule_(trusted_proxies()) {
  asgi_["version"] = "3.0";
  asgi_["spec_version"] = "2.3";
  server_ = py::make_tuple(loopback_, port);
}

Scope ScopeMaker::make(const wire::RequestFrame& request) {
  const auto question = request.target.find('?');
  const auto raw_path = request.target.substr(0, question);
  const auto query =
      question == std::string_view::npos ? std::string_view{} : request.target.substr(question + 1);
  Facts facts;
  const py::list head = headers(request.headers, facts);
  const bool believes = rule_.believes();
  const auto scheme = believes && is_scheme(facts.forwarded_proto) ? facts.forwarded_proto : "http";
  Scope scope;
  py::dict& dict = scope.dict;
  set(dict, "type", text_of("http"));
  set(dict, "asgi", checked(PyDict_Copy(asgi_.ptr())));
  set(dict, "http_version", text_of("1.1"));
  set(dict, "server", server_);
  set(dict, "client", client(believes ? facts.forwarded_for : std::string_view{}));
  set(dict, "scheme", text_of(scheme));
  set(dict, "method", text_of(request.method));
  set(dict, "root_path", py::str());
  const auto path = text_of(raw_path);
  set(dict, "path", raw_path.find('%') == std::string_view::npos ? path : unquote_(path));
  set(dict, "raw_path", bytes_of(raw_path));
  set(dict, "query_string", bytes_of(query));
  set(dict, "headers", head);
  scope.ping = is_ping(raw_path);
  scope.shows_page = facts.reads_html;
  return scope;
}

py::list ScopeMaker::headers(std::string_view lines, Facts& facts) const {
  py::list list;
  for_each_header(lines, [&](std::string_view name, std::string_view value) {
    value = without_end_space(value);
    const auto lower = lower_name(name);
    const std::string_view word(PyBytes_AS_STRING(lower.ptr()), name.size());
    if (word == "x-forwarded-for") facts.forwarded_for = value;
    if (word == "x-forwarded-proto") facts.forwarded_proto = value;
    if (word == "accept" && value.find("text/html") != std::string_view::npos) {
      facts.reads_html = true;
    }
    list.append(checked(PyTuple_Pack(2, lower.ptr(), bytes_of(value).ptr())));
  });
  return list;
}

py::object ScopeMaker::client(std::string_view forwarded_for) {
  const auto address = rule_.client(forwarded_for);
  if (!address.empty()) return py::make_tuple(text_of(address), 0);
  // Looks like what accept() gives: another port for each connection.
  return py::make_tuple(loopback_, kFirstEphemeralPort + connections_++ % kEphemeralPorts);
}

}  // namespace localfn
