#include "runtime/project/watcher.h"

#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "runtime/base/errors.h"

namespace localfn {
namespace {

// IN_MODIFY for each write, IN_CLOSE_WRITE for writes through a mapping, which are seen only then.
// Opening and reading are not asked for: an instance that loads its files must not wake anyone.
constexpr std::uint32_t kDirectoryMask = IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_CREATE |
                                         IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF |
                                         IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK | IN_MASK_ADD;
// A directory above the root that moves takes the root along without an event of its own.
constexpr std::uint32_t kAncestorMask = IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_MASK_ADD;

/// Stands among the names of directories for everything above the root: no path looks like it.
constexpr const char* kAbove = "/";

/// Large enough for thousands of events: the kernel's queue (16 384 by default) takes few reads.
constexpr std::size_t kBufferSize = 256 * 1024;
constexpr int kMostReads = 64;

}  // namespace

bool is_at_or_below(const std::string& path, const std::string& directory) {
  return directory.empty() || path == directory ||
         (path.size() > directory.size() && path[directory.size()] == '/' &&
          path.compare(0, directory.size(), directory) == 0);
}

bool inotify_is_complete(const std::string& path) {
  // AFS, Ceph, CIFS, FUSE (also virtiofs), NFS, SMB, SMB2, 9p (WSL's /mnt/c), VirtualBox, Coda, prl.
  constexpr std::array<std::uint32_t, 11> kRemote = {
      0x5346414F, 0x00C36400, 0xFF534D42, 0x65735546, 0x00006969, 0x0000517B,
      0xFE534D42, 0x01021997, 0x786F4256, 0x73757245, 0x7C7C6673};
  struct statfs status{};
  if (::statfs(path.c_str(), &status) != 0) return true;  // then watching it fails too
  const auto type = static_cast<std::uint32_t>(status.f_type);
  return std::find(kRemote.begin(), kRemote.end(), type) == kRemote.end();
}

Watcher::Watcher(const std::string& root) : inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  check(inotify_.get(), "watch " + root);
  for (std::string above = root; above.size() > 1;) {
    const std::size_t slash = above.rfind('/');
    above.resize(slash == 0 ? 1 : slash);
    const int watch = ::inotify_add_watch(inotify_.get(), above.c_str(), kAncestorMask);
    if (watch >= 0) directories_[watch] = {kAbove};  // not readable: then it cannot be watched
  }
}

Watcher::Added Watcher::watch(const std::string& absolute, const std::string& directory) {
  const int watch = ::inotify_add_watch(inotify_.get(), absolute.c_str(), kDirectoryMask);
  if (watch < 0) return errno == ENOSPC || errno == ENOMEM ? Added::Exhausted : Added::Gone;
  const auto known = watches_.find(directory);
  if (known != watches_.end() && known->second != watch) {
    release(known->second, directory);
    watches_.erase(known);
  }
  if (watches_.emplace(directory, watch).second) directories_[watch].push_back(directory);
  return Added::Yes;
}

Watcher::Names::const_iterator Watcher::first_below(const std::string& directory) const {
  return directory.empty() ? watches_.begin() : watches_.lower_bound(directory);
}

std::vector<std::string> Watcher::watched(const std::string& directory) const {
  std::vector<std::string> found;
  // "a-b" sorts between "a" and "a/b": not everything from the first on is below.
  for (auto at = first_below(directory); at != watches_.end(); ++at) {
    if (is_at_or_below(at->first, directory)) found.push_back(at->first);
    else if (at->first.compare(0, directory.size(), directory) != 0) break;
  }
  return found;
}

void Watcher::forget(const std::string& directory) {
  for (const std::string& name : watched(directory)) {
    const auto at = watches_.find(name);
    release(at->second, name);
    watches_.erase(at);
  }
}

void Watcher::release(int watch, const std::string& directory) {
  const auto found = directories_.find(watch);
  if (found == directories_.end()) return;  // the kernel has ended it already
  std::vector<std::string>& names = found->second;
  names.erase(std::remove(names.begin(), names.end(), directory), names.end());
  if (!names.empty()) return;
  directories_.erase(found);
  // Fails when the directory is gone, and the watch with it; its IN_IGNORED finds nothing then.
  ::inotify_rm_watch(inotify_.get(), watch);
}

Watcher::Health Watcher::read(std::vector<WatchEvent>& events) {
  std::unique_ptr<char[]> buffer;
  alignas(inotify_event) char small[4096];
  char* space = small;
  std::size_t size = sizeof small;
  // Bounded: a function that writes without pause must not hold a request here for ever; what was
  // queued before the call fits into the bound.
  for (int reads = 0; reads < kMostReads; ++reads) {
    const ssize_t got = ::read(inotify_.get(), space, size);
    if (got < 0 && errno == EINTR) continue;
    // EINVAL: the next event does not fit, which cannot be with a name of at most 255 bytes.
    if (got < 0) return errno == EAGAIN ? Health::Good : Health::Lost;
    for (ssize_t at = 0; at < got;) {
      inotify_event event{};
      std::memcpy(&event, space + at, sizeof event);
      const char* name = event.len > 0 ? space + at + sizeof event : "";
      if (take(event.wd, event.mask, name, events) == Health::Lost) return Health::Lost;
      at += static_cast<ssize_t>(sizeof event + event.len);
    }
    if (!buffer) {
      buffer = std::make_unique<char[]>(kBufferSize);
      space = buffer.get();
      size = kBufferSize;
    }
  }
  return Health::Good;
}

Watcher::Health Watcher::take(int watch, std::uint32_t mask, const char* name,
                              std::vector<WatchEvent>& events) {
  if (mask & (IN_Q_OVERFLOW | IN_UNMOUNT)) return Health::Lost;
  const auto found = directories_.find(watch);
  if (found == directories_.end()) return Health::Good;  // forgotten in the meantime
  for (const std::string& directory : found->second) {
    const bool self = (mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0;
    if (self && (directory.empty() || directory == kAbove)) return Health::Lost;
    if (directory != kAbove && !(mask & IN_IGNORED)) events.push_back({directory, name, mask});
  }
  if (mask & IN_IGNORED) {
    for (const std::string& directory : found->second) {
      const auto known = watches_.find(directory);
      if (known != watches_.end() && known->second == watch) watches_.erase(known);
    }
    directories_.erase(found);
  }
  return Health::Good;
}

}  // namespace localfn
