// The environ of a WSGI call, as the platform's runtime makes it (specification: python-runtime.md,
// 4.1): PATH_INFO stays percent-encoded, SERVER_NAME is the Host header with its port, the content
// headers appear a second time as HTTP_CONTENT_TYPE and HTTP_CONTENT_LENGTH.
//
// One for each adapter; used with the GIL held.
#pragma once

#include <pybind11/pybind11.h>

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "runtime/base/wire.h"

namespace localfn {

class Environ {
 public:
  /// Throws pybind11::error_already_set.
  Environ();

  /// The dict for one request; `path` is its target as function_path() made it. Empty with a Python
  /// exception set when memory is short.
  pybind11::object make(const wire::RequestFrame& request, std::string_view path);

 private:
  /// Headers that also decide on keys of their own; the first of a name counts there.
  enum class Role { ContentType, Host, ForwardedFor, RealIp, ForwardedPort, ForwardedProto, Plain,
                    Dropped };
  static constexpr std::size_t kRoles = static_cast<std::size_t>(Role::Plain);
  using Firsts = std::array<pybind11::object, kRoles>;

  struct Name {
    pybind11::object key;  ///< 'HTTP_USER_AGENT'
    Role role;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  static Name make_name(std::string_view name);
  static Role role_of(std::string_view name);
  bool add_headers(PyObject* environ, std::string_view lines, Firsts& firsts);
  bool add_request(PyObject* environ, const wire::RequestFrame& request, std::string_view path);
  bool add_from_headers(PyObject* environ, const Firsts& firsts);
  bool add_streams(PyObject* environ, std::string_view body);
  pybind11::object method(std::string_view name);

  pybind11::object template_;  ///< all keys in their order, with the values that never change
  pybind11::object bytes_io_;
  pybind11::object empty_, no_length_, http_, port_80_, lambda_;
  std::unordered_map<std::string, pybind11::object, Hash, std::equal_to<>> methods_;
  /// As spelt by clients, so that a key is made (and hashed) once and not for every request.
  std::unordered_map<std::string, Name, Hash, std::equal_to<>> names_;

  // Keys that are set for each request.
  pybind11::object request_method_, path_info_, query_string_, content_type_, content_length_,
      remote_addr_, server_name_, server_port_, url_scheme_, input_, errors_;
};

}  // namespace localfn
