// What ${name} stands for in probes, where no probe has kept it. Main thread.
#pragma once

#include "runtime/cli/test.h"
#include "runtime/probes/verdict.h"
#include "runtime/project/project.h"

namespace localfn::cli {

/// The shell's variables, and, stronger, those that the project's functions see or that --env
/// names. `project` may be null: then only --env counts.
probes::Values given_values(const TestOptions& options, const Project* project);

}  // namespace localfn::cli
