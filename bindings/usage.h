// What the process has used so far, and what each invocation has used of it.
#pragma once

#include <sys/resource.h>

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

/// Reads the clocks once an invocation instead of twice: where one ends the next begins, unless
/// there was time in between. One thread at a time.
class UsageMeter {
 public:
  /// The CPU time at the begin of an invocation.
  std::uint64_t begin() {
    if (Clock::now() - read_at_ > kFresh) read();
    return last_.cpu_us;
  }

  /// What is used at its end.
  Usage read() {
    last_ = usage_of_process();
    read_at_ = Clock::now();
    return last_;
  }

 private:
  static constexpr std::chrono::milliseconds kFresh{10};

  Usage last_;
  Clock::time_point read_at_;
};

}  // namespace localfn
