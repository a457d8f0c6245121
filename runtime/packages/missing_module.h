// What to do about `No module named 'x'`: is it the project's own, a package that the manifest names
// or does not name, or something that Python no longer has?
//
// Reads the project's manifests from the disk. Any thread.
#pragma once

#include <string>

#include "runtime/project/project.h"

namespace localfn::packages {

struct MissingModule {
  std::string name;  ///< as the error says it: "yaml", or "google" of "google.cloud.storage"
  /// The project's line during which it was wanted; it need not be the one that names it. May be
  /// empty.
  std::string source;
};

/// One or two sentences with the command to run; empty when nothing useful is known.
std::string missing_module_advice(const MissingModule& missing, const Function& function,
                                  const Project& project);

}  // namespace localfn::packages
