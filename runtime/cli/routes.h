// `localfn routes`: the routing table in force, or the way of one request through it.
#pragma once

#include <string>
#include <vector>

#include "runtime/cli/project_session.h"

namespace localfn::cli {

struct RoutesOptions : ProjectOptions {
  std::string explain;               ///< "GET /old?x=1", "/old"; empty: print the table
  std::vector<std::string> headers;  ///< "Name: value", for --explain
  bool json = false;
};

/// Prints to stdout. 0, or 2 when the project's configuration is wrong (said on stderr).
int run_routes(const RoutesOptions& options);

}  // namespace localfn::cli
