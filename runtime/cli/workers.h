// The workers that were built with this localfn: one executable for each version of Python.
//
// They lie beside the localfn executable in a build tree, and in a folder of programs that nobody
// starts by hand (libexec/localfn) where localfn is installed. Any thread.
#pragma once

#include <string>
#include <vector>

#include "runtime/project/python_choice.h"

namespace localfn::cli {

/// Every version that there is a worker for, oldest first. Throws std::runtime_error when there is
/// none.
std::vector<PythonVersion> worker_versions();

/// Of them, the one that functions run with where nobody wishes another.
PythonVersion preferred_version();

/// The absolute path of the worker for one of worker_versions().
std::string worker_path(PythonVersion version);

}  // namespace localfn::cli
