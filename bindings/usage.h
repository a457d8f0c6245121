// What the process has used so far, and what each invocation has used of it.
#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "runtime/base/clock.h"

namespace localfn {

struct Usage {
  std::uint64_t cpu_us = 0;
  std::uint64_t peak_bytes = 0;
};

inline std::uint64_t microseconds_of(const timeval& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 +
         static_cast<std::uint64_t>(time.tv_usec);
}

/// One call of the kernel.
inline Usage usage_of_process() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return {microseconds_of(used.ru_utime) + microseconds_of(used.ru_stime),
          static_cast<std::uint64_t>(used.ru_maxrss) * 1024};
}

/// Asks the kernel as rarely as can be: its answer costs 2 µs, a tenth of a small invocation.
/// Where one invocation ends the next begins, unless there was time in between; and one that was
/// short is taken to have worked all the time, which is wrong by kShort at most. What those of the
/// last kFresh were given too much or too little is the next long one's. Of invocations that run at
/// the same time each is given what the process has used. One thread at a time.
class UsageMeter {
 public:
  /// At the begin of an invocation: the CPU time until now, for end().
  std::uint64_t begin() {
    began_ = Clock::now();
    if (began_ - read_at_ > kFresh) read(began_);
    return until_now_.cpu_us;
  }

  /// What an invocation has used, at its end.
  Usage end(std::uint64_t at_begin) {
    const auto now = Clock::now();
    if (now - began_ > kShort) {
      read(now);
    } else {
      until_now_.cpu_us += static_cast<std::uint64_t>(
          std::chrono::round<std::chrono::microseconds>(now - began_).count());
    }
    began_ = now;
    // Less than at the begin where those before had not worked all the time.
    return {until_now_.cpu_us - std::min(until_now_.cpu_us, at_begin), until_now_.peak_bytes};
  }

 private:
  static constexpr std::chrono::microseconds kShort{250};
  static constexpr std::chrono::milliseconds kFresh{1};

  void read(Clock::time_point now) {
    until_now_ = usage_of_process();
    read_at_ = now;
  }

  Usage until_now_;
  Clock::time_point began_;  ///< the invocation that has begun or ended last
  Clock::time_point read_at_;
};

}  // namespace localfn
