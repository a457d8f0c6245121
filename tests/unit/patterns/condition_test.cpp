// `has` and `missing`.
#include <functional>

#include "runtime/patterns/conditions.h"
#include "tests/support/catch.h"
#include "tests/unit/patterns/expectations.h"

using namespace localfn::patterns;

namespace {

using Operators = ConditionOperators;
using Value = decltype(ConditionSpec::value);

const ConditionRequest kRequest{
    "Host: App.Example.com:3000\r\n"
    "X-User: bob\r\n"
    "x-empty:\r\n"
    "X-Num:  42 \r\n"
    "X-Many: a\r\n"
    "X-Many: b\r\n"
    "Cookie: sid=abc; theme=dark; bad; q=\"x\"\r\n"
    "cookie: late=1; sid=second\r\n",
    "page=3&tag=a%20b&tag=c+d&empty=&bare&n=1e2&neg=-5&%66oo=bar",
    "App.Example.com:3000",
};

ConditionSpec spec(ConditionType type, std::string key, Value value = {}) {
  return {type, std::move(key), std::move(value)};
}

constexpr auto kHeader = ConditionType::Header;
constexpr auto kCookie = ConditionType::Cookie;
constexpr auto kQuery = ConditionType::Query;
constexpr auto kHost = ConditionType::Host;

Operators with(const std::function<void(Operators&)>& set) {
  Operators operators;
  set(operators);
  return operators;
}

struct Row {
  ConditionSpec spec;
  bool holds;
};

std::vector<Row> presence_rows() {
  return {
      {spec(kHeader, "x-user"), true},     {spec(kHeader, "X-USER"), true},
      {spec(kHeader, "x-use"), false},     {spec(kHeader, "x-empty"), true},
      {spec(kHeader, "x-user", ""), true}, {spec(kCookie, "sid"), true},
      {spec(kCookie, "SID"), false},       {spec(kCookie, "bad"), false},
      {spec(kCookie, "late"), true},       {spec(kQuery, "page"), true},
      {spec(kQuery, "Page"), false},       {spec(kQuery, "bare"), true},
      {spec(kQuery, "empty"), true},       {spec(kQuery, "foo"), true},
      {spec(kQuery, "%66oo"), false},      {spec(kHost, ""), true},
  };
}

std::vector<Row> regex_rows() {
  return {
      {spec(kHeader, "x-user", "bob"), true},
      {spec(kHeader, "x-user", "bo"), false},
      {spec(kHeader, "x-user", "b.b"), true},
      {spec(kHeader, "x-user", "eve|bob"), true},
      {spec(kHeader, "x-user", "bob|eve"), true},
      {spec(kHeader, "x-user", "BOB"), false},
      {spec(kHeader, "x-num", "\\d+"), true},
      {spec(kHeader, "x-many", "b"), true},
      {spec(kHeader, "x-many", "c"), false},
      {spec(kHeader, "x-empty", ".*"), true},
      {spec(kHeader, "x-none", ".*"), false},
      {spec(kCookie, "sid", "abc"), true},
      {spec(kCookie, "sid", "second"), true},
      {spec(kCookie, "theme", "(dark|light)"), true},
      {spec(kCookie, "q", "\"x\""), true},
      {spec(kQuery, "tag", "a b"), true},
      {spec(kQuery, "tag", "c d"), true},
      {spec(kQuery, "tag", "a%20b"), false},
      {spec(kQuery, "page", "^3$"), true},
      {spec(kQuery, "bare", ""), true},
      {spec(kHost, "", "app\\.example\\.com"), true},
      {spec(kHost, "", "example\\.com"), false},
      {spec(kHost, "", "(?<tenant>.*)\\.example\\.com"), true},
      {spec(kHost, "", ".*:3000"), false},
      {spec(kHeader, "x-user", with([](auto& o) { o.re = "b.*"; })), true},
      {spec(kHeader, "x-user", with([](auto& o) { o.re = "o"; })), false},
  };
}

std::vector<Row> operator_rows() {
  return {
      {spec(kHeader, "x-user", with([](auto& o) { o.eq = "bob"; })), true},
      {spec(kHeader, "x-user", with([](auto& o) { o.eq = "b.b"; })), false},
      {spec(kHeader, "x-num", with([](auto& o) { o.eq = 42.0; })), true},
      {spec(kHeader, "x-num", with([](auto& o) { o.eq = 43.0; })), false},
      {spec(kHeader, "x-user", with([](auto& o) { o.eq = 0.0; })), false},
      {spec(kQuery, "n", with([](auto& o) { o.eq = 100.0; })), true},
      {spec(kHeader, "x-user", with([](auto& o) { o.neq = "eve"; })), true},
      {spec(kHeader, "x-user", with([](auto& o) { o.neq = "bob"; })), false},
      {spec(kHeader, "x-none", with([](auto& o) { o.neq = "bob"; })), false},
      {spec(kHeader, "x-user", with([](auto& o) {
              o.inc = {"eve", "bob"};
            })),
       true},
      {spec(kHeader, "x-user", with([](auto& o) { o.inc = {"eve"}; })), false},
      {spec(kHeader, "x-user", with([](auto& o) { o.inc = std::vector<std::string>{}; })), false},
      {spec(kHeader, "x-user", with([](auto& o) { o.ninc = {"eve"}; })), true},
      {spec(kHeader, "x-user", with([](auto& o) { o.ninc = {"bob"}; })), false},
      {spec(kHeader, "x-user", with([](auto& o) { o.pre = "bo"; })), true},
      {spec(kHeader, "x-user", with([](auto& o) { o.pre = "ob"; })), false},
      {spec(kHeader, "x-user", with([](auto& o) { o.suf = "ob"; })), true},
      {spec(kHeader, "x-user", with([](auto& o) { o.suf = "bo"; })), false},
      {spec(kQuery, "page", with([](auto& o) { o.gt = 2; })), true},
      {spec(kQuery, "page", with([](auto& o) { o.gt = 3; })), false},
      {spec(kQuery, "page", with([](auto& o) { o.gte = 3; })), true},
      {spec(kQuery, "page", with([](auto& o) { o.gte = 3.5; })), false},
      {spec(kQuery, "page", with([](auto& o) { o.lt = 4; })), true},
      {spec(kQuery, "page", with([](auto& o) { o.lt = 3; })), false},
      {spec(kQuery, "page", with([](auto& o) { o.lte = 3; })), true},
      {spec(kQuery, "page", with([](auto& o) { o.lte = 2; })), false},
      {spec(kQuery, "neg", with([](auto& o) { o.lt = 0; })), true},
      {spec(kQuery, "empty", with([](auto& o) { o.gte = 0; })), false},
      {spec(kHeader, "x-user", with([](auto& o) { o.lt = 1; })), false},
      {spec(kHeader, "x-user", with([](auto& o) { o.pre = "b", o.suf = "b"; })), true},
      {spec(kHeader, "x-user", with([](auto& o) { o.pre = "b", o.suf = "x"; })), false},
      {spec(kQuery, "page", with([](auto& o) { o.gt = 1, o.lt = 5, o.re = "\\d"; })), true},
      {spec(kQuery, "page", with([](auto& o) { o.gt = 1, o.lt = 5, o.re = "\\d\\d"; })), false},
      {spec(kHost, "", with([](auto& o) { o.suf = ".example.com"; })), true},
      {spec(kHost, "", with([](auto& o) { o.eq = "app.example.com"; })), true},
  };
}

void check(const std::vector<Row>& rows) {
  std::size_t number = 0;
  for (const auto& row : rows) {
    const auto condition = Condition::compile(row.spec);
    const auto finding = condition.evaluate(kRequest);
    INFO("row " << number++ << ": " << condition.description() << ": " << finding.reason);
    CHECK((finding.result == MatchResult::Match) == row.holds);
    if (row.holds) CHECK(finding.parameters.size() == condition.parameter_names().size());
  }
}

/// The sentence for the trace, and that the conditions do not hold.
std::string why_not(std::vector<ConditionSpec> has, std::vector<ConditionSpec> missing) {
  const auto compiled = [](std::vector<ConditionSpec>& specs) {
    std::vector<Condition> conditions;
    for (auto& item : specs) conditions.push_back(Condition::compile(std::move(item)));
    return conditions;
  };
  const Conditions conditions(compiled(has), compiled(missing));
  std::vector<std::string> parameters;
  std::string why;
  CHECK(conditions.evaluate(kRequest, parameters, &why) != MatchResult::Match);
  CHECK(conditions.evaluate(kRequest, parameters) != MatchResult::Match);
  return why;
}

std::vector<Condition> list(Condition first) {
  std::vector<Condition> conditions;
  conditions.push_back(std::move(first));
  return conditions;
}

}  // namespace

