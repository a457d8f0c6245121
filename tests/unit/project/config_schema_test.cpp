// vercel.json against its schema: where each problem is, what we say, what the platform says.
#include "runtime/project/config.h"

#include <fmt/format.h>

#include "tests/support/catch.h"

using namespace localfn;

namespace {

/// What is wrong with `text`: the part of it that is pointed at, our words, the platform's.
struct Row {
  std::string text;
  std::string at;  ///< the text at the place of the problem begins with this
  std::string message;
  std::string platform;  ///< without "Error: [INVALID_VERCEL_CONFIG] Invalid vercel.json - "
};

void check_rows(const std::vector<Row>& rows) {
  const std::string prefix = "Error: [INVALID_VERCEL_CONFIG] Invalid vercel.json - ";
  for (const Row& row : rows) {
    INFO(row.text);
    const Config config = read_config(row.text, "/p/vercel.json");
    REQUIRE(config.errors.size() == 1);
    const Diagnostic& problem = config.errors[0];
    CHECK(problem.message == row.message);
    CHECK(problem.platform == prefix + row.platform);
    CHECK(problem.line == 1);
    CHECK_THAT(row.text.substr(static_cast<std::size_t>(problem.column) - 1), StartsWith(row.at));
  }
}

/// A route, rewrite … with the given members beside what it needs.
std::string rewrite(const std::string& more) {
  return R"({"rewrites": [{"source": "/a", "destination": "/b", )" + more + "}]}";
}
std::string route(const std::string& more) { return R"({"routes": [{"src": "/a", )" + more + "}]}"; }
std::string condition(const std::string& item) { return rewrite("\"has\": [" + item + "]"); }
std::string transform(const std::string& item) { return route("\"transforms\": [" + item + "]"); }

std::string many(std::size_t count, const std::string& item) {
  std::string list;
  for (std::size_t i = 0; i < count; ++i) list += (i > 0 ? "," : "") + item;
  return "[" + list + "]";
}

}  // namespace

TEST_CASE("values of the wrong type are named with what is accepted") {
  check_rows({
      {R"({"cleanUrls": "yes"})", "\"yes\"", "cleanUrls must be true or false, got \"yes\"",
       "`cleanUrls` should be boolean."},
      {R"({"trailingSlash": null})", "null", "trailingSlash must be true or false, got null",
       "`trailingSlash` should be boolean."},
      {R"({"rewrites": {}})", "{}", "rewrites must be an array, got an object",
       "`rewrites` should be array."},
      {R"({"redirects": [3]})", "3", "redirects[0] must be an object, got 3",
       "`redirects[0]` should be object."},
      {R"({"bulkRedirectsPath": 1})", "1", "bulkRedirectsPath must be a string, got 1",
       "`bulkRedirectsPath` should be string."},
      {rewrite(R"("statusCode": "404")"), "\"404\"",
       "rewrites[0].statusCode must be an integer 100..999, got \"404\"",
       "`rewrites[0].statusCode` should be integer."},
      {rewrite(R"("statusCode": 99)"), "99",
       "rewrites[0].statusCode must be an integer 100..999, got 99",
       "`rewrites[0].statusCode` should be >= 100."},
      {rewrite(R"("statusCode": 1000)"), "1000",
       "rewrites[0].statusCode must be an integer 100..999, got 1000",
       "`rewrites[0].statusCode` should be <= 999."},
      {R"({"redirects": [{"source": "/a", "destination": "/b", "permanent": 1}]})", "1}",
       "redirects[0].permanent must be true or false, got 1",
       "`redirects[0].permanent` should be boolean."},
      {R"({"functions": {"api/a.py": {"memory": 1}}})", "1}",
       "functions[\"api/a.py\"].memory must be 128..10240, got 1",
       "`functions['api/a.py'].memory` should be >= 128."},
      {R"({"functions": {"api/a.py": {"architecture": "arm65"}}})", "\"arm65\"",
       "functions[\"api/a.py\"].architecture must be \"x86_64\" or \"arm64\", got \"arm65\"; did you "
       "mean \"arm64\"?",
       "`functions['api/a.py'].architecture` should be equal to one of the allowed values."},
      {R"({"images": {}})", "{}", "images needs \"sizes\"",
       "`images` missing required property `sizes`."},
      {R"({"proxy": {"matcher": "/"}})", "{\"matcher", "proxy needs \"entrypoint\"",
       "`proxy` missing required property `entrypoint`."},
  });
}

