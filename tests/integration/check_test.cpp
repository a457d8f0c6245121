// `localfn check`: every planted problem is found where it is planted, and none in healthy
// projects.
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/support/catch.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;
namespace fs = std::filesystem;

namespace {

const fs::path kSource = LOCALFN_SOURCE_DIR;

class CheckTest : protected IntegrationTest {
 protected:
  int check(std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), "check");
    launch(std::move(arguments));
    return exit_code(server().await_exit());
  }
  std::string out() { return server().output(Stream::Out); }
  nlohmann::json findings() { return nlohmann::json::parse(out())["findings"]; }

  /// "api/a.py:3:5 error syntax-error", a line each.
  std::string lines() {
    std::string text;
    for (const auto& each : findings()) {
      text += each["file"].get<std::string>();
      for (const char* key : {"line", "column"}) {
        if (each[key].is_number()) text += ":" + std::to_string(each[key].get<int>());
      }
      text +=
          " " + each["severity"].get<std::string>() + " " + each["code"].get<std::string>() + "\n";
    }
    return text;
  }
};

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  REQUIRE(in);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE_METHOD(CheckTest, "each planted problem is found exactly where it is planted",
                 "[integration][check]") {
  project.copy_from(kSource / "tests/cases/check/planted");
  CHECK(check({"--format", "json"}) == 1);
  CHECK(lines() == text_of(kSource / "tests/cases/check/planted.expected"));
}

TEST_CASE_METHOD(CheckTest, "problems that stand in each other's way are found one by one",
                 "[integration][check]") {
  SECTION("in vercel.json and among names") {
    project.write("api/a.py", handler_answering("a"));
    project.write("api/a.txt", "");
    project.write("lib/a.txt", "");
    project.write("Lib/b.txt", "");
    project.write("public/index.html", "");
    project.write("vercel.json",
                  "{\n  \"cleanUrls\": 1,\n"
                  "  \"functions\": {\"lib/*.py\": {\"maxDuration\": 5}}\n}\n");
    CHECK(check({"--format", "json"}) == 1);
    CHECK(lines() ==
          "api/a.py error path-conflict\n"
          "lib/a.txt warning case-conflict\n"
          "vercel.json:2:16 error config\n"
          "vercel.json:3:17 error unused-pattern\n");
  }
  SECTION("too much of everything") {
    for (char c = 'a'; c <= 'm'; ++c) {
      project.write(std::string("api/") + c + ".py", handler_answering("x"));
    }
    project.write("model.bin", "");
    project.write("public/index.html", "");
    fs::resize_file(project.root() / "model.bin", 501'000'000);
    std::string crons;
    for (int i = 0; i < 101; ++i) {
      crons += std::string(i > 0 ? "," : "") + R"({"path": "/api/a", "schedule": "0 5 * * *"})";
    }
    project.write("vercel.json", "{\"crons\": [" + crons + "]}");
    CHECK(check({"--format", "json"}) == 1);
    CHECK(lines() ==
          "api/a.py error bundle-size\n"
          "api/m.py error too-many-functions\n"
          "vercel.json:1:11 error cron-count\n");
  }
  SECTION("a manifest that another one hides") {
    project.write("api/a.py", handler_answering("a"));
    project.write("public/index.html", "");
    project.write("pyproject.toml", "[tool.ruff]\nline-length = 100\n");
    project.write("requirements.txt", "not-to-be-found\n");
    CHECK(check({"--format", "json"}) == 1);
    CHECK(lines() == "pyproject.toml error hidden-manifest\n");
    project.remove("requirements.txt");
    CHECK(check({"--format", "json"}) == 1);
    CHECK(lines() == "pyproject.toml error unreadable-manifest\n");
  }
  SECTION("services, which have roots of their own") {
    project.write("backend/app.py", "import tools\napp = tools.app\n");
    project.write("backend/tools.py", "app = None\n");
    project.write("api/a.py", "import b\n" + handler_answering("a"));
    project.write("api/b.py", "");
    project.write("vercel.json", "{\"services\": {\"backend\": {\"root\": \"backend\"}}}\n");
    CHECK(check({"--format", "json"}) == 0);
    CHECK(lines() == "vercel.json:1:2 hint services\n");
  }
  SECTION("an app that has no entry point") {
    project.write("requirements.txt", "# flask\n");
    project.write("server.py", "import os\n");
    CHECK(check({"--format", "json"}) == 1);
    CHECK(lines() == "requirements.txt error app-entry\n");
  }
}

