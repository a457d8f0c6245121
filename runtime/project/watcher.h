// inotify: which names below which directories have had something happen to them.
//
// Not thread-safe: the Folder that owns it has a lock around it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/base/fd.h"

namespace localfn {

/// Something happened to `name` in `directory`, or, with an empty name, to the directory itself.
struct WatchEvent {
  std::string directory;
  std::string name;
  std::uint32_t mask = 0;  ///< IN_…
};

class Watcher {
 public:
  enum class Added {
    Yes,
    Gone,       ///< not there (any more), not a directory, or not readable
    Exhausted,  ///< the kernel's limit of watches is reached
  };
  enum class Health {
    Good,
    Lost,  ///< events are missing, or the root is not where it was: make a new Watcher, walk again
  };

  /// Throws std::system_error when the kernel gives no (further) inotify instance.
  explicit Watcher(const std::string& root);

  /// Watches the directory at `absolute`, known as `directory` in events ("" = root). The same
  /// directory may be known under several names (links).
  Added watch(const std::string& absolute, const std::string& directory);

  /// Ends the watches of `directory` and everything below it.
  void forget(const std::string& directory);

  /// The directories at and below `directory` that are watched.
  std::vector<std::string> watched(const std::string& directory) const;

  /// Appends all events that were queued before the call. Never blocks: one system call when there
  /// are none.
  Health read(std::vector<WatchEvent>& events);

  int fd() const { return inotify_.get(); }

 private:
  using Names = std::map<std::string, int>;

  Names::const_iterator first_below(const std::string& directory) const;
  Health take(int watch, std::uint32_t mask, const char* name, std::vector<WatchEvent>& events);
  void release(int watch, const std::string& directory);

  UniqueFd inotify_;
  Names watches_;                                              ///< directory → watch
  std::unordered_map<int, std::vector<std::string>> directories_;  ///< watch → directories
};

/// Whether inotify sees every change on the file system that holds `path`: not where others change
/// it (NFS, CIFS, 9p, FUSE).
bool inotify_is_complete(const std::string& path);

/// Whether `path` is `directory` or lies below it; all lie below "".
bool is_at_or_below(const std::string& path, const std::string& directory);

}  // namespace localfn