TEST_CASE("missing properties are asked for where the object begins") {
  check_rows({
      {R"({"rewrites": [{"source": "/a"}]})", "{\"source", "rewrites[0] needs \"destination\"",
       "`rewrites[0]` missing required property `destination`."},
      {R"({"headers": [{"source": "/a"}]})", "{\"source", "headers[0] needs \"headers\"",
       "`headers[0]` missing required property `headers`."},
      {R"({"headers": [{"source": "/a", "headers": [{"key": "x"}]}]})", "{\"key",
       "headers[0].headers[0] needs \"value\"",
       "`headers[0].headers[0]` missing required property `value`."},
      {R"({"routes": [{"dest": "/a"}]})", "{\"dest", "routes[0] needs \"src\" or \"source\"",
       "`routes[0]` missing required property `.src`."},
      {R"({"crons": [{"path": "/a"}]})", "{\"path", "crons[0] needs \"schedule\"",
       "`crons[0]` missing required property `schedule`."},
      {R"({"builds": [{"src": "a.py"}]})", "{\"src", "builds[0] needs \"use\"",
       "`builds[0]` missing required property `use`."},
  });
}

TEST_CASE("unknown properties come with the name that was meant, and are not missed twice") {
  check_rows({
      {R"({"rewrites": [{"src": "/a", "destination": "/b"}]})", "\"src\"",
       "rewrites[0].src is not known; did you mean \"source\"?",
       "`rewrites[0]` should NOT have additional property `src`. Did you mean `source`?"},
      {R"({"redirects": [{"source": "/a", "dest": "/b"}]})", "\"dest\"",
       "redirects[0].dest is not known; did you mean \"destination\"?",
       "`redirects[0]` should NOT have additional property `dest`. Did you mean `destination`?"},
      {R"({"redirects": [{"source": "/a", "destination": "/b", "status": 301}]})", "\"status\"",
       "redirects[0].status is not known; did you mean \"statusCode\"?",
       "`redirects[0]` should NOT have additional property `status`. Did you mean `statusCode`?"},
      {rewrite(R"("status": 404)"), "\"status\"",
       "rewrites[0].status is not known; did you mean \"statusCode\"?",
       "`rewrites[0]` should NOT have additional property `status`. Please remove it."},
      {R"({"headers": [{"source": "/a", "header": []}]})", "\"header\"",
       "headers[0].header is not known; did you mean \"headers\"?",
       "`headers[0]` should NOT have additional property `header`. Did you mean `headers`?"},
      {route(R"("header": {})"), "\"header\"",
       "routes[0].header is not known; did you mean \"headers\"?",
       "`routes[0]` should NOT have additional property `header`. Did you mean `headers`?"},
      {route(R"("method": ["GET"])"), "\"method\"",
       "routes[0].method is not known; did you mean \"methods\"?",
       "`routes[0]` should NOT have additional property `method`. Did you mean `methods`?"},
      {R"({"rewrites": [{"sorce": "/a", "destination": "/b"}]})", "\"sorce\"",
       "rewrites[0].sorce is not known; did you mean \"source\"?",
       "`rewrites[0]` should NOT have additional property `sorce`. Please remove it."},
      {R"({"crons": [{"path": "/a", "schedule": "* * * * *", "body": 1}]})", "\"body\"",
       "crons[0].body is not known; remove it (accepted: path, schedule)",
       "`crons[0]` should NOT have additional property `body`. Please remove it."},
  });
}