TEST_CASE_METHOD(CheckTest, "the option --import finds what only an import shows, nothing runs without it",
                 "[integration][check]") {
  project.write("api/fails.py", "class handler: pass\nvalue = {}\nprint(value['x'])\n");
  project.write("api/leaves.py", "import os\nclass handler: pass\nos._exit(3)\n");
  project.write("api/good.py", handler_answering("x"));
  CHECK(check() == 0);
  CHECK(out() == "no problems found\n");
  CHECK(check({"--import", "--format", "json"}) == 1);
  CHECK(lines() == "api/fails.py:3 error import-failed\napi/leaves.py error import-failed\n");
  CHECK_THAT(findings()[0]["message"].get<std::string>(), ContainsSubstring("KeyError: 'x'"));
  CHECK_THAT(findings()[1]["message"].get<std::string>(), ContainsSubstring("during the import"));
}

TEST_CASE_METHOD(CheckTest, "comments, settings and options leave findings out",
                 "[integration][check]") {
  const std::string handler =
      "from http.server import BaseHTTPRequestHandler\n"
      "class handler(BaseHTTPRequestHandler):\n"
      "    def do_GET(self):\n";
  project.write("public/index.html", "");
  project.write("api/a.py", handler + "        open('a.txt', 'w')\n");
  CHECK(check() == 0);
  CHECK_THAT(out(), StartsWith("api/a.py:4:9: warning: open(…, \"w\") of \"a.txt\""));
  CHECK_THAT(out(), ContainsSubstring("[write-outside-tmp]\n    fix: "));
  CHECK(out().ends_with("\n1 warning\n"));

  CHECK(check({"--ignore", "write-outside-tmp"}) == 0);
  CHECK(out() == "no problems found\n");
  project.write("pyproject.toml",
                "[project]\nname = \"x\"\n"
                "[tool.localfn.check]\nseverity = { write-outside-tmp = \"error\" }\n");
  CHECK(check() == 1);
  project.write("api/a.py",
                handler + "        open('a.txt', 'w')  # localfn: ignore[write-outside-tmp]\n");
  CHECK(check() == 0);
  project.write("api/a.py", "# localfn: ignore-file[write-outside-tmp]\n" + handler +
                                "        open('a.txt', 'w')\n");
  CHECK(check() == 0);
}

TEST_CASE_METHOD(CheckTest, "wrong words end check with 2", "[integration][check]") {
  project.write("api/a.py", handler_answering("x"));
  for (const char* wrong : {"xml", "free", "cron-pth", "no-such-folder", "ignores"})
    expect_log(wrong);
  CHECK(check({"--format", "xml"}) == 2);
  CHECK(check({"--plan", "free"}) == 2);
  CHECK(check({"--ignore", "cron-pth"}) == 2);
  CHECK_THAT(server().output(Stream::Err), ContainsSubstring("did you mean \"cron-path\"?"));
  CHECK(check({"no-such-folder"}) == 2);
  project.write("pyproject.toml", "[tool.localfn.check]\nignores = []\n");
  CHECK(check() == 2);
}

TEST_CASE_METHOD(CheckTest, "annotations and SARIF name files from the top of the repository",
                 "[integration][check]") {
  project.write("web/api/a.py", "class handler\n");
  launch({"check", "web", "--format", "github"}, {{"GITHUB_WORKSPACE", project.root().string()}});
  CHECK(exit_code(server().await_exit()) == 1);
  CHECK_THAT(out(), StartsWith("::error file=web/api/a.py,line=1,title=syntax-error::"));
  launch({"check", "web", "--format", "sarif"}, {{"GITHUB_WORKSPACE", project.root().string()}});
  CHECK(exit_code(server().await_exit()) == 1);
  const auto sarif = nlohmann::json::parse(out());
  CHECK(sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
             ["uri"] == "web/api/a.py");
}

