// `localfn check`: what of a project would go wrong on the platform.
#pragma once

#include <string>
#include <vector>

#include "runtime/cli/project_session.h"

namespace localfn::cli {

struct CheckOptions : ProjectOptions {
  std::string format = "text";       ///< text, json, github, sarif
  std::string plan;                  ///< hobby, pro; empty: as pyproject.toml says, else hobby
  std::vector<std::string> ignored;  ///< codes, beside those of pyproject.toml
  bool import = false;               ///< run the imports of every function
};

/// Prints to stdout. 1 when there is an error among the findings, else 0. Throws UsageError.
int run_check(const CheckOptions& options);

}  // namespace localfn::cli
