// What this build is: its version, its sources, the Python of its worker.
#pragma once

#include <string>

namespace localfn::cli {

/// Several lines for `localfn --version`.
std::string version_text();

/// Identifies the sources that this binary was built from; the launcher compares it with its own.
std::string source_hash();

/// Absolute path of the worker executable, which lies beside this one.
/// Throws std::runtime_error that names the path when it is not there.
std::string worker_path();

}  // namespace localfn::cli
