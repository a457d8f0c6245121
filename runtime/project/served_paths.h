// Which path serves what: static files and functions in one table.
//
// The rules of the specification's sections 1.4, 1.6 and 3.1 to 3.4. Pure. Any thread.
#pragma once

#include "runtime/project/project.h"

namespace localfn {

/// Fills static_root, static_files, served and directories from project.files and
/// project.functions. `outside`: listed files that are not served because their content lies
/// outside the project.
void fill_served_paths(Project& project, const std::set<std::string>& outside);

}  // namespace localfn
