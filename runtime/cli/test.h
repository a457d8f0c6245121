// `localfn test`: probes against the project, without a server; or against any server.
#pragma once

#include <chrono>
#include <cstddef>
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
  bool watch = false;                ///< again after each edit, until a signal
  std::size_t jobs = 4;              ///< probes at the same time
  std::string target;                ///< "https://HOST": ask this server instead of the project
  std::chrono::seconds timeout{30};  ///< for one answer of the target
};

/// Prints a line a probe and "N passed, N failed" on stdout, or the format asked for. 0; 1 when a
/// probe failed; 2 when the project's configuration or a file of probes is wrong; with `watch`
/// 128 + the signal that ended it.
int run_test(const TestOptions& options);

}  // namespace localfn::cli
