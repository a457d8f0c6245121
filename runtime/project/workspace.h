// The project folder, watched: always the Project that is true at this moment.
//
// inotify queues an event before the write that caused it returns, so a non-blocking read of the
// queue at the arrival of a request sees every edit saved before. That costs one system call a
// request and needs no debounce window.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/wire.h"
#include "runtime/project/change_log.h"
#include "runtime/project/project.h"

namespace localfn {

/// Parses files and reports their entry points; the zygote does it. Blocking, with a deadline of
/// its own; any thread. Answers stand in the order of `absolute_paths`. A file that could not be
/// parsed because the zygote is gone is reported as unreadable with the reason.
using EntryScanner =
    std::function<std::vector<wire::Entry>(const std::vector<std::string>& absolute_paths)>;

/// What the command line adds to the project.
struct WorkspaceOptions {
  std::filesystem::path root;
  std::vector<std::string> env;        ///< --env NAME or NAME=VALUE, in order
  std::vector<std::string> env_files;  ///< --env-file FILE, in order; relative to the cwd
  std::string venv;  ///< the virtual environment in use, absolute; functions see it as activated
  std::string python;  ///< the version in use, for messages: "3.11"
  std::chrono::seconds max_duration{300};  ///< limit where vercel.json has none
  /// Compare all files at every request instead of watching them. Chosen by itself where the file
  /// system reports no changes (NFS, CIFS, 9p, FUSE) or the kernel's watches run out.
  bool poll = false;
};

class Workspace {
 public:
  /// Reads the project. Problems in its files end up in Project::errors, not in exceptions;
  /// throws UsageError when the folder cannot be read.
  Workspace(WorkspaceOptions options, EntryScanner scan);
  ~Workspace();

  /// The Project that is true now: every change saved before the call is in it. Any thread; called
  /// for each request. Costs one system call when nothing has changed.
  std::shared_ptr<const Project> current();

  const ChangeLog& changes() const;

  /// Readable when changes wait: the main loop then calls current() so that edits are reported and
  /// stale instances retired although no request comes.
  int change_fd() const;

  /// Files edited, created or deleted since the last call, relative to the root, sorted; for the
  /// "edit" line of the terminal. Main loop only.
  std::vector<std::string> take_edits();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace localfn
