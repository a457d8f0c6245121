// `localfn check` without its command line: everything in a project that would go wrong on the
// platform.
//
// Each check looks at one Input and adds what it finds; none runs code of the project. Main thread;
// they read files, and take milliseconds.
#pragma once

#include <optional>
#include <string>

#include "runtime/checks/finding.h"
#include "runtime/checks/sources.h"
#include "runtime/project/json_source.h"
#include "runtime/project/project.h"
#include "runtime/project/python_choice.h"
#include "runtime/project/text.h"

namespace localfn::checks {

/// Whose limits hold.
enum class Plan { Hobby, Pro };

/// vercel.json as it is written, for what a Project does not keep.
struct ConfigFile {
  SourceText source{"vercel.json", ""};
  std::optional<JsonValue> value;  ///< nothing: not there, or not JSON

  Place place(std::size_t offset) const;
};
ConfigFile read_config_file(const Project& project);

struct Input {
  const Project& project;
  const Sources& sources;
  Plan plan = Plan::Hobby;
};

/// All findings, in order, none ignored yet.
Findings check(const Input& input);

// ---- the groups -------------------------------------------------------------------------------

/// Files of api/: what is no function, what conflicts, how many there are; the app of a framework.
void check_functions(const Input& input, Findings& findings);
/// Names that get in each other's way on another file system, or hide a package.
void check_names(const Input& input, Findings& findings);
/// Imports that fail there: packages, siblings, modules that Python has lost by version `python`.
void check_imports(const Input& input, PythonVersion python, Findings& findings);
/// requirements.txt and its kin.
void check_manifests(const Input& input, const ConfigFile& config, Findings& findings);
/// .python-version and its kin. The version that the platform will take.
PythonVersion check_python(const Input& input, Findings& findings);
/// What the project's readers have found in vercel.json and beside it.
void check_config(const Input& input, Findings& findings);
void check_crons(const Input& input, const ConfigFile& config, Findings& findings);
/// Static files that nobody should get.
void check_served(const Input& input, Findings& findings);
/// Files that functions write, or open where they are not.
void check_paths(const Input& input, Findings& findings);
void check_bundle(const Input& input, Findings& findings);

}  // namespace localfn::checks
