// The project's folder on disk: which files and directories of it count, and how to walk them.
//
// Not thread-safe: the Folder that owns it has a lock around it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runtime/base/errors.h"
#include "runtime/project/ignore.h"

namespace localfn {

/// What is known of one file without opening it.
struct FileFacts {
  bool listed = false;   ///< part of the project; false: ignored by the user, only watched
  bool linked = false;   ///< reached through a symbolic link of its own
  bool outside = false;  ///< its content lies outside the project's folder
};

/// What stands under a name.
enum class Found {
  Nothing,    ///< no such name, or not of a kind that counts (socket, ignored …)
  File,
  Directory,
  Dangling,   ///< a link to nothing: may become something without an event here
};

class TreeVisitor {
 public:
  virtual ~TreeVisitor() = default;
  /// Before the directory (relative, "" = root) is listed: the moment to start watching it. False:
  /// leave it out.
  virtual bool enter(const std::string& directory, bool linked) = 0;
  virtual void file(const std::string& path, const FileFacts& facts) = 0;
  virtual void dangling(const std::string& path) = 0;
};

class Tree {
 public:
  /// `root` is absolute and canonical.
  explicit Tree(std::string root) : root_(std::move(root)) {}

  const std::string& root() const { return root_; }
  std::string absolute(const std::string& path) const;

  /// Reads the ignore files afresh. Problems with them are in `problems`.
  void load_rules();
  const std::vector<Diagnostic>& problems() const { return problems_; }

  /// Visits `directory` and everything below that counts. Links are followed, but not in circles,
  /// and out of the project only below api/.
  void walk(const std::string& directory, TreeVisitor& visitor) const;

  /// Looks at one name.
  Found examine(const std::string& path, FileFacts& facts) const;

  /// Whether a change of this file changes the rules themselves, so that all must be walked again.
  static bool shapes_rules(const std::string& path);

 private:
  struct Visit;

  bool skips_directory(const std::string& path) const;
  bool skips_file(const std::string& path) const;
  bool parents_listed(const std::string& path) const;
  bool follows(const std::string& path) const;
  void visit(const std::string& directory, Visit& state) const;
  void visit_name(const std::string& directory, const char* name, Visit& state) const;
  bool is_cmake_tree(const std::string& path) const;

  std::string root_;
  IgnoreRules built_in_;
  IgnoreRules all_;  ///< the built-in ones, then the user's
  std::vector<Diagnostic> problems_;
};

/// "a/b" + "c" → "a/b/c"; "" + "c" → "c".
std::string join_path(const std::string& directory, std::string_view name);
/// "a/b/c" → "a/b"; "c" → "".
std::string parent_path(const std::string& path);

}  // namespace localfn
