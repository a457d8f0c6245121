// `localfn dev`: wires the parts, serves until a signal ends it.
#pragma once

#include "runtime/cli/options.h"

namespace localfn::cli {

/// Main thread. Returns the exit code: 2 for a project whose configuration is wrong, 130 or 143
/// after SIGINT or SIGTERM. Throws for what cannot be started: a taken port, a missing worker.
int run_dev(const DevOptions& options);

}  // namespace localfn::cli
