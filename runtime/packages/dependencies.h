// The manifest that says which packages a function gets, and what it says (python-runtime
// specification, section 8): the nearest one from the function's folder up to the project's root.
//
// Reads files from the disk at every call: it is asked when something has failed. Any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/packages/requirement.h"

namespace localfn::packages {

struct Dependencies {
  enum class Kind { Requirements, PyProject, Pipfile, PipfileLock };

  std::string file;  ///< relative to the project: "requirements.txt", "api/pyproject.toml"
  Kind kind = Kind::Requirements;
  std::vector<Requirement> named;
  /// What it names in a group that the platform does not install: normalised name → the group.
  std::map<std::string, std::string> elsewhere;
  bool more = false;  ///< it may install more than it names: absence proves nothing
  std::vector<std::string> problems;
  /// Why the platform's build fails on a pyproject.toml that can be read: it has neither [project] nor
  /// a workspace of uv's. Empty: it does not. Among the problems unless it hides another manifest.
  std::string unlockable;
  /// A manifest beside a pyproject.toml that names no packages: it names some, and does not count.
  std::string hidden;

  /// The requirement of that distribution; null when it is not named.
  const Requirement* find(const std::string& distribution) const;
};

/// What a manifest hides, and what to do about it; both empty unless it hides one.
struct Hiding {
  std::string what;
  std::string fix;
};
Hiding hiding_of(const Dependencies& manifest);

/// The first manifest of one folder (relative to `root`, "" for the root itself).
std::optional<Dependencies> dependencies_in(const std::string& root, const std::string& folder);

/// The nearest one for `function_file`.
std::optional<Dependencies> dependencies_for(const std::string& root,
                                             const std::string& function_file);

}  // namespace localfn::packages
