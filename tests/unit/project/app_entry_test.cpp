// Which file of a framework project is its app, and what is said when none is.
#include "runtime/project/app_entry.h"

#include <map>

#include "runtime/project/toml.h"
#include "tests/support/catch.h"
#include "tests/unit/project/project_fixture.h"

using namespace localfn;
using namespace localfn::testing;

namespace {

/// Files by name; the text "app" stands for one that defines `app`, "wsgi=x" for one fact of Django.
using Files = std::map<std::string, std::string>;

wire::Entry entry_of(const std::string& text) {
  wire::Entry entry;
  for (const char* variable : {"app", "application", "handler"}) {
    if (text != variable) continue;
    entry.found = true;
    entry.variable = variable;
    entry.line = 3;
  }
  if (!entry.found) entry.reason = "defines nothing of the kind";
  for (std::size_t at = 0; text.find('=') != std::string::npos && at < text.size();) {
    const std::size_t end = std::min(text.find(';', at), text.size());
    const std::size_t equals = text.find('=', at);
    entry.facts.emplace_back(text.substr(at, equals - at), text.substr(equals + 1, end - equals - 1));
    at = end + 1;
  }
  return entry;
}

AppEntry find(const std::string& slug, const Files& files, const std::string& pyproject = "",
              const std::string& settings_module = "") {
  std::set<std::string> names;
  for (const auto& [name, text] : files) names.insert(name);
  return find_app_entry({slug, names, pyproject, settings_module,
                         [&](const std::vector<std::string>& asked) {
                           std::vector<wire::Entry> entries;
                           for (const auto& name : asked) entries.push_back(entry_of(files.at(name)));
                           return entries;
                         }});
}

/// "src/app.py app:3", or the problem.
std::string shown(const AppEntry& found) {
  if (found.file.empty()) return found.problem;
  std::string text = found.file + " " + found.entry.variable + ":" + std::to_string(found.entry.line);
  return found.folder.empty() ? text : text + " in " + found.folder;
}

std::string vercel(const std::string& entrypoint) {
  return "[project]\nname = \"x\"\n\n[tool.vercel]\nentrypoint = " + entrypoint + "\n";
}

const std::string kNames =
    "app.py, index.py, server.py, main.py, wsgi.py, asgi.py, src/app.py, src/index.py, "
    "src/server.py, src/main.py, src/wsgi.py, src/asgi.py, app/app.py, app/index.py, "
    "app/server.py, app/main.py, app/wsgi.py, app/asgi.py, api/app.py, api/index.py, "
    "api/server.py, api/main.py, api/wsgi.py, api/asgi.py.";

}  // namespace

TEST_CASE("the first of the usual names that defines an entry point is the app", "[app]") {
  struct Row {
    const char* slug;
    Files files;
    const char* expected;
  };
  const Row rows[] = {
      {"flask", {{"app.py", "app"}}, "app.py app:3"},
      {"flask", {{"asgi.py", "application"}}, "asgi.py application:3"},
      {"flask", {{"index.py", "app"}, {"main.py", "app"}}, "index.py app:3"},
      {"flask", {{"main.py", "app"}, {"server.py", "app"}}, "server.py app:3"},
      {"flask", {{"wsgi.py", "app"}, {"asgi.py", "app"}}, "wsgi.py app:3"},
      {"flask", {{"app.py", "none"}, {"main.py", "app"}}, "main.py app:3"},
      {"fastapi", {{"asgi.py", "app"}, {"src/app.py", "app"}}, "asgi.py app:3"},
      {"fastapi", {{"src/main.py", "app"}, {"app/app.py", "app"}}, "src/main.py app:3"},
      {"fastapi", {{"app/main.py", "app"}, {"api/app.py", "app"}}, "app/main.py app:3"},
      {"python", {{"api/index.py", "handler"}}, "api/index.py handler:3"},
      // Other folders are looked into for Django alone.
      {"django", {{"backend/wsgi.py", "application"}}, "backend/wsgi.py application:3"},
      {"django", {{"a/main.py", "app"}, {"a-b/x.py", "none"}, {"b/app.py", "app"}}, "a/main.py app:3"},
      {"django", {{".hidden/app.py", "app"}, {"app.py", "app"}}, "app.py app:3"},
  };
  for (const Row& row : rows) {
    INFO(row.expected);
    CHECK(shown(find(row.slug, row.files)) == row.expected);
  }
}

