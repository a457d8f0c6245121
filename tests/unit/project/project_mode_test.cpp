// How a project is served: its mode, its builds, where its static files come from.
#include "runtime/project/text.h"
#include "tests/support/catch.h"
#include "tests/unit/project/project_fixture.h"

using namespace localfn;
using namespace localfn::testing;

namespace {

/// Every path that serves something, with what it serves, sorted, in one line.
std::string paths(const Project& project) {
  std::map<std::string, std::string> all;
  for (const auto& [path, served] : project.served) {
    if (!served.withheld) all[path] = served.function ? served.function->file + "()" : served.file;
  }
  std::string line;
  for (const auto& [path, target] : all) line += (line.empty() ? "" : " ") + path + "=" + target;
  return line;
}

bool warns(const Project& project, const std::string& text) {
  for (const std::string& warning : project.warnings) {
    if (warning.find(text) != std::string::npos) return true;
  }
  return false;
}

std::string mode(const Project& project) {
  if (project.mode == ProjectMode::Builds) return "builds";
  if (project.mode == ProjectMode::Functions) return "functions";
  return project.framework ? project.framework->slug + " (" + project.framework->because_of + ")"
                           : "no app";
}

}  // namespace

TEST_CASE("what decides about a project is builds, the framework key, functions, then manifests") {
  const TestFile flask{"requirements.txt", "flask"};
  const TestFile page{"public/a.txt", "a"};
  CHECK(mode(*TestProject({flask, "api/a.py"}).current()) == "functions");
  CHECK(mode(*TestProject({flask, page}).current()) == "flask (requirements.txt)");
  CHECK(mode(*TestProject({{"pyproject.toml", ""}, page}).current()) == "python (pyproject.toml)");
  CHECK(mode(*TestProject({page}).current()) == "functions");
  CHECK(mode(*TestProject({flask, {"vercel.json", R"({"framework": null})"}}).current()) ==
        "functions");
  CHECK(mode(*TestProject({"api/a.py", {"vercel.json", R"({ "framework": "django"})"}}).current()) ==
        "django (vercel.json:1:16)");
  CHECK(mode(*TestProject({"api/a.py", {"vercel.json", R"({"builds": [{"use": "@vercel/static"}]})"}})
                  .current()) == "builds");
  // A module in api/ is no function; one in another language is.
  CHECK(mode(*TestProject({flask, {"api/m.py", kModule}}).current()) == "flask (requirements.txt)");
  CHECK(mode(*TestProject({flask, {"api/a.js", ""}}).current()) == "functions");
}

TEST_CASE("a framework that localfn does not run is said to be none") {
  TestProject project{"api/a.py", {"vercel.json", R"({"framework": "flaks"})"}};
  CHECK(mode(*project.current()) == "functions");
  CHECK(warns(*project.current(), "did you mean \"flask\"?"));
  TestProject next{"api/a.py", {"vercel.json", R"({"framework": "nextjs"})"}};
  CHECK(next.current()->errors.empty());
  CHECK(warns(*next.current(), "the framework \"nextjs\" is not run"));
}

TEST_CASE("a framework project has no functions, and static files of public/ only") {
  TestProject project{"api/a.py", "app.py", {"public/s.txt", ""}, {"dist/d.txt", ""},
                      {"vercel.json", R"({"framework": "flask", "outputDirectory": "dist",
                                          "functions": {"lib/*.py": {"memory": 512}}})"}};
  const auto current = project.current();
  CHECK(current->errors.empty());
  CHECK(current->functions.empty());
  CHECK(current->not_functions.empty());
  CHECK(paths(*current) == "s.txt=public/s.txt");
  TestProject bare{{"app.py", ""}, {"requirements.txt", "fastapi"}};
  CHECK(bare.current()->served.empty());
}

TEST_CASE("the app of a project without a manifest is never served, and that is said") {
  const TestFile flask{"vercel.json", R"({ "framework": "flask"})"};
  TestProject bare{"app.py", flask};
  CHECK_FALSE(bare.current()->framework->has_manifest);
  CHECK(warns(*bare.current(), "vercel.json:1:16: the flask app is never served"));
  for (const char* manifest : {"requirements.txt", "pyproject.toml", "Pipfile"}) {
    INFO(manifest);
    TestProject with{"app.py", flask, {manifest, ""}};
    CHECK(with.current()->framework->has_manifest);
    CHECK_FALSE(warns(*with.current(), "never served"));
  }
}

