// Which path serves what: static files and functions in one table.
//
// The rules of the specification's sections 1.4, 1.6 and 3.1 to 3.4. Pure. Any thread.
#pragma once

#include "runtime/project/project.h"

namespace localfn {

/// What of vercel.json decides about static files.
struct StaticSettings {
  std::optional<std::string> output_directory;  ///< normal form; "" is the project's root
  bool clean_urls = false;                      ///< /about serves about.html
};

/// Whether the project has a file below the directory.
bool has_files_below(const Project& project, const std::string& directory);

/// Fills static_root, static_files, served and directories from project.files and
/// project.functions, as project.mode wants it (in mode Builds static_files is filled already). `outside`: listed files that are not served because their content lies
/// outside the project.
void fill_served_paths(Project& project, const StaticSettings& settings,
                       const std::set<std::string>& outside);

}  // namespace localfn
