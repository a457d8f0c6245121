// What redirects, rewrites, headers, routes and builds of vercel.json become for the router.
#include "runtime/project/config.h"

#include <variant>

#include "tests/support/catch.h"

using namespace localfn;
using rules::Phase;
using rules::RuleKind;
using rules::RuleSpec;
using rules::TransformSpec;

namespace {

Config read(const std::string& text) { return read_config(text, "/p/vercel.json"); }

rules::RoutingSpec spec_of(const std::string& text) {
  Config config = read(text);
  INFO(text);
  for (const Diagnostic& problem : config.errors) UNSCOPED_INFO(problem.format());
  REQUIRE(config.errors.empty());
  return config.routing;
}

std::string only_platform(const std::string& text) {
  const Config config = read(text);
  return config.errors.size() == 1 ? config.errors[0].platform
                                   : std::to_string(config.errors.size()) + " errors";
}

}  // namespace

TEST_CASE("the status of a redirect is decided when it is read") {
  struct Row { const char* more; int status; };
  for (const Row& row : {Row{"", 308}, {R"(, "permanent": true)", 308}, {R"(, "permanent": false)", 307},
                         {R"(, "statusCode": 301)", 301}, {R"(, "statusCode": 200)", 200}}) {
    const auto spec = spec_of(
        std::string(R"({"redirects": [{"source": "/a", "destination": "/b")") + row.more + "}]}");
    REQUIRE(spec.redirects.size() == 1);
    CHECK(spec.redirects[0].kind == RuleKind::Redirect);
    CHECK(spec.redirects[0].status == row.status);
  }
  CHECK(only_platform(R"({"redirects": [{"source": "/a", "destination": "/b", "statusCode": 301,
                          "permanent": false}]})") ==
        "Error: [invalid_redirect] Redirect at index 0 cannot define both `permanent` and "
        "`statusCode` properties.");
}

TEST_CASE("places of a rule are bytes of the file") {
  const std::string text =
      R"({"headers": [{"source": "/é", "headers": [{"key": "x-a", "value": "1"}]},
                      {"source": "/b", "headers": [],
                       "missing": [{"type": "cookie", "key": "c", "value": "v"}]}]})";
  const auto spec = spec_of(text);
  REQUIRE(spec.headers.size() == 2);
  const RuleSpec& first = spec.headers[0];
  CHECK(first.source.text == "/é");
  CHECK(first.continues);
  CHECK(text.compare(first.offset, 10, "{\"source\":") == 0);
  CHECK(text.compare(first.source.offset, 5, "\"/é\"") == 0);
  REQUIRE(first.headers.size() == 1);
  CHECK(text.compare(first.headers[0].value.offset, 3, "\"1\"") == 0);
  const RuleSpec& second = spec.headers[1];
  CHECK(second.index == 1);
  REQUIRE(second.missing.size() == 1);
  CHECK(text.compare(second.missing[0].offset, 7, "{\"type\"") == 0);
  CHECK(text.compare(second.missing[0].value_offset, 3, "\"v\"") == 0);
}

TEST_CASE("conditions are read in all their forms") {
  const auto spec = spec_of(R"({"rewrites": [{"source": "/a", "destination": "/b", "statusCode": 404,
    "has": [{"type": "host", "value": "a.b"}, {"type": "header", "key": "X-A"},
            {"type": "query", "key": "q", "value": {"eq": 7, "gt": 1.5, "inc": ["a", "b"]}},
            {"type": "cookie", "key": "c", "value": {"eq": "x", "neq": "y", "ninc": [], "pre": "p",
             "suf": "s", "re": "r", "gte": 1, "lt": 2, "lte": 3}}]}]})");
  const RuleSpec& rule = spec.rewrites.at(0);
  CHECK(rule.status == 404);
  CHECK(rule.check);
  REQUIRE(rule.has.size() == 4);
  CHECK(rule.has[0].spec.type == patterns::ConditionType::Host);
  CHECK(std::get<std::string>(rule.has[0].spec.value) == "a.b");
  CHECK(rule.has[1].spec.key == "X-A");
  CHECK(std::holds_alternative<std::monostate>(rule.has[1].spec.value));
  CHECK(rule.has[1].value_offset == rule.has[1].offset);
  const auto& query = std::get<patterns::ConditionOperators>(rule.has[2].spec.value);
  CHECK(std::get<double>(*query.eq) == 7);
  CHECK(query.gt == 1.5);
  CHECK(query.inc == std::vector<std::string>{"a", "b"});
  CHECK_FALSE(query.neq);
  const auto& cookie = std::get<patterns::ConditionOperators>(rule.has[3].spec.value);
  CHECK(rule.has[3].spec.type == patterns::ConditionType::Cookie);
  CHECK(std::get<std::string>(*cookie.eq) == "x");
  CHECK(cookie.neq == "y");
  CHECK(cookie.ninc == std::vector<std::string>{});
  CHECK(cookie.pre == "p");
  CHECK(cookie.suf == "s");
  CHECK(cookie.re == "r");
  CHECK((cookie.gte == 1 && cookie.lt == 2 && cookie.lte == 3));
}

