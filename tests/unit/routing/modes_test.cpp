// Projects that are not api/ and static files: legacy builds and framework apps.
#include "tests/unit/routing/routing_fixture.h"

using namespace localfn;
using namespace localfn::testing;

namespace {

/// What the reader of vercel.json makes of `framework`: public/ and an app.
std::shared_ptr<Project> framework_project(TestProject& folder, rules::RoutingSpec spec) {
  auto project = with_rules(folder.current(), std::move(spec));
  project->mode = ProjectMode::Framework;
  project->framework = FrameworkApp{"flask", "vercel.json:1:2"};
  return project;
}

}  // namespace

TEST_CASE("a framework's app answers whatever is no file of public") {
  TestProject folder{"public/x.txt", "public/docs/index.html", "public/sub/a.txt", "public/404.html"};
  const auto project = framework_project(folder, {});
  check_rows(*project, {
      {"/x.txt?a", "static public/x.txt 200"},
      {"/docs/", "static public/docs/index.html 200"},
      {"/", "app /"},
      {"/api/hello?a=%zz", "app /api/hello?a=%zz"},
      {"/sub/", "app /sub/"},
      {"/nope", "app /nope"},
  });
  CHECK(ask_route(*project, "/nope").rule == "app");
}

TEST_CASE("rules apply before a framework's app, which sees the rewritten path") {
  TestProject folder{"public/x.txt"};
  const auto project = framework_project(
      folder,
      spec_of({redirect("/old", "/new"), headers("/(.*)", {{"x-a", "1"}}),
               rewrite("/r/:id", "/item?k=1"), rewrite("/s/:id", "/item/:id"),
               rewrite("/item/:id", "/thing/:id"), rewrite("/file", "/x.txt"),
               rewrite("/ext", "https://example.com/"), legacy("/status", "/made", {.status = 203}),
               legacy("/gone", "", {.status = 410})}));
  check_rows(*project, {
      {"/old", "redirect 308 /new"},
      {"/r/7?a=1", "app /item?a=1&k=1&id=7"},
      {"/s/7?a=1", "app /thing/7?a=1"},
      {"/file", "static public/x.txt 200"},
      {"/ext", "proxy https://example.com /"},
      {"/status", "app /made with 203"},
      {"/gone", "410 GONE"},
      {"/x.txt", "static public/x.txt 200"},
  });
  CHECK(show(ask_route(*project, "/r/7").headers) == "x-a: 1");
  CHECK(ask_route(*project, "/s/7").rule == "rewrites[2]");
}

TEST_CASE("legacy builds have no routes but those of vercel.json") {
  TestProject folder{"404.html", "x.txt"};
  auto project = with_rules(folder.current(), spec_of({legacy("/(.*)\\.app", "app.py?n=$1"),
                                                       legacy("/gone", "", {.status = 404})}));
  project->mode = ProjectMode::Builds;
  auto app = std::make_shared<Function>();
  app->file = app->path = "app.py";
  auto dynamic = std::make_shared<Function>();
  dynamic->file = dynamic->path = "api/[id].py";
  project->functions = {{"app.py", app}, {"api/[id].py", dynamic}};
  project->served["app.py"] = {app, {}, false};
  project->served["api/[id].py"] = {dynamic, {}, false};
  project->has_functions = true;
  check_rows(*project, {
      {"/app.py", "function app.py /app.py"},
      {"/shop.app?x", "function app.py /shop.app?x&n=shop"},
      {"/api/[id].py", "function api/[id].py /api/[id].py"},
      {"/api/5", k404},
      {"/app", k404},
      {"/nope", k404},  // 404.html is a rule of zero configuration
      {"/gone", k404},
      {"/x.txt", "static x.txt 200"},
  });
}
