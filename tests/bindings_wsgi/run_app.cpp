#include "run_app.h"

#include "tests/support/catch.h"

#include <pybind11/embed.h>

namespace py = pybind11;

namespace localfn::test {

std::unique_ptr<Adapter> wsgi_adapter_of(const std::string& source) {
  start_python();
  prepare_wsgi_adapter();
  py::dict names;
  names["__name__"] = "api.app";
  names["__builtins__"] = py::module_::import("builtins");
  py::exec(source, names);
  wire::LoadFrame load;
  load.root = "/project";
  load.port = 3000;
  return make_wsgi_adapter(names["app"], load);
}

Observed run_app(const std::string& source, const Request& request, std::size_t room) {
  INFO(source);
  const auto adapter = wsgi_adapter_of(source);
  return run_with(*adapter, request, room);
}

std::string app_doing(const std::string& body) {
  std::string out = "def app(environ, start_response):\n";
  std::size_t at = 0;
  while (at < body.size()) {
    const std::size_t end = std::min(body.find('\n', at), body.size());
    out += "    " + body.substr(at, end - at) + "\n";
    at = end + 1;
  }
  return out;
}

std::string app_telling(const std::string& expression) {
  return app_doing("start_response('200 OK', [])\nreturn [str(" + expression +
                   ").encode('latin-1')]");
}

}  // namespace localfn::test
