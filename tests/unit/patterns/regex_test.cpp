// What JavaScript's regular expressions match, in a PCRE2 that reads them as JavaScript does.
#include "runtime/patterns/regex.h"

#include <thread>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/patterns/expectations.h"

using namespace localfn::patterns;

namespace {

struct Row {
  const char* pattern;
  std::string text;
  const char* expected;  // the whole match and the groups, as shown()
};

std::string found(const Row& row, Regex::Form form = Regex::Form::Search,
                  RegexDialect dialect = RegexDialect::JavaScript) {
  Captures captures;
  const auto regex = Regex::compile(row.pattern, form, dialect);
  const auto result = regex.match(row.text, captures);
  return shown(result, captures, 0);
}

const std::vector<Row>& rows() {
  static const std::vector<Row> table{
      // text, classes and their escapes
      {"abc", "xabcx", "abc"},
      {"a\\/b", "a/b", "a/b"},
      {"a/b", "a/b", "a/b"},
      {"\\.", "a.b", "."},
      {"\\-\\_\\%", "-_%", "-_%"},
      {"[]", "a", "no"},
      {"[]", "", "no"},
      {"[]*", "a", ""},
      {"[^]", "\n", "\n"},
      {"[^]", "", "no"},
      {"[^]+", "a\r\nb", "a\r\nb"},
      {".", "\n", "no"},
      {".", "\r", "no"},
      {".+", "ab\ncd", "ab"},
      {"[a-c]+", "xabcd", "abc"},
      {"[^a-c]+", "abxyc", "xy"},
      {"[a-]+", "x-a", "-a"},
      {"[-a]+", "x-a", "-a"},
      {"[\\w-a]+", "!a-_", "a-_"},
      {"[\\d-z]+", "y-1z", "-1z"},
      {"[a\\]]+", "]a[", "]a"},
      {"[[a]+", "[a]", "[a"},
      {"[[:alpha:]]", "a", "no"},
      {"[[:alpha:]]", "a]", "a]"},
      {"[\\b]", "\b", "\b"},
      {"[\\B]", "B", "B"},
      {"[\\c1]", "\x11", "\x11"},
      {"[\\c]", "\\", "\\"},
      {"[.*+?(){}|^$]+", "a.*+?(){}|^$a", ".*+?(){}|^$"},
      {"\\d+", "a12b", "12"},
      {"\\D+", "1ab2", "ab"},
      {"\\w+", "-a_9-", "a_9"},
      {"\\W+", "a-+b", "-+"},
      {"\\s+", "a \t\n\v\f\rb", " \t\n\v\f\r"},
      {"\\S+", " ab ", "ab"},
      {"[^\\d\\s]+", "1 ab2", "ab"},
      {"[^\\D]+", "a12", "12"},
      {"\\t\\n\\v\\f\\r", "\t\n\v\f\r", "\t\n\v\f\r"},
      // escapes that are letters elsewhere
      {"\\x41\\u0042", "AB", "AB"},
      {"\\x4", "x4", "x4"},
      {"\\u00", "u00", "u00"},
      {"\\u{2}", "uu", "uu"},
      {"\\p{2}", "pp", "pp"},
      {"\\cA", "\x01", "\x01"},
      {"\\ca", "\x01", "\x01"},
      {"\\c!", "\\c!", "\\c!"},
      {"\\101", "A", "A"},
      {"\\8", "8", "8"},
      {"\\1", "\x01", "\x01"},
      {"\\Q.\\E", "QxE", "QxE"},
      {"\\A\\z\\Z\\h\\K\\G\\R\\N\\X", "AzZhKGRNX", "AzZhKGRNX"},
      {"\\e\\a", "ea", "ea"},
      {"\\k<n>", "k<n>", "k<n>"},
      // braces that are no quantifiers
      {"a{2}", "aaa", "aa"},
      {"a{1,2}", "aaa", "aa"},
      {"a{2,}", "aaaa", "aaaa"},
      {"a{,2}", "a{,2}", "a{,2}"},
      {"a{x}", "a{x}", "a{x}"},
      {"{", "{", "{"},
      {"}]", "}]", "}]"},
      {"a{1", "a{1", "a{1"},
      // quantifiers, greedy and lazy
      {"a+?", "aaa", "a"},
      {"a*?b", "aab", "aab"},
      {"a??b", "ab", "ab"},
      {"a{1,3}?", "aaa", "a"},
      {"(a|ab)(c|bcd)(d*)", "abcd", "abcd|a|bcd|"},
      {"(?=a)*b", "b", "b"},
      {"(?!x){2}a", "a", "a"},
      // assertions
      {"^a", "ba", "no"},
      {"a$", "ab", "no"},
      {"a$", "a\n", "no"},
      {"^b", "a\nb", "no"},
      {"^a|b", "xb", "b"},
      {"^/a|/b$", "/x/b", "/b"},
      {"\\bfoo\\b", "a foo b", "foo"},
      {"\\Boo", "foo", "oo"},
      {"(?=(a+))a", "aab", "a|aa"},
      {"a(?!b)", "abac", "a"},
      {"(?<=a)b", "bab", "b"},
      {"(?<!a)b", "abb", "b"},
      {"/((?!api/).*)", "/api/x", "/x|x"},
      {"^/((?!api/).*)", "/apix", "/apix|apix"},
      // groups and references
      {"(a)(?:b)(c)", "abc", "abc|a|c"},
      {"(?<year>\\d+)-(?<m>\\d+)", "2024-05", "2024-05|2024|05"},
      {"(a)|(b)", "b", "b|~|b"},
      {"(a)?b", "b", "b|~"},
      {"()", "", "|"},
      {"(a+)-\\1", "aa-aa", "aa-aa|aa"},
      {"(?<n>a|b)\\k<n>", "abb", "bb|b"},
      {"\\k<n>(?<n>a)", "a", "a|a"},
      {"\\1(a)", "a", "a|a"},
      {"(a\\1)", "a", "a|a"},
      {"(a)\\2", "a\x02", "a\x02|a"},
      {"(a)(b)\\2", "abb", "abb|a|b"},
      {"(?:(a)|b)\\1c", "bc", "bc|~"},
      // turns that match nothing are given up
      {"x(.*)+", "xab", "xab|ab"},
      {"x(.*)*", "xab", "xab|ab"},
      {"x(.*)*", "x", "x|~"},
      {"x(.*)?", "x", "x|~"},
      {"x(.*)+", "x", "x|"},
      {"(a*)*", "b", "|~"},
      {"(a*)+", "b", "|"},
      {"(?:a(b*)+)+", "aba", "aba|"},
      {"((a*)*)*b\\2", "aab", "b|~|~"},
      {"(a|)+c", "aac", "aac|a"},
  };
  return table;
}

}  // namespace