TEST_CASE("what is wrong with compiled rules is reported up to a number") {
  std::string rules;
  for (int i = 0; i < 52; ++i) rules += R"({"source": "/(", "destination": "/"},)";
  rules.pop_back();
  TestProject project{{"vercel.json", "{\"rewrites\": [" + rules + "]}"}};
  const auto current = project.current();
  REQUIRE(current->errors.size() == 51);
  CHECK(current->errors.back().format() == "vercel.json: has 2 more problems");
}

TEST_CASE("compiled rules say where they stand") {
  TestProject project{{"vercel.json", R"({"cleanUrls": true,
  "redirects": [{"source": "/a", "destination": "/b"},
                {"source": "/c", "destination": "/d"}],
  "trailingSlash": false,
  "rewrites": [
    {"source": "/:e", "destination": "/f"}]})"}};
  const rules::RouteTable& table = *project.current()->rules;
  using rules::Phase;
  CHECK(table.clean_urls_place() == "vercel.json:1:15");
  CHECK(table.trailing_slash_place() == "vercel.json:4:20");
  REQUIRE(table.rules(Phase::Start).size() == 2);
  CHECK(table.rules(Phase::Start)[0].place == "vercel.json:2:17");
  CHECK(table.rules(Phase::Start)[1].place == "vercel.json:3:17");
  REQUIRE(table.rules(Phase::Filesystem).size() == 1);
  CHECK(table.rules(Phase::Filesystem)[0].place == "vercel.json:6:5");
}

TEST_CASE("a place is found as SourceText finds it") {
  for (const char* text : {"", "a", "\n", "ab\ncd", "a\r\n\n\nb\n"}) {
    const SourceText source("x", text);
    const Places places(source);
    for (std::size_t offset = 0; offset < 10; ++offset) {
      INFO(text << " " << offset);
      CHECK(places(offset) == source.place(offset));
    }
  }
}

TEST_CASE("a first function turns a framework project into functions, its end turns it back") {
  TestProject project{{"requirements.txt", ""}, {"app.py", ""}};
  CHECK(mode(*project.current()) == "python (requirements.txt)");
  project.write("api/a.py", kHandler);
  CHECK(mode(*project.current()) == "functions");
  project.write("vercel.json", R"({"framework": "python"})");
  CHECK(mode(*project.current()) == "python (vercel.json:1:15)");
  project.remove("vercel.json");
  project.remove("api/a.py");
  CHECK(mode(*project.current()) == "python (requirements.txt)");
}

TEST_CASE("builds serve the files they name under their full names, and nothing else") {
  TestProject project{"api/a.py", "api/[id].py", {"srv/m.py", kModule}, {"www/i.txt", ""},
                      {"www/.h", ""}, {"other.txt", ""},
                      {"vercel.json", R"({"builds": [
                        {"src": "/api/*.py", "use": "@vercel/python@4.3.0"},
                        {"src": "srv/m.py", "use": "@vercel/python"},
                        {"src": "{www,api}/**", "use": "@vercel/static"}]})"}};
  const auto current = project.current();
  CHECK(current->errors.empty());
  CHECK(current->warnings.empty());
  CHECK(paths(*current) ==
        "api/[id].py=api/[id].py() api/[id].py/=api/[id].py() api/a.py=api/a.py() "
        "api/a.py/=api/a.py() srv/m.py=srv/m.py() srv/m.py/=srv/m.py() www/.h=www/.h "
        "www/i.txt=www/i.txt");
  CHECK(current->dynamic_routes.empty());
  CHECK_FALSE(current->has_functions);
  CHECK(current->functions.at("api/a.py")->variable == "handler");
  // Without an entry point too: it fails when it is called, as on the platform.
  CHECK(current->functions.at("srv/m.py")->variable == "handler");
}

