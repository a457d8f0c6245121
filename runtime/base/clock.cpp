#include "runtime/base/clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <limits>

namespace localfn {

Clock::duration Deadline::remaining() const {
  return std::max(Clock::duration::zero(), when_ - Clock::now());
}

int Deadline::poll_timeout() const {
  const auto left = std::chrono::ceil<milliseconds>(remaining()).count();
  return static_cast<int>(std::min<long long>(left, std::numeric_limits<int>::max()));
}

std::string local_time_of_day() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::localtime_r(&now, &parts);
  return fmt::format("{:02}:{:02}:{:02}", parts.tm_hour, parts.tm_min, parts.tm_sec);
}

// Every request asks for it. Only the milliseconds change from one to the next; the rest costs more
// than routing a request does.
std::string utc_timestamp() {
  thread_local std::time_t second = -1;
  thread_local std::string text;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  if (now.tv_sec != second) {
    second = now.tv_sec;
    std::tm parts{};
    ::gmtime_r(&second, &parts);
    text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.000Z", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
  }
  auto left = now.tv_nsec / 1'000'000;
  for (const std::size_t from_end : {2u, 3u, 4u}) {
    text[text.size() - from_end] = static_cast<char>('0' + left % 10);
    left /= 10;
  }
  return text;
}

}  // namespace localfn
