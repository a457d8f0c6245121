// What this build is: its version, its sources, the Pythons of its workers.
#pragma once

#include <string>

namespace localfn::cli {

/// Several lines for `localfn --version`.
std::string version_text();

/// Identifies the sources that this binary was built from; the launcher compares it with its own.
std::string source_hash();

}  // namespace localfn::cli
