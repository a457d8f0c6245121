// What transforms do to headers and queries, and the slash rules: on values alone.
#include "runtime/rules/header_edit.h"
#include "runtime/rules/key_matcher.h"
#include "runtime/rules/query_edit.h"
#include "runtime/rules/slashes.h"
#include "tests/support/catch.h"

using namespace localfn::rules;
using Operation = HeaderEdit::Operation;
using Headers = std::vector<std::pair<std::string, std::string>>;

namespace {

Headers edited(Headers headers, const HeaderEdit& edit) {
  apply({edit}, headers);
  return headers;
}

std::shared_ptr<const KeyMatcher> starting_with(std::string text) {
  localfn::patterns::ConditionOperators operators;
  operators.pre = std::move(text);
  return match_keys(operators);
}

}  // namespace

TEST_CASE("set replaces every header of the name, where the first one stood") {
  const Headers before{{"X-A", "1"}, {"b", "2"}, {"x-a", "3"}};
  CHECK(edited(before, {Operation::Set, "x-a", nullptr, {"9"}}) == Headers{{"X-A", "9"}, {"b", "2"}});
  CHECK(edited({{"b", "2"}}, {Operation::Set, "x-a", nullptr, {"9"}}) ==
        Headers{{"b", "2"}, {"x-a", "9"}});
  CHECK(edited(before, {Operation::Set, "", starting_with("X-"), {"9"}}) ==
        Headers{{"X-A", "9"}, {"b", "2"}});
  CHECK(edited({{"b", "2"}}, {Operation::Set, "", starting_with("x-"), {"9"}}) ==
        Headers{{"b", "2"}});
}

TEST_CASE("append adds to the header that is there, or a new one") {
  CHECK(edited({{"X-A", "1"}}, {Operation::Append, "x-a", nullptr, {"2", "3"}}) ==
        Headers{{"X-A", "1, 2, 3"}});
  CHECK(edited({}, {Operation::Append, "x-a", nullptr, {"2", "3"}}) == Headers{{"x-a", "2, 3"}});
  CHECK(edited({{"set-cookie", "a=1"}}, {Operation::Append, "set-cookie", nullptr, {"b=2"}}) ==
        Headers{{"set-cookie", "a=1"}, {"set-cookie", "b=2"}});
}

TEST_CASE("delete removes headers, or only the values that are given") {
  const Headers before{{"X-A", "1, 2"}, {"x-b", "2"}, {"c", "2"}};
  CHECK(edited(before, {Operation::Delete, "x-a", nullptr, {}}) == Headers{{"x-b", "2"}, {"c", "2"}});
  CHECK(edited(before, {Operation::Delete, "", starting_with("x-"), {"2"}}) ==
        Headers{{"X-A", "1"}, {"c", "2"}});
}

TEST_CASE("a query edit leaves all other pairs byte for byte") {
  const HeaderEdit set{Operation::Set, "k", nullptr, {"v"}};
  CHECK(edit_query("a=%zz&K=1&b=c=d&k=2", set, "k") == "a=%zz&K=v&b=c=d");
  CHECK(edit_query("", set, "k n") == "k%20n=v");
  CHECK(edit_query("k=1&a&k=2", {Operation::Delete, "k", nullptr, {"2"}}, "k") == "k=1&a");
  CHECK(edit_query("k=1", {Operation::Append, "k", nullptr, {"2"}}, "k") == "k=1&k=2");
}

TEST_CASE("the slash rules on their own") {
  CHECK(clean_function_path("/api/index.py") == "/api");
  CHECK(clean_function_path("/api/x.py/") == "/api/x");
  CHECK(!clean_function_path("/api/.py"));
  CHECK(!clean_function_path("/index.py"));
  CHECK(clean_page_path("/.html", false) == "/");
  CHECK(clean_page_path("/a/index", true) == "/a/");
  CHECK(!clean_page_path("/", true));
  CHECK(!clean_page_path("/aindex", false));
  CHECK(!with_slash_rule("/", true));
  CHECK(!with_slash_rule("/", false));
  CHECK(!with_slash_rule("/.hidden/", true));
  CHECK(!with_slash_rule("/.hidden", true));
  CHECK(with_slash_rule("/a.b/", true) == "/a.b");
  CHECK(!with_slash_rule("/a.b-/", true));
  CHECK(is_well_known("/.well-known"));
  CHECK(!is_well_known("/.well-knownx"));
}
