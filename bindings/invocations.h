// Which invocations an instance is running. Thread-safe; holds its lock for a moment only and never
// touches Python.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

namespace localfn {

class Invocations {
 public:
  void begin(std::uint32_t id) {
    const std::lock_guard lock(mutex_);
    running_.push_back({id, false, false});
  }

  void end(std::uint32_t id) {
    const std::lock_guard lock(mutex_);
    std::erase_if(running_, [&](const Running& each) { return each.id == id; });
    if (running_.empty()) none_left_.notify_all();
  }

  /// The host has all that it waited for: the last byte of the answer, or the connection is the
  /// function's own. What the invocation says from here on nobody waits for.
  void answered(std::uint32_t id) {
    const std::lock_guard lock(mutex_);
    if (Running* found = find(id)) found->answered = true;
  }

  /// Whether the host waits for frames of any of them, and so reads what they say.
  bool any_awaited() {
    const std::lock_guard lock(mutex_);
    return std::any_of(running_.begin(), running_.end(),
                       [](const Running& each) { return !each.answered && !each.cancelled; });
  }

  /// The client has gone. An id that is not (or no longer) known is fine: frames cross.
  void cancel(std::uint32_t id) {
    const std::lock_guard lock(mutex_);
    if (Running* found = find(id)) found->cancelled = true;
  }

  bool is_cancelled(std::uint32_t id) {
    const std::lock_guard lock(mutex_);
    const Running* found = find(id);
    return found != nullptr && found->cancelled;
  }

  /// Waits until nothing runs. The caller has not got the GIL. The end of the host ends the process,
  /// and with it this wait.
  void await_none() {
    std::unique_lock lock(mutex_);
    none_left_.wait(lock, [&] { return running_.empty(); });
  }

 private:
  struct Running {
    std::uint32_t id;
    bool cancelled;
    bool answered;
  };
  Running* find(std::uint32_t id) {
    const auto found = std::find_if(running_.begin(), running_.end(),
                                    [&](const Running& each) { return each.id == id; });
    return found == running_.end() ? nullptr : &*found;
  }

  std::mutex mutex_;
  std::condition_variable none_left_;
  std::vector<Running> running_;
};

}  // namespace localfn
