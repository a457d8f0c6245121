#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>

#include "tests/support/catch.h"
#include "tests/unit/project/project_fixture.h"

using namespace localfn;
using namespace localfn::testing;

namespace {
std::string listed(const Project& project) {
  std::string line;
  for (const std::string& file : project.files) line += (line.empty() ? "" : " ") + file;
  return line;
}
}  // namespace

TEST_CASE("files that the platform never lists are not listed") {
  TestProject folder{"a.txt", ".git/config", "n/node_modules/x.py", "venv/x.py", ".venv/x.py",
                     "__pycache__/x.pyc", ".env.local", ".env.x.local", ".a.swp", "n/.DS_Store",
                     ".gitignore", ".vercel/x", "CVS/x", "target/x", "sub/.yarn/cache/x"};
  CHECK(listed(*folder.current()) == "a.txt sub/.yarn/cache/x target/x");
}

TEST_CASE("target/ is left out of a Rust project") {
  TestProject folder{"Cargo.toml", "target/x", "n/target/x"};
  CHECK(listed(*folder.current()) == "Cargo.toml n/target/x");
}

TEST_CASE(".vercelignore adds to the list and takes back from it") {
  TestProject folder{"a.txt", "b.log", "d/x.txt", "venv/y.txt", "api/hello.py", "api/draft.py",
                     "d/.gitignore"};
  folder.write(".vercelignore", "*.log\n/d\n!venv\napi/draft.py\n");
  const auto project = folder.current();
  CHECK(listed(*project) == ".vercelignore a.txt api/hello.py venv/y.txt");
  CHECK(function_files(*project) == "api/hello.py");
}

TEST_CASE(".gitignore is not consulted") {
  TestProject folder{"a.log"};
  folder.write(".gitignore", "*.log\n");
  CHECK(listed(*folder.current()) == "a.log");
}

TEST_CASE(".vercelignore and .nowignore together are an error") {
  TestProject folder{"a.txt"};
  folder.write(".nowignore", "a.txt\n");
  CHECK(listed(*folder.current()) == ".nowignore");
  folder.write(".vercelignore", "");
  const auto project = folder.current();
  REQUIRE(project->errors.size() == 1);
  CHECK_THAT(project->errors[0].platform, ContainsSubstring("[CONFLICTING_IGNORE_FILES]"));
}

TEST_CASE("a build tree of CMake is left out, another folder build/ is not") {
  TestProject plain{"build/x.txt", "sub/build/CMakeCache.txt"};
  CHECK(listed(*plain.current()) == "build/x.txt sub/build/CMakeCache.txt");
  TestProject direct{"build/CMakeCache.txt", "build/x.txt", "a.txt"};
  CHECK(listed(*direct.current()) == "a.txt");
  TestProject presets{"build/dev/CMakeCache.txt", "build/dev/x.txt", "a.txt"};
  CHECK(listed(*presets.current()) == "a.txt");
}

TEST_CASE("build/ leaves the project when it becomes a build tree") {
  TestProject folder{"build/x.txt", "a.txt"};
  CHECK(listed(*folder.current()) == "a.txt build/x.txt");
  folder.write("build/dev/CMakeCache.txt", "");
  CHECK(listed(*folder.current()) == "a.txt");
  folder.remove("build");
  folder.write("build/y.txt", "");
  CHECK(listed(*folder.current()) == "a.txt build/y.txt");
}

TEST_CASE("links are followed inside the project and never in circles") {
  TestProject folder{"d/x.txt", "a.txt"};
  folder.link("d", "l");
  folder.link("..", "d/up");
  folder.link(".", "self");
  folder.link("a.txt", "b.txt");
  folder.link("nowhere", "dangling.txt");
  CHECK(listed(*folder.current()) == "a.txt b.txt d/x.txt l/x.txt");
}

