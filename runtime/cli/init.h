// `localfn init`: a small project to begin with. One thread; writes files and nothing else.
#pragma once

#include <string>
#include <vector>

namespace localfn::cli {

struct InitOptions {
  std::string folder;            ///< to be made; empty: the current one
  std::string kind = "handler";  ///< one of template_names()
};

/// What --template accepts.
std::vector<std::string> template_names();

/// Writes the files, then prints them and the next commands on stdout. Throws UsageError, with
/// nothing written, when one of them is there already, and std::runtime_error when one cannot be
/// written.
int run_init(const InitOptions& options);

}  // namespace localfn::cli
