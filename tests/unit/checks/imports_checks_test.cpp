// Imports, manifests and versions of Python.
#include "tests/support/catch.h"
#include "tests/unit/checks/checked_project.h"

using namespace localfn;
using namespace localfn::testing;

TEST_CASE("a package that no manifest names is found at its import", "[checks][imports]") {
  CheckedProject project{function_with("api/a.py",
                                       "#> import: yaml\n#> late import: yaml.nodes\n"
                                       "#> guarded import: other\n"),
                         {"requirements.txt", "# nothing\n"}};
  project.install("PyYAML", "yaml");
  const auto findings = project.findings();
  REQUIRE(findings.size() == 1);  // the first import tells all of them
  CHECK(findings[0].code == "undeclared-package");
  CHECK(findings[0].line == 2);
  CHECK_THAT(findings[0].fix, ContainsSubstring("add pyyaml to requirements.txt"));
}

TEST_CASE("a package that is declared, or comes with one, is no finding", "[checks][imports]") {
  CheckedProject project{function_with("api/a.py", "#> import: yaml\n"),
                         {"requirements.txt", "pyyaml\n"}};
  project.install("PyYAML", "yaml");
  CHECK(project.found().empty());
}

TEST_CASE("what a package that is not installed brings along is not guessed", "[checks][imports]") {
  CheckedProject project{function_with("api/a.py", "#> import: jinja2\n"),
                         {"requirements.txt", "# web\nsomething\n"}};
  project.install("other", "other");
  CHECK(project.found() == "requirements.txt:2 hint not-installed\n");
}

TEST_CASE("an import of a module that is nowhere is found", "[checks][imports]") {
  CheckedProject project{function_with("api/a.py", "#> import: frobnicate\n")};
  project.install("other", "other");
  CHECK(project.found() == "api/a.py:2 error undeclared-package\n");
}

TEST_CASE("of a name that packages share each part is looked for by itself", "[checks][imports]") {
  CheckedProject project{
      function_with("api/a.py",
                    "#> import: google.cloud && name: google.cloud.storage && name: google.cloud.kms\n"
                    "#> import: google && name: google.genai\n"
                    "#> import: google.cloud.storage && name: google.cloud.storage.Client\n"
                    "#> import: azure\n"),
      {"requirements.txt", "# nothing\n"}};
  const auto fixes = [&] {
    std::string text;
    for (const auto& each : project.findings()) text += each.fix + "\n";
    return text;
  };
  project.install("other", "other");
  CHECK(fixes() ==
        "add google-cloud-kms to requirements.txt, or correct the name\n"
        "add google-cloud-storage to requirements.txt, or correct the name\n"
        "add google-genai to requirements.txt, or correct the name\n"
        "add the package that is meant to requirements.txt, or correct the name\n");

  // Another part of google is here, and may have what the table does not know.
  project.write("requirements.txt", "google-cloud-storage\n");
  project.install("google-cloud-storage", "google");
  project.install("azure-core", "azure", "azure/core/__init__.py,,\n");
  project.install("google-genai", "google", "google/genai/__init__.py,,\n");
  CHECK(fixes() ==
        "add google-genai to requirements.txt\n"
        "add azure-core to requirements.txt\n");
}

TEST_CASE("imports of modules that a function imports count too", "[checks][imports]") {
  CheckedProject project{function_with("api/a.py", "#> import: lib.store\n"),
                         {"lib/store.py", "#> import: .deep\n"},
                         {"lib/deep.py", "#> import: frobnicate\n"},
                         {"lib/unused.py", "#> import: frobnicate\n"},
                         {"public/index.html"}};
  project.install("other", "other");
  CHECK(project.found() == "lib/deep.py:1 error undeclared-package\n");
}