TEST_CASE("files outside the project are functions if linked, but never static") {
  TempFolder elsewhere;
  elsewhere.write("secret.txt", "s");
  elsewhere.write("fn.py", kHandler);
  elsewhere.write("lib/fn2.py", kHandler);
  TestProject folder{"a.txt"};
  folder.link(elsewhere / "secret.txt", "stolen.txt");
  folder.link(elsewhere.path().string(), "all");
  folder.link(elsewhere / "fn.py", "api/fn.py");
  folder.link(elsewhere / "lib", "api/lib");
  folder.link("/", "api/root");
  const auto project = folder.current();
  CHECK(function_files(*project) == "api/fn.py api/lib/fn2.py");
  CHECK(project->static_files.size() == 1);
  CHECK(project->static_files.count("a.txt") == 1);
  CHECK(project->served.count("stolen.txt") == 0);
}

TEST_CASE("what is no regular file is not listed") {
  TestProject folder{"a.txt"};
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  REQUIRE(::mkfifo((folder / "vercel.json").c_str(), 0600) == 0);  // and does not hang the server
  const auto project = folder.current();
  CHECK(listed(*project) == "a.txt");
  REQUIRE(project->errors.size() == 1);
  CHECK(project->errors[0].message == "cannot read it: not a regular file");
}

TEST_CASE("names of any bytes are listed") {
  TestProject folder{"a\nb.txt", "\xFF\xFE.txt", " lead", "tr ail ", "api/\xF0\x9F\x98\x80.py"};
  const auto project = folder.current();
  CHECK(project->files.size() == 5);
  CHECK(project->functions.count("api/\xF0\x9F\x98\x80") == 1);
}

TEST_CASE("functions of other languages are named, not run") {
  TestProject folder{"api/a.js", "api/b.ts", "api/data.json"};
  const auto project = folder.current();
  CHECK(project->has_functions);
  CHECK(project->functions.empty());
  CHECK(project->static_files.empty());
  REQUIRE(project->warnings.size() == 1);
  CHECK(project->warnings[0] == "api/a.js and 1 more are not run: localfn runs Python functions only");
}

TEST_CASE("a pattern of functions with a runtime makes functions of files in any language") {
  TestProject folder{"api/hello.py", "api/page.php", "api/_part.php", "api/a_test.go", "api/x.d.ts",
                     "lib/page.php", {"vercel.json", R"({"functions": {
    "api/hello.py": {"memory": 512},
    "api/**": {"runtime": "vercel-php@0.7.3"}}})"}};
  const auto project = folder.current();
  CHECK(project->errors.empty());
  CHECK(function_files(*project) == "api/hello.py");
  std::string others;
  for (const auto& [path, other] : project->not_functions) {
    CHECK(other.other_language);
    others += other.file + " ";
  }
  CHECK(others == "api/a_test.go api/page.php ");
  CHECK(project->not_functions.find("api/page")->second.reason.find("vercel-php@0.7.3") !=
        std::string::npos);
}

TEST_CASE("other names of the configuration are reported") {
  TestProject old{"now.json"};
  REQUIRE(old.current()->errors.size() == 1);
  CHECK_THAT(old.current()->errors[0].platform, ContainsSubstring("[DEPRECATED_NOW_JSON]"));
  TestProject two{{"vercel.json", "{}"}, "vercel.toml"};
  REQUIRE(two.current()->errors.size() == 1);
  CHECK_THAT(two.current()->errors[0].platform, ContainsSubstring("[CONFLICTING_CONFIG_FILES]"));
  TestProject three{"vercel.toml", "vercel.mjs", "vercel.ts"};
  REQUIRE(three.current()->errors.size() == 1);
  CHECK_THAT(three.current()->errors[0].format(),
             StartsWith("vercel.mjs: stands beside vercel.toml and vercel.ts; keep one of them"));
  CHECK(three.current()->warnings.empty());
  TestProject other{"vercel.ts"};
  CHECK(other.current()->errors.empty());
  CHECK(other.current()->warnings.size() == 1);
}