TEST_CASE("builds that match nothing or need another builder are named") {
  TestProject project{"api/a.py", {"vercel.json", R"({"builds": [
    {"use": "@vercel/python", "src": "x/*.py"}, {"use": "@vercel/node", "src": "api/*.js"}]})"}};
  const auto current = project.current();
  CHECK(current->served.empty());
  CHECK(warns(*current, "vercel.json:2:5: this build matches no file (platform: You defined 1 build "
                        "that did not match any source files"));
  CHECK(warns(*current, R"(- {"use":"@vercel/python","src":"x/*.py"})"));
  CHECK(warns(*current, "the builder \"@vercel/node\" is not run"));
}

TEST_CASE("an index of builds serves its directory") {
  TestProject project{"api/index.py", {"vercel.json",
                      R"({"builds": [{"src": "api/index.py", "use": "@vercel/python"}]})"}};
  CHECK(paths(*project.current()) ==
        "api=api/index.py() api/=api/index.py() api/index.py=api/index.py() "
        "api/index.py/=api/index.py()");
}

TEST_CASE("static files come from the output directory when it has any") {
  const auto served = [](const std::string& directory) {
    TestProject project{{"public/p.txt", ""}, {"dist/d.txt", ""}, {"dist/sub/e.txt", ""},
                        {"vercel.json", "{\"outputDirectory\": " + directory + "}"}};
    const auto current = project.current();
    return current->static_root + ": " + paths(*current);
  };
  CHECK(served("\"dist\"") == "dist/: d.txt=dist/d.txt sub/e.txt=dist/sub/e.txt");
  CHECK(served("\"dist/sub/\"") == "dist/sub/: e.txt=dist/sub/e.txt");
  const std::string root =
      ": dist/d.txt=dist/d.txt dist/sub/e.txt=dist/sub/e.txt public/p.txt=public/p.txt";
  CHECK(served("\"\"") == root);
  CHECK(served("\".\"") == root);
  CHECK(served("\"nowhere\"") == root);
  CHECK(served("null") == "public/: p.txt=public/p.txt");
  TestProject missing{{"a.txt", ""}, {"vercel.json", R"({"outputDirectory": "nowhere"})"}};
  CHECK(warns(*missing.current(), "outputDirectory \"nowhere\" has no files"));
  missing.write("nowhere/b.txt", "");
  CHECK(paths(*missing.current()) == "b.txt=nowhere/b.txt");
}

TEST_CASE("with cleanUrls pages lose their extension and an index wins its path") {
  TestProject project{{"public/about.html", ""}, {"public/a.html", ""}, {"public/a/index.html", ""},
                      {"public/index.html", ""}, {"public/x.html", ""}, {"public/x", ""},
                      {"vercel.json", R"({"cleanUrls": true})"}};
  const auto served = [&](const std::string& path) {
    const auto current = project.current();
    const auto found = current->served.find(path);
    return found == current->served.end() ? "none" : found->second.file;
  };
  CHECK(served("about") == "public/about.html");
  CHECK(served("about/") == "public/about.html");
  CHECK(served("a") == "public/a/index.html");
  CHECK(served("a/") == "public/a/index.html");
  CHECK(served("") == "public/index.html");
  CHECK(served("x") == "public/x");
  project.write("vercel.json", R"({"cleanUrls": false})");
  CHECK(served("about") == "none");
  CHECK(served("a") == "public/a/index.html");
}

TEST_CASE("with cleanUrls a function is not reached by its file's name") {
  TestProject project{"api/a.py", {"public/api/b.html", ""}, "api/b.py",
                      {"vercel.json", R"({"cleanUrls": true})"}};
  const auto current = project.current();
  CHECK(current->served.count("api/a.py") == 0);
  CHECK(current->served.count("api/a") == 1);
  // As any file of public/ does, the page stands before the function.
  CHECK(current->served.at("api/b").file == "public/api/b.html");
}

TEST_CASE("memory of a function is kept and its change is a change of its environment") {
  TestProject project{"api/a.py", {"vercel.json", R"({"functions": {"api/a.py": {"memory": 512}}})"}};
  const auto before = project.current();
  CHECK(before->functions.at("api/a")->memory == 512);
  project.write("vercel.json", R"({"functions": {"api/a.py": {"memory": 1024}}})");
  const auto after = project.current();
  CHECK(after->functions.at("api/a")->memory == 1024);
  CHECK(after->environment_version == before->environment_version + 1);
}

TEST_CASE("rules of vercel.json reach the table, and a wrong edit is recovered from") {
  const std::string good = R"({"rewrites": [{"source": "/a", "destination": "/b"}]})";
  TestProject project{"api/a.py", {"vercel.json", good}};
  REQUIRE(project.current()->errors.empty());
  CHECK(project.current()->rules->spec().rewrites.size() == 1);
  project.write("vercel.json", R"({"rewrites": [{"source": "/a", "dest": "/b"}]})");
  const auto wrong = project.current();
  REQUIRE(wrong->errors.size() == 1);
  CHECK(wrong->errors[0].line == 1);
  CHECK(wrong->rules->spec().rewrites.size() == 1);
  project.write("vercel.json", good);
  CHECK(project.current()->errors.empty());
}

TEST_CASE("rewrites of a Next.js configuration are said not to apply") {
  TestProject project{"api/a.py",
                      {"next.config.js", "module.exports = { rewrites: async () => [] };"}};
  const auto current = project.current();
  CHECK(warns(*current, "next.config.js: its rewrites are not applied"));
  TestProject plain{"api/a.py", {"next.config.mjs", "export default { images: {} };"}};
  CHECK_FALSE(warns(*plain.current(), "next.config"));
}

TEST_CASE("middleware and other configuration files are named once each") {
  TestProject project{"api/a.py", {"middleware.ts", ""}, {"vercel.ts", ""}};
  const auto current = project.current();
  CHECK(current->errors.empty());
  CHECK(warns(*current, "middleware.ts is not run"));
  CHECK(warns(*current, "vercel.ts is not read"));
}

TEST_CASE("every file of middleware and of a configuration that is a program is named") {
  for (const std::string file : {"middleware.ts", "middleware.mts", "middleware.js",
                                 "middleware.mjs", "middleware.cjs", "middleware.cts"}) {
    INFO(file);
    TestProject project{"api/a.py", {file, ""}};
    CHECK(warns(*project.current(), file + " is not run"));
  }
  for (const std::string file : {"vercel.ts", "vercel.mts", "vercel.js", "vercel.mjs",
                                 "vercel.cjs"}) {
    INFO(file);
    TestProject project{"api/a.py", {file, ""}};
    CHECK(project.current()->errors.empty());
    CHECK(warns(*project.current(), file + " is not read"));
  }
}
