#include "runtime/project/signature.h"

#include <functional>

#include "runtime/project/text.h"

namespace localfn {
namespace {

/// Times younger than this may come again: ticks of 4 ms here, up to 2 s on FAT and some NFS.
constexpr std::time_t kFreshSeconds = 3;
constexpr std::size_t kMostRead = 8 * 1024 * 1024;

bool equal(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

}  // namespace

Signature Signature::of(const std::string& path) {
  Signature signature;
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return signature;
  signature.exists_ = true;
  signature.mode_ = status.st_mode;
  signature.device_ = status.st_dev;
  signature.inode_ = status.st_ino;
  if (!S_ISREG(status.st_mode)) return signature;
  signature.size_ = status.st_size;
  signature.modified_ = status.st_mtim;
  signature.changed_ = status.st_ctim;
  // A clock that runs ahead (a file server's) counts as fresh too.
  const std::time_t before = std::time(nullptr) - kFreshSeconds;
  signature.fresh_ = status.st_mtim.tv_sec >= before || status.st_ctim.tv_sec >= before;
  if (!signature.fresh_) return signature;
  const TextFile content = read_text_file(path, kMostRead);
  signature.hashed_ = content.bytes.has_value();
  if (signature.hashed_) signature.hash_ = std::hash<std::string>()(*content.bytes);
  return signature;
}

bool Signature::same_as(const Signature& later) const {
  if (exists_ != later.exists_ || mode_ != later.mode_) return false;
  if (device_ != later.device_ || inode_ != later.inode_) return false;
  if (!exists_ || !S_ISREG(mode_)) return true;
  if (size_ != later.size_) return false;
  const bool same_times = equal(modified_, later.modified_) && equal(changed_, later.changed_);
  if (!same_times || !fresh_) return same_times;
  // The earlier look came too soon after a change for its times to mean anything. When the later
  // one is no longer fresh it has no hash: once more counts as changed, then the times hold.
  return hashed_ && later.hashed_ && hash_ == later.hash_;
}

}  // namespace localfn
