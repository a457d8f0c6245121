// Which instances exist: ids that are opened, closed and opened again.
#include "runtime/functions/ledger.h"

#include "tests/support/catch.h"

namespace localfn {

TEST_CASE("an id that was lost while it waited is not counted twice", "[ledger]") {
  Ledger ledger;
  const auto id = ledger.open();
  CHECK(ledger.alive_count() == 1);
  ledger.lose_all();
  CHECK(ledger.alive_count() == 0);
  SECTION("given up") {
    ledger.cancel(id);
    CHECK(ledger.alive_count() == 0);
  }
  SECTION("asked of the next zygote") {
    ledger.reopen(id);
    ledger.reopen(id);
    CHECK(ledger.alive(id));
    CHECK(ledger.alive_count() == 1);
    ledger.exited(id, 3);
    int status = 0;
    CHECK(ledger.await_exit(id, Deadline::after(milliseconds(0)), status));
    CHECK(status == 3);
  }
  CHECK(ledger.await_none(Deadline::after(milliseconds(0))));
}

TEST_CASE("those that the next zygote will bring forth are not lost", "[ledger]") {
  Ledger ledger;
  const auto one = ledger.open();
  const auto two = ledger.open();
  ledger.lose_all({two});
  CHECK_FALSE(ledger.alive(one));
  CHECK(ledger.alive_ids() == std::vector{two});
  CHECK(ledger.wanted(two));
  ledger.unwant(two);
  CHECK_FALSE(ledger.wanted(two));
  ledger.cancel(two);
  CHECK(ledger.alive_count() == 0);
}

}  // namespace localfn
