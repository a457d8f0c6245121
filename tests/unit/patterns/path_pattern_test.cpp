// The source patterns of redirects, rewrites and headers.
#include "runtime/patterns/path_pattern.h"

#include "tests/support/catch.h"
#include "tests/unit/patterns/expectations.h"

using namespace localfn::patterns;

namespace {

struct MatchRow {
  const char* source;
  const char* path;
  const char* expected;  // the parameters, as shown()
};

const std::vector<MatchRow>& matches() {
  static const std::vector<MatchRow> table{
      // literal sources: no tolerance of slashes, case, escapes
      {"/r1", "/r1", "(match)"},
      {"/r1", "/r1/", "no"},
      {"/r1/", "/r1", "no"},
      {"/r1", "/R1", "no"},
      {"/r1", "/r1/x", "no"},
      {"/r1", "x/r1", "no"},
      {"/a%20b", "/a%20b", "(match)"},
      {"/a%20b", "/a b", "no"},
      {"/a%2Fb", "/a%2fb", "no"},
      {"/a.b", "/a.b", "(match)"},
      {"/a.b", "/axb", "no"},
      {"/a\\(b\\)", "/a(b)", "(match)"},
      {"/a\\:b", "/a:b", "(match)"},
      {"/a\\*", "/a*", "(match)"},
      {"/[a]", "/[a]", "(match)"},
      {"/[a]", "/a", "no"},
      {"/a|b", "/a|b", "(match)"},
      {"/^$", "/^$", "(match)"},
      {"/{ab}/c", "/ab/c", "(match)"},
      {"", "", "(match)"},
      {"a", "a", "(match)"},
      // named parameters
      {"/:a", "/x", "x"},
      {"/:a", "/", "no"},
      {"/:a", "/x/", "no"},
      {"/:a", "/x/y", "no"},
      {"/:a", "/a%2Fb", "a%2Fb"},
      {"/:a/", "/x/", "x"},
      {"/:0", "/x", "x"},
      {"/:a_1", "/x", "x"},
      {"/u/:id/p", "/u/7/p", "7"},
      {"/:a/:b", "/1/2", "1|2"},
      {"/:a-:b", "/x-y-z", "x|y-z"},
      {"/:f.:e", "/foo.tar.gz", "foo|tar.gz"},
      {"/:a:b", "/xy", "x|y"},
      {"/:a:b", "/x", "no"},
      {"/x:a", "/xy", "y"},
      {"/x:a", "/x", "no"},
      {"/:a.html", "/p.html", "p"},
      {"/:a.html", "/pxhtml", "no"},
      // with patterns of their own
      {"/:id(\\d+)", "/42", "42"},
      {"/:id(\\d+)", "/4x", "no"},
      {"/:l(en|de)/:p", "/de/x", "de|x"},
      {"/:l(en|de)/:p", "/fr/x", "no"},
      {"/:p(.*)", "/a/b", "a/b"},
      {"/:p(a\\))", "/a)", "a)"},
      {"/:p((?:a|b)+)", "/abab", "abab"},
      // optional, repeated
      {"/:x?", "/", "no"},
      {"/:x?", "", "~"},
      {"/:x?", "/v", "v"},
      {"/a/:x?", "/a", "~"},
      {"/a/:x?", "/a/", "no"},
      {"/a/:x?", "/a/v", "v"},
      {"/a/:x?/b", "/a/b", "~"},
      {"/a/:x?/b", "/a/v/b", "v"},
      {"/r4/:p*", "/r4", "~"},
      {"/r4/:p*", "/r4/", "no"},
      {"/r4/:p*", "/r4/a", "a"},
      {"/r4/:p*", "/r4/a/b/c", "a/b/c"},
      {"/r4/:p*", "/r4/a/b/", "no"},
      {"/r4/:p*", "/r4x", "no"},
      {"/r5/:p+", "/r5", "no"},
      {"/r5/:p+", "/r5/a", "a"},
      {"/r5/:p+", "/r5/a/b", "a/b"},
      {"/:n(\\d+)*", "/1/22/3", "1/22/3"},
      {"/:n(\\d+)*", "/1/x", "no"},
      {"/a.:e?", "/a", "~"},
      {"/a.:e?", "/a.b", "b"},
      {"/a.:e*", "/a.b.c", "b.c"},
      {"/a-:e?", "/a-", "~"},
      {"/a-:e?", "/a", "no"},
      // groups without a name
      {"/(.*)", "/", ""},
      {"/(.*)", "/a/b", "a/b"},
      {"/old/(.*)/x", "/old/a/b/x", "a/b"},
      {"/(a|b)/(c|d)", "/b/c", "b|c"},
      {"/(\\d+)?", "", "~"},
      {"/(\\d+)?", "/5", "5"},
      {"/x(.*)+", "/xab", "ab"},
      {"/((?!api/).*)", "/about", "about"},
      {"/((?!api/).*)", "/api/x", "no"},
      {"/((?!api/).*)", "/api", "api"},
      {"/:p((?!x).*)", "/y", "y"},
      {"/:a/(.*)", "/1/2/3", "1|2/3"},
      // braces
      {"/{:a-}?b", "/b", "~"},
      {"/{:a-}?b", "/x-b", "x"},
      {"/x{/:a}?", "/x", "~"},
      {"/x{/:a}?", "/x/1", "1"},
      {"/x{-:a.}*", "/x-1.-2.", "1.-2"},
      {"/x{-:a}+", "/x-1-2", "1-2"},
      {"/x{ab}?", "/x", "(match)"},
      {"/x{ab}?", "/xab", "(match)"},
      {"/x{ab}+", "/xabab", "(match)"},
      {"/x{(\\d+)px}", "/x12px", "12"},
      {"/{a\\}b}?c", "/a}bc", "(match)"},
      // the path as it came, whatever its bytes
      {"/:a", "/\xc3\xa9", "\xc3\xa9"},
      {"/é/:a", "/é/x", "x"},
      {"/é", "/é", "(match)"},
  };
  return table;
}

struct SourceRow {
  const char* source;
  const char* regex;
};

constexpr SourceRow kSources[] = {
    {"/a/:p*", R"(^\/a(?:\/((?:[^\/]+?)(?:\/(?:[^\/]+?))*))?$)"},
    {"/a/:p+", R"(^\/a(?:\/((?:[^\/]+?)(?:\/(?:[^\/]+?))*))$)"},
    {"/:x?", R"(^(?:\/([^\/]+?))?$)"},
    {"/:x", R"(^(?:\/([^\/]+?))$)"},
    {"/x:x", R"(^\/x([^\/]+?)$)"},
    {"/x(.*)", R"(^\/x(.*)$)"},
    {"/:a(\\d+)-:b", R"(^(?:\/(\d+))-([^\/]+?)$)"},
    {"/{-:a.}?", R"(^\/(?:-([^\/]+?)\.)?$)"},
    {"/a=b!", R"(^\/a\=b\!$)"},
    {"/x{-y}*", R"(^\/x(?:-y)*$)"},
};

struct ErrorRow {
  const char* source;
  PatternError::Kind kind;
  std::size_t offset;
  const char* message;
};

constexpr auto kRegex = PatternError::Kind::InvalidRegex;
constexpr auto kPattern = PatternError::Kind::InvalidPattern;

constexpr ErrorRow kErrors[] = {
    {"/a/(", kRegex, 3, "unterminated group"},
    {"/a/)", kRegex, 3, "unmatched ')'"},
    {"/a/**", kRegex, 4, "nothing to repeat"},
    {"/a/[", kRegex, 3, "unterminated character class"},
    {"/a\\", kRegex, 2, "\\ at end of pattern"},
    {"/:a([z-a])", kRegex, 5, "range out of order in character class"},
    {"/:a((?i)x)", kRegex, 4, "invalid group"},
    {"/a/:", kPattern, 3, "Missing parameter name at 3"},
    {"/a/:-b", kPattern, 3, "Missing parameter name at 3"},
    {"/a/*", kPattern, 3, "Unexpected MODIFIER at 3, expected END"},
    {"/10+x", kPattern, 3, "Unexpected MODIFIER at 3, expected END"},
    {"/a?", kPattern, 2, "Unexpected MODIFIER at 2, expected END"},
    {"/:a*?", kPattern, 4, "Unexpected MODIFIER at 4, expected END"},
    {"/(?:a)", kPattern, 2, "Pattern cannot start with \"?\" at 2"},
    {"/(?<n>a)", kPattern, 2, "Pattern cannot start with \"?\" at 2"},
    {"/(?=a)", kPattern, 2, "Pattern cannot start with \"?\" at 2"},
    {"/(a(b))", kPattern, 3, "Capturing groups are not allowed at 3"},
    {"/()", kPattern, 1, "Missing pattern at 1"},
    {"/:a()", kPattern, 3, "Missing pattern at 3"},
    {"/[(]", kPattern, 2, "Unbalanced pattern at 2"},
    {"/{a", kPattern, 3, "Unexpected END at 3, expected CLOSE"},
    {"/a}", kPattern, 2, "Unexpected CLOSE at 2, expected END"},
    {"/{{a}}", kPattern, 2, "Unexpected OPEN at 2, expected CLOSE"},
    {"/{:a:b}", kPattern, 4, "Unexpected NAME at 4, expected CLOSE"},
    {"/{(a)(b)}", kPattern, 5, "Unexpected PATTERN at 5, expected CLOSE"},
};

struct LiteralRow {
  const char* source;
  bool literal;
  const char* prefix;
};

constexpr LiteralRow kLiterals[] = {
    {"/about", true, "/about"}, {"/", true, "/"},         {"", true, ""},
    {"/a\\:b", true, "/a:b"},   {"/{a}/b", true, "/a/b"}, {"/a.b", true, "/a.b"},
    {"/a/:b", false, "/a/"},    {"/a/:b?", false, "/a"},  {"/a/:b*", false, "/a"},
    {"/a/:b+", false, "/a/"},   {"/a{b}?c", false, "/a"}, {"/a{-:b}", false, "/a-"},
    {"/a(.*)", false, "/a"},    {"/:a", false, "/"},      {"/a{b}*", false, "/a"},
    {"/a/(b)/c", false, "/a/"}, {"/{a}:b", false, "/a"},  {"(.*)", false, ""},
};

std::string match_of(const char* source, const char* path) {
  Captures captures;
  const auto pattern = PathPattern::compile(source);
  return shown(pattern.match(path, captures), captures, 1);
}

}  // namespace

