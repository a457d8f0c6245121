// package.json at the top of a project: what its build script and its packages mean to the
// platform.
//
// Used while a Project is made. Any thread.
#pragma once

#include "runtime/project/config.h"
#include "runtime/project/folder.h"
#include "runtime/project/project.h"

namespace localfn {

/// Once the mode is known. What is not JSON is an error in any of them. A build script that is not
/// run here is a warning; one that the platform misses, because the project has no functions and
/// nothing else to build, is an error (the specification's section 3.1).
void check_package_json(const Folder& folder, const Config& config, Project& project);

/// Whether a package.json with this text makes the project one of a JavaScript framework. The
/// platform tries these before those of Python, so then no other manifest decides.
bool has_javascript_framework(std::string text);

}  // namespace localfn