TEST_CASE("a regular expression matches what JavaScript's matches", "[patterns][regex]") {
  for (const auto& row : rows()) {
    INFO("pattern " << row.pattern << " on " << row.text);
    CHECK(found(row) == row.expected);
  }
}

TEST_CASE("the text may hold any byte", "[patterns][regex]") {
  CHECK(found({"a[^]b", std::string("a\0b", 3), nullptr}) == std::string("a\0b", 3));
  CHECK(found({"\\0", std::string(1, '\0'), nullptr}) == std::string(1, '\0'));
  CHECK(found({"^[^/]+$", "\xff\xfe", nullptr}) == "\xff\xfe");
  CHECK(found({"^.$", "\xff", nullptr}) == "\xff");
}

TEST_CASE("a pattern beyond ASCII reads the text as UTF-8", "[patterns][regex]") {
  CHECK(found({"^é+$", "éé", nullptr}) == "éé");
  CHECK(found({"^[à-ü]$", "é", nullptr}) == "é");
  CHECK(found({"^[^é]$", "ü", nullptr}) == "ü");
  CHECK(found({"^\\u00e9$", "é", nullptr}) == "é");
  CHECK(found({"^\\ud83d\\ude00$", "\U0001F600", nullptr}) == "\U0001F600");
  CHECK(found({"^[^\\ud83d]é$", "aé", nullptr}) == "aé");
  CHECK(found({"^\\ud83dé$", "aé", nullptr}) == "no");
  CHECK(found({"é\\s", "é\u00A0", nullptr}) == "é\u00A0");
  CHECK(found({"é.", "é\u2028", nullptr}) == "no");
  // Text that is not UTF-8 has no characters to match, and is no error.
  CHECK(found({"é|.*", "\xff", nullptr}) == "no");
}

