// Destinations of rewrites, redirects and legacy routes.
#include "runtime/patterns/destination.h"

#include "runtime/patterns/path_pattern.h"
#include "tests/support/catch.h"
#include "tests/unit/patterns/expectations.h"

using namespace localfn::patterns;

namespace {

/// The target of `path` under a rule without conditions.
std::string target_of(const char* source, const char* destination, const char* path,
                      DestinationKind kind) {
  const auto pattern = PathPattern::compile(source);
  Captures captures;
  REQUIRE(pattern.match(path, captures) == MatchResult::Match);
  const auto compiled = Destination::compile(destination, kind, {pattern.names(), {}});
  const std::vector<std::string> none;
  return compiled.expand({captures, none}).text();
}

struct Row {
  const char* source;
  const char* destination;
  const char* path;
  const char* expected;
};

constexpr Row kRewrites[] = {
    {"/r1", "/api/hello", "/r1", "/api/hello"},
    {"/r1", "api/hello", "/r1", "/api/hello"},
    {"/r1", "", "/r1", "/"},
    {"/r1", "/a?x=1", "/r1", "/a?x=1"},
    {"/r1", "/a?", "/r1", "/a"},
    {"/r1", "/a#top", "/r1", "/a#top"},
    // parameters that occur nowhere go to the query
    {"/r2/:id", "/api/hello", "/r2/5", "/api/hello?id=5"},
    {"/r21/:a/:b", "/api/echo?only=:a", "/r21/1/2", "/api/echo?only=1&a=1&b=2"},
    {"/r5/:p*", "/api/:p*", "/r5/x/y", "/api/x/y"},
    {"/r6/:a/:b", "/api/:a", "/r6/1/2", "/api/1"},
    {"/r7/:opt?", "/api/hello", "/r7", "/api/hello?opt="},
    {"/r8/:id", "/api/hello?id=7", "/r8/5", "/api/hello?id=7"},
    {"/r8/:id", "/api/hello?%69d=7", "/r8/5", "/api/hello?%69d=7"},
    {"/r9/:a/:b", "/api#:a", "/r9/1/2", "/api#1"},
    {"/r9/:a/:b", "/api#x", "/r9/1/2", "/api?a=1&b=2#x"},
    {"/r10/(.*)", "/api/$1", "/r10/a/b", "/api/a/b"},
    {"/r10/(.*)", "/api/hello", "/r10/a/b", "/api/hello"},
    {"/r11/:a/:a", "/api", "/r11/1/2", "/api?a=2"},
    {"/r12/:a", "/api/$1", "/r12/5", "/api/5?a=5"},
    {"/:path*", "/index.html", "/a/b", "/index.html?path=a/b"},
    {"/a/:path*", "/b/:path*", "/a", "/b/"},
    {"/a/:path*", "/b/:path*", "/a/x/y", "/b/x/y"},
    // the bytes of a segment go out as they came in
    {"/r2/:id", "/api/hello", "/r2/a%20b", "/api/hello?id=a%20b"},
    {"/g/:x", "/new/:x", "/g/a%2Fb", "/new/a%2Fb"},
    {"/g/:x", "/new/:x", "/g/a+b%", "/new/a+b%"},
    // modifiers and patterns in the destination are no text
    {"/a/:p+", "/b/:p+", "/a/1/2", "/b/1/2"},
    {"/a/:p?", "/b/x:p", "/a", "/b/x"},
    {"/a/:n(\\d+)", "/b/:n(\\d+)", "/a/12", "/b/12"},
    {"/a/:p", "/b/:p.html", "/a/x", "/b/x.html"},
    {"/a/:p/:q", "/:q/:p", "/a/1/2", "/2/1"},
    {"/a/:p", "/b/:p/:p", "/a/x", "/b/x/x"},
    {"/a/:ab/:a", "/:a/:ab", "/a/1/2", "/2/1"},
    // what is no pattern is text around the known names
    {"/a/:p", "/b/(:p", "/a/x", "/b/(x?p=x"},
    {"/a/:p", "/b/*/:p", "/a/x", "/b/*/x?p=x"},
    {"/a/:p*", "/b+/:p*", "/a/x/y", "/b+/x/y?p=x/y"},
    {"/a/:p", "/b/{:p}", "/a/x", "/b/x"},
    // dollars
    {"/(a)/(b)", "/$2/$1", "/a/b", "/b/a"},
    {"/(a)", "/$10", "/a", "/a0"},
    {"/(a)", "/$0", "/a", "/$0"},
    {"/(a)", "/$2/x", "/a", "//x"},
    {"/(a)", "/$name/x", "/a", "//x"},
    {"/(a)", "/$", "/a", "/$"},
    {"/:n/(b)", "/$n/$2", "/a/b", "/a/b?n=a"},
    {"/(a)", "/x?y=$1&$1=z", "/a", "/x?y=a&a=z"},
    {"/(a)", "/x?y=%24", "/a", "/x?y=%24"},
    // queries: values have parameters, keys have the platform's mark
    {"/a/:id", "/api?x=:id", "/a/5", "/api?x=5&id=5"},
    {"/a/:id", "/api/:id?x=:id&y=1", "/a/5", "/api/5?x=5&y=1"},
    {"/a/:id", "/api/:id?:id=1", "/a/5", "/api/5?__ESC_COLON_id=1"},
    {"/a/:id", "/api/:id?k", "/a/5", "/api/5?k"},
    {"/a/:id", "/api/:id?q=a b", "/a/5", "/api/5?q=a%20b"},
    {"/a/:id", "/api/:id?q=a+b%20c", "/a/5", "/api/5?q=a+b%20c"},
    {"/a/:id", "/api/:id?q=é", "/a/5", "/api/5?q=%C3%A9"},
    // other sites
    {"/e/:p*", "https://x.org/:p*", "/e/a/b", "https://x.org/a/b"},
    {"/e/:p*", "https://x.org", "/e/a", "https://x.org/?p=a"},
    {"/e/:t/:p", "https://:t.x.org/:p", "/e/a/b", "https://a.x.org/b"},
    {"/e/:t", "https://:t.x.org", "/e/a", "https://a.x.org/"},
    {"/e/:p", "http://u:p@x.org:8080/:p", "/e/a", "http://u:p@x.org:8080/a"},
    {"/e/:p", "https://x.org:8080", "/e/a", "https://x.org:8080/?p=a"},
    {"/e", "https://x.org?a=1", "/e", "https://x.org/?a=1"},
    {"/e", "HTTPS://X.org/y", "/e", "https://X.org/y"},
    {"/e", "/a\\b", "/e", "/a/b"},
};

constexpr Row kRedirects[] = {
    {"/a", "/b", "/a", "/b"},
    {"/a", "b/c", "/a", "b/c"},
    {"/a/:id", "/b", "/a/5", "/b"},
    {"/a/:id", "/b?x=:id", "/a/5", "/b?x=5"},
    {"/a/:id", "/b/:id#:id", "/a/5", "/b/5#5"},
    {"/g/:x", "/new/:x", "/g/a%2Fb", "/new/a%2Fb"},
    {"/a/:p*", "https://x.org/:p*?y=1#z", "/a/b/c", "https://x.org/b/c?y=1#z"},
    {"/a", "https://x.org", "/a", "https://x.org"},
    {"/a/:b", "https://x.org", "/a/1", "https://x.org/"},
    {"/a", "/é b{c}", "/a", "/é b{c}"},
    {"/a", "/b\r\nX: y", "/a", "/b%0D%0AX: y"},
    {"/a/:p", "/b:p\n#x\n?y\n", "/a/1", "/b1%0A#x%0A?y%0A"},
    {"/(.*)", "/n/$1", "/x/y", "/n/x/y"},
    {"/a/:p?", "/b/:p?", "/a", "/b/"},
    {"/a", "?x=1", "/a", "?x=1"},
};

struct UnknownRow {
  const char* source;
  const char* destination;
  const char* segment;
  std::size_t offset;
};

constexpr UnknownRow kUnknown[] = {
    {"/a/:x", "/b/:y", "y", 3},
    {"/a", "/b/:y*", "y", 3},
    {"/a/:x", "https://:y.org/:x", "y", 8},
    {"/a/:x", "/b?q=:y", "y", 5},
    {"/a/:x", "/b:80/:x", "80", 2},
    {"/a/:x", "/:X", "X", 1},
    {"/a/:x", "/b/(.*)", "__UN_NAMED_SEGMENT__", 0},
};

}  // namespace

