// requirements.txt as pip reads it: one requirement a line, `-r` includes, comments, options.
//
// Reads the file and what it includes, from the disk, at every call. Any thread.
#pragma once

#include <string>
#include <vector>

#include "runtime/packages/requirement.h"

namespace localfn::packages {

struct RequirementsFile {
  std::vector<Requirement> named;
  /// It installs something without telling its name (a path, an address), or could not be read
  /// completely: that a name is not in it proves nothing.
  bool more = false;
  std::vector<std::string> problems;  ///< "requirements.txt:3: cannot read base.txt: …"
};

/// `file` is relative to `root`; so are the names in `problems`. Missing files are problems.
RequirementsFile read_requirements(const std::string& root, const std::string& file);

}  // namespace localfn::packages
