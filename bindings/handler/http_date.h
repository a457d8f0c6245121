// The value of a Date header, made once a second.
#pragma once

#include <ctime>
#include <string>

namespace localfn {

/// "Mon, 23 Nov 2026 05:30:52 GMT"; independent of locale and time zone.
std::string http_date(std::time_t time);

/// The text of the current second. Not thread-safe: its owner serialises (the GIL does).
class DateCache {
 public:
  const std::string& now();

 private:
  std::time_t second_ = -1;
  std::string text_;
};

}  // namespace localfn
