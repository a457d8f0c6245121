#include "runtime/project/python_choice.h"

#include "runtime/base/errors.h"
#include "tests/support/catch.h"
#include "tests/unit/project/project_fixture.h"

namespace localfn {
namespace {

using testing::TempFolder;

constexpr PythonVersion k39{3, 9}, k311{3, 11}, k312{3, 12}, k313{3, 13};

struct Folder {
  TempFolder project;

  void venv(const std::string& name, const std::string& version) {
    project.write(name + "/pyvenv.cfg", "home = /usr/bin\nversion = " + version + "\n");
    project.write(name + "/bin/python", "");
  }
  PythonWish wish(std::vector<PythonVersion> workers = {k311, k312}) const {
    return {project.path().string(), {}, {}, std::move(workers), k311};
  }
  PythonChoice choose(std::vector<PythonVersion> workers = {k311, k312}) const {
    return choose_python(wish(std::move(workers)));
  }
};

}  // namespace

TEST_CASE("versions of Python are read in every form that files have", "[python]") {
  CHECK(parse_python_version("3.11") == k311);
  CHECK(parse_python_version("3.12.4") == k312);
  CHECK(parse_python_version("cpython-3.13.0") == k313);
  CHECK(parse_python_version("python3.9") == k39);
  CHECK(parse_python_version("3.13rc2") == k313);
  CHECK(parse_python_version("cpython@3.12") == k312);
  CHECK(parse_python_version("312") == k312);
  CHECK(parse_python_version("39") == k39);
  for (const char* none : {"", "3", "2.7", "27", "31211", "pypy3.9", "three", "3.x", "system"}) {
    CHECK_FALSE(parse_python_version(none));
  }
}

TEST_CASE("specifiers of requires-python hold for minor versions", "[python]") {
  CHECK(satisfies(k311, ">=3.9") == true);
  CHECK(satisfies(k39, ">=3.10") == false);
  CHECK(satisfies(k311, ">=3.9,<3.11") == false);
  CHECK(satisfies(k311, ">=3.9, <3.12") == true);
  // PEP 440 would let 3.12 pass.
  CHECK(satisfies(k312, "~=3.11") == false);
  CHECK(satisfies(k311, "~=3.11") == true);
  CHECK(satisfies(k312, "~=3.11.2") == false);
  CHECK(satisfies(k311, "~=3.11.2") == true);
  CHECK(satisfies(k312, "==3.12.*") == true);
  CHECK(satisfies(k311, "==3.12.*") == false);
  CHECK(satisfies(k311, "==3.*") == true);
  CHECK(satisfies(k311, "!=3.11.*") == false);
  CHECK(satisfies(k311, "!=3.11.3") == true);
  CHECK(satisfies(k311, "<=3.11") == true);
  CHECK(satisfies(k311, "<3.11.5") == true);
  CHECK(satisfies(k311, ">3.11") == false);
  CHECK_FALSE(satisfies(k311, "latest"));
  CHECK_FALSE(satisfies(k311, ">=3.9,"));
}

TEST_CASE("without a wish the preferred Python runs", "[python]") {
  const Folder folder;
  const auto choice = folder.choose();
  CHECK(choice.version == k311);
  CHECK(choice.venv.empty());
  CHECK(choice.warnings.empty());
}

TEST_CASE("wishes count in their order", "[python]") {
  Folder folder;
  folder.project.write("Pipfile.lock", R"({"_meta": {"requires": {"python_version": "3.12"}}})");
  CHECK(folder.choose().version == k312);
  CHECK(folder.choose().reason == "Pipfile.lock");

  folder.project.write("pyproject.toml", "[project]\nrequires-python = \">=3.9\"\n");
  CHECK(folder.choose().version == k311);
  folder.project.write("pyproject.toml", "[project]\nrequires-python = '>=3.12'  # new\n");
  CHECK(folder.choose().version == k312);
  CHECK(folder.choose().reason == "pyproject.toml");

  folder.project.write(".python-version", "# ours\n3.11.4\n");
  CHECK(folder.choose().version == k311);
  CHECK(folder.choose().reason == ".python-version");

  folder.venv("venv", "3.12.1");
  CHECK(folder.choose().version == k312);
  CHECK(folder.choose().venv == folder.project.path().string() + "/venv");
  folder.venv(".venv", "3.11.2");
  CHECK(folder.choose().version == k311);
  CHECK(folder.choose().reason == ".venv");

  Folder other;
  other.venv("active", "3.12.0");
  auto wish = folder.wish();
  wish.virtual_env = other.project.path().string() + "/active";
  CHECK(choose_python(wish).version == k312);
  CHECK(choose_python(wish).venv == wish.virtual_env);

  wish.option = "3.11";
  CHECK(choose_python(wish).version == k311);
  CHECK(choose_python(wish).venv.empty());
  wish.option = folder.project.path().string() + "/venv/bin/python";
  CHECK(choose_python(wish).venv == folder.project.path().string() + "/venv");
}

TEST_CASE("a wish for a Python without a worker says who wants it and what there is", "[python]") {
  Folder folder;
  SECTION("the command line is refused") {
    auto wish = folder.wish({k311});
    wish.option = "3.13";
    CHECK_THROWS_WITH(choose_python(wish),
                      ContainsSubstring("no worker for Python 3.13 here, only for 3.11") &&
                          ContainsSubstring("LOCALFN_PYTHONS=/path/to/python3.13"));
    wish.option = "snake";
    CHECK_THROWS_AS(choose_python(wish), UsageError);
  }
  SECTION("a file's wish is a warning") {
    folder.project.write(".python-version", "3.13\n");
    const auto choice = folder.choose({k311});
    CHECK(choice.version == k311);
    REQUIRE(choice.warnings.size() == 1);
    CHECK_THAT(choice.warnings[0], ContainsSubstring(".python-version asks for Python 3.13"));
  }
  SECTION("a virtual environment of another version lends no packages") {
    folder.venv(".venv", "3.13.0");
    const auto choice = folder.choose({k311});
    CHECK(choice.venv.empty());
    REQUIRE(choice.warnings.size() == 1);
    CHECK_THAT(choice.warnings[0], ContainsSubstring(".venv is of Python 3.13"));
  }
  SECTION("no specifier of pyproject.toml fits") {
    folder.project.write("pyproject.toml", "[project]\nrequires-python = \"<3.9\"\n");
    const auto choice = folder.choose();
    CHECK(choice.version == k311);
    CHECK(choice.warnings.size() == 1);
  }
}

TEST_CASE("lines of .python-version are alternatives, in any of uv's forms", "[python]") {
  struct Row {
    const char* text;
    PythonVersion version;
    const char* reason;
  };
  for (const Row& row : {Row{"3.13\n3.12\n", k312, ".python-version"},
                         {"# ours\n\n3.12  # newest\n3.11\n", k312, ".python-version"},
                         {"cpython@3.12\n", k312, ".python-version"},
                         {"312\n", k312, ".python-version"},
                         {"3\n", k311, ".python-version"},
                         {">=3.9,<3.12\n", k311, ".python-version"},
                         {">=3.12\n", k312, ".python-version"},
                         {"~=3.12.0\n", k312, ".python-version"},
                         {"pypy@3.10\n3.12\n", k312, ".python-version"}}) {
    INFO(row.text);
    const Folder folder;
    folder.project.write(".python-version", row.text);
    const auto choice = folder.choose();
    CHECK(choice.version == row.version);
    CHECK(choice.reason == row.reason);
    CHECK(choice.warnings.empty());
  }
}

TEST_CASE("a .python-version that nothing here fits gives one warning", "[python]") {
  struct Row {
    const char* text;
    const char* warning;
  };
  for (const Row& row :
       {Row{"3.13\n3.14\n", "asks for Python 3.13, and there is no worker for that here, only for "
                            "3.11, 3.12: functions run with Python 3.11; build one with LOCALFN_"},
        {">=3.13\n", "asks for Python >=3.13, and there is a worker only for 3.11, 3.12"},
        {"3.6\n", "functions run with Python 3.11; Vercel has no Python 3.6 either"},
        {"latest\n", "On Vercel the build fails: could not parse .python-version file: no valid "
                     "Python version requests found"}}) {
    INFO(row.text);
    const Folder folder;
    folder.project.write(".python-version", row.text);
    const auto choice = folder.choose();
    CHECK(choice.version == k311);
    CHECK(choice.reason.empty());
    REQUIRE(choice.warnings.size() == 1);
    CHECK_THAT(choice.warnings[0], ContainsSubstring(row.warning));
  }
}

TEST_CASE("an environment's path has no slash too many", "[python]") {
  Folder folder;
  folder.venv(".venv", "3.11.2");
  const std::string root = folder.project.path().string();
  auto wish = folder.wish();
  wish.root += "/";
  CHECK(choose_python(wish).venv == root + "/.venv");
  wish.virtual_env = root + "/.venv/";
  CHECK(choose_python(wish).venv == root + "/.venv");
  CHECK(choose_python(wish).reason == ".venv");
  wish.option = root + "/.venv/";
  CHECK(choose_python(wish).venv == root + "/.venv");
}

TEST_CASE("files that say nothing of a Python decide nothing", "[python]") {
  Folder folder;
  folder.project.write(".python-version", "pypy3.9\n");
  folder.project.write("pyproject.toml",
                       "[tool.poetry]\nrequires-python = \">=3.12\"\n[project]\nname = \"x\"\n");
  folder.project.write("Pipfile.lock", "{");
  folder.project.write("venv/readme", "no environment");
  const auto choice = folder.choose();
  CHECK(choice.version == k311);
  REQUIRE(choice.warnings.size() == 1);
  CHECK_THAT(choice.warnings[0], ContainsSubstring("\"pypy3.9\""));
}

TEST_CASE("of a range the preferred version is taken where it fits, else the highest", "[python]") {
  constexpr PythonVersion k314{3, 14};
  CHECK(satisfies(k312, ">=3.12.5") == true);
  CHECK(satisfies(k311, ">=3.12.5") == false);
  CHECK(satisfies(k313, "~=3.13.0") == true);
  CHECK(satisfies(k314, "~=3.13.0") == false);
  struct Row {
    const char* range;
    PythonVersion version;
  };
  for (const Row& row : {Row{">=3.9", k312}, {">=3.12.5", k312}, {">3.12", k314},
                         {"!=3.12.*", k314}, {">3.12,<3.14", k313}, {"<3.12", k311}}) {
    INFO(row.range);
    for (const char* file : {"pyproject.toml", ".python-version"}) {
      const Folder folder;
      const std::string range = row.range;
      const std::string quoted = "[project]\nrequires-python = \"" + range + "\"\n";
      folder.project.write(file, file[0] == '.' ? range + "\n" : quoted);
      auto wish = folder.wish({k311, k312, k313, k314});
      wish.preferred = k312;
      CHECK(choose_python(wish).version == row.version);
    }
  }
}

TEST_CASE("of a range without the preferred version 3.12 is taken, as there", "[python]") {
  for (const char* file : {".python-version", "pyproject.toml"}) {
    INFO(file);
    const Folder folder;  // prefers 3.11
    folder.project.write(file, file[0] == '.' ? std::string(">=3.12\n")
                                              : "[project]\nrequires-python = \">=3.12\"\n");
    CHECK(folder.choose({k311, k312, k313}).version == k312);
  }
}

TEST_CASE("a version below the platform's default does not count in Pipfile.lock", "[python]") {
  const Folder folder;
  folder.project.write("Pipfile.lock", R"({"_meta": {"requires": {"python_version": "3.11"}}})");
  auto wish = folder.wish({k311, k312});
  wish.preferred = k312;
  const auto choice = choose_python(wish);
  CHECK(choice.version == k312);
  CHECK(choice.reason.empty());
  REQUIRE(choice.warnings.size() == 1);
  CHECK_THAT(choice.warnings[0], ContainsSubstring("Pipfile.lock asks for Python 3.11"));
}

}  // namespace localfn
