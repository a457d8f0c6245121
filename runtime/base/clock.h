// Deadlines on the steady clock, and the wall clock for what people read.
#pragma once

#include <chrono>
#include <string>

namespace localfn {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;
using std::chrono::milliseconds;

/// A point on the steady clock. Passed down so that all steps of a task share one budget.
class Deadline {
 public:
  static Deadline after(Clock::duration budget) { return Deadline(Clock::now() + budget); }
  static Deadline at(Clock::time_point when) { return Deadline(when); }

  bool passed() const { return Clock::now() >= when_; }
  Clock::time_point when() const { return when_; }
  Clock::duration remaining() const;  ///< never negative

  /// Milliseconds left for poll(): 0 once passed, never negative, rounded up so that a wait for
  /// it does not end a little early and spin.
  int poll_timeout() const;

  /// The earlier of the two.
  friend Deadline sooner(Deadline a, Deadline b) { return a.when_ < b.when_ ? a : b; }

 private:
  explicit Deadline(Clock::time_point when) : when_(when) {}
  Clock::time_point when_;
};

/// Local time as HH:MM:SS (terminal) and UTC as 2026-11-23T12:04:31.123Z (records).
std::string local_time_of_day();
std::string utc_timestamp();

}  // namespace localfn