TEST_CASE_METHOD(CheckTest, "the examples of this repository have no problems",
                 "[integration][check]") {
  needs("requests");
  for (const char* name : {"api", "public"})
    fs::copy(kSource / name, project.root() / name, fs::copy_options::recursive);
  for (const char* name : {"vercel.json", "requirements.txt"})
    fs::copy(kSource / name, project.root() / name);
  CHECK(check() == 0);
  CHECK(out() == "no problems found\n");
}

TEST_CASE_METHOD(CheckTest, "small templates have no problems", "[integration][check]") {
  const std::vector<std::string> quietly{"--ignore", "not-installed"};  // wherever the test runs
  SECTION("handlers") {
    project.write("api/hello.py", handler_answering("x"));
    project.write("api/_tools.py", "def tool(): pass\n");
    project.write("api/users/[id].py", "from api._tools import tool\n" + handler_answering("x"));
    project.write("public/index.html", "");
    project.write("requirements.txt", "# none\n");
    project.write(".env", "TOKEN=x\n");
    project.write(".gitignore", ".env\n.venv\n");
    project.write("tests/test_hello.py", "import pytest\nopen('report.txt', 'w')\n");
    project.write("probes.json", "{\"probes\": []}");
    project.write("vercel.json",
                  "{\"crons\": [{\"path\": \"/api/hello\", \"schedule\": \"0 5 * * *\"}]}");
  }
  SECTION("Flask, the whole project one app") {
    project.write("app.py",
                  "from flask import Flask, render_template\n"
                  "app = Flask(__name__)\n"
                  "@app.route('/')\n"
                  "def index():\n    return render_template('index.html')\n"
                  "if __name__ == '__main__':\n    app.run()\n");
    project.write("templates/index.html", "");
    project.write("public/style.css", "");
    project.write("requirements.txt", "Flask>=3\n");
  }
  SECTION("FastAPI, one file behind a rewrite") {
    project.write("api/index.py",
                  "from fastapi import FastAPI\n"
                  "from pathlib import Path\n"
                  "app = FastAPI()\n"
                  "TEXT = (Path(__file__).parent / 'text.md').read_text()\n");
    project.write("api/text.md", "");
    project.write("requirements.txt", "fastapi\nuvicorn\n");
    project.write("vercel.json",
                  "{\"rewrites\": [{\"source\": \"/(.*)\", \"destination\": \"/api/index\"}]}");
  }
  CHECK(check(quietly) == 0);
  CHECK(out() == "no problems found\n");
}

TEST_CASE_METHOD(CheckTest, "the projects of these tests have no other problems than their own",
                 "[integration][check]") {
  // Mistakes that are what the project is there for, or that it makes as its kind does.
  const std::map<std::string, std::set<std::string>> kKnown = {
      {"flask-site", {"undeclared-package"}},
      {"flask-todo", {"framework-preset"}},
      {"path-hack", {"sibling-import"}},
      {"starlette-stream", {"undeclared-package"}},
      {"utf16-requirements", {"framework-preset", "utf16-manifest"}},
  };
  for (const auto& entry : fs::directory_iterator(kSource / "tests/projects")) {
    if (!entry.is_directory()) continue;
    const std::string name = entry.path().filename().string();
    fs::copy(entry.path(), project.root() / name, fs::copy_options::recursive);
    check({name, "--format", "json", "--ignore", "not-installed"});
    std::set<std::string> codes;
    for (const auto& each : findings()) codes.insert(each["code"].get<std::string>());
    const auto known = kKnown.find(name);
    INFO(name << ": " << out());
    CHECK(codes == (known == kKnown.end() ? std::set<std::string>() : known->second));
  }
}
