// What a beginner's exception usually means, and what to write instead.
#pragma once

#include <string>

#include "runtime/base/wire.h"
#include "runtime/project/project.h"

namespace localfn::http {

/// One sentence or two for an exception of `function`; empty when nothing useful is known. Any thread.
/// Reads the manifests of the project when a module is missing.
std::string hint_for(const wire::Failure& failure, const Function& function,
                     const Project& project);

}  // namespace localfn::http