TEST_CASE("pyproject.toml names the app before any file is looked for", "[app]") {
  const Files files = {{"app.py", "app"}, {"pkg/mod.py", "app"}, {"pkg/web/__init__.py", "none"}};
  CHECK(shown(find("flask", files, vercel("\"pkg.mod:app\""))) == "pkg/mod.py app:3");
  // Any object may be named; whether it is there shows when it runs.
  CHECK(shown(find("flask", files, vercel("'pkg.mod:api'"))) == "pkg/mod.py api:0");
  CHECK(shown(find("flask", files, vercel("\"pkg.web : create.app\""))) ==
        "pkg/web/__init__.py create.app:0");
  CHECK(find("flask", files, vercel("\"pkg.mod:app\"")).chosen_by ==
        "tool.vercel.entrypoint, pyproject.toml:5");
  for (const char* value : {"5", "[\"app:app\"]", "true", "\"\"\"app:app\"\"\""}) {
    INFO(value);
    CHECK(shown(find("flask", files, vercel(value))) ==
          "\"tool.vercel.entrypoint\" in \"pyproject.toml\" must be a string in \"module:object\" "
          "format (e.g. \"main:app\").");
  }
  for (const std::string value : {"x:y", "pkg.none:app", "app", "pkg/mod:app", ":app", "app:", ""}) {
    INFO(value);
    CHECK(shown(find("flask", files, vercel("\"" + value + "\""))) ==
          "\"tool.vercel.entrypoint\" in \"pyproject.toml\" is \"" + value +
              "\" but no matching module file was found. Use \"module:object\" format (e.g. "
              "\"main:app\") and ensure the module file exists, or remove the setting to use "
              "automatic entrypoint detection.");
  }
}

TEST_CASE("project.scripts names the app where nothing else does", "[app]") {
  const std::string scripts = "[project.scripts]\napp = \"web.site:create\"\n";
  CHECK(shown(find("flask", {{"web/site.py", "none"}}, scripts)) == "web/site.py create:0");
  CHECK(shown(find("flask", {{"web/site.py", "app"}, {"app.py", "app"}}, scripts)) ==
        "app.py app:3");
  CHECK(shown(find("flask", {{"app.py", "none"}}, "[project.scripts]\napp = \"gone:app\"\n")) ==
        "[FLASK_ENTRYPOINT_NOT_FOUND] Found app.py but it does not define a top-level \"app\" Flask "
        "instance.");
}

TEST_CASE("project.scripts may name a package, and hidden folders are not looked into", "[app]") {
  CHECK(shown(find("flask", {{"web/__init__.py", "none"}},
                   "[project.scripts]\napp = \"web:create\"\n")) == "web/__init__.py create:0");
  CHECK(find("django", {{".hidden/wsgi.py", "application"}}).file.empty());
  CHECK(shown(find("django", {{"site/wsgi.py", "application"}})) == "site/wsgi.py application:3");
  CHECK(find("django", {{"site/deep/wsgi.py", "application"}}).file.empty());
}

TEST_CASE("manage.py leads to the application of the settings", "[app]") {
  const Files usual = {{"manage.py", "default settings=mysite.settings"},
                       {"mysite/settings.py", "wsgi=mysite.wsgi.application"},
                       {"mysite/wsgi.py", "application"},
                       {"app.py", "app"}};
  CHECK(shown(find("django", usual)) == "mysite/wsgi.py application:3");
  CHECK(find("django", usual).chosen_by == "WSGI_APPLICATION of mysite/settings.py, by manage.py");
  // Other presets do not look at it.
  CHECK(shown(find("python", usual)) == "app.py app:3");

  Files asgi = usual;
  asgi["mysite/settings.py"] = "wsgi=mysite.wsgi.application;asgi=mysite.asgi.site";
  asgi["mysite/asgi.py"] = "none";
  CHECK(shown(find("django", asgi)) == "mysite/asgi.py site:0");
  asgi["mysite/settings.py"] = "asgi=mysite.asgi.site;asgi=;wsgi=mysite.wsgi.application";
  CHECK(shown(find("django", asgi)) == "mysite/wsgi.py application:3");

  CHECK(shown(find("django", {{"backend/manage.py", "settings=core.settings"},
                              {"backend/core/settings/__init__.py", "star=.prod"},
                              {"backend/core/settings/prod.py", "star=.base"},
                              {"backend/core/settings/base.py", "wsgi=core.wsgi.application"},
                              {"backend/core/wsgi.py", "application"}})) ==
        "backend/core/wsgi.py application:3 in backend");
  CHECK(shown(find("django", {{"backend/manage.py", "settings=core.settings"},
                              {"backend/core/settings.py", "wsgi=core.wsgi.application"},
                              {"backend/core/wsgi.py", "application"}},
                   vercel("\"backend.core.wsgi:application\""))) ==
        "backend/core/wsgi.py application:3 in backend");
}

