// Values of headers and other text with parameters.
#include "runtime/patterns/template.h"

#include "tests/support/catch.h"

using namespace localfn::patterns;

namespace {

std::string expanded(const char* text, Template::Syntax syntax) {
  const ParameterNames names{{"id", "", "path"}, {"user_id", "id2"}};
  Captures captures;
  captures.reset(4);
  captures.set(1, "7");
  captures.set(2, "two");
  captures.set(3, "a/b");
  const std::vector<std::string> found{"eve\r\n", "x"};
  std::string out;
  Template::compile(text, syntax, names, UrlPart::Header).expand({captures, found}, out);
  return out;
}

struct Row {
  const char* text;
  const char* expected;
};

constexpr Row kHeaderValues[] = {
    {"plain", "plain"},
    {"", ""},
    {"no-cache, max-age=0", "no-cache, max-age=0"},
    {"id=:id", "id=7"},
    {":id/:path*", "7/a/b"},
    {":idx", ":idx"},
    {":id2", "x"},
    {"<https://x.org:80/:path>; rel=\"y\"", "<https://x.org:80/a/b>; rel=\"y\""},
    {"default-src 'self' https: data:", "default-src 'self' https: data:"},
    {"$1-$2", "7-two"},
    {"$3", "a/b"},
    {"$4", ""},
    {"$", "$"},
    {"100$ (a) {b} *", "100$ (a) {b} *"},
    {":user_id", "eve%0D%0A"},
    {"$user_id", "eve%0D%0A"},
    {"$id", "7"},
    {"::id", ":7"},
    {":", ":"},
};

constexpr Row kPathTemplates[] = {
    {"/p/:id", "/p/7"},
    {"/p/:path*", "/p/a/b"},
    {"/p/:id(\\d+)", "/p/7"},
    {"/{:id}", "/7"},
    {"/x\\:id", "/x:id"},
    {"/:unknown?", ""},
    {"/:unknown/:id", "/:unknown/7"},
    {"/a{b}?", "/a"},
    {"/$2/:id", "/two/7"},
};

}  // namespace

TEST_CASE("the value of a header has the parameters it knows, all else is text",
          "[patterns][template]") {
  for (const auto& row : kHeaderValues) {
    INFO(row.text);
    CHECK(expanded(row.text, Template::Syntax::HeaderValue) == row.expected);
  }
}

TEST_CASE("a path template is a path pattern if it can be", "[patterns][template]") {
  for (const auto& row : kPathTemplates) {
    INFO(row.text);
    CHECK(expanded(row.text, Template::Syntax::Pattern) == row.expected);
  }
}

TEST_CASE("a template without parameters says so", "[patterns][template]") {
  const ParameterNames names{{"a"}, {}};
  const auto constant = [&names](const char* text) {
    return Template::compile(text, Template::Syntax::HeaderValue, names, UrlPart::Header)
        .is_constant();
  };
  CHECK(constant("x"));
  CHECK(constant(""));
  CHECK_FALSE(constant(":a"));
  CHECK_FALSE(constant("$1"));
}
