// Files at the top of a project that mean something to the platform and something else, or nothing,
// to localfn: other names of its configuration, middleware, build scripts.
//
// Used while a Project is made. Any thread.
#pragma once

#include "runtime/project/folder.h"
#include "runtime/project/project.h"

namespace localfn {

/// Adds an error or one warning for each.
void check_root_files(const Folder& folder, Project& project);

}  // namespace localfn
