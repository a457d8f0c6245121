#include "runtime/base/ascii.h"

#include "tests/support/catch.h"

using namespace localfn;

TEST_CASE("a byte beyond ASCII is seen wherever it stands", "[ascii]") {
  for (std::size_t size = 0; size < 20; ++size) {
    std::string text(size, '\x7f');
    CHECK(is_ascii(text));
    for (char& c : text) {
      c = '\x80';
      CHECK_FALSE(is_ascii(text));
      c = 'a';
    }
  }
}