TEST_CASE("a condition without a value asks whether the key is there", "[patterns][condition]") {
  check(presence_rows());
}

TEST_CASE("a text is a regular expression for the whole value", "[patterns][condition]") {
  check(regex_rows());
}

TEST_CASE("every operator that is given must hold", "[patterns][condition]") {
  check(operator_rows());
}

TEST_CASE("conditions give parameters to the destination", "[patterns][condition]") {
  std::vector<Condition> has;
  has.push_back(Condition::compile(spec(kHost, "", "(?<tenant>[^.]+)\\.(?<zone>.*)")));
  has.push_back(Condition::compile(spec(kQuery, "page")));
  has.push_back(Condition::compile(spec(kCookie, "sid", "(?<sid>.)(.*)")));
  const Conditions conditions(std::move(has), {});
  CHECK(conditions.parameter_names() ==
        std::vector<std::string>{"tenant", "zone", "host", "page", "sid"});
  std::vector<std::string> parameters{"stale"};
  REQUIRE(conditions.evaluate(kRequest, parameters) == MatchResult::Match);
  CHECK(parameters == std::vector<std::string>{"app", "example.com", "app.example.com", "3", "a"});
}

TEST_CASE("a name that occurs twice is one parameter, the later value counts",
          "[patterns][condition]") {
  std::vector<Condition> has;
  has.push_back(Condition::compile(spec(kHeader, "x-user", "(?<v>.*)")));
  has.push_back(Condition::compile(spec(kQuery, "page", "(?<v>.*)")));
  const Conditions conditions(std::move(has), {});
  std::vector<std::string> parameters;
  REQUIRE(conditions.evaluate(kRequest, parameters) == MatchResult::Match);
  CHECK(conditions.parameter_names() == std::vector<std::string>{"v"});
  CHECK(parameters == std::vector<std::string>{"3"});
}

