// `localfn test`: probes against the project, without a server.
#pragma once

#include <string>
#include <vector>

#include "runtime/cli/engine.h"

namespace localfn::cli {

struct TestOptions : EngineOptions {
  std::vector<std::string> files;  ///< of probes; none: probes.json, then vercel.json
  std::string junit;               ///< also written here, as JUnit's XML
  bool tap = false;
  bool json = false;
  bool fail_slow = false;
};

/// Prints a line a probe and "N passed, N failed" on stdout, or the format asked for. 0; 1 when a
/// probe failed; 2 when the project's configuration or a file of probes is wrong.
int run_test(const TestOptions& options);

}  // namespace localfn::cli