TEST_CASE("a package.json that the platform would not build is refused, with its words") {
  TestProject site{"index.html", {"package.json", "{\"scripts\": {\"dev\": \"x\"}}"}};
  REQUIRE(site.current()->errors.size() == 1);
  CHECK_THAT(site.current()->errors[0].platform, StartsWith("Error: [missing_build_script]"));
  SECTION("a function") { site.write("api/hello.py", kHandler); }
  SECTION("nothing to build") { site.write("vercel.json", "{\"buildCommand\": \"\"}"); }
  SECTION("nothing to put anywhere") { site.write("vercel.json", "{\"outputDirectory\": \"\"}"); }
  SECTION("an app") { site.write("vercel.json", "{\"framework\": \"flask\"}"); }
  SECTION("no package.json") { site.remove("package.json"); }
  CHECK(site.current()->errors.empty());
}

TEST_CASE("a build script is not run, and that is said with its place") {
  TestProject site{"index.html", {"package.json", "{\"scripts\":\n {\"build\": \"vite build\"}}"}};
  CHECK(site.current()->errors.empty());
  REQUIRE(site.current()->warnings.size() == 1);
  CHECK_THAT(site.current()->warnings[0], StartsWith("package.json:2:12: the build script \"vite build\""));
  site.write("vercel.json", "{\"buildCommand\": \"\"}");
  CHECK(site.current()->warnings.empty());
  site.write("vercel.json", "{}");
}

TEST_CASE("a package.json that is not JSON is refused in every mode") {
  const TestFile broken{"package.json", "{\"scripts\": "};
  const TestFile app{"app.py", kHandler};
  for (const char* vercel : {"{}", R"({"framework": "flask"})",
                             R"({"builds": [{"use": "@vercel/static", "src": "*.html"}]})"}) {
    INFO(vercel);
    TestProject site{"index.html", broken, app, {"vercel.json", vercel}};
    REQUIRE(site.current()->errors.size() == 1);
    const Diagnostic& problem = site.current()->errors[0];
    CHECK_THAT(problem.format(), StartsWith("package.json:1:"));
    CHECK(problem.platform == "Error: [CANT_PARSE_JSON_FILE] Can't parse json file " +
                                  (site / "package.json"));
  }
}

TEST_CASE("the manifest warning comes only where it says something") {
  TestProject plain{"api/hello.py", {"requirements.txt", "requests\n"}};
  CHECK(plain.current()->warnings.empty());
  TestProject flask{"api/hello.py"};
  flask.write("requirements.txt", std::string("\xFF\xFE" "F\0l\0a\0s\0k\0", 12));
  REQUIRE(flask.current()->warnings.size() == 1);
  CHECK_THAT(flask.current()->warnings[0], StartsWith("requirements.txt mentions flask"));
  flask.write("vercel.json", "{\"framework\": null}");
  CHECK(flask.current()->warnings.empty());
  TestProject app{{"app.py", kHandler}, {"requirements.txt", "flask\n"}};
  CHECK(app.current()->warnings.empty());
  TestProject next{"api/hello.py",
                   {"requirements.txt", "flask\n"},
                   {"package.json", R"({"dependencies": {"next": "15"}})"}};
  CHECK(next.current()->warnings.empty());
}

TEST_CASE("no manifest warning where the only function would be the app as well") {
  const TestFile function{"api/index.py", "app = Flask(__name__)\n"};
  TestProject same{function, {"requirements.txt", "flask\n"}};
  CHECK(same.current()->warnings.size() == 1);  // the app would get /foo as well
  same.write("vercel.json",
             R"-({"rewrites": [{"source": "/(.*)", "destination": "/api/index"}]})-");
  CHECK(same.current()->warnings.empty());
  same.write("main.py", "print()\n");
  CHECK(same.current()->warnings.size() == 1);
  TestProject two{function, "api/hello.py", {"requirements.txt", "flask\n"}};
  CHECK(two.current()->warnings.size() == 1);
  TestProject django{function, {"requirements.txt", "django\n"}};
  CHECK(django.current()->warnings.size() == 1);
}
