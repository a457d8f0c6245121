#include "runtime/project/change_log.h"

#include <algorithm>

namespace localfn {

void ChangeLog::changed(const std::vector<std::string>& paths) {
  if (paths.empty()) return;
  const std::lock_guard lock(mutex_);
  const auto number = now_.load(std::memory_order_relaxed) + 1;
  for (const auto& path : paths) last_[path] = number;
  now_.store(number, std::memory_order_release);
}

void ChangeLog::everything_changed() {
  const std::lock_guard lock(mutex_);
  everything_ = now_.load(std::memory_order_relaxed) + 1;
  now_.store(everything_, std::memory_order_release);
}

std::uint64_t ChangeLog::last_change(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = last_.find(path);
  return std::max(everything_, found == last_.end() ? 0 : found->second);
}

bool ChangeLog::any_changed_since(const std::vector<std::string>& paths,
                                  std::uint64_t number) const {
  const std::lock_guard lock(mutex_);
  if (everything_ > number) return true;
  return std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
    const auto found = last_.find(path);
    return found != last_.end() && found->second > number;
  });
}

}  // namespace localfn