TEST_CASE("an optional group that took no part is an empty parameter", "[patterns][condition]") {
  const auto condition = Condition::compile(spec(kHeader, "x-user", "bob(?<more>x)?"));
  CHECK(condition.evaluate(kRequest).parameters == std::vector<std::string>{""});
}

TEST_CASE("missing holds when its condition does not", "[patterns][condition]") {
  std::vector<std::string> parameters;
  const auto evaluate = [&](ConditionSpec missing) {
    return Conditions({}, list(Condition::compile(std::move(missing))))
        .evaluate(kRequest, parameters);
  };
  CHECK(evaluate(spec(kHeader, "x-none")) == MatchResult::Match);
  CHECK(evaluate(spec(kHeader, "x-user")) == MatchResult::NoMatch);
  CHECK(evaluate(spec(kHeader, "x-user", "eve")) == MatchResult::Match);
  CHECK(evaluate(spec(kCookie, "theme", "dark")) == MatchResult::NoMatch);
  const Conditions named({}, list(Condition::compile(spec(kHeader, "x", "(?<v>.*)"))));
  CHECK(named.parameter_names().empty());
}

TEST_CASE("no conditions always hold", "[patterns][condition]") {
  std::vector<std::string> parameters;
  CHECK(Conditions().empty());
  CHECK(Conditions().evaluate(kRequest, parameters) == MatchResult::Match);
}

