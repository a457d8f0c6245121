#include "runtime/project/change_log.h"

#include <algorithm>

namespace localfn {
namespace {

/// A function that writes files of ever new names into the project must not make the log grow for
/// ever: past this many paths they are all taken as changed and forgotten.
constexpr std::size_t kMostPaths = 100'000;

}  // namespace

void ChangeLog::changed(const std::vector<std::string>& paths) {
  if (paths.empty()) return;
  const std::lock_guard lock(mutex_);
  const std::uint64_t number = now_.load(std::memory_order_relaxed) + 1;
  for (const std::string& path : paths) last_[path] = number;
  if (last_.size() > kMostPaths) {
    last_.clear();
    everything_ = number;
  }
  // Last: who sees the new number finds what belongs to it.
  now_.store(number, std::memory_order_release);
}

void ChangeLog::everything_changed() {
  const std::lock_guard lock(mutex_);
  const std::uint64_t number = now_.load(std::memory_order_relaxed) + 1;
  last_.clear();
  everything_ = number;
  now_.store(number, std::memory_order_release);
}

std::uint64_t ChangeLog::last_change(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = last_.find(path);
  return found == last_.end() ? everything_ : std::max(found->second, everything_);
}

bool ChangeLog::any_changed_since(const std::vector<std::string>& paths,
                                  std::uint64_t number) const {
  if (now() <= number) return false;
  const std::lock_guard lock(mutex_);
  if (everything_ > number) return true;
  for (const std::string& path : paths) {
    const auto found = last_.find(path);
    if (found != last_.end() && found->second > number) return true;
  }
  return false;
}

}  // namespace localfn
