#include "bindings/wsgi/environ.h"

#include <utility>

#include "bindings/handler/request_head.h"
#include "bindings/handler/text.h"
#include "runtime/base/ascii.h"

namespace py = pybind11;

namespace localfn {
namespace {

// Names that clients make up must not fill the memory of an instance.
constexpr std::size_t kMostNames = 256;

py::object latin1(std::string_view bytes) {
  return py::reinterpret_steal<py::object>(
      PyUnicode_DecodeLatin1(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), nullptr));
}

py::object interned(const char* text) {
  auto name = py::reinterpret_steal<py::object>(PyUnicode_InternFromString(text));
  if (!name) throw py::error_already_set();
  return name;
}

bool set(PyObject* environ, const py::object& key, const py::object& value) {
  return value && PyDict_SetItem(environ, key.ptr(), value.ptr()) == 0;
}

/// The platform's runtime encodes the path to UTF-8 once more: bytes outside ASCII come out doubled.
py::object encoded_twice(std::string_view path) {
  std::string out;
  out.reserve(path.size() + 8);
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xc0 | (byte >> 6));
      out += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return latin1(out);
}

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

}  // namespace

Environ::Environ()
    : bytes_io_(py::module_::import("io").attr("BytesIO")),
      empty_(interned("")),
      no_length_(interned("0")),
      http_(interned("http")),
      port_80_(interned("80")),
      lambda_(interned("lambda")),
      request_method_(interned("REQUEST_METHOD")),
      path_info_(interned("PATH_INFO")),
      query_string_(interned("QUERY_STRING")),
      content_type_(interned("CONTENT_TYPE")),
      content_length_(interned("CONTENT_LENGTH")),
      remote_addr_(interned("REMOTE_ADDR")),
      server_name_(interned("SERVER_NAME")),
      server_port_(interned("SERVER_PORT")),
      url_scheme_(interned("wsgi.url_scheme")),
      input_(interned("wsgi.input")),
      errors_(interned("wsgi.errors")) {
  py::dict all;
  all[request_method_] = empty_;
  all[interned("SCRIPT_NAME")] = empty_;
  for (const auto& key : {path_info_, query_string_, content_type_}) all[key] = empty_;
  all[content_length_] = no_length_;
  all[remote_addr_] = py::none();
  all[server_name_] = lambda_;
  all[server_port_] = port_80_;
  all[interned("SERVER_PROTOCOL")] = interned("HTTP/1.1");
  all[interned("wsgi.version")] = py::make_tuple(1, 0);
  all[url_scheme_] = http_;
  all[input_] = py::none();
  all[errors_] = py::none();
  // Requests of a shared instance do run in threads; the runtime says False all the same.
  for (const char* key : {"wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once"}) {
    all[interned(key)] = py::bool_(false);
  }
  template_ = std::move(all);
}

Environ::Role Environ::role_of(std::string_view name) {
  constexpr std::pair<std::string_view, Role> kRolesOf[] = {
      {"content-type", Role::ContentType},      {"host", Role::Host},
      {"x-forwarded-for", Role::ForwardedFor},  {"x-real-ip", Role::RealIp},
      {"x-forwarded-port", Role::ForwardedPort}, {"x-forwarded-proto", Role::ForwardedProto},
      {"transfer-encoding", Role::Dropped}};
  for (const auto& [known, role] : kRolesOf) {
    if (equal_ignoring_case(name, known)) return role;
  }
  return Role::Plain;
}

Environ::Name Environ::make_name(std::string_view name) {
  std::string key = "HTTP_";
  for (const char c : name) key += c == '-' ? '_' : upper(c);
  return {latin1(key), role_of(name)};
}

bool Environ::add_headers(PyObject* environ, std::string_view lines, Firsts& firsts) {
  bool good = true;
  for_each_header(lines, [&](std::string_view name, std::string_view text) {
    if (!good) return;
    Name made;
    auto known = names_.find(name);
    if (known == names_.end()) {
      made = make_name(name);
      if (made.key && names_.size() < kMostNames) {
        known = names_.emplace(std::string(name), made).first;
      }
    }
    const Name& entry = known == names_.end() ? made : known->second;
    if (entry.role == Role::Dropped) return;
    py::object value = latin1(text);
    good = entry.key && set(environ, entry.key, value);
    const auto role = static_cast<std::size_t>(entry.role);
    if (role < kRoles && !firsts[role]) firsts[role] = std::move(value);
  });
  return good;
}

py::object Environ::method(std::string_view name) {
  const auto known = methods_.find(name);
  if (known != methods_.end()) return known->second;
  py::object text = latin1(name);
  if (text && methods_.size() < kMostNames) methods_.emplace(std::string(name), text);
  return text;
}

bool Environ::add_request(PyObject* environ, const wire::RequestFrame& request,
                          std::string_view path) {
  const std::size_t mark = path.find('?');
  if (!set(environ, request_method_, method(request.method)) ||
      !set(environ, path_info_, encoded_twice(path.substr(0, mark)))) {
    return false;
  }
  return mark == std::string_view::npos ||
         set(environ, query_string_, latin1(path.substr(mark + 1)));
}

bool Environ::add_from_headers(PyObject* environ, const Firsts& firsts) {
  const auto first = [&](Role role) -> const py::object& {
    return firsts[static_cast<std::size_t>(role)];
  };
  const auto& address =
      first(Role::ForwardedFor) ? first(Role::ForwardedFor) : first(Role::RealIp);
  const std::pair<const py::object&, const py::object&> keys[] = {
      {content_type_, first(Role::ContentType)}, {remote_addr_, address},
      {server_name_, first(Role::Host)},         {server_port_, first(Role::ForwardedPort)},
      {url_scheme_, first(Role::ForwardedProto)}};
  for (const auto& [key, value] : keys) {
    if (value && !set(environ, key, value)) return false;
  }
  return true;
}

bool Environ::add_streams(PyObject* environ, std::string_view body) {
  const auto bytes = py::reinterpret_steal<py::object>(
      PyBytes_FromStringAndSize(body.data(), static_cast<Py_ssize_t>(body.size())));
  if (!bytes) return false;
  const auto input =
      py::reinterpret_steal<py::object>(PyObject_CallOneArg(bytes_io_.ptr(), bytes.ptr()));
  // Looked up for each request: user code may have replaced it.
  PyObject* errors = PySys_GetObject("stderr");
  if (!set(environ, input_, input) ||
      (errors && PyDict_SetItem(environ, errors_.ptr(), errors) != 0)) {
    return false;
  }
  return body.empty() || set(environ, content_length_, latin1(std::to_string(body.size())));
}

py::object Environ::make(const wire::RequestFrame& request, std::string_view path) {
  auto environ = py::reinterpret_steal<py::object>(PyDict_Copy(template_.ptr()));
  Firsts firsts;
  if (!environ || !add_headers(environ.ptr(), request.headers, firsts) ||
      !add_request(environ.ptr(), request, path) || !add_from_headers(environ.ptr(), firsts) ||
      !add_streams(environ.ptr(), request.body)) {
    return {};
  }
  return environ;
}

}  // namespace localfn
