// vercel.json: what its readers say, and cron jobs.
#include "tests/support/catch.h"
#include "tests/unit/checks/checked_project.h"

using namespace localfn;
using namespace localfn::testing;

namespace {

CheckedProject with_config(const std::string& json) {
  return {{"api/a.py"}, {"vercel.json", json}};
}

}  // namespace

TEST_CASE("errors of vercel.json are findings at their place", "[checks][config]") {
  CheckedProject project = with_config("{\"ä\": 1, \"cleanUrls\": 1}");
  const auto findings = project.findings();
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].code == "config");
  CHECK(findings[0].line == 1);
  CHECK(findings[0].column == 23);  // in characters
  CHECK_THAT(findings[0].platform, ContainsSubstring("`cleanUrls` should be boolean"));
}

TEST_CASE("a pattern that matches no function is found", "[checks][config]") {
  CheckedProject none = with_config(R"({"functions": {"lib/*.py": {"maxDuration": 5}}})");
  CHECK(none.found() == "vercel.json:1 error unused-pattern\n");
  CheckedProject without = with_config(R"({"functions": {"api/a": {"maxDuration": 5}}})");
  CHECK(without.found() == "vercel.json:1 error unused-pattern\n");
}

TEST_CASE("a pattern for a file without an entry point is not called a typing error",
          "[checks][config]") {
  CheckedProject project{
      {"api/a.py"},
      {"api/script.py", kModule},
      {"vercel.json", R"({"functions": {"api/script.py": {"maxDuration": 5}}})"}};
  const auto findings = project.findings();
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].code == "unused-pattern");
  CHECK_THAT(findings[0].message, ContainsSubstring("it has no handler class and no app"));
  CHECK(findings[0].fix == "let it match a function, or take it out");
}

TEST_CASE("warnings of vercel.json that tell of the platform are findings, the others not",
          "[checks][config]") {
  struct Row {
    const char* json;
    const char* found;
  };
  const Row rows[] = {
      {R"({"redirect": []})", "vercel.json:1 warning config\n"},
      {R"({"env": {"A": "1"}, "env": {"A": "2"}})", "vercel.json:1 warning config\n"},
      {R"({"framework": 3})", "vercel.json:1 warning config\n"},
      {R"({"outputDirectory": "dist"})", "vercel.json:1 warning config\n"},
      {R"({"env": {"1A": "x"}})", "vercel.json:1 warning reserved-variable\n"},
      {R"({"env": {"AWS_REGION": "x"}})", "vercel.json warning reserved-variable\n"},
      {R"({"buildCommand": "make"})", ""},
      {R"({"images": {"sizes": [64]}})", ""},
      {R"({"some-tool": {"of": "mine"}})", ""},
  };
  for (const Row& row : rows) {
    INFO(row.json);
    CHECK(with_config(row.json).found() == row.found);
  }
}

TEST_CASE("the imports of services are not judged by the root of the repository",
          "[checks][config]") {
  for (const char* key : {"services", "experimentalServices", "experimentalServicesV2"}) {
    INFO(key);
    CheckedProject project{
        function_with("api/a.py", "#> import: tools\n"),
        {"api/tools.py", kModule},
        {"vercel.json", std::string("{\"") + key + R"(": {"backend": {"root": "api"}}})"}};
    project.install("other", "other");
    CHECK(project.found() == "vercel.json:1 hint services\n");
    project.write("vercel.json", std::string("{\"") + key + "\": {}}");
    CHECK(project.found() == "api/a.py:2 error sibling-import\n");
  }
}

TEST_CASE("a build that matches nothing is found", "[checks][config]") {
  CheckedProject project = with_config(
      R"({"builds": [{"use": "@vercel/python", "src": "api/*.py"},
                     {"use": "@vercel/static", "src": "web/**"}]})");
  CHECK(project.found() == "vercel.json:2 warning config\n");
}

TEST_CASE("cron jobs are held against the plan", "[checks][crons]") {
  CheckedProject project = with_config(R"({"crons": [
{"path": "/api/a", "schedule": "0 5 * * *"},
{"path": "/api/a", "schedule": "0 5,17 * * *"},
{"path": "/api/a", "schedule": "0 5 * * MON"},
{"path": "/api/b?x=1", "schedule": "0 5 * * 1"}]})");
  CHECK(project.found() ==
        "vercel.json:3 error cron-frequency\n"
        "vercel.json:4 error cron-schedule\n"
        "vercel.json:5 warning cron-path\n");
  project.plan = checks::Plan::Pro;
  CHECK(project.found() ==
        "vercel.json:4 error cron-schedule\n"
        "vercel.json:5 warning cron-path\n");
}

TEST_CASE("a redirect is no cron job", "[checks][crons]") {
  CheckedProject project = with_config(
      R"({"redirects": [{"source": "/old", "destination": "/api/a"}],
          "rewrites": [{"source": "/tidy", "destination": "/api/a"}],
"crons": [{"path": "/tidy", "schedule": "0 5 * * *"},
{"path": "/old", "schedule": "0 5 * * *"}]})");
  const auto findings = project.findings();
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].line == 4);
  CHECK_THAT(findings[0].message, ContainsSubstring("a redirect to /api/a"));
}

TEST_CASE("a hundred cron jobs are allowed", "[checks][crons]") {
  const auto with_crons = [](int count) {
    std::string list;
    for (int i = 0; i < count; ++i) {
      list += std::string(i > 0 ? "," : "") + R"({"path": "/api/a", "schedule": "0 5 * * *"})";
    }
    return "{\"crons\": [" + list + "]}";
  };
  CHECK(with_config(with_crons(100)).found().empty());
  CHECK(with_config(with_crons(101)).found() == "vercel.json:1 error cron-count\n");
}
