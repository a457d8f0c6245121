// Mode Builds: only the files that `builds` of vercel.json names, each under its full name.
//
// The rules of the specification's section 4.7. Pure. Any thread.
#pragma once

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "runtime/project/config.h"
#include "runtime/project/functions_table.h"
#include "runtime/project/project.h"

namespace localfn {

/// The build that makes a file a function: the last one of @vercel/python that takes it. Null: none.
const Config::Build* build_of(const Config& config, const std::string& file);

/// The files that `builds` gives to @vercel/python: they are scanned for their entry points.
std::vector<std::string> built_functions(const Config& config, const std::set<std::string>& files);

/// Fills functions and static_files of `project`; warns of entries that match nothing or that only
/// the platform can build. `outside`: see fill_served_paths.
void fill_builds(Project& project, Config& config, const Scans& scans,
                 std::chrono::seconds default_limit, const std::set<std::string>& outside,
                 const Project* before);

}  // namespace localfn
