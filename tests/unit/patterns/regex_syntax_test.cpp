// What JavaScript refuses, and what is refused beyond that; with the place.
#include "runtime/patterns/regex_syntax.h"

#include "tests/support/catch.h"
#include "tests/unit/patterns/expectations.h"

using namespace localfn::patterns;

namespace {

struct Row {
  std::string pattern;
  std::size_t offset;
  const char* message;
};

const std::vector<Row>& invalid() {
  static const std::vector<Row> table{
      {"*", 0, "nothing to repeat"},
      {"+a", 0, "nothing to repeat"},
      {"?", 0, "nothing to repeat"},
      {"a**", 2, "nothing to repeat"},
      {"a*+", 2, "nothing to repeat"},
      {"a++", 2, "nothing to repeat"},
      {"a?+", 2, "nothing to repeat"},
      {"a{2}+", 4, "nothing to repeat"},
      {"a{2}{3}", 4, "nothing to repeat"},
      {"{2}", 0, "nothing to repeat"},
      {"a*??", 3, "nothing to repeat"},
      {"(*a)", 1, "nothing to repeat"},
      {"(*UTF)a", 1, "nothing to repeat"},
      {"a|*", 2, "nothing to repeat"},
      {"^*", 1, "nothing to repeat"},
      {"\\b+", 2, "nothing to repeat"},
      {"(?<=a)*", 6, "nothing to repeat"},
      {"(?<!a)?", 6, "nothing to repeat"},
      {"(a", 0, "unterminated group"},
      {"a(b(c)", 1, "unterminated group"},
      {"a)", 1, "unmatched ')'"},
      {"(?:a))", 5, "unmatched ')'"},
      {"[a", 0, "unterminated character class"},
      {"x[^]a[", 5, "unterminated character class"},
      {"[z-a]", 1, "range out of order in character class"},
      {"[\\x62-a]", 1, "range out of order in character class"},
      {"a{2,1}", 1, "numbers out of order in {} quantifier"},
      {"a\\", 1, "\\ at end of pattern"},
      {"(?i)a", 0, "invalid group"},
      {"(?i:a)", 0, "invalid group"},
      {"(?>a)", 0, "invalid group"},
      {"(?|a)", 0, "invalid group"},
      {"(?#c)", 0, "invalid group"},
      {"(?P<n>a)", 0, "invalid group"},
      {"(?'n'a)", 0, "invalid group"},
      {"(?R)", 0, "invalid group"},
      {"(?1)", 0, "invalid group"},
      {"(?&n)", 0, "invalid group"},
      {"(?C1)", 0, "invalid group"},
      {"(?(1)a|b)", 0, "invalid group"},
      {"x(?", 1, "invalid group"},
      {"(?<1>a)", 0, "invalid capture group name"},
      {"(?<>a)", 0, "invalid capture group name"},
      {"(?<n", 0, "invalid capture group name"},
      {"(?<n>a)(?<n>b)", 7, "duplicate capture group name"},
      {"(?<n>a)\\k", 7, "invalid named reference"},
      {"(?<n>a)\\k<n", 7, "invalid named reference"},
      {"(?<n>a)\\k<m>", 7, "invalid named capture referenced"},
      {"(?<n>a)[\\k]", 8, "invalid escape"},
      {"a\xff", 1, "the text is not UTF-8"},
      {"a\xc3", 1, "the text is not UTF-8"},
      {"\xed\xa0\x80", 0, "the text is not UTF-8"},
      {"\xc0\xaf", 0, "the text is not UTF-8"},
  };
  return table;
}

}  // namespace

TEST_CASE("what JavaScript refuses is refused, with the place", "[patterns][regex]") {
  for (const auto& row : invalid()) {
    INFO("pattern " << row.pattern);
    const auto error = error_of([&row] { translate_regex(row.pattern); });
    REQUIRE(error);
    CHECK(error->kind() == PatternError::Kind::InvalidRegex);
    CHECK(error->what() == std::string(row.message));
    CHECK(error->offset() == row.offset);
  }
}

TEST_CASE("what only PCRE2 refuses says that it is not supported", "[patterns][regex]") {
  const auto kind_of = [](const std::string& pattern) {
    const auto error = error_of([&pattern] { Regex::compile(pattern); });
    REQUIRE(error);
    CHECK(error->offset() <= pattern.size());
    return error->kind();
  };
  CHECK(kind_of("(?<=a+)b") == PatternError::Kind::Unsupported);
  CHECK(kind_of("a{65536}") == PatternError::Kind::Unsupported);
  CHECK(kind_of("a{99999999999999999999999}") == PatternError::Kind::Unsupported);
  CHECK(kind_of("((a{1000}){1000}){1000}") == PatternError::Kind::Unsupported);
  CHECK(kind_of(std::string(2000, '(') + std::string(2000, ')')) ==
        PatternError::Kind::Unsupported);
}

TEST_CASE("an error of PCRE2 is placed in the pattern, not in the translation",
          "[patterns][regex]") {
  const auto error = error_of([] { Regex::compile("[a-z][0-9]\\d(?<=a+)b"); });
  REQUIRE(error);
  CHECK(error->offset() >= 12);
  CHECK(error->offset() <= 19);
}

TEST_CASE("a plain pattern keeps the numbers of its groups", "[patterns][regex]") {
  CHECK_FALSE(translate_regex("(a)(b+)(c)?").renumbered);
  CHECK(translate_regex("(a*)+").renumbered);
  CHECK_FALSE(translate_regex("(?:a*)+").renumbered);
  CHECK_FALSE(translate_regex("(a|bc+)*").renumbered);
  CHECK(translate_regex("(a|b*)*").renumbered);
}
