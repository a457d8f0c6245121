// `localfn invoke`: requests through router and instances, without a server.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "runtime/cli/engine.h"

namespace localfn::cli {

struct InvokeOptions : EngineOptions {
  std::string method;  ///< empty: GET, or POST when there is data
  std::string path;
  std::vector<std::string> headers;  ///< "Name: value"
  std::optional<std::string> data;   ///< text, @FILE, or - for standard input
  bool cron = false;                 ///< with the headers of the platform's scheduler
  bool include = false;              ///< print status and headers too
  bool json = false;                 ///< the answer, or the measurements, as JSON
  std::size_t repeat = 1;
  std::size_t concurrency = 1;
};

/// Prints the answer, or the measurements of many, on stdout. 0; 1 when an answer was 5xx or was
/// cut short; 2 when the project's configuration is wrong.
int run_invoke(const InvokeOptions& options);

}  // namespace localfn::cli