TEST_CASE("a module beside the function is found only from the root", "[checks][imports]") {
  CheckedProject project{function_with("api/a.py", "#> import: tools\n"),
                         {"api/tools.py", kModule}};
  project.install("other", "other");
  const auto findings = project.findings();
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].code == "sibling-import");
  CHECK_THAT(findings[0].fix, ContainsSubstring("from api.tools import"));
}

TEST_CASE("a module that lies elsewhere in the project is no missing package", "[checks][imports]") {
  CheckedProject project{function_with("api/a.py", "#> import: helpers\n#> import: Models\n"),
                         {"lib/helpers.py", kModule},
                         {"models.py", kModule},
                         {"public/index.html"}};
  project.install("other", "other");
  const auto findings = project.findings();
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].message ==
        "`helpers` is not in the project's root, and no package brings it: the import fails, here too");
  CHECK(findings[0].fix ==
        "`lib/helpers.py` is there, but imports start at the project's root, here and on Vercel: "
        "`from lib import helpers`");
  CHECK(findings[1].fix == "the project has no `Models`; do you mean `models`?");
}

TEST_CASE("who changes sys.path may import siblings; who relies on another is told",
          "[checks][imports]") {
  CheckedProject own{function_with("api/a.py", "#> path change: \n#> import: tools\n"),
                     {"api/tools.py", kModule}};
  own.install("other", "other");
  CHECK(own.found().empty());

  CheckedProject other{function_with("api/a.py", "#> import: setup_paths\n#> import: tools\n"),
                       {"setup_paths.py", "#> path change: \n"},
                       {"api/tools.py", kModule},
                       {"public/index.html"}};
  other.install("other", "other");
  CHECK(other.found() == "api/a.py:3 warning sibling-import\n");
}

TEST_CASE("a missing package is told although sys.path is changed", "[checks][imports]") {
  CheckedProject project{function_with("api/a.py",
                                       "#> path change: \n"
                                       "#> import: frobnicate\n"
                                       "#> import: tools\n"
                                       "#> import: shop\n"),
                         {"lib/tools.py", kModule},
                         {"lib/shop/cart.py", kModule},
                         {"lib/my_frobnicate.py", kModule},
                         {"public/index.html"}};
  project.install("other", "other");
  const auto findings = project.findings();
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].severity == checks::Severity::Warning);
  CHECK(findings[0].message ==
        "`frobnicate` is no module of the project, and there is no requirements.txt that brings it: "
        "unless sys.path gets more than folders of the project (api/a.py), the import fails, here too");
}

TEST_CASE("modules that the platform's Python lacks are found, unless a package brings them back",
          "[checks][imports]") {
  CheckedProject project{function_with("api/a.py",
                                       "#> standard import: imp\n"
                                       "#> standard import: cgi\n")};
  CHECK(project.found() == "api/a.py:2 error removed-module\n");

  CheckedProject newer{function_with("api/a.py", "#> standard import: cgi\n"),
                       {".python-version", "3.13\n"},
                       {"public/index.html"}};
  CHECK(newer.found() == "api/a.py:2 error removed-module\n");

  CheckedProject brought{function_with("api/a.py", "#> standard import: cgi\n"),
                         {".python-version", "3.13\n"},
                         {"requirements.txt", "legacy-cgi\n"},
                         {"public/index.html"}};
  brought.install("legacy-cgi", "cgi");
  CHECK(brought.found().empty());
}

TEST_CASE("versions of Python that the platform does not have are found", "[checks][python]") {
  struct Row {
    const char* written;
    const char* found;
  };
  const Row rows[] = {
      {"3.12\n", ""},
      {"3.14.1\n", ""},
      {"# old\n3.11\n3.13\n", ""},
      {"cpython@3.12\n", ""},
      {"313\n", ""},
      {">=3.10\n", ""},
      {"3.11\n", ".python-version:1 warning python-version\n"},
      {"\n3.8\n", ".python-version:2 error python-version\n"},
      {"3.20\n", ".python-version:1 error python-version\n"},
      {"newest\n", ".python-version:1 error python-version\n"},
  };
  for (const Row& row : rows) {
    CheckedProject project{{"api/a.py"}, {".python-version", row.written}, {"public/index.html"}};
    INFO(row.written);
    CHECK(project.found() == row.found);
  }
  CheckedProject required{
      {"api/a.py"}, {"pyproject.toml", "[project]\nname = \"x\"\nrequires-python = \"<3.12\"\n"}};
  CHECK(required.found() == "pyproject.toml:3 warning python-version\n");
}