TEST_CASE("what did not hold is said", "[patterns][condition]") {
  CHECK(why_not({spec(kHeader, "x-user"), spec(kHeader, "x-none")}, {}) ==
        "has header x-none: the request has none");
  CHECK(why_not({spec(kHeader, "x-user", "eve")}, {}) ==
        "has header x-user: \"bob\" does not match /eve/");
  CHECK(why_not({spec(kHost, "", "x")}, {}) == "has host: \"app.example.com\" does not match /x/");
  CHECK(why_not({spec(kQuery, "page", with([](auto& o) { o.gt = 3; }))}, {}) ==
        "has query page: \"3\" is not > 3");
  CHECK(why_not({spec(kHeader, "x-user", with([](auto& o) {
                        o.inc = {"a", "b"};
                      }))},
                {}) == "has header x-user: \"bob\" is none of [\"a\", \"b\"]");
  CHECK(why_not({spec(kHeader, "x-user", with([](auto& o) { o.eq = 1.5; }))}, {}) ==
        "has header x-user: \"bob\" is not 1.5");
  CHECK(why_not({}, {spec(kCookie, "sid")}) == "missing cookie sid: the request has \"abc\"");
}

TEST_CASE("a value in a message is short and has no control characters", "[patterns][condition]") {
  const auto condition = Condition::compile(spec(kQuery, "q", "x"));
  const std::string query = "q=%1b[31m" + std::string(200, 'a');
  std::vector<std::string> parameters;
  std::string why;
  const Conditions conditions(list(Condition::compile(spec(kQuery, "q", "x"))), {});
  REQUIRE(conditions.evaluate({"", query, ""}, parameters, &why) == MatchResult::NoMatch);
  CHECK(why == "has query q: \"?[31m" + std::string(55, 'a') + "...\" does not match /x/");
}

TEST_CASE("an expression that runs out of its budget is not taken for an answer",
          "[patterns][condition]") {
  const std::string query = "q=" + std::string(3000, 'a') + "!";
  const ConditionRequest request{"", query, ""};
  std::vector<std::string> parameters;
  std::string why;
  const auto bad = [] { return list(Condition::compile(spec(kQuery, "q", "(a+)+"))); };
  CHECK(Conditions(bad(), {}).evaluate(request, parameters, &why) == MatchResult::LimitExceeded);
  CHECK_THAT(why, ContainsSubstring("too many steps"));
  CHECK(Conditions({}, bad()).evaluate(request, parameters, &why) == MatchResult::LimitExceeded);
}

TEST_CASE("a regular expression of a condition that is none is refused", "[patterns][condition]") {
  const auto error = error_of([] { Condition::compile(spec(kHeader, "x", "a(")); });
  REQUIRE(error);
  CHECK(error->kind() == PatternError::Kind::InvalidRegex);
  CHECK(error->offset() == 1);
}

TEST_CASE("the host has no port and lower-case letters", "[patterns][condition]") {
  CHECK(host_name("A.b:80") == "a.b");
  CHECK(host_name("[::1]:3000") == "[::1]");
  CHECK(host_name("[::1]") == "[::1]");
  CHECK(host_name("") == "");
}

TEST_CASE("headers and cookies are read however they are written", "[patterns][condition]") {
  CHECK(header_value("a: 1\r\nB:2\r\n", "b") == "2");
  CHECK(header_value("no colon\r\na:  x y \t\r\n", "A") == "x y");
  CHECK(header_value("a: 1", "a") == "1");
  CHECK_FALSE(header_value("", "a"));
  CookieReader cookies(" a = 1 ;;b=;c;=d; e=f=g");
  std::string seen;
  while (const auto cookie = cookies.next()) {
    seen += std::string(cookie->first) + ":" + std::string(cookie->second) + ",";
  }
  CHECK(seen == "a:1,b:,:d,e:f=g,");
}
