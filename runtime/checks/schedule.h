// The five fields of a cron job's schedule as the platform takes them: numbers, `*`, ranges, steps
// and lists, in UTC; no names of days or months, and one of the two days has to be `*`.
//
// Pure. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace localfn::checks {

struct Schedule {
  std::string problem;          ///< not empty: it is no schedule, and why
  std::size_t times_a_day = 0;  ///< on a day on which it runs
};

Schedule read_schedule(std::string_view expression);

}  // namespace localfn::checks
