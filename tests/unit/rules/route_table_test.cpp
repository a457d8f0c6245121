// Compiling the rules of vercel.json: phases, places, and what is said of a rule that is wrong.
#include "tests/support/catch.h"
#include "tests/unit/rules/rules_fixture.h"

using namespace localfn;
using namespace localfn::testing;
using rules::Phase;
using rules::Problem;
using rules::RouteTable;

namespace {

struct Wrong {
  rules::RuleSpec rule;
  const char* platform;
  std::size_t first, last;  ///< the place lies between
};

std::string names(const RouteTable& table, Phase phase) {
  std::string text;
  for (std::uint32_t i = 0; i < table.rules(phase).size(); ++i) {
    text += table.rules(phase)[i].name + " ";
  }
  return text;
}

}  // namespace

TEST_CASE("what is wrong with a rule is said in the platform's words and at its place") {
  using enum patterns::ConditionType;
  const std::vector<Wrong> table{
      {rewrite("/a/(", "/b"),
       R"(Error: [invalid_rewrite] Rewrite at index 0 has invalid `source` regular expression "/a/(".)",
       101, 106},
      {rewrite("/a/:", "/b"),
       R"(Error: [invalid_rewrite] Rewrite at index 0 has invalid `source` pattern "/a/:".)", 101, 106},
      {redirect("/a/*", "/b"),
       R"(Error: [invalid_redirect] Redirect at index 0 has invalid `source` pattern "/a/*".)", 101,
       106},
      {headers("/a/:", {{"k", "v"}}),
       R"(Error: [invalid_header] Header at index 0 has invalid `source` pattern "/a/:".)", 101, 106},
      {rewrite("/a/:x", "/b/:y"),
       R"(Error: [invalid_rewrite] Rewrite at index 0 has segment ":y" in `destination` property but )"
       R"(not in `source` or `has` property.)",
       204, 204},
      {redirect("/a", "/b?x=:y"),
       R"(Error: [invalid_redirect] Redirect at index 0 has segment ":y" in `destination` property )"
       R"(but not in `source` or `has` property.)",
       206, 206},
      {legacy("/($", "/b"),
       R"(Error: [invalid_route] Route at index 0 has invalid `src`/`source` regular expression "/($".)",
       101, 105},
      {with_has(rewrite("/a", "/:x"), condition(Header, "h", "(?<x>")), "", 0, 6},
  };
  for (const Wrong& row : table) {
    INFO(row.rule.source.text);
    std::vector<Problem> problems;
    const auto compiled = RouteTable::compile(spec_of({row.rule}), problems);
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].platform == row.platform);
    CHECK(problems[0].message.starts_with("cannot use "));
    CHECK(problems[0].offset >= row.first);
    CHECK(problems[0].offset <= row.last);
    for (const Phase phase : {Phase::Start, Phase::Filesystem}) CHECK(compiled->rules(phase).empty());
  }
}

TEST_CASE("every problem is told, and the good rules stay") {
  std::vector<Problem> problems;
  const auto table = RouteTable::compile(
      spec_of({rewrite("/:", "/x"), rewrite("/ok", "/x"), rewrite("/a", "/:b"),
               redirect("(", "/x")}),
      problems);
  CHECK(problems.size() == 3);
  CHECK(names(*table, Phase::Filesystem) == "rewrites[1] ");
}

TEST_CASE("a destination of another scheme can be redirected to, not proxied") {
  std::vector<Problem> problems;
  RouteTable::compile(spec_of({redirect("/a", "app://open"), rewrite("/b", "ftp://x/y")}), problems);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].message.find("rewrites[0]") != std::string::npos);
}

TEST_CASE("rules lie in the phases of the platform, in its order") {
  std::vector<Problem> problems;
  const auto plain = RouteTable::compile(
      spec_of({headers("/h", {{"k", "v"}}), rewrite("/w", "/x"), redirect("/d", "/x"),
               legacy("/r", "/x")}),
      problems);
  CHECK(names(*plain, Phase::Start) == "routes[0] redirects[0] headers[0] ");
  CHECK(names(*plain, Phase::Filesystem) == "rewrites[0] ");
  CHECK(plain->rules(Phase::Start)[1].place == "vercel.json:1000");

  const auto handled = RouteTable::compile(
      spec_of({headers("/h", {{"k", "v"}}), rewrite("/w", "/x"), legacy("/r", "/x"),
               legacy("/e", "/x", {.phase = Phase::Error})}),
      problems);
  CHECK(names(*handled, Phase::Start) == "routes[0] ");
  CHECK(names(*handled, Phase::Filesystem).empty());
  CHECK(names(*handled, Phase::Error) == "routes[1] headers[0] rewrites[0] ");
  CHECK(problems.empty());
}