TEST_CASE("sizes have their bounds") {
  const std::string item = R"({"source":"/a","destination":"/b"})";
  const std::string host = R"({"type":"host","value":"a"})";
  check_rows({
      {"{\"rewrites\": " + many(2049, item) + "}", "[{",
       "rewrites has 2049 items, at most 2048 are accepted",
       "`rewrites` should NOT have more than 2048 items."},
      {rewrite("\"has\": " + many(17, host)), "[{",
       "rewrites[0].has has 17 items, at most 16 are accepted",
       "`rewrites[0].has` should NOT have more than 16 items."},
      {rewrite("\"env\": " + many(65, "\"A\"")), "[\"A",
       "rewrites[0].env has 65 items, at most 64 are accepted",
       "`rewrites[0].env` should NOT have more than 64 items."},
      {R"({"redirects": [{"source": "/a", "destination": ")" + std::string(4097, 'x') + "\"}]}",
       "\"xx", "redirects[0].destination has 4097 characters, at most 4096 are accepted",
       "`redirects[0].destination` should NOT be longer than 4096 characters."},
      {route("\"methods\": " + many(11, "\"GET\"")), "[\"GET",
       "routes[0].methods has 11 items, at most 10 are accepted",
       "`routes[0].methods` should NOT have more than 10 items."},
      {route("\"headers\": {}"), "{}",
       "routes[0].headers is empty, at least 1 properties are needed",
       "`routes[0].headers` should NOT have fewer than 1 properties."},
      {R"({"crons": [{"path": "a", "schedule": "* * * * *"}]})", "\"a\"",
       "crons[0].path must be a string that starts with a slash, got \"a\"",
       "`crons[0].path` should match pattern \"^/.*\"."},
      {R"({"crons": [{"path": "/a", "schedule": "* * * *"}]})", "\"* *",
       "crons[0].schedule has 7 characters, at least 9 are needed",
       "`crons[0].schedule` should NOT be shorter than 9 characters."},
      {R"({"builds": [{"use": "ab"}]})", "\"ab\"",
       "builds[0].use has 2 characters, at least 3 are needed",
       "`builds[0].use` should NOT be shorter than 3 characters."},
  });
  // Characters are counted, not bytes.
  std::string umlauts;
  for (int i = 0; i < 4095; ++i) umlauts += "\xC3\xA4";
  CHECK(read_config(R"({"redirects": [{"source": "/a", "destination": "/)" + umlauts + "\"}]}", "/")
            .errors.empty());
}

