// What this build is: its version, its sources, the Pythons of its workers.
#pragma once

#include <string>

namespace localfn::cli {

/// "0.1.0"
std::string version_number();

/// Several lines for `localfn --version`.
std::string version_text();

/// Identifies the sources that this binary was built from; the launcher compares it with its own.
std::string source_hash();

/// "1a2b3c4d5e6f", with "-modified" when the sources differed from it; empty when they were built
/// outside a checkout of this repository. The only thing that a commit alone compiles again.
std::string commit();

}  // namespace localfn::cli