TEST_CASE("a source matches the whole raw path and nothing else", "[patterns][path]") {
  for (const auto& row : matches()) {
    INFO(row.source << " on " << row.path);
    CHECK(match_of(row.source, row.path) == row.expected);
  }
}

TEST_CASE("a source becomes the platform's regular expression", "[patterns][path]") {
  for (const auto& row : kSources)
    CHECK(PathPattern::compile(row.source).regex_source() == row.regex);
}

TEST_CASE("a bad source is refused in the platform's order, with the place", "[patterns][path]") {
  for (const auto& row : kErrors) {
    INFO(row.source);
    const auto error = error_of([&row] { PathPattern::compile(row.source); });
    REQUIRE(error);
    CHECK(error->kind() == row.kind);
    CHECK(error->offset() == row.offset);
    CHECK(error->what() == std::string(row.message));
  }
}

TEST_CASE("parameters are named in order, groups without a name too", "[patterns][path]") {
  const auto names = [](const char* source) { return PathPattern::compile(source).names(); };
  using Names = std::vector<std::string>;
  CHECK(names("/x") == Names{});
  CHECK(names("/:a/(.*)/:b*") == Names{"a", "", "b"});
  CHECK(names("/:a/:a") == Names{"a", "a"});
  CHECK(names("/{x}?/:a") == Names{"a"});
}

