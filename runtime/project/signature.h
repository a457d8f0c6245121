// Whether a file is still what it was, by looking at it: for what inotify cannot be trusted with.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <ctime>
#include <string>

namespace localfn {

/// A file's identity and state at one moment.
class Signature {
 public:
  /// Looks at `path` (following links). A file that changed a moment ago is also read: two edits of
  /// one size within a tick of the file system's clock leave the same times.
  static Signature of(const std::string& path);

  /// Whether `later`, taken of the same path, shows the same content. A file too large to be read
  /// counts as changed as long as its times are fresh.
  bool same_as(const Signature& later) const;

  bool exists() const { return exists_; }
  bool is_directory() const { return S_ISDIR(mode_); }

 private:
  bool exists_ = false;
  mode_t mode_ = 0;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  off_t size_ = 0;
  timespec modified_{};
  timespec changed_{};
  bool fresh_ = false;  ///< its times are too recent to tell two edits apart
  bool hashed_ = false;
  std::uint64_t hash_ = 0;
};

}  // namespace localfn