TEST_CASE("functions whose nearest files ask for different Pythons are told of",
          "[checks][python]") {
  CheckedProject divided{{"api/a.py"}, {"api/old/b.py"}, {"api/old/deep/c.py"},
                         {"api/old/.python-version", "3.13\n"}};
  const auto findings = divided.findings();
  REQUIRE(findings.size() == 1);
  CHECK(divided.found() == "api/old/.python-version:1 warning python-version\n");
  CHECK_THAT(findings[0].message, StartsWith("on the platform \"api/old/b.py\" runs with Python "
                                             "3.13 and \"api/a.py\" with 3.12"));
  CheckedProject same{{"api/a.py"}, {"api/old/b.py"}, {".python-version", "3.13\n"},
                      {"api/old/.python-version", "3.13\n"}};
  CHECK(same.found().empty());
  CheckedProject unused{{"api/a.py"}, {"tools/.python-version", "3.13\n"}};
  CHECK(unused.found().empty());
  CheckedProject weaker{{"api/a.py"}, {"api/old/b.py"}, {".python-version", "3.13\n"},
                        {"api/old/pyproject.toml",
                         "[project]\nname = \"x\"\nrequires-python = \"==3.14.*\"\n"}};
  CHECK(weaker.found().empty());
}

TEST_CASE("only the files nearest to a function say which Python it gets", "[checks][python]") {
  CheckedProject project{function_with("api/a.py", "#> standard import: cgi\n"),
                         {"api/.python-version", "3.13\n"}};
  CHECK(project.found() == "api/a.py:2 error removed-module\n");
  CheckedProject hidden{{"api/a.py"}, {".python-version", "newest\n"},
                        {"api/.python-version", "3.13\n"}};
  CHECK(hidden.found().empty());
  CheckedProject empty{{"api/a.py"}, {"api/old/b.py"}, {".python-version", "3.13\n"},
                       {"api/old/.python-version", ""},
                       {"pyproject.toml",
                        "[project]\nname = \"x\"\nrequires-python = \"==3.14.*\"\n"}};
  CHECK(empty.found() == "api/old/.python-version error python-version\n");
  CheckedProject twice{{"api/old/b.py"}, {"api/old/deep/c.py"},
                       {".python-version", "newest\n"},
                       {"api/old/deep/pyproject.toml", "[project]\nname = \"x\"\n"}};
  CHECK(twice.found() == ".python-version:1 error python-version\n");
}

TEST_CASE("only a discontinued version of Pipfile.lock fails the build", "[checks][python]") {
  const auto locked = [](const std::string& version) {
    const std::string lock = R"({"_meta": {"requires": {"python_version": ")" + version +
                             R"("}}, "default": {}})";
    return CheckedProject{{"api/a.py"}, {"Pipfile.lock", lock}}.found();
  };
  CHECK(locked("3.6") == "Pipfile.lock error python-version\n");
  CHECK(locked("3.11") == "Pipfile.lock warning python-version\n");
  CHECK(locked("3.7") == "Pipfile.lock warning python-version\n");
  CHECK(locked("3.13").empty());
}

TEST_CASE("a manifest that makes the project an app of a framework is found at its line",
          "[checks][manifests]") {
  CheckedProject project{{"api/a.py"}, {"requirements.txt", "\n# like Flask\n"}};
  CHECK(project.found() == "requirements.txt:2 warning framework-preset\n");
  project.write("vercel.json", R"({"framework": null})");
  CHECK(project.found().empty());
}

