// Files of api/, names, and the app of a framework.
#include "tests/support/catch.h"
#include "tests/unit/checks/checked_project.h"

using namespace localfn;
using namespace localfn::testing;

TEST_CASE("a project without mistakes has no findings", "[checks]") {
  CheckedProject project{{"api/hello.py"}, {"api/users/[id].py"}, {"public/index.html"}};
  CHECK(project.found().empty());
}

TEST_CASE("a module beside the functions is no mistake", "[checks][functions]") {
  CheckedProject project{{"api/hello.py"}, {"api/tools.py", kModule}};
  CHECK(project.found().empty());
}

TEST_CASE("a file that is not valid Python is found at its line", "[checks][functions]") {
  CheckedProject project{{"api/hello.py"}, {"api/broken.py", "x = 1\nsyntax error\n"}};
  CHECK(project.found() == "api/broken.py:2 error syntax-error\n");
}

TEST_CASE("a server that is started at the import is found where the import leads at once", "[checks]") {
  CheckedProject project{function_with("api/a.py",
                                       "#> import: bots && name: bots.echo\n"
                                       "#> import: telegram\n"
                                       "#> guarded import: local && name: local.run\n"
                                       "#> late import: local\n"
                                       "#> endless: `app.run()`\n"),
                         {"bots/echo.py", "#> endless: `bot.polling()`\n"},
                         {"local.py", "#> endless: `app.run()`\n"},
                         {"api/telegram.py", "#> endless: `while`\n"},
                         {"requirements.txt", "python-telegram-bot\n"},
                         {"public/index.html"}};
  project.install("python-telegram-bot", "telegram");
  CHECK(project.found() == "api/a.py:6 error endless-import\nbots/echo.py:1 error endless-import\n");
  CHECK(project.findings()[0].message ==
        "`app.run()` does not return, so the import of the file never ends, and every request is "
        "answered 504");
}

TEST_CASE("what builds do not name is told to be no function", "[checks][functions]") {
  CheckedProject project{
      function_with("api/index.py", "#> import: api.views\n"),
      {"api/badge.py"},
      {"api/views.py"},
      {"api/tools.py", kModule},
      {"api/_private.py", kHandler},
      {"vercel.json", R"({"builds": [{"use": "@vercel/python", "src": "api/index.py"}]})"}};
  CHECK(project.found() == "api/badge.py:1 warning not-a-function\n");
  CHECK_THAT(project.findings()[0].message, StartsWith("api/badge.py is not in `builds`"));
  project.write("vercel.json", R"({"builds": [{"use": "@vercel/python", "src": "api/*.py"}]})");
  CHECK(project.found().empty());
}

TEST_CASE("what looks like a catch-all is told to take one segment", "[checks][functions]") {
  CheckedProject project{{"api/docs/[...slug].py"}, {"api/n/[[...s]].py"}, {"api/u/[id].py"}};
  CHECK(project.found() ==
        "api/docs/[...slug].py warning catch-all\n"
        "api/n/[[...s]].py warning catch-all\n");
  CHECK(project.findings()[0].message ==
        "[...slug] takes one segment only: /api/docs/x reaches it, /api/docs/x/y does not");
  CHECK(project.findings()[1].fix ==
        "name it api/n/s.py, and rewrite `/api/n/(.*)` to `/api/n/s` in vercel.json");
  project.write("api/[user-id]/[...rest].py", kHandler);
  CHECK(project.findings()[0].fix ==
        "name it api/[user-id]/rest.py, and rewrite `/api/:user_id/(.*)` to `/api/:user_id/rest` in "
        "vercel.json");
  const std::string rewrite = R"-({"source": "/api/(.*)", "destination": "/api/u/1"})-";
  project.write("vercel.json", "{\"rewrites\": [" + rewrite + "]}");
  CHECK(project.found().empty());
}

TEST_CASE("folders that are nearly api/ have no functions", "[checks][functions]") {
  CheckedProject project{{"Api/a.py", kHandler}, {"Api/b.py", kHandler}, {"public/index.html"}};
  CHECK(project.found() == "Api/a.py error not-a-function\n");
}

TEST_CASE("the plan Hobby takes twelve functions", "[checks][functions]") {
  CheckedProject project{};
  for (char c = 'a'; c <= 'l'; ++c) project.write(std::string("api/") + c + ".py", kHandler);
  CHECK(project.found().empty());
  CheckedProject more{};
  for (char c = 'a'; c <= 'm'; ++c) more.write(std::string("api/") + c + ".py", kHandler);
  CHECK(more.found() == "api/m.py error too-many-functions\n");
  more.plan = checks::Plan::Pro;
  CHECK(more.found().empty());
}

TEST_CASE("functions that are in each other's way are found", "[checks][functions]") {
  CheckedProject project{{"api/a.py"}, {"api/a.txt"}};
  const auto findings = project.findings();
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].code == "path-conflict");
  CHECK_THAT(findings[0].platform, ContainsSubstring("[conflicting_file_path]"));
}

TEST_CASE("names that differ in case only are found once", "[checks][names]") {
  CheckedProject project{{"lib/a.txt"}, {"Lib/b.txt"}, {"Lib/c.txt"},
                         {"d.txt"},     {"D.txt"},     {"public/index.html"}};
  CHECK(project.found() ==
        "d.txt warning case-conflict\n"
        "lib/a.txt warning case-conflict\n");
}

TEST_CASE("a file of the root that hides what is imported is found", "[checks][names]") {
  CheckedProject project{function_with("api/a.py", "#> import: flask\n#> standard import: queue\n"),
                         {"flask.py", ""},
                         {"queue.py", ""},
                         {"json.py", ""},
                         {"public/index.html"},
                         {"vercel.json", R"({"framework": null})"},
                         {"requirements.txt", "flask\n"}};
  project.install("flask", "flask");
  CHECK(project.found() ==
        "api/a.py:2 warning shadowed-module\n"
        "api/a.py:3 warning shadowed-module\n");
}

TEST_CASE("an app without an entry point is found where it was asked for", "[checks][functions]") {
  CheckedProject project{{"requirements.txt", ""}, {"vercel.json", R"({"framework": "flask"})"}};
  const auto findings = project.findings();
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].code == "app-entry");
  CHECK_THAT(findings[0].platform, StartsWith("[FLASK_ENTRYPOINT_NOT_FOUND]"));

  CheckedProject bare{{"vercel.json", R"({"framework": "flask"})"}, {"app.py", kHandler}};
  CHECK(bare.found() == "vercel.json:1 error app-entry\n");
}
