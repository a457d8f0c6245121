// The scope of a request that came through proxies, which localfn itself never lets happen.
#include "bindings/asgi/scope.h"

#include <pybind11/pybind11.h>

#include <string>
#include <string_view>

#include "bindings/embedded.h"
#include "tests/bindings/support/embedded_python.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::test;
namespace py = pybind11;

namespace {

/// The repr of one value of the scope; of a WebSocket's scope, if `websocket`.
std::string told(const char* key, std::string_view headers, bool websocket = false) {
  need_python();
  ScopeMaker maker(3000);
  wire::RequestFrame request;
  request.method = "GET";
  request.target = "/x";
  request.headers = headers;
  const Scope scope = maker.make(request);
  py::object dict = scope.dict;
  if (websocket) dict = embedded("websocket", "websocket_scope")(dict);
  const py::object value = dict[key];
  return py::repr(value).cast<std::string>();
}

}  // namespace

TEST_CASE("the client is the last address that is not the proxy's own", "[asgi]") {
  CHECK(told("client", "x-forwarded-for: 1.1.1.1, 2.2.2.2\r\n") == "('2.2.2.2', 0)");
  CHECK(told("client", "x-forwarded-for: 1.1.1.1, 127.0.0.1\r\n") == "('1.1.1.1', 0)");
  CHECK(told("client", "x-forwarded-for: 1.1.1.1\r\nx-real-ip: 3.3.3.3\r\n") == "('1.1.1.1', 0)");
  for (const char* none : {"", "x-real-ip: 3.3.3.3\r\n", "x-forwarded-for: \r\n"}) {
    INFO(none);
    const std::string peer = told("client", none);
    CHECK_THAT(peer, StartsWith("('127.0.0.1', "));
    CHECK(peer != "('127.0.0.1', 0)");
  }
}

TEST_CASE("the scheme is the one that the proxy saw, if it is one", "[asgi][websocket]") {
  for (const std::string scheme : {"http", "https", "ws", "wss"}) {
    CHECK(told("scheme", "x-forwarded-proto: " + scheme + "\r\n") == "'" + scheme + "'");
  }
  CHECK(told("scheme", "x-forwarded-proto: gopher\r\n") == "'http'");
  CHECK(told("scheme", "") == "'http'");
  CHECK(told("scheme", "x-forwarded-proto: https\r\n", true) == "'wss'");
  CHECK(told("scheme", "x-forwarded-proto: http\r\n", true) == "'ws'");
}
