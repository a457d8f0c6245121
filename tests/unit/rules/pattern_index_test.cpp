// Finding the rules that can match a path: literal starts, and the index over them.
#include "runtime/patterns/pattern_error.h"
#include "runtime/rules/pattern_index.h"
#include "runtime/rules/regex_start.h"
#include "runtime/rules/source_pattern.h"
#include "tests/support/catch.h"

using namespace localfn::rules;
using localfn::patterns::Captures;
using localfn::patterns::MatchResult;

namespace {

std::string numbers(Candidates candidates) {
  std::string text;
  while (const auto number = candidates.next()) text += std::to_string(*number) + " ";
  return text;
}

struct Expected {
  const char* expression;
  const char* text;
  bool is_all;
};

}  // namespace

TEST_CASE("the start of an expression is what every match begins with") {
  const Expected table[] = {
      {"^/about$", "/about", true},      {"^/a\\.b\\-c$", "/a.b-c", true},
      {"^/api/(.*)$", "/api/", false},   {"^/ab?c$", "/a", false},
      {"^/ab*$", "/a", false},           {"^/ab{0,2}$", "/a", false},
      {"^/ab+c$", "/ab", false},         {"^/a|/b$", "", false},
      {"^/a(x|y)$", "/a", false},        {"^/a[|(]x|/b$", "", false},
      {"^/a[^\\]|]x$", "/a", false},     {"^/a\\|b$", "/a|b", true},
      {"^/\\d$", "/", false},            {"^.*$", "", false},
      {"^/a\\$", "/a$", false},          {"^/a.b$", "/a", false},
      {"^$", "", true},                  {"/a", "", false},
      {"^/a\\(|/b$", "", false},         {"^/\xc3\xa4+$", "/", false},
  };
  for (const Expected& row : table) {
    INFO(row.expression);
    const RegexStart start = regex_start(row.expression);
    CHECK(start.text == row.text);
    CHECK(start.is_all == row.is_all);
  }
}

TEST_CASE("candidates come in the order of the rules, from wherever they are found") {
  PatternIndex index;
  index.add_prefix("/", 0);
  index.add_literal("/a/b", 1);
  index.add_prefix("/a/", 2);
  index.add_literal("/a/b", 3);
  index.add_prefix("/", 4);
  index.add_prefix("/a/b/c", 5);
  index.add_prefix("/b", 6);
  CHECK(numbers(index.find("/a/b")) == "0 1 2 3 4 ");
  CHECK(numbers(index.find("/a/b", 2)) == "2 3 4 ");
  CHECK(numbers(index.find("/a/b/c/d")) == "0 2 4 5 ");
  CHECK(numbers(index.find("/b")) == "0 4 6 ");
  CHECK(numbers(index.find("/c", 5)).empty());
  CHECK(numbers(Candidates::all(2, 4)) == "2 3 ");
}

TEST_CASE("a route's expression is anchored and asked with and without the leading slash") {
  Captures captures;
  const auto matches = [&captures](const char* source, const char* path) {
    return SourcePattern::of_route(source).match(path, captures) == MatchResult::Match;
  };
  CHECK(matches("/a", "/a"));
  CHECK(!matches("/a", "/ab"));
  CHECK(!matches("/a", "/b/a"));
  CHECK(matches("a", "/a"));
  CHECK(matches("^a/(.*)$", "/a/b"));
  CHECK(captures[1] == "b");
  CHECK(matches("", "/"));
  CHECK(matches("[[:alpha:]]+", "/abc"));
  CHECK(!matches("/A", "/a"));
  CHECK(SourcePattern::of_route("/a\\/b").is_literal());
  CHECK(SourcePattern::of_route("/a\\/b").prefix() == "/a/b");
  CHECK(!SourcePattern::of_route("/a.b").is_literal());
  CHECK(SourcePattern::of_path("/a.b").is_literal());
}

TEST_CASE("the place of an error is one in the source as written") {
  try {
    SourcePattern::of_route("/a(");
    FAIL("no error");
  } catch (const localfn::patterns::PatternError& error) {
    CHECK(error.offset() <= 3);
  }
}