TEST_CASE("a whole match is anchored around all alternatives", "[patterns][regex]") {
  const auto whole = [](const char* pattern, const char* text) {
    return found({pattern, text, nullptr}, Regex::Form::Whole);
  };
  CHECK(whole("a|ab", "ab") == "ab");
  CHECK(whole("a|b", "xb") == "no");
  CHECK(whole("a", "a\n") == "no");
  CHECK(whole("(?<v>.*)", "x y") == "x y|x y");
  CHECK(whole("^a$", "a") == "a");
  CHECK(whole("", "") == "");
  CHECK(whole("", "a") == "no");
}

TEST_CASE("legacy routes know POSIX classes, inside and outside of brackets", "[patterns][regex]") {
  const auto legacy = [](const char* pattern, const char* text) {
    return found({pattern, text, nullptr}, Regex::Form::Search, RegexDialect::LegacyRoute);
  };
  CHECK(legacy("^[[:alpha:]]+$", "abC") == "abC");
  CHECK(legacy("^[[:digit:]_]+$", "1_2") == "1_2");
  CHECK(legacy("^[^[:space:]]+$", "a b") == "no");
  CHECK(legacy("^[:alnum:]+$", "a1") == "a1");
  CHECK(legacy("[[:nosuch:]]", ":]") == ":]");
  // The bracket of a POSIX class ends no class: what follows is a member, not a group.
  CHECK(legacy("^[[:alpha:](]+$", "a(") == "a(");
  CHECK(legacy("^[:alpha:](b)$", "ab") == "ab|b");
  for (const auto* name : {"ascii", "blank", "cntrl", "graph", "lower", "print", "punct", "space",
                           "upper", "word", "xdigit"}) {
    INFO(name);
    const auto pattern = std::string("^[[:") + name + ":]]*$";
    CHECK(legacy(pattern.c_str(), "") == "");
    CHECK(legacy(pattern.c_str(), "\x80") == "no");
  }
}

TEST_CASE("legacy routes know the names of groups as PCRE writes them", "[patterns][regex]") {
  const auto legacy = [](const char* pattern) {
    return Regex::compile(pattern, Regex::Form::Search, RegexDialect::LegacyRoute);
  };
  const auto three = legacy("^(?<a>x)(?P<b>y)(?'c'z)$");
  CHECK(three.group_names() == std::vector<std::string>{"a", "b", "c"});
  Captures captures;
  REQUIRE(three.match("xyz", captures) == MatchResult::Match);
  CHECK(captures[3] == "z");
  CHECK(legacy("(?P<b>y)*\\k<b>").match("yy", captures) == MatchResult::Match);
  for (const char* wrong : {"(?P<>y)", "(?P<b)", "(?'b>y)", "(?''y)", "(?P=b)", "(?P>b)", "(?P<b'y)",
                            "(?P<b>y)(?'b'y)"}) {
    INFO(wrong);
    CHECK_THROWS_AS(legacy(wrong), PatternError);
  }
}

TEST_CASE("groups are named by their place", "[patterns][regex]") {
  const auto regex = Regex::compile("(a)(?<b>x)(?:y)(?<$long_name_of_more_than_32_characters_>z)");
  CHECK(regex.group_names() ==
        std::vector<std::string>{"", "b", "$long_name_of_more_than_32_characters_"});
}

TEST_CASE("one expression serves many threads at a time", "[patterns][regex]") {
  const auto regex = Regex::compile("^/users/([^/]+)/(\\d+)$");
  std::vector<int> good(8);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < good.size(); ++i) {
    threads.emplace_back([&regex, &good, i] {
      Captures captures;
      for (int n = 0; n < 2000; ++n) {
        const auto path = "/users/u" + std::to_string(i) + "/" + std::to_string(n);
        if (regex.match(path, captures) != MatchResult::Match) continue;
        good[i] += captures[1] == "u" + std::to_string(i) && captures[2] == std::to_string(n);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const int count : good) CHECK(count == 2000);
}

TEST_CASE("captures of one match do not show in the next", "[patterns][regex]") {
  Captures captures;
  REQUIRE(Regex::compile("(a)(b)(c)").match("abc", captures) == MatchResult::Match);
  REQUIRE(Regex::compile("(x)?y").match("y", captures) == MatchResult::Match);
  CHECK(captures.size() == 2);
  CHECK_FALSE(captures.has(1));
  CHECK_FALSE(captures.has(7));
  CHECK(captures[7].empty());
}