TEST_CASE("the rarer bounds hold too") {
  const std::string redirect = R"({"source":"/a","destination":"/b"})";
  const std::string header_rule = R"({"source":"/a","headers":[]})";
  const std::string header = R"({"key":"k","value":"v"})";
  const auto text = [](std::size_t count) { return std::string(count, 'x'); };
  std::string map;
  for (int i = 0; i < 101; ++i) map += (i > 0 ? ",\"h" : "\"h") + std::to_string(i) + "\":\"v\"";
  check_rows({
      {"{\"redirects\": " + many(2049, redirect) + "}", "[{",
       "redirects has 2049 items, at most 2048 are accepted",
       "`redirects` should NOT have more than 2048 items."},
      {"{\"headers\": " + many(2049, header_rule) + "}", "[{",
       "headers has 2049 items, at most 2048 are accepted",
       "`headers` should NOT have more than 2048 items."},
      {R"({"headers": [{"source": "/a", "headers": )" + many(1025, header) + "}]}", "[{",
       "headers[0].headers has 1025 items, at most 1024 are accepted",
       "`headers[0].headers` should NOT have more than 1024 items."},
      {R"({"headers": [{"source": "/a", "headers": [{"value": "v", "key": ")" + text(4097) + "\"}]}]}",
       "\"xx", "headers[0].headers[0].key has 4097 characters, at most 4096 are accepted",
       "`headers[0].headers[0].key` should NOT be longer than 4096 characters."},
      {R"({"headers": [{"source": "/a", "headers": [{"key": "k", "value": ")" + text(32769) + "\"}]}]}",
       "\"xx", "headers[0].headers[0].value has 32769 characters, at most 32768 are accepted",
       "`headers[0].headers[0].value` should NOT be longer than 32768 characters."},
      {route("\"headers\": {" + map + "}"), "{\"h0",
       "routes[0].headers has 101 properties, at most 100 are accepted",
       "`routes[0].headers` should NOT have more than 100 properties."},
      {route("\"status\": 1000"), "1000", "routes[0].status must be an integer 100..999, got 1000",
       "`routes[0].status` should be <= 999."},
      {"{\"builds\": " + many(129, R"({"use":"@vercel/static"})") + "}", "[{",
       "builds has 129 items, at most 128 are accepted",
       "`builds` should NOT have more than 128 items."},
      {R"({"builds": [{"use": ")" + text(257) + "\"}]}", "\"xx",
       "builds[0].use has 257 characters, at most 256 are accepted",
       "`builds[0].use` should NOT be longer than 256 characters."},
      {R"({"builds": [{"use": "@vercel/static", "src": ""}]})", "\"\"",
       "builds[0].src is empty, at least 1 characters are needed",
       "`builds[0].src` should NOT be shorter than 1 characters."},
      {R"({"functions": {"api/a.py": {"runtime": ")" + text(257) + "\"}}}", "\"xx",
       "functions[\"api/a.py\"].runtime has 257 characters, at most 256 are accepted",
       "`functions['api/a.py'].runtime` should NOT be longer than 256 characters."},
      {R"({"functions": {"api/a.py": {"includeFiles": ")" + text(257) + "\"}}}", "\"xx",
       "functions[\"api/a.py\"].includeFiles has 257 characters, at most 256 are accepted",
       "`functions['api/a.py'].includeFiles` should NOT be longer than 256 characters."},
      {R"({"functions": {"api/a.py": {"excludeFiles": 3}}})", "3}",
       "functions[\"api/a.py\"].excludeFiles must be a string, got 3",
       "`functions['api/a.py'].excludeFiles` should be string."},
      {R"({"functions": {"api/a.py": {"functionFailoverRegions": "fra1"}}})", "\"fra1\"",
       "functions[\"api/a.py\"].functionFailoverRegions must be an array, got \"fra1\"",
       "`functions['api/a.py'].functionFailoverRegions` should be array."},
      {R"({"crons": [{"schedule": "* * * * *", "path": "/)" + text(512) + "\"}]}", "\"/xx",
       "crons[0].path has 513 characters, at most 512 are accepted",
       "`crons[0].path` should NOT be longer than 512 characters."},
      {R"({"crons": [{"path": "/a", "schedule": ")" + text(257) + "\"}]}", "\"xx",
       "crons[0].schedule has 257 characters, at most 256 are accepted",
       "`crons[0].schedule` should NOT be longer than 256 characters."},
  });
  for (const std::string& accepted :
       {"{\"redirects\": " + many(2048, redirect) + "}",
        R"({"headers": [{"source": "/a", "headers": )" + many(1024, header) + "}]}",
        R"({"headers": [{"source": "/a", "headers": [{"key": "k", "value": ")" + text(32768) + "\"}]}]}",
        rewrite(R"("respectOriginCacheControl": false)")}) {
    INFO(accepted.substr(0, 80));
    CHECK(read_config(accepted, "/p/vercel.json").errors.empty());
  }
}

