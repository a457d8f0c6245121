// What works here and will fail on Vercel: a function imports a package that is installed on this
// machine and that no manifest of the project brings.
//
// Reads manifests and the environment from the disk, some milliseconds: not for the request path.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/packages/dependencies.h"
#include "runtime/packages/installed.h"
#include "runtime/project/project.h"

namespace localfn::packages {

/// What a function's manifest brings of what is installed here.
class Declarations {
 public:
  /// Reads the environment.
  explicit Declarations(const Project& project);

  struct Manifest {
    std::optional<Dependencies> read;  ///< nothing: the project has none for that function
    /// Normalised names, with all that they need; nothing when that cannot be told.
    std::optional<std::set<std::string>> brought;
  };
  Manifest manifest_for(const std::string& function_file) const;

  /// The package that `module` (an outermost name, or the part of a shared one) comes with here and
  /// that the manifest does not bring; nothing when it does, or when that is not certain.
  std::optional<std::string> undeclared(const std::string& module, const Manifest& manifest) const;

  /// Whether the root has a file or a folder of that name: it comes first on sys.path.
  bool is_own(const std::string& module) const;

  const Installed& installed() const { return installed_; }

 private:
  const Project& project_;
  const Installed installed_;
};

/// One line for each such function. Silent wherever it is not certain: a manifest that installs what
/// it does not name, a package of it that is not installed here (what it would bring is unknown), a
/// module whose package is unknown.
std::vector<std::string> undeclared_imports(const Project& project);

}  // namespace localfn::packages