TEST_CASE("the environment's settings module counts before manage.py's default", "[app]") {
  Files files = {{"manage.py", "default settings=s.dev"}, {"s/dev.py", "wsgi=s.a.x"},
                 {"s/prod.py", "wsgi=s.b.x"}, {"s/a.py", ""}, {"s/b.py", ""}};
  CHECK(shown(find("django", files)) == "s/a.py x:0");
  CHECK(shown(find("django", files, "", "s.prod")) == "s/b.py x:0");
  files["manage.py"] = "settings=s.dev";
  CHECK(shown(find("django", files, "", "s.prod")) == "s/a.py x:0");
}

TEST_CASE("where manage.py leads nowhere the usual names are asked, and it is said", "[app]") {
  Files files = {{"manage.py", "default settings=gone.settings"}, {"web/wsgi.py", "application"}};
  const AppEntry lost = find("django", files);
  CHECK(shown(lost) == "web/wsgi.py application:3");
  CHECK_THAT(lost.hints.at(0), ContainsSubstring("manage.py leads to the settings \"gone.settings\""));
  files = {{"manage.py", "default settings=web.settings"}, {"web/settings.py", "wsgi=web.gone.app"}};
  CHECK_THAT(find("django", files).hints.back(),
             ContainsSubstring("WSGI_APPLICATION of web/settings.py is \"web.gone.app\""));
  files["web/settings.py"] = "star=.settings";  // a circle
  CHECK_THAT(find("django", files).hints.back(), ContainsSubstring("set neither WSGI_APPLICATION"));
}

TEST_CASE("without an entry point the platform's words say what was seen", "[app]") {
  CHECK(shown(find("flask", {{"app.py", "none"}})) ==
        "[FLASK_ENTRYPOINT_NOT_FOUND] Found app.py but it does not define a top-level \"app\" Flask "
        "instance.");
  CHECK(find("flask", {{"app.py", "none"}}).hints.at(0) == "app.py: defines nothing of the kind");
  CHECK(shown(find("fastapi", {{"src/main.py", "none"}, {"main.py", "none"}})) ==
        "[FASTAPI_ENTRYPOINT_NOT_FOUND] Found main.py, src/main.py but none define a top-level "
        "\"app\" FastAPI instance.");
  CHECK(shown(find("python", {{"app.py", "none"}})) ==
        "[PYTHON_ENTRYPOINT_NOT_FOUND] Found app.py but it does not export a top-level \"app\", "
        "\"application\", or \"handler\" variable.");
  CHECK(shown(find("python", {{"app.py", "none"}, {"main.py", "none"}})) ==
        "[PYTHON_ENTRYPOINT_NOT_FOUND] Found app.py, main.py but none export a top-level \"app\", "
        "\"application\", or \"handler\" variable.");
  CHECK(shown(find("flask", {{"x/y.py", "app"}, {"x/z/__init__.py", "application"},
                             {"public/a.py", "app"}})) ==
        "[FLASK_ENTRYPOINT_NOT_FOUND] No Flask entrypoint found in default locations, but found "
        "potential entrypoints:\n  x/y.py (variable: app)\n  x/z/__init__.py (variable: "
        "application)\n\nAdd this to your pyproject.toml:\n\n[tool.vercel]\nentrypoint = "
        "\"x.y:app\"");
  CHECK(shown(find("django", {{"README.md", ""}})) ==
        "[DJANGO_ENTRYPOINT_NOT_FOUND] No Django entrypoint found. Set \"tool.vercel.entrypoint\" "
        "in pyproject.toml or define an entrypoint in one of: " + kNames);
  CHECK_THAT(shown(find("fasthtml", {})), ContainsSubstring("No FastHTML entrypoint found."));
  const AppEntry both = find("flask", {{"app.py", "none"}, {"web/x.py", "app"}});
  CHECK_THAT(both.hints.back(), ContainsSubstring("entrypoint = \"web.x:app\""));
}