TEST_CASE("where several shapes are allowed ours is about the one that was meant") {
  check_rows({
      {R"({"routes": [{"handle": "filesytem"}]})", "\"filesytem\"",
       "routes[0].handle must be \"filesystem\", \"miss\", \"hit\", \"error\", \"rewrite\" or "
       "\"resource\", got \"filesytem\"; did you mean \"filesystem\"?",
       "`routes[0]` should NOT have additional property `handle`. Please remove it."},
      {R"({"routes": [{"handle": "hit", "src": "/a"}]})", "\"src\"",
       "routes[0].src is not known; remove it (accepted: handle)",
       "`routes[0]` should NOT have additional property `handle`. Please remove it."},
      {condition(R"({"type": "heder", "key": "x"})"), "\"heder\"",
       "rewrites[0].has[0].type must be \"host\", \"header\", \"cookie\" or \"query\", got \"heder\"; "
       "did you mean \"header\"?",
       "`rewrites[0].has[0]` should NOT have additional property `key`. Please remove it."},
      {condition(R"({"type": "header", "value": "x"})"), "{\"type",
       "rewrites[0].has[0] needs \"key\"",
       "`rewrites[0].has[0].type` should be equal to one of the allowed values."},
      {condition(R"({"type": "host"})"), "{\"type", "rewrites[0].has[0] needs \"value\"",
       "`rewrites[0].has[0]` missing required property `value`."},
      {condition(R"({"type": "query", "key": "q", "value": {"equals": 1}})"), "\"equals\"",
       "rewrites[0].has[0].value.equals is not known; remove it (accepted: eq, neq, inc, ninc, pre, "
       "suf, re, gt, gte, lt, lte)",
       "`rewrites[0].has[0]` should NOT have additional property `key`. Please remove it."},
      {condition(R"({"type": "host", "value": 3})"), "3}",
       "rewrites[0].has[0].value must be a string or an object of operators, got 3",
       "`rewrites[0].has[0].value` should be string."},
      {condition(R"({"type": "host", "value": {"gt": "3"}})"), "\"3\"",
       "rewrites[0].has[0].value.gt must be a number, got \"3\"",
       "`rewrites[0].has[0].value` should be string."},
      {transform(R"({"type": "request.header", "op": "set", "target": {"key": "x"}, "args": "y"})"),
       "\"request.header\"",
       "routes[0].transforms[0].type must be \"request.headers\", \"request.query\", "
       "\"response.headers\" or \"request.path\", got \"request.header\"; did you mean "
       "\"request.headers\"?",
       "`routes[0].transforms[0].type` should be equal to one of the allowed values."},
      {transform(R"({"type": "request.query", "op": "set", "target": {"key": "x"}})"), "{\"type",
       "routes[0].transforms[0] needs \"args\": what to set or append",
       "`routes[0].transforms[0]` missing required property `.args`."},
      {rewrite(R"("transforms": [{"type": "request.query", "op": "set", "args": "x"}])"),
       "\"request.query\"",
       "rewrites[0].transforms[0].type must be \"request.path\", got \"request.query\"",
       "`rewrites[0].transforms[0].type` should be equal to one of the allowed values."},
  });
}

TEST_CASE("what the platform accepts is accepted") {
  for (const char* text : {
           R"({"functions": {"api/a.py": {"memory": "any", "maxDuration": "max"}}, "regions": 3})",
           R"({"rewrites": [], "redirects": [], "headers": [], "routes": [], "builds": []})",
           R"({"rewrites": [{"source": "", "destination": "b", "has": [{"type": "header", "key": "x"}]}]})",
           R"({"headers": [{"source": "/", "headers": []}]})",
           R"({"routes": [{"source": "/a", "destination": "/b", "statusCode": 404, "mitigate": {},
               "env": ["A"], "locale": {}, "middleware": 0, "caseSensitive": true}]})",
           R"({"routes": [{"src": "/a"}], "rewrites": [{"source": "/a", "destination": "/b"}]})",
           R"({"version": 3, "images": {"sizes": [16], "domains": []}, "framework": 4})",
           R"({"rewrites": [{"source": "/a", "destination": {"service": "x"}}]})"}) {
    INFO(text);
    const Config config = read_config(text, "/p/vercel.json");
    CHECK(config.errors.empty());
  }
}

TEST_CASE("all problems of the file are reported in the order of their places, up to a number") {
  const Config config = read_config(R"({
  "cleanUrls": 1,
  "routes": [{"handle": "x"}, {"src": "/a", "status": 1}],
  "functions": {"/a": {"memory": 1}},
  "redirects": [{"source": "/a", "destination": "/b", "permanent": true, "statusCode": 301}]
})", "/p");
  std::vector<int> lines;
  for (const Diagnostic& problem : config.errors) lines.push_back(problem.line);
  CHECK(lines == std::vector<int>{2, 3, 3, 4, 4, 5});
  const Config flood = read_config("{\"rewrites\": " + many(2000, "1") + "}", "/p");
  REQUIRE(flood.errors.size() == 51);
  CHECK(flood.errors.back().format() == "vercel.json: has 950 more problems");
  CHECK(more_problems(flood.source, 1).format() == "vercel.json: has 1 more problem");
}
