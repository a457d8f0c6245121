// Which files have changed since when: what makes an instance stale.
//
// Every observed change of a file gets the next number. An instance remembers the number at which
// it was started; it is stale once a file it has loaded has changed after that.
// Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace localfn {

class ChangeLog {
 public:
  /// The number of the latest change; 0 before the first.
  std::uint64_t now() const { return now_.load(std::memory_order_acquire); }

  /// Notes that `paths` (absolute) have changed: edited, created, deleted or renamed.
  void changed(const std::vector<std::string>& paths);

  /// Notes that anything may have changed (the kernel's queue overflowed, a new module appeared
  /// that any import could find).
  void everything_changed();

  /// The number of the latest change of `path`; 0 when it never changed.
  std::uint64_t last_change(const std::string& path) const;

  /// Whether one of `paths` has changed after `number`.
  bool any_changed_since(const std::vector<std::string>& paths, std::uint64_t number) const;

 private:
  mutable std::mutex mutex_;
  std::atomic<std::uint64_t> now_{0};
  std::uint64_t everything_ = 0;
  std::unordered_map<std::string, std::uint64_t> last_;
};

}  // namespace localfn