TEST_CASE("a rewrite leads where the platform's does", "[patterns][destination]") {
  for (const auto& row : kRewrites) {
    INFO(row.source << " -> " << row.destination << " for " << row.path);
    CHECK(target_of(row.source, row.destination, row.path, DestinationKind::Rewrite) ==
          row.expected);
  }
}

TEST_CASE("a redirect never adds parameters", "[patterns][destination]") {
  for (const auto& row : kRedirects) {
    INFO(row.source << " -> " << row.destination << " for " << row.path);
    CHECK(target_of(row.source, row.destination, row.path, DestinationKind::Redirect) ==
          row.expected);
  }
}

TEST_CASE("a destination with an unknown parameter is refused", "[patterns][destination]") {
  for (const auto& row : kUnknown) {
    INFO(row.source << " -> " << row.destination);
    const ParameterNames names{PathPattern::compile(row.source).names(), {}};
    const auto error =
        error_of([&] { Destination::compile(row.destination, DestinationKind::Rewrite, names); });
    REQUIRE(error);
    CHECK(error->kind() == PatternError::Kind::UnknownSegment);
    CHECK(error->offset() == row.offset);
    CHECK(error->what() ==
          "has segment \":" + std::string(row.segment) +
              "\" in `destination` property but not in `source` or `has` property");
  }
}

