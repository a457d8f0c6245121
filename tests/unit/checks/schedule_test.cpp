#include "runtime/checks/schedule.h"

#include "tests/support/catch.h"

using localfn::checks::read_schedule;

TEST_CASE("schedules are read as the platform reads them", "[checks][schedule]") {
  struct Row {
    const char* expression;
    std::size_t times_a_day;
  };
  const Row rows[] = {{"0 5 * * *", 1},       {"* * * * *", 1440},   {"*/15 * * * *", 96},
                      {"0 0 1 1 *", 1},       {"0 8-10 * * 1-5", 3}, {"5/20 0 * * *", 3},
                      {"0,30 0,12 * * *", 4}, {"0  5 * * 0", 1},     {"0-10/5 6 * 2,4 *", 3}};
  for (const Row& row : rows) {
    INFO(row.expression);
    CHECK(read_schedule(row.expression).problem == "");
    CHECK(read_schedule(row.expression).times_a_day == row.times_a_day);
  }
}

TEST_CASE("what is no schedule is said to be none", "[checks][schedule]") {
  for (const char* expression :
       {"", "@daily", "0 5 * *", "0 5 * * * *", "60 5 * * *", "0 24 * * *", "0 5 0 * *",
        "0 5 * 13 *", "0 5 * * 7", "0 5 * * MON", "0 5 1 * 1", "-1 5 * * *", "5- 5 * * *",
        "10-5 5 * * *", "*/0 5 * * *", "*/99 5 * * *", "a 5 * * *", "0,, 5 * * *", "? 5 * * *"}) {
    INFO(expression);
    CHECK(read_schedule(expression).problem != "");
  }
}
