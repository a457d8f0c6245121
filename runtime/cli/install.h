// `localfn dev --install`: what the project's manifests name is installed into its virtual
// environment, which is made where there is none.
//
// Runs on the main thread before the server has any other; Ctrl-C ends it together with what it
// runs, because both are in the terminal's process group.
#pragma once

#include "runtime/cli/project_session.h"

namespace localfn::cli {

/// Shows each command and its output on stderr. Throws UsageError for a --python that names no
/// virtual environment and std::runtime_error, with the command, when one fails.
void install_packages(const ProjectOptions& options);

}  // namespace localfn::cli
