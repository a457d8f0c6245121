// The Python of a project as the checks see it: what each file imports, opens and writes, and which
// files a function reaches by imports.
//
// Made once for a run of `localfn check`; files are parsed by the zygote, never run. Main thread.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/wire.h"
#include "runtime/project/project.h"

namespace localfn::checks {

/// Parses files (absolute paths) and answers in their order, with Entry::observations. The
/// supervisor's inspect().
using Inspect = std::function<std::vector<wire::Entry>(const std::vector<std::string>& paths)>;

class Sources {
 public:
  Sources(const Project& project, const Inspect& inspect);

  /// By file, relative to the project: the entry files, whatever they import of the project, and
  /// the other files of api/.
  const std::map<std::string, wire::Entry>& files() const { return files_; }

  /// What was seen in the file, in its order; nothing for one that was not looked at.
  const std::vector<wire::Observation>& seen_in(const std::string& file) const;

  /// Functions and the app: where imports begin.
  const std::vector<std::string>& entries() const { return entries_; }

  /// `file` and every file of the project that its imports lead to.
  std::set<std::string> reached_from(const std::string& file) const;

  /// All that any of entries() reaches.
  const std::set<std::string>& reached() const { return reached_; }

  /// Whether the file is imported by another one.
  bool is_imported(const std::string& file) const { return imported_.contains(file); }

 private:
  void inspect_all(const Project& project, std::vector<std::string> waiting,
                   const Inspect& inspect);

  std::map<std::string, wire::Entry> files_;
  std::map<std::string, std::set<std::string>> imports_;  ///< of files of the project
  std::vector<std::string> entries_;
  std::set<std::string> imported_;
  std::set<std::string> reached_;
};

/// The folder of "api/a.py" with its slash: "api/"; empty at the root.
std::string folder_of(const std::string& file);

/// Whether the project has a module of that name in the folder ("" or "api/"): a file or a package.
bool has_module(const Project& project, const std::string& folder, const std::string& name);

/// The files of the project that an import leads to: each package on the way, and the module.
/// None for any other observation.
std::set<std::string> files_of_import(const Project& project, const std::string& file,
                                      const wire::Observation& seen);

/// The functions' files and those of the project that are imported with them, before any request:
/// behind imports that stand in no function and under no `if` or `try`.
std::set<std::string> imported_at_once(const Project& project, const Sources& sources);

/// The outermost name of a dotted module.
std::string outermost(const std::string& module);

/// Whether the observation is an import that must succeed: of kind "import" or "late import".
bool is_needed_import(const wire::Observation& seen);

}  // namespace localfn::checks
