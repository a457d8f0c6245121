// What a request reaches: the result of routing, and the trace of how it came about.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/project/project.h"
#include "runtime/rules/header_edit.h"

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
  /// parameters of dynamic segments and rewrites that the client did not send itself.
  std::string target;
  int status = 0;  ///< not 0: a rule has decided it, whatever the function answers
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

/// A rewrite to another server.
struct ProxyRoute {
  std::string origin;  ///< "https://example.com:8443"
  std::string target;  ///< path and query for that server, starts with '/'
  int status = 0;      ///< as in FunctionRoute
};

/// The app of a framework project answers.
struct FrameworkRoute {
  std::string target;  ///< path and query as the app sees them
  int status = 0;      ///< as in FunctionRoute
};

struct ErrorRoute {
  int status = 404;
  std::string code = "NOT_FOUND";
  /// Set when the request names a .py file of api/ that is no function: the terminal says why.
  const NotAFunction* not_a_function = nullptr;  ///< lives as long as the Project
  /// One line for the terminal when a rule could not be carried out ("rewrites[2] at
  /// vercel.json:12:5 takes too many steps …"); empty otherwise.
  std::string reason = {};
};

using Destination =
    std::variant<FunctionRoute, StaticRoute, ListingRoute, RedirectRoute, ProxyRoute,
                 FrameworkRoute, ErrorRoute>;

/// One rule that was tried, for `localfn routes --explain`. Text of the request in it is printable.
struct TraceStep {
  /// "rewrites[2]", "function api/hello.py", "static file x.txt", "dynamic api/users/[id]"
  std::string rule;
  std::string outcome;  ///< "matched: id=42; path is now /api/x?id=42", "no: path is /x"
  std::string place;    ///< "vercel.json:12:5"; empty for what is not written in vercel.json
};
using Trace = std::vector<TraceStep>;

struct Route {
  Destination destination;
  /// Headers to set on the answer (vercel.json `headers`), in order; names in lower case.
  std::vector<std::pair<std::string, std::string>> headers;
  /// `transforms`: what is done to the request's headers before a function or another server sees
  /// them, and to the answer's headers before it leaves.
  std::vector<rules::HeaderEdit> request_headers;
  std::vector<rules::HeaderEdit> response_headers;
  /// For x-localfn-route, never empty: the last rule of vercel.json that led here ("rewrites[2]",
  /// "cleanUrls", "bulk redirect"), else the step that found the answer ("function", "file",
  /// "dynamic function", "app", "single slashes", "404.html", "listing", "none").
  /// `place` is the rule's in vercel.json or in the file of bulk redirects; empty for such a step.
  std::string rule;
  std::string place;
};

/// Pure. Any thread. `trace` may be null: then nothing is recorded and nothing is paid for it.
Route route(const Project& project, const RouteRequest& request, Trace* trace = nullptr);

}  // namespace localfn
