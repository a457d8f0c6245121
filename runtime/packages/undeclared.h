// What works here and will fail on Vercel: a function imports a package that is installed on this
// machine and that no manifest of the project brings.
//
// Reads manifests and the environment from the disk, some milliseconds: not for the request path.
#pragma once

#include <string>
#include <vector>

#include "runtime/project/project.h"

namespace localfn::packages {

/// One line for each such function. Silent wherever it is not certain: a manifest that installs what
/// it does not name, a package of it that is not installed here (what it would bring is unknown), a
/// module whose package is unknown.
std::vector<std::string> undeclared_imports(const Project& project);

}  // namespace localfn::packages
