#include "runtime/probes/difference.h"

#include "tests/support/catch.h"

using localfn::probes::difference;

TEST_CASE("texts that are equal, or too short to need it, have no difference shown") {
  CHECK(difference("a\nb", "a\nb").empty());
  CHECK(difference("short", "other").empty());
}

TEST_CASE("lines that differ stand between lines that are the same") {
  CHECK(difference("one\ntwo\nthree\nfour\nfive\nsix\n", "one\ntwo\nthree\n4\nfive\nsix\n") ==
        "  …\n  two\n  three\n- four\n+ 4\n  five\n  six\n");
  CHECK(difference("a\nb\nc\n", "a\nc\nd\n") == "  a\n- b\n  c\n+ d\n");
}

TEST_CASE("changes far from each other leave out what is the same between them") {
  std::string one = "first\n";
  std::string other = "FIRST\n";
  for (int i = 0; i < 20; ++i) {
    one += "same\n";
    other += "same\n";
  }
  CHECK(difference(one + "last\n", other + "LAST\n") ==
        "- first\n+ FIRST\n  same\n  same\n  …\n  same\n  same\n- last\n+ LAST\n");
}

TEST_CASE("a line feed at the end, and control characters, can be seen") {
  CHECK(difference("x", "x\n") == "- x  (no newline at its end)\n+ x\n");
  CHECK(difference("a\nb", "a\r\nb") == "- a\n+ a\\x0d\n  b\n");
}

TEST_CASE("a long line is shown around the first byte that differs") {
  const std::string same(100, 'x');
  CHECK(difference(same + "one", same + "two") == "  from byte 101 on\n- …" + std::string(24, 'x') +
                                                      "one\n+ …" + std::string(24, 'x') + "two\n");
  // Not from the middle of a character on.
  const std::string umlauts = "ä" + std::string(23, 'x') + std::string(60, 'y');
  CHECK_THAT(difference(same + umlauts + "1", same + umlauts + "2"), !ContainsSubstring("\\x"));
}

TEST_CASE("thousands of lines that differ do not flood the terminal") {
  std::string one;
  std::string other;
  for (int i = 0; i < 5000; ++i) {
    one += "a" + std::to_string(i) + "\n";
    other += "b" + std::to_string(i) + "\n";
  }
  const std::string text = difference(one, other);
  CHECK(std::count(text.begin(), text.end(), '\n') == 41);
  CHECK_THAT(text, Catch::Matchers::EndsWith("  … and more\n"));
}
