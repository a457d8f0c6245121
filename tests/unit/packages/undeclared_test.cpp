#include "runtime/packages/undeclared.h"

#include <memory>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/temp_project.h"

using namespace localfn;
using namespace localfn::packages;
using localfn::test::TempProject;

namespace {

class Fixture {
 protected:
  TempProject disk;

  /// A distribution of the environment, as pip leaves it.
  void install(const std::string& name, const std::string& top_level, const std::string& needs = "") {
    const std::string folder = ".venv/lib/python3.11/site-packages/" + name + "-1.0.dist-info/";
    disk.write(folder + "METADATA", "Metadata-Version: 2.1\nName: " + name + "\n" + needs +
                                        "\nName: not-a-header\n");
    if (!top_level.empty()) disk.write(folder + "top_level.txt", top_level + "\n");
  }

  std::vector<std::string> warnings(std::vector<std::string> imports,
                                    std::set<std::string> files = {}) const {
    Function function;
    function.file = "api/x.py";
    function.imports = std::move(imports);
    Project project;
    project.root = disk.root();
    project.venv = (disk.root() / ".venv").string();
    project.python = "3.11";
    project.files = std::move(files);
    project.functions["api/x"] = std::make_shared<const Function>(function);
    return undeclared_imports(project);
  }
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(Fixture, "a package that is installed here but named nowhere is told",
                 "[packages][undeclared]") {
  install("requests", "requests");
  install("PyYAML", "_yaml\nyaml");
  CHECK(warnings({"requests"}) ==
        Lines{"api/x.py imports requests, which is installed here but the project has no "
              "requirements.txt: it will be missing on Vercel"});
  disk.write("requirements.txt", "# nothing\n");
  CHECK(warnings({"requests", "yaml"}) ==
        Lines{"api/x.py imports requests and yaml (package pyyaml), which are installed here but not "
              "brought by requirements.txt: they will be missing on Vercel"});
  disk.write("requirements.txt", "Requests\npyyaml\n");
  CHECK(warnings({"requests", "yaml"}).empty());
  install("google-auth", "google");
  CHECK(warnings({"google"}) ==
        Lines{"api/x.py imports google, which is installed here but not brought by requirements.txt: "
              "it will be missing on Vercel"});
  disk.write("requirements.txt", "requests\n");
  disk.write("api/requirements.txt", "pyyaml\n");
  CHECK_THAT(warnings({"requests", "yaml"}).at(0), StartsWith("api/x.py imports requests, which"));
}

TEST_CASE_METHOD(Fixture, "what a named package brings along needs no name of its own",
                 "[packages][undeclared]") {
  install("Flask", "flask", "Requires-Dist: Werkzeug (>=2)\nRequires-Dist: cloud; extra == 'c'\n");
  install("werkzeug", "", "Requires-Dist: MarkupSafe>=2.1\n");
  install("MarkupSafe", "markupsafe");
  install("cloud", "cloud");
  install("alone", "");
  disk.write(".venv/lib/python3.11/site-packages/alone-1.0.dist-info/RECORD",
             "odd_name/__init__.py,,\nnative.cpython-311-x86_64-linux-gnu.so,,\nsingle.py,,\n");
  disk.write("requirements.txt", "flask\n");
  CHECK(warnings({"flask", "werkzeug", "markupsafe", "cloud"}).empty());
  for (const char* module : {"odd_name", "native", "single"}) {
    INFO(module);
    CHECK_THAT(warnings({module}).at(0), ContainsSubstring("(package alone)"));
  }
  CHECK(warnings({"odd"}).empty());
}

TEST_CASE_METHOD(Fixture, "there is no alarm where anything is uncertain", "[packages][undeclared]") {
  install("requests", "requests");
  install("setuptools", "pkg_resources\nsetuptools");
  CHECK(warnings({"nowhere"}).empty());
  CHECK(warnings({"pkg_resources"}).empty());
  CHECK(warnings({"requests"}, {"requests.py"}).empty());
  CHECK(warnings({"requests"}, {"requests/a.py"}).empty());
  disk.write("requirements.txt", "not-installed\n");
  CHECK(warnings({"requests"}).empty());
  disk.write("requirements.txt", "./folder\n");
  CHECK(warnings({"requests"}).empty());
  disk.write("requirements.txt", "-r gone.txt\n");
  CHECK(warnings({"requests"}).empty());
  disk.write("requirements.txt", "not-installed; sys_platform == 'win32'\n");
  CHECK(warnings({"requests"}).size() == 1);
}
