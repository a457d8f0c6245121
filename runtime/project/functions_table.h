// The functions of a project: from file names and entry points to served paths.
//
// Pure. Any thread.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "runtime/base/wire.h"
#include "runtime/project/config.h"
#include "runtime/project/project.h"

namespace localfn {

/// What the scan of one .py file said, and the number of its last edit.
struct ScannedFile {
  wire::Entry entry;
  std::uint64_t change = 0;
};
using Scans = std::map<std::string, ScannedFile, std::less<>>;

/// Fills functions, dynamic_routes, not_functions, has_functions of `project` from project.files;
/// adds conflicts to its errors. Functions that are what they were in `before` (may be null) are
/// taken over as they are. Returns the files of all functions, also those of other languages.
std::vector<std::string> fill_functions(Project& project, const Config& config, const Scans& scans,
                                        std::chrono::seconds default_limit, const Project* before);

/// The function of `file`, served at `path`; that of `before` when it is the same.
std::shared_ptr<const Function> make_function(const std::string& file, std::string path,
                                              const wire::Entry& entry, const Config& config,
                                              std::chrono::seconds default_limit,
                                              const Project* before);

/// The .py files of api/ that must be scanned.
std::vector<std::string> scan_candidates(const std::set<std::string>& files);

}  // namespace localfn
