// What the process has used so far. One call of the kernel.
#pragma once

#include <sys/resource.h>

#include <cstdint>

namespace localfn {

struct Usage {
  std::uint64_t cpu_us = 0;
  std::uint64_t peak_bytes = 0;
};

inline std::uint64_t microseconds_of(const timeval& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 +
         static_cast<std::uint64_t>(time.tv_usec);
}

inline Usage usage_of_process() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return {microseconds_of(used.ru_utime) + microseconds_of(used.ru_stime),
          static_cast<std::uint64_t>(used.ru_maxrss) * 1024};
}

}  // namespace localfn