TEST_CASE("transforms are read in all their forms") {
  const auto spec = spec_of(R"({"routes": [{"src": "/a", "transforms": [
    {"type": "request.headers", "op": "set", "target": {"key": "x-a"}, "args": "v", "env": ["A"]},
    {"type": "response.headers", "op": "append", "target": {"key": "x-$1"}, "args": ["v", "w"]},
    {"type": "request.query", "op": "delete", "target": {"key": {"pre": "utm_"}}},
    {"type": "request.path", "op": "set", "args": "/p/$1"}]}]})");
  const auto& transforms = spec.routes.at(0).transforms;
  REQUIRE(transforms.size() == 4);
  CHECK(std::get<std::string>(transforms[0].key) == "x-a");
  CHECK(transforms[0].env == std::vector<std::string>{"A"});
  CHECK(transforms[1].type == TransformSpec::Type::ResponseHeaders);
  CHECK(transforms[1].operation == TransformSpec::Operation::Append);
  REQUIRE(transforms[1].arguments.size() == 2);
  CHECK(transforms[1].arguments[1].text == "w");
  CHECK(transforms[2].operation == TransformSpec::Operation::Delete);
  CHECK(std::get<patterns::ConditionOperators>(transforms[2].key).pre == "utm_");
  CHECK(transforms[3].type == TransformSpec::Type::RequestPath);
  CHECK(transforms[3].arguments.at(0).text == "/p/$1");
  CHECK(read(R"({"routes": [{"src": "/a", "transforms": [{"type": "request.headers", "op": "set",
                 "target": {"key": "a b"}, "args": "v"}]}]})").errors.size() == 1);
}

TEST_CASE("handles cut routes into phases and keep the count of indexes") {
  const auto spec = spec_of(R"({"routes": [
    {"src": "/a", "dest": "/b", "methods": ["GET"], "headers": {"x": "1", "y": "2"}, "status": 301},
    {"handle": "filesystem"}, {"source": "/c", "destination": "/d", "check": true},
    {"handle": "miss"}, {"src": "/e", "dest": "/f", "check": true}, {"src": "/m", "continue": true},
    {"handle": "hit"}, {"src": "/g", "continue": true},
    {"handle": "error"}, {"src": "/h", "dest": "/i", "statusCode": 404},
    {"handle": "rewrite"}, {"handle": "resource"}]})");
  REQUIRE(spec.routes.size() == 6);
  std::vector<Phase> phases;
  for (const RuleSpec& rule : spec.routes) phases.push_back(rule.phase);
  CHECK(phases == std::vector<Phase>{Phase::Start, Phase::Filesystem, Phase::Miss, Phase::Miss,
                                     Phase::Hit, Phase::Error});
  CHECK(spec.routes[0].methods == std::vector<std::string>{"GET"});
  REQUIRE(spec.routes[0].headers.size() == 2);
  CHECK(spec.routes[0].headers[1].key.text == "y");
  CHECK(spec.routes[0].status == 301);
  CHECK(spec.routes[1].index == 2);
  CHECK(spec.routes[1].check);
  CHECK(spec.routes[1].destination->text == "/d");
  CHECK(spec.routes[5].status == 404);
  CHECK(spec.last_phase == Phase::Resource);
  CHECK(spec_of("{}").last_phase == Phase::Start);
}