TEST_CASE("a source without anything that varies is literal", "[patterns][path]") {
  for (const auto& row : kLiterals) {
    INFO(row.source);
    const auto pattern = PathPattern::compile(row.source);
    CHECK(pattern.is_literal() == row.literal);
    CHECK(pattern.literal_prefix() == row.prefix);
    if (row.literal) CHECK(pattern.literal() == row.prefix);
  }
}

TEST_CASE("no path that matches lacks the literal prefix or suffix", "[patterns][path]") {
  for (const auto& row : matches()) {
    if (match_of(row.source, row.path) == "no") continue;
    const auto pattern = PathPattern::compile(row.source);
    INFO(row.source << " on " << row.path << " prefix " << pattern.literal_prefix());
    CHECK(std::string_view(row.path).starts_with(pattern.literal_prefix()));
    CHECK(std::string_view(row.path).ends_with(pattern.literal_suffix()));
  }
}

TEST_CASE("what every match ends with is known from the source", "[patterns][path]") {
  const std::pair<const char*, const char*> rows[] = {
      {"/:a/b", "/b"},       {"/:a", ""},          {"/:a-1", "-1"},      {"/x{-:a.html}", ".html"},
      {"/:a{/b}", "/b"},     {"/:a{/b}?", ""},     {"/:a{-:b;}+", ";"},  {"/:a{-:b;}*", ""},
      {"/:a{-:b;}?end", "end"}, {"/:a{b}c/d", "bc/d"}, {"/same", ""},
  };
  for (const auto& [source, suffix] : rows) {
    INFO(source);
    CHECK(PathPattern::compile(source).literal_suffix() == suffix);
  }
  CHECK(match_of("/a:b*a", "/a") == "no");
  CHECK(match_of("/:a?/b/:c?/b", "/b/b") != "no");
}

TEST_CASE("an unsupported expression in a source is placed in the source", "[patterns][path]") {
  const auto error = error_of([] { PathPattern::compile("/abc/:name((?<=a+)b)"); });
  REQUIRE(error);
  CHECK(error->kind() == PatternError::Kind::Unsupported);
  CHECK(error->offset() >= 11);
  CHECK(error->offset() <= 18);
}
