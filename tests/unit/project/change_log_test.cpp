#include "runtime/project/change_log.h"

#include "tests/support/catch.h"

using namespace localfn;

TEST_CASE("a change counts for its own path and those who began before it") {
  ChangeLog log;
  CHECK(log.now() == 0);
  CHECK(log.last_change("/p/a.py") == 0);
  log.changed({"/p/a.py"});
  const std::uint64_t first = log.now();
  CHECK(log.last_change("/p/a.py") == first);
  CHECK(log.any_changed_since({"/p/b.py", "/p/a.py"}, 0));
  CHECK_FALSE(log.any_changed_since({"/p/b.py"}, 0));
  CHECK_FALSE(log.any_changed_since({"/p/a.py"}, first));
  log.changed({});
  CHECK(log.now() == first);
}

TEST_CASE("a change of everything counts for every path") {
  ChangeLog log;
  log.changed({"/p/a.py"});
  const std::uint64_t before = log.now();
  log.everything_changed();
  CHECK(log.any_changed_since({"/p/never-seen"}, before));
  CHECK(log.any_changed_since({}, before));
  CHECK(log.last_change("/p/never-seen") == log.now());
  CHECK_FALSE(log.any_changed_since({"/p/a.py"}, log.now()));
}

TEST_CASE("ever new names do not make the log grow without end") {
  ChangeLog log;
  log.changed({"/p/first"});
  for (int i = 0; i < 100'001; ++i) log.changed({"/p/" + std::to_string(i)});
  // What was forgotten counts as changed, never as unchanged.
  CHECK(log.last_change("/p/first") > 1);
}