TEST_CASE("routes that contradict themselves or their phase are refused as the platform does") {
  struct Row { const char* routes; const char* platform; };
  for (const Row& row : {
           Row{R"({"src": "/a", "source": "/a"})",
               "0 cannot define both `src` and `source`. Please use only one."},
           {R"({"src": "/a", "dest": "/a", "destination": "/b"})",
            "0 cannot define both `dest` and `destination`. Please use only one."},
           {R"({"src": "/a", "status": 404, "statusCode": 404})",
            "0 cannot define both `status` and `statusCode`. Please use only one."},
           {R"({"handle": "miss"}, {"handle": "hit"}, {"handle": "miss"})",
            "2 is a duplicate. Please use one `handle: miss` at most."},
           {R"({"handle": "hit"}, {"src": "/a", "dest": "/b", "continue": true})",
            "1 cannot define `dest`/`destination` after `handle: hit`."},
           {R"({"handle": "hit"}, {"src": "/a", "statusCode": 404, "continue": true})",
            "1 cannot define `status`/`statusCode` after `handle: hit`."},
           {R"({"handle": "hit"}, {"src": "/a"})",
            "1 must define `continue: true` after `handle: hit`."},
           {R"({"handle": "miss"}, {"src": "/a", "dest": "/b"})",
            "1 must define `check: true` after `handle: miss`."},
           {R"({"handle": "miss"}, {"src": "/a"})",
            "1 must define `continue: true` after `handle: miss`."},
       }) {
    INFO(row.routes);
    CHECK(only_platform(std::string("{\"routes\": [") + row.routes + "]}") ==
          std::string("Error: [invalid_route] Route at index ") + row.platform);
  }
}

TEST_CASE("a rule with a problem is not taken, its neighbours are") {
  const Config config = read(R"({"rewrites": [{"source": "/a", "destination": "/b"}, {"source": 1},
    {"source": "/c", "destination": {"service": "s"}}, {"source": "/d", "destination": "/e"}]})");
  CHECK(config.errors.size() == 2);
  REQUIRE(config.routing.rewrites.size() == 2);
  CHECK(config.routing.rewrites[1].index == 3);
  REQUIRE(config.warnings.size() == 1);
  CHECK_THAT(config.warnings[0], ContainsSubstring("rewrites[2] is left out"));
}

TEST_CASE("switches, folders and builds are read") {
  const Config config = read(R"({"cleanUrls": true, "trailingSlash": false, "outputDirectory": "./d/e/",
    "bulkRedirectsPath": "r.csv", "framework": "flask",
    "builds": [{"use": "@vercel/python", "src": "/a.py"}, {"use":  "@vercel/static", "config": {"a b": 1}}]})");
  CHECK(config.errors.empty());
  CHECK(config.routing.clean_urls == true);
  CHECK(config.routing.trailing_slash == false);
  CHECK(config.output_directory->text == "d/e");
  CHECK(config.bulk_redirects->text == "r.csv");
  CHECK(config.framework->text == "flask");
  REQUIRE(config.builds.size() == 2);
  CHECK(config.builds[0].source == "a.py");
  CHECK(config.builds[1].source == "**");
  CHECK(config.builds[1].written == R"({"use":"@vercel/static","config":{"a b":1}})");
  CHECK_FALSE(read("{}").routing.trailing_slash);
  for (const char* path : {"../x", "/etc", "a/../../b", ".."}) {
    const Config bad = read(std::string(R"({"outputDirectory": ")") + path + "\"}");
    REQUIRE(bad.errors.size() == 1);
    CHECK_THAT(bad.errors[0].message, StartsWith("outputDirectory must be a path inside"));
  }
}

TEST_CASE("settings of functions carry their memory") {
  const Config config = read(R"({"functions": {"api/a.py": {"memory": 256}, "api/b.py": {"memory": "x"},
                                 "api/c.py": {"maxDuration": 3}}})");
  CHECK(config.settings_for("api/a.py")->memory == 256);
  CHECK_FALSE(config.settings_for("api/b.py")->memory);
  CHECK_FALSE(config.settings_for("api/c.py")->memory);
}
