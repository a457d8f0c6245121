// Which files of a project are never listed: the platform's own list and the user's .vercelignore.
//
// Pure. A value; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace localfn {

/// Patterns with gitignore's meaning; the last one that matches decides.
class IgnoreRules {
 public:
  /// One pattern a line.
  void add(std::string_view lines);

  /// Whether the patterns themselves speak of `path` (relative, no slash at its ends). A file below
  /// an ignored directory is not asked for: who walks the tree does not enter that directory.
  bool ignores(std::string_view path, bool is_directory) const;

 private:
  struct Rule {
    std::string glob;
    bool negated = false;
    bool directories_only = false;
  };
  std::vector<Rule> rules_;
};

/// What is neither watched nor listed, whatever the user writes, unless .vercelignore takes it back:
/// version control, virtual environments, caches (specification: the list of section 3.2).
IgnoreRules built_in_ignores(bool has_cargo_toml);

}  // namespace localfn