TEST_CASE("beside a JavaScript framework no manifest makes the project an app",
          "[checks][manifests]") {
  const auto beside = [](const std::string& package) {
    CheckedProject project{
        {"api/a.py"}, {"requirements.txt", "# fastapi\n"}, {"package.json", package}};
    return project.found();
  };
  const std::string preset = "requirements.txt:1 warning framework-preset\n";
  CHECK(beside(R"({"dependencies": {"next": "15", "react": "19"}})").empty());
  CHECK(beside(R"({"devDependencies": {"vite": "^6"}})").empty());
  CHECK(beside(R"({"peerDependencies": {"next": "15"}})") == preset);
  CHECK(beside(R"({"dependencies": {"react": "19"}, "scripts": {"next": "x"}})") == preset);
}

TEST_CASE("manifests that cannot be read are found", "[checks][manifests]") {
  CheckedProject utf16{{"api/a.py"}, {"requirements.txt", std::string("\xff\xfe#\0\n\0", 6)}};
  CHECK(utf16.found() == "requirements.txt warning utf16-manifest\n");
  CheckedProject included{{"api/a.py"}, {"requirements.txt", "\n-r more.txt\n"}};
  CHECK(included.found() == "requirements.txt:2 error unreadable-manifest\n");
  CheckedProject broken{{"api/a.py"}, {"pyproject.toml", "[project\n"}};
  CHECK(broken.found() == "pyproject.toml error unreadable-manifest\n");
}

TEST_CASE("a pyproject.toml of Poetry alone is told to fail the build", "[checks][manifests]") {
  const std::string poetry = "[tool.poetry]\nname = \"x\"\n";
  CheckedProject project{
      {"api/a.py"}, {"pyproject.toml", poetry}, {"requirements.txt", "# none\n"}};
  CHECK(project.found() == "pyproject.toml error unreadable-manifest\n");
  CHECK_THAT(project.findings()[0].message, StartsWith("has [tool.poetry] but no [project] table"));
  for (const char* more : {"[project]\nname = \"x\"\n", "[tool.uv.workspace]\n"}) {
    project.write("pyproject.toml", poetry + more);
    CHECK(project.found().empty());
  }
}

TEST_CASE("a pyproject.toml with the settings of tools alone is told to fail the build",
          "[checks][manifests]") {
  for (const char* toml : {"", "# nothing\n", "[tool.ruff]\n", "[tool.localfn.check]\n"}) {
    INFO(toml);
    CheckedProject project{{"api/a.py"}, {"pyproject.toml", toml}};
    CHECK(project.found() == "pyproject.toml error unreadable-manifest\n");
    CHECK_THAT(project.findings()[0].message, StartsWith("has no [project] table"));
    project.write("requirements.txt", "# none\n");
    CHECK(project.found() == "pyproject.toml error unreadable-manifest\n");
    project.write("requirements.txt", "absent-package\n");
    CHECK(project.found() == "pyproject.toml error hidden-manifest\n");
    CHECK_THAT(project.findings()[0].message,
               StartsWith("pyproject.toml has no [project] table, but hides requirements.txt"));
  }
}

TEST_CASE("packages that stand beside a pyproject.toml only are found missing",
          "[checks][manifests]") {
  CheckedProject project{function_with("api/a.py", "#> import: yaml\n"),
                         {"requirements.txt", "pyyaml\n"},
                         {"pyproject.toml", "[tool.ruff]\nline-length = 100\n"}};
  project.install("PyYAML", "yaml");
  const auto findings = project.findings();
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].code == "undeclared-package");
  CHECK(findings[0].file == "api/a.py");
  CHECK(findings[1].code == "hidden-manifest");
  CHECK(findings[1].file == "pyproject.toml");
  CHECK_THAT(findings[1].message, ContainsSubstring("hides requirements.txt"));
}
