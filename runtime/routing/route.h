// What a request reaches: the result of routing, and the trace of how it came about.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/project/project.h"

namespace localfn {

/// The part of a request that routing may look at. Views into the connection's buffer.
struct RouteRequest {
  std::string_view method;
  std::string_view path;   ///< as sent, percent-encoded, starts with '/' (or is "*")
  std::string_view query;  ///< after the first '?', byte for byte; empty when there is none
  bool has_query = false;  ///< false: no '?' in the target
  std::string_view headers;  ///< raw lines "Name: value\r\n"; for rules that look at them
};

struct FunctionRoute {
  std::shared_ptr<const Function> function;
  /// Path and query as the function sees them: the client's path, its query byte for byte, then
  /// parameters of dynamic segments that the client did not send itself.
  std::string target;
};

struct StaticRoute {
  std::string file;  ///< relative to the project
  int status = 200;  ///< 404 for 404.html
};

struct ListingRoute {
  std::string directory;  ///< served path with slashes at both ends: "/", "/docs/"
};

struct RedirectRoute {
  int status = 308;
  std::string location;
};

struct ErrorRoute {
  int status = 404;
  std::string code = "NOT_FOUND";
  /// Set when the request names a .py file of api/ that is no function: the terminal says why.
  const NotAFunction* not_a_function = nullptr;  ///< lives as long as the Project
};

using Destination =
    std::variant<FunctionRoute, StaticRoute, ListingRoute, RedirectRoute, ErrorRoute>;

/// One rule that was tried, for `localfn routes --explain` and x-localfn-route.
struct TraceStep {
  std::string rule;     ///< "function api/hello.py", "static file", "dynamic api/users/[id]"
  std::string outcome;  ///< "matched: id=42", "no: path is /x"
};
using Trace = std::vector<TraceStep>;

struct Route {
  Destination destination;
  /// Headers to set on the answer (vercel.json `headers`), in order.
  std::vector<std::pair<std::string, std::string>> headers;
};

/// Pure. Any thread. `trace` may be null: then nothing is recorded and nothing is paid for it.
Route route(const Project& project, const RouteRequest& request, Trace* trace = nullptr);

}  // namespace localfn
