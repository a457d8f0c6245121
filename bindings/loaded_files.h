// Which files of the project an instance depends on: what it imported, at any time, what it opened
// or listed while importing, and the templates that a project's app reads later. The host compares
// them before the next request.
//
// Paths are absolute and normalised; a path that leads through a symbolic link is reported under
// both names. Files that were looked for and are missing count as well: making them must be noticed.
// The GIL protects the object; the host's copy is made by take().
#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <string_view>
#include <unordered_set>

#include "runtime/base/wire.h"

namespace localfn {

class LoadedFiles {
 public:
  LoadedFiles() = default;
  LoadedFiles(const LoadedFiles&) = delete;
  LoadedFiles& operator=(const LoadedFiles&) = delete;

  void set_root(const std::string& root);

  /// Whether the path names a file of the project itself: below the root, and not in a folder of
  /// installed packages. Records it if so.
  bool add_file(std::string_view path);
  void add_directory(std::string_view path);

  /// Starts to hear of opened files and listed directories (an audit hook, which Python keeps for
  /// good: the object must live as long as the process). stop_watching() only makes it deaf.
  void watch_opens();
  void stop_watching() { watching_ = Watching::Nothing; }
  /// From here on of opened files only those below a folder `templates`: apps read them at the
  /// first request that needs them, and keep them.
  void watch_templates() { watching_ = Watching::Templates; }

  /// What has come since the last call.
  wire::Loaded take();

 private:
  enum class Watching { Nothing, Templates, Everything };

  static int audit(const char* event, PyObject* arguments, void* self) noexcept;
  void opened(PyObject* arguments);
  void listed(PyObject* arguments);
  bool in_project(const std::string& path) const;
  void add(std::vector<std::string>& list, std::unordered_set<std::string>& seen,
           std::string path);

  std::string root_;       ///< with a slash at its end
  std::string real_root_;  ///< the same without symbolic links
  Watching watching_ = Watching::Nothing;
  bool hooked_ = false;
  std::unordered_set<std::string> files_;
  std::unordered_set<std::string> directories_;
  wire::Loaded fresh_;
};

}  // namespace localfn
