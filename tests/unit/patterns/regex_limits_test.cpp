// No pattern hangs a request: the known catastrophes end within the budget, useful ones do not.
#include <string>
#include <vector>

#include "runtime/patterns/path_pattern.h"
#include "runtime/patterns/regex.h"
#include "tests/support/catch.h"

using namespace localfn::patterns;

namespace {

constexpr std::size_t kLongestPath = 14 * 1024;

MatchResult match(const char* pattern, const std::string& text) {
  Captures captures;
  return Regex::compile(pattern).match(text, captures);
}

}  // namespace

// A budget that did not work would show as a test that does not end: each of these takes longer
// than the universe has time without one.
TEST_CASE("a catastrophic pattern ends with LimitExceeded", "[patterns][regex][limits]") {
  const std::string many(kLongestPath, 'a');
  for (const auto* pattern :
       {"^(a+)+$", "^(a|aa)+$", "^(a|a)*$", "^(.*)*[xy]$", "^(?:(?:(?:a*)*)*)*[bc]$", "^(a*)*[bc]",
        "^([a-zA-Z]+)*$", "^(?:a?){50}a{50}[^a]$", "^(a+)+(a+)+[bc]$", "(a+)+$",
        "(x+x+)+[yz]|(a+a+)+[yz]", "^(?:(?=.*[zy])|.)*$", "^(.+)\\1*\\1*[yz]", "^(?:.*?,?){40}[xy]",
        "^(\\w+\\s?)*$", "^(?:a|a|a|a)+$", "^((a*)*)*$", "^(?:(.+)\\1*)*[yz]"}) {
    INFO(pattern);
    CHECK(match(pattern, many + "!") == MatchResult::LimitExceeded);
  }
}

TEST_CASE("a catastrophic pattern is no trouble on a text that matches",
          "[patterns][regex][limits]") {
  const std::string many(kLongestPath, 'a');
  CHECK(match("^(a+)+$", many) == MatchResult::Match);
  CHECK(match("^(a|aa)+$", many) == MatchResult::Match);
  CHECK(match("^(.*)*$", many) == MatchResult::Match);
}

TEST_CASE("a search that starts at every byte has one budget for all",
          "[patterns][regex][limits]") {
  const std::string many(kLongestPath, 'a');
  CHECK(match("a*a*a*a*a*[bc]$", many) == MatchResult::LimitExceeded);
  CHECK(match("(.*)(.*)(.*)(.*)(.*)\\1\\2[xy]", many) == MatchResult::LimitExceeded);
}

TEST_CASE("back references to long texts end", "[patterns][regex][limits]") {
  const std::string many(kLongestPath, 'a');
  CHECK(match("^(a*)\\1\\1\\1[bc]$", many) != MatchResult::Match);
  CHECK(match("^(a+)(\\1)+$", many) == MatchResult::Match);
}

TEST_CASE("useful patterns on the longest path stay within the budget",
          "[patterns][regex][limits]") {
  std::string path;
  while (path.size() < kLongestPath) path += "/segment-of-some-length";
  for (const auto* source : {"/:path*", "/(.*)", "/((?!api/).*)", "/:a/:rest+", "/:p*/:last",
                             "/{:a/}*:b", "/:a-:b-:rest(.*)"}) {
    INFO(source);
    Captures captures;
    CHECK(PathPattern::compile(source).match(path, captures) == MatchResult::Match);
  }
  CHECK(match("^/((?:[^/]+/)*[^/\\.]+)$", path) == MatchResult::Match);
  CHECK(match("^(?:(a|b|[^x])/?)*$", path) == MatchResult::Match);
  CHECK(match("^(?:.|\\n)*$", path) == MatchResult::Match);
  CHECK(match("length$", path) == MatchResult::Match);
}

TEST_CASE("a match that outgrows the stack of compiled code is finished without it",
          "[patterns][regex][limits]") {
  const std::string text(60'000, 'a');
  CHECK(match("^(?:(a)|(b)|(c))*$", text) == MatchResult::Match);
}

TEST_CASE("after LimitExceeded the next match is as good as any", "[patterns][regex][limits]") {
  CHECK(match("^(a+)+$", std::string(5000, 'a') + "!") == MatchResult::LimitExceeded);
  CHECK(match("^(a+)+$", "aaa") == MatchResult::Match);
}