TEST_CASE("a value of a TOML file is found in each of the ways to write its key", "[toml]") {
  const auto value = [](const std::string& toml) {
    const auto found = toml_value(toml, "tool.vercel.entrypoint");
    if (!found) return std::string("nothing");
    return std::to_string(found->line) + (found->is_string ? " string " : " other ") + found->text;
  };
  CHECK(value("[tool.vercel]\nentrypoint = \"a:b\" # why\n") == "2 string a:b");
  CHECK(value("\r\n[ tool . \"vercel\" ]\r\n  'entrypoint'='a:b'\r\n") == "3 string a:b");
  CHECK(value("[tool]\nvercel.entrypoint = \"a:b\"") == "2 string a:b");
  CHECK(value("tool.vercel.entrypoint = \"a#b\"") == "1 string a#b");
  CHECK(value("[tool]\nvercel = { x = [1, 2], entrypoint = \"a:b\" }\n") == "2 string a:b");
  CHECK(value("[tool.vercel]\nentrypoint = 5 # five\n") == "2 other 5");
  CHECK(value("[tool.vercel]\nscripts = [\n  [\"x\"],\n]\nentrypoint = \"a:b\"") == "5 string a:b");
  CHECK(value("[tool.vercel]\nx = \"\"\"\n[other]\n\"\"\"\nentrypoint = \"a:b\"") == "5 string a:b");
  for (const char* toml : {"", "entrypoint = \"a:b\"", "[[tool.vercel]]\nentrypoint = \"a:b\"",
                           "[tool.vercel2]\nentrypoint = \"a:b\"", "# [tool.vercel]\n",
                           "[tool.vercel]\nx = '''\nentrypoint = \"a:b\"\n'''",
                           "[tool.vercel]\n[tool]\nentrypoint = 1", "[tool.vercel", "= = =\n[\n\""}) {
    INFO(toml);
    CHECK(value(toml) == "nothing");
  }
}

TEST_CASE("the app is part of the project, and found anew when files change", "[app]") {
  TestProject project{{"requirements.txt", "flask"}, {"public/a.txt", ""}};
  const auto app = [&] { return *project.current()->framework; };
  CHECK_FALSE(app().function);
  CHECK_THAT(app().problem, ContainsSubstring("[FLASK_ENTRYPOINT_NOT_FOUND] No Flask entrypoint"));
  REQUIRE(project.current()->warnings.size() == 1);
  CHECK_THAT(project.current()->warnings[0],
             ContainsSubstring("requirements.txt: the flask app has no entry point, so every request "
                               "fails and so will the deployment: [FLASK_ENTRYPOINT_NOT_FOUND]"));

  project.write("main.py", kHandler);
  REQUIRE(app().function);
  CHECK(app().function->file == "main.py");
  CHECK(project.current()->warnings.empty());
  const auto before = project.current();
  project.write("vercel.json", R"({"functions": {"main.py": {"maxDuration": 7}, "x/*.py": {"memory": 128}}})");
  CHECK(app().function->max_duration == std::chrono::seconds(7));
  CHECK(project.current()->errors.empty());
  CHECK(project.current()->environment_version > before->environment_version);

  project.write("app.py", kHandler);
  CHECK(app().function->file == "app.py");
  const auto version = project.current()->environment_version;
  project.write("pyproject.toml", vercel("\"app:other\""));
  CHECK(app().function->variable == "other");
  CHECK(project.current()->environment_version > version);
  project.remove("pyproject.toml");
  project.remove("app.py");
  CHECK(app().function->file == "main.py");
  project.write("main.py", kModule);
  CHECK_FALSE(app().function);
}
