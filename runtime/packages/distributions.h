// Under which name the package is installed that a module comes with: `yaml` is PyYAML.
//
// Pure. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace localfn::packages {

/// Names as their authors write them, the usual one first. A module that the table does not have
/// mostly comes with the package of its own name; then that is the only one, and `known` is false.
struct Providers {
  std::vector<std::string> distributions;
  bool known = false;
  /// Many packages share the outermost name (`google`): a part of it that is missing is a package.
  /// Where the name ends before that part (`google.cloud`), `distributions` is empty.
  bool shared = false;
  /// What packages of the same shared name mostly bring along: google-auth.
  bool common = false;
  /// As much of the name as tells the package: `google.cloud.storage` of
  /// `google.cloud.storage.Client`; of a name that is not shared, the outermost one.
  std::string module = {};
};

/// `module` may be dotted: `google.cloud.storage` comes with google-cloud-storage.
Providers providers_of(std::string_view module);

}  // namespace localfn::packages