TEST_CASE("a destination that is no pattern is not asked for its parameters",
          "[patterns][destination]") {
  CHECK(target_of("/a", "/b/*/:y", "/a", DestinationKind::Rewrite) == "/b/*/:y");
  CHECK(target_of("/a", "/b/:", "/a", DestinationKind::Redirect) == "/b/:");
}

TEST_CASE("a legacy route knows dollars only", "[patterns][destination]") {
  const auto regex = Regex::compile("^/(?<first>[^/]+)/(.*)$");
  const std::vector<std::string> none;
  Captures captures;
  REQUIRE(regex.match("/a/b/c", captures) == MatchResult::Match);
  const auto text = [&](const char* destination) {
    const auto compiled =
        Destination::compile(destination, DestinationKind::Route, {regex.group_names(), {}});
    return compiled.expand({captures, none}).text();
  };
  CHECK(text("/api/$2") == "/api/b/c");
  CHECK(text("api/$1") == "/api/a");
  CHECK(text("$1/x") == "/a/x");
  CHECK(text("/$first?q=$2") == "/a?q=b/c");
  CHECK(text("/:first/x(y)*") == "/:first/x(y)*");
  CHECK(text("/$FOO/x") == "//x");
  CHECK(text("/") == "/");
  CHECK(text("https://$1.org/$2") == "https://a.org/b/c");
  CHECK(text("/$1abc") == "/a");  // one name to the platform, which begins with a number
  CHECK(text("/$12") == "/");
}

TEST_CASE("a redirect keeps its own query and the client's other keys", "[patterns][destination]") {
  const auto target = [](const char* destination) {
    const Captures captures;
    const std::vector<std::string> none;
    return Destination::compile(destination, DestinationKind::Redirect, {})
        .expand({captures, none});
  };
  CHECK(target("/b").location("") == "/b");
  CHECK(target("/b").location("x=1&y=%20+") == "/b?x=1&y=%20+");
  CHECK(target("/b?x=0#z").location("x=1&y=2") == "/b?x=0&y=2#z");
  CHECK(target("https://x.org/b#z").location("q") == "https://x.org/b?q#z");
}

TEST_CASE("a target knows whether it leaves the project", "[patterns][destination]") {
  CHECK(Destination::compile("https://x.org/", DestinationKind::Rewrite, {}).is_absolute());
  CHECK_FALSE(Destination::compile("//x.org/", DestinationKind::Rewrite, {}).is_absolute());
  CHECK_FALSE(Destination::compile("/https://x.org/", DestinationKind::Route, {}).is_absolute());
}

TEST_CASE("what conditions found is escaped for its place", "[patterns][destination]") {
  const ParameterNames names{{""}, {"tenant", "v"}};
  Captures captures;
  captures.reset(2);
  captures.set(1, "raw%2F");
  const std::vector<std::string> found{"a/b?c#d", "x&y=z +%\r\n\xc3\xa9"};
  const auto text = [&](const char* destination, DestinationKind kind) {
    return Destination::compile(destination, kind, names).expand({captures, found}).text();
  };
  CHECK(text("/t/:tenant", DestinationKind::Rewrite) == "/t/a/b%3Fc%23d");
  CHECK(text("/:tenant?v=:v", DestinationKind::Redirect) ==
        "/a/b%3Fc%23d?v=x%26y=z%20%2B%25%0D%0A%C3%A9");
  CHECK(text("https://:tenant.org/$1", DestinationKind::Redirect) ==
        "https://a%2Fb%3Fc%23d.org/raw%2F");
  CHECK(text("/x", DestinationKind::Rewrite) ==
        "/x?tenant=a/b?c%23d&v=x%26y=z%20%2B%25%0D%0A%C3%A9");
  CHECK(text("/$tenant", DestinationKind::Redirect) == "/a/b%3Fc%23d");
}
