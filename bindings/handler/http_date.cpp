#include "bindings/handler/http_date.h"

#include <fmt/format.h>

#include <array>

namespace localfn {

std::string http_date(std::time_t time) {
  constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     kDays[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                     kMonths[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

const std::string& DateCache::now() {
  std::timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  if (time.tv_sec != second_) {
    second_ = time.tv_sec;
    text_ = http_date(second_);
  }
  return text_;
}

}  // namespace localfn
