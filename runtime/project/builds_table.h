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

/// Whether the `src` of a build takes a file. Brackets stand for themselves, as in the names of
/// dynamic files. `source`: as Config::Build has it.
bool build_takes(const std::string& source, const std::string& file);

/// The files that `builds` gives to @vercel/python: they are scanned for their entry points.
std::vector<std::string> built_functions(const Config& config, const std::set<std::string>& files);

/// Fills functions and static_files of `project`; warns of entries that match nothing or that only
/// the platform can build. `outside`: see fill_served_paths.
void fill_builds(Project& project, Config& config, const Scans& scans,
                 std::chrono::seconds default_limit, const std::set<std::string>& outside,
                 const Project* before);

}  // namespace localfn
