// How long an instance has stood still in a debugger.
//
// Its user looks at it, so no deadline of the instance runs meanwhile: not of the stopped
// invocation, nor of others in it, which the end of the instance would take along. Thread-safe.
// What has never stopped costs one load of an atomic.
#pragma once

#include <algorithm>
#include <atomic>
#include <mutex>

#include "runtime/base/clock.h"

namespace localfn {

class Standstill {
 public:
  /// One more thread of the instance has stopped.
  void begin() {
    const std::lock_guard lock(mutex_);
    if (stopped_++ == 0) since_ = Clock::now();
    ever_ = true;
  }

  /// One that had stopped goes on. False: there was none.
  bool end() {
    const std::lock_guard lock(mutex_);
    if (stopped_ == 0) return false;
    if (--stopped_ == 0) before_ += passed_since();
    return true;
  }

  /// Whether any thread stands still at the moment.
  bool now() const {
    if (!ever_) return false;
    const std::lock_guard lock(mutex_);
    return stopped_ > 0;
  }

  /// All the time up to now.
  microseconds total() const {
    if (!ever_) return microseconds(0);
    const std::lock_guard lock(mutex_);
    return stopped_ > 0 ? before_ + passed_since() : before_;
  }

  /// `deadline`, put off by what the instance has stood still since the total was `known`. One that
  /// had passed by then stays so.
  Deadline extended(Deadline deadline, microseconds known) const {
    if (!ever_) return deadline;
    return Deadline::at(deadline.when() + std::max(total() - known, microseconds(0)));
  }

 private:
  microseconds passed_since() const {
    return std::chrono::duration_cast<microseconds>(Clock::now() - since_);
  }

  std::atomic<bool> ever_{false};
  mutable std::mutex mutex_;
  unsigned stopped_ = 0;
  Clock::time_point since_{};
  microseconds before_{0};
};

}  // namespace localfn
