// The files of a project and what has happened to them since the last look.
//
// Watches with inotify; where inotify cannot be trusted (remote file systems) or its limits are
// reached, every update() walks the folder and compares. Not thread-safe: Workspace has the lock.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/fd.h"
#include "runtime/project/signature.h"
#include "runtime/project/tree.h"
#include "runtime/project/watcher.h"

namespace localfn {

using FileMap = std::map<std::string, FileFacts>;

/// All paths relative to the root. A file that was replaced by another is `edited`.
struct FolderChanges {
  std::set<std::string> edited;
  std::set<std::string> created;
  std::set<std::string> deleted;
  std::set<std::string> touched;      ///< only attributes changed: perhaps readable now
  std::set<std::string> directories;  ///< in which names came or went
  bool afresh = false;  ///< more may have changed than is named: the folder was walked again
  bool lost = false;    ///< the folder is not there

  bool empty() const {
    return edited.empty() && created.empty() && deleted.empty() && touched.empty() &&
           directories.empty() && !afresh && !lost;
  }
};

class Folder {
 public:
  enum class Mode { Watching, Polling };

  /// `root` is absolute and canonical; `others` are absolute paths of files outside it that count
  /// (--env-file): changes of them appear as edits of their absolute path.
  /// Throws std::system_error when the folder cannot be read.
  Folder(std::string root, std::vector<std::string> others, Mode wanted);
  ~Folder();

  /// Everything that changed since the last call. One system call when watching and idle.
  FolderChanges update();

  const FileMap& files() const { return files_; }
  const Tree& tree() const { return tree_; }
  Mode mode() const { return mode_; }
  /// Why it polls although watching was wanted; one line, empty otherwise.
  const std::string& note() const { return note_; }

  /// Readable when update() may have something to tell; while polling, once a second.
  int change_fd() const { return epoll_.get(); }

 private:
  class Filler;

  bool nothing_came() const;
  bool start();
  void poll_instead(std::string why);
  void walk(const std::string& directory);
  void restart(FolderChanges& changes);
  void read_events(FolderChanges& changes);
  void sort_event(const WatchEvent& event, std::set<std::string>& directories,
                  std::map<std::string, bool>& files, FolderChanges& changes, bool& rules);
  FileMap forget(const std::string& directory, FolderChanges& changes);
  void rescan(const std::string& directory, FolderChanges& changes);
  void examine(const std::string& path, bool content, FolderChanges& changes);
  void remove_file(const std::string& path, FolderChanges& changes);
  void poll_files(FolderChanges& changes);
  void poll_links(FolderChanges& changes);
  void arm_timer();

  std::vector<std::string> others_;
  Tree tree_;
  Mode mode_;
  std::string note_;
  bool lost_ = false;
  std::unique_ptr<Watcher> watcher_;
  FileMap files_;
  std::set<std::string> directories_;
  std::map<std::string, Signature> links_;   ///< what no event tells of: links and `others_`
  std::map<std::string, Signature> polled_;  ///< while polling: every file
  UniqueFd epoll_;   ///< the timer and inotify, for those who wait
  UniqueFd events_;  ///< inotify alone, for update() alone
  UniqueFd timer_;
  bool timer_armed_ = false;
};

}  // namespace localfn
