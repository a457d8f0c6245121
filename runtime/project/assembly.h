// Puts a Project together from the folder's files, the scans and the command line.
//
// Reads environment files and manifests afresh each time: it is called only when
// something of the project has changed. Any thread.
#pragma once

#include <string>
#include <vector>

#include "runtime/project/app_entry.h"
#include "runtime/project/config.h"
#include "runtime/project/folder.h"
#include "runtime/project/functions_table.h"
#include "runtime/project/project.h"
#include "runtime/project/workspace.h"

namespace localfn {

/// What stays the same while the server runs.
struct FixedInputs {
  std::vector<std::string> env_files;  ///< absolute paths of --env-file, in order
  std::vector<std::pair<std::string, std::string>> env;  ///< --env, values resolved
  std::vector<std::string> warnings;   ///< about the options
  std::chrono::seconds max_duration{300};
  Environment shell;
  std::string python;  ///< version in use
  std::string venv;    ///< in use, absolute; or empty
};

/// Checks --env and --env-file and resolves them against this process; throws UsageError.
FixedInputs fixed_inputs(const WorkspaceOptions& options);

/// Whether a change of this file (relative, or absolute for --env-file) changes the Project even if
/// no file came or went.
bool shapes_project(const std::string& path);

/// The folder's vercel.json; an empty one when there is none.
Config load_config(const Folder& folder);

/// `before` may be null; its functions and environment version are carried on where nothing changed.
/// `look_up` is asked for files beside `scans` where the project is a framework's app.
Project assemble_project(const Folder& folder, const FixedInputs& inputs, const Scans& scans,
                         const EntryLookup& look_up, Config config, const Project* before);

}  // namespace localfn
