// What `localfn routes` shows: the trace of a request and the table in force.
#include "runtime/routing/describe.h"
#include "tests/unit/routing/routing_fixture.h"

using namespace localfn;
using namespace localfn::testing;

namespace {

std::vector<std::string> trace_of(const Project& project, std::string_view target) {
  Trace trace;
  route(project, request_for(target), &trace);
  std::vector<std::string> lines;
  for (const TraceStep& step : trace) {
    lines.push_back(fmt::format("{}{}{} | {}", step.rule, step.place.empty() ? "" : " @ ", step.place,
                                step.outcome));
  }
  return lines;
}

}  // namespace

TEST_CASE("the trace tells of every rule why it did or did not match") {
  TestProject folder{"api/hello.py"};
  using enum patterns::ConditionType;
  const auto project = with_rules(
      folder.current(),
      spec_of({legacy("/post", "/x", {.methods = {"POST"}}), redirect("/old", "/new"),
               headers("/u/(.*)", {{"x-a", "1"}}),
               with_has(rewrite("/u/:id", "/x"), condition(Header, "x-user")),
               rewrite("/u/:id(\\d+)", "/api/hello")}));
  CHECK(trace_of(*project, "/u/42") ==
        std::vector<std::string>{
            "routes[0] @ vercel.json:1000 | no: method is GET",
            "redirects[0] @ vercel.json:1000 | no: path is /u/42",
            "headers[0] @ vercel.json:1000 | matched: $1=42; headers are set",
            "exact path | no: nothing is served at \"/u/42\"",
            "rewrites[0] @ vercel.json:1000 | no: has header x-user: the request has none",
            "rewrites[1] @ vercel.json:1001 | matched: id=42; path is now /api/hello?id=42",
            "function api/hello.py | matched: \"/api/hello\"",
        });
}

TEST_CASE("a trace is fit for a terminal") {
  TestProject folder{"x.txt"};
  const auto project = with_rules(folder.current(), spec_of({rewrite("/e/:x", "/y")}));
  for (const std::string& line : trace_of(*project, "/e/\x1b[31m\x07?\x1b[0m")) {
    CHECK(line.find('\x1b') == std::string::npos);
    CHECK(line.find('\x07') == std::string::npos);
  }
}

TEST_CASE("the table in force lists the platform's own rules too, in the order they are tried") {
  TestProject folder{"api/hello.py", "api/u/[id].py", "x.txt", "404.html"};
  rules::RoutingSpec spec = spec_of(
      {legacy("/miss", "/x.txt", {.check = true, .phase = rules::Phase::Miss})});
  spec.last_phase = rules::Phase::Start;
  const auto more = spec_of({redirect("/old", "/new", 307), rewrite("/r", "/api/hello"),
                             headers("/(.*)", {{"X-A", "1"}, {"X-B", "2"}})});
  spec.redirects = more.redirects;
  spec.rewrites = more.rewrites;
  spec.headers = more.headers;
  spec.clean_urls = true;
  const auto project = with_rules(folder.current(), std::move(spec));
  std::vector<std::string> lines;
  for (const RuleLine& line : describe(*project)) {
    lines.push_back(line.phase + " | " + line.rule + " | " + line.source + " | " + line.what);
  }
  CHECK(lines == std::vector<std::string>{
                     "start | single slashes | // | GET: 301; else one slash for several",
                     "start | cleanUrls | /*.html, /*/index | 308 without it",
                     "start | redirects[0] | /old | 307 → /new",
                     "start | headers[0] | /(.*) | headers X-A, X-B",
                     "files | function api/hello.py | /api/hello | function",
                     "files | function api/u/[id].py | /api/u/[id] | function",
                     "files | file | / | 2 static files of the project",
                     "filesystem | rewrites[0] | /r | → /api/hello",
                     "filesystem | dynamic api/u/[id] | /api/u/[id] | function api/u/[id].py",
                     "filesystem | api/ | /api/* | 404",
                     "miss | routes[0] | /miss | → /x.txt; check",
                     "error | 404.html | /* | 404 with 404.html",
                 });
}
