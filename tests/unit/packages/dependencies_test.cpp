#include "runtime/packages/dependencies.h"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "runtime/packages/distributions.h"
#include "runtime/packages/install.h"
#include "tests/support/catch.h"
#include "tests/support/temp_project.h"

using namespace localfn::packages;
using localfn::test::TempProject;

namespace {

std::string names(const std::optional<Dependencies>& found) {
  if (!found) return "(none)";
  std::string text = found->file + ":";
  for (const Requirement& requirement : found->named) text += " " + requirement.name;
  return text + (found->more ? " …" : "");
}

std::string utf16(const std::string& text) {
  std::string bytes = "\xff\xfe";
  for (const char c : text) bytes += std::string{c, '\0'};
  return bytes;
}

}  // namespace

TEST_CASE("requirements.txt is read as pip reads it", "[packages][requirements]") {
  TempProject project;
  project.write("requirements.txt",
                "# comment\n"
                "Flask>=3  # behind\n"
                "\n"
                "--index-url https://host/simple\n"
                "-c constraints.txt\n"
                "requests[socks] == 2.0 \\\n"
                "    --hash=sha256:00\n"
                "-r more/base.txt\r\n"
                "--requirement=more/other.txt\n"
                "git+https://host/x.git#egg=Egg_Name&subdirectory=a\n"
                "https://host/files/Wheel_Name-1.0-py3-none-any.whl\n"
                "Direct @ https://host/x.zip\n"
                "-e git+ssh://host/y#egg=editable\n");
  project.write("more/base.txt", "-r ../requirements.txt\npyyaml; python_version < '3'\n");
  project.write("more/other.txt", utf16("django\r\n"));
  const auto found = dependencies_for(project.root().string(), "api/x.py");
  CHECK(names(found) ==
        "requirements.txt: flask requests pyyaml django egg-name wheel-name direct editable");
  CHECK(found->problems.empty());
  CHECK(found->find("pyyaml")->marker == "python_version < '3'");
  CHECK(found->find("requests")->text.find("--hash") == std::string::npos);
}

TEST_CASE("a manifest that may bring more than it names says so", "[packages][requirements]") {
  TempProject project;
  project.write("requirements.txt", "flask\n./local/folder\n");
  CHECK(names(dependencies_in(project.root().string(), "")) == "requirements.txt: flask …");
  project.write("requirements.txt", "flask\n-r missing.txt\n");
  const auto found = dependencies_in(project.root().string(), "");
  CHECK(names(found) == "requirements.txt: flask …");
  REQUIRE(found->problems.size() == 1);
  CHECK_THAT(found->problems[0],
             StartsWith("requirements.txt:2: cannot read missing.txt: "));
  project.write("pyproject.toml", "[project]\ndynamic = ['version', 'dependencies']\n");
  CHECK(names(dependencies_in(project.root().string(), "")) == "pyproject.toml: …");
  project.write("pyproject.toml", "[project\n");
  CHECK(names(dependencies_in(project.root().string(), "")) == "pyproject.toml: …");
}

TEST_CASE("pyproject.toml names dependencies, and groups that are not installed",
          "[packages][pyproject]") {
  TempProject project;
  project.write("pyproject.toml", R"([project]
dependencies = ["Flask>=3", "PyYAML ; sys_platform == 'win32'"]
[project.optional-dependencies]
test = ["pytest"]
[dependency-groups]
dev = ["ruff", {include-group = "x"}]
)");
  project.write("requirements.txt", "django\n");
  const auto found = dependencies_for(project.root().string(), "api/a/b.py");
  CHECK(names(found) == "pyproject.toml: flask pyyaml");
  CHECK(found->elsewhere.at("pytest") == "optional-dependencies.test");
  CHECK(found->elsewhere.at("ruff") == "dependency-groups.dev");
}

TEST_CASE("a pyproject.toml hides the requirements.txt beside it, whatever is in it",
          "[packages][pyproject]") {
  TempProject project;
  project.write("requirements.txt", "django\n");
  CHECK(names(dependencies_in(project.root().string(), "")) == "requirements.txt: django");
  for (const char* text : {"", "[tool.ruff]\nline-length = 100\n", "[project]\nname = \"x\"\n"}) {
    INFO(text);
    project.write("pyproject.toml", text);
    const auto found = dependencies_in(project.root().string(), "");
    CHECK(names(found) == "pyproject.toml:");
    CHECK(found->hidden == "requirements.txt");
    CHECK(found->problems.empty());
    CHECK_THAT(hiding_of(*found).what, ContainsSubstring(", but hides requirements.txt: "));
    const bool fails = hiding_of(*found).what.find("build fails") != std::string::npos;
    CHECK(fails == found->unlockable.starts_with("has no [project] table"));
    CHECK(fails == (std::string_view(text).find("[project]") == std::string_view::npos));
  }
  project.write("pyproject.toml", "[project]\ndependencies = ['flask']\n");
  CHECK(dependencies_in(project.root().string(), "")->hidden.empty());
  project.write("pyproject.toml", "");
  project.write("requirements.txt", "# none\n");
  CHECK(dependencies_in(project.root().string(), "")->hidden.empty());
  CHECK(dependencies_in(project.root().string(), "")->problems.size() == 1);
}

TEST_CASE("Pipfile and its lock name packages, and the lock comes first", "[packages][pipfile]") {
  TempProject project;
  project.write("Pipfile", R"([packages]
requests = "*"
"PyYAML" = {version = "==6.0", markers = "python_version < '3.12'"}
[dev-packages]
pytest = "*"
)");
  auto found = dependencies_in(project.root().string(), "");
  CHECK(names(found) == "Pipfile: requests pyyaml");
  CHECK(found->elsewhere.at("pytest") == "dev-packages");
  CHECK(shell_line(all_of(*found)) == "requests 'PyYAML==6.0; python_version < '\\''3.12'\\'''");
  project.write("Pipfile.lock",
                R"({"default": {"flask": {"version": "==3.0"}}, "develop": {"ruff": {}}})");
  found = dependencies_in(project.root().string(), "");
  CHECK(names(found) == "Pipfile.lock: flask");
  CHECK(shell_line(all_of(*found)) == "flask==3.0");
  CHECK(found->elsewhere.at("ruff") == "develop");
  project.write("Pipfile.lock", "{");
  CHECK(names(dependencies_in(project.root().string(), "")) == "Pipfile.lock: …");
}

TEST_CASE("the manifest nearest to the function wins", "[packages][manifests]") {
  TempProject project;
  CHECK(names(dependencies_for(project.root().string(), "api/shop/x.py")) == "(none)");
  project.write("requirements.txt", "root\n");
  project.write("api/requirements.txt", "api\n");
  project.write("api/shop/Pipfile", "[packages]\nshop = '*'\n");
  const std::string root = project.root().string();
  CHECK(names(dependencies_for(root, "app.py")) == "requirements.txt: root");
  CHECK(names(dependencies_for(root, "api/x.py")) == "api/requirements.txt: api");
  CHECK(names(dependencies_for(root, "api/other/x.py")) == "api/requirements.txt: api");
  CHECK(names(dependencies_for(root, "api/shop/x.py")) == "api/shop/Pipfile: shop");
}

TEST_CASE("modules are known by the packages they come with", "[packages][distributions]") {
  CHECK(providers_of("yaml").distributions.front() == "PyYAML");
  CHECK(providers_of("PIL").distributions.front() == "Pillow");
  CHECK(providers_of("cv2").distributions.front() == "opencv-python");
  CHECK(providers_of("bs4").distributions.front() == "beautifulsoup4");
  CHECK(providers_of("dotenv").distributions.front() == "python-dotenv");
  CHECK(providers_of("sklearn").distributions.front() == "scikit-learn");
  CHECK(providers_of("dateutil").distributions.front() == "python-dateutil");
  CHECK(providers_of("jwt").distributions.front() == "PyJWT");
  CHECK(providers_of("google.cloud.storage").distributions.front() == "google-cloud-storage");
  CHECK(providers_of("google.nothing").distributions.front() == "google-nothing");
  CHECK(providers_of("google.cloud.storage.Client").module == "google.cloud.storage");
  CHECK(providers_of("google.cloud.tasks_v2").distributions.front() == "google-cloud-tasks");
  CHECK(providers_of("google.cloud.pubsub_v1").known);
  CHECK(providers_of("google.cloud.kms.deep.Name").distributions.front() == "google-cloud-kms");
  CHECK(providers_of("azure.mgmt.compute").distributions.front() == "azure-mgmt-compute");
  CHECK(providers_of("azure.cosmos.CosmosClient").distributions.front() == "azure-cosmos");
  CHECK(providers_of("opentelemetry.trace").distributions.front() == "opentelemetry-api");
  CHECK(providers_of("opentelemetry.instrumentation.flask").distributions.front() ==
        "opentelemetry-instrumentation-flask");
  for (const char* shared : {"google", "google.cloud", "azure.storage"}) {
    CHECK(providers_of(shared).distributions.empty());
    CHECK(providers_of(shared).module == shared);
  }
  CHECK_FALSE(providers_of("requests").known);
  CHECK(providers_of("requests").distributions.front() == "requests");
}

TEST_CASE("a new environment is made by the worker's Python where no PATH has that version",
          "[packages][install]") {
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", "/nowhere", 1);
  std::vector<std::string> absolute;
  for (int minor = 0; minor < 100; ++minor) {
    const auto python = interpreter("3." + std::to_string(minor));
    if (python.starts_with("/")) absolute.push_back(python);
  }
  ::setenv("PATH", path.c_str(), 1);
  REQUIRE(absolute.size() == 1);
  CHECK(std::filesystem::exists(absolute.front()));
}

TEST_CASE("the command installs into the environment that is in use", "[packages][install]") {
  TempProject project;
  const std::string root = project.root().string();
  const Words what = {"-r", "requirements.txt"};
  CHECK(shell_line(install({root, "", "3.11"}, what)) ==
        ".venv/bin/python -m pip install -r requirements.txt");
  CHECK(shell_line(create_environment({root, "", "3.7"})) == "python3.7 -m venv .venv");
  project.write("venv/bin/pip", "");
  project.write("venv/lib/python3.11/site-packages/pip/__init__.py", "");
  CHECK(shell_line(install({root, root + "/venv", "3.11"}, what)) ==
        "venv/bin/python -m pip install -r requirements.txt");
  project.remove("venv/lib/python3.11/site-packages/pip/__init__.py");
  std::filesystem::remove_all(project.root() / "venv/lib");
  CHECK(shell_line(install({root, root + "/venv", "3.11"}, what)) ==
        "uv pip install --python venv/bin/python -r requirements.txt");
  CHECK(shell_line(install({root, "/elsewhere/my env", "3.11"}, {})) ==
        "uv pip install --python '/elsewhere/my env/bin/python'");
}

TEST_CASE("of the manifests in one folder the platform's first one counts",
          "[packages][manifests]") {
  struct Row {
    const char* file;
    const char* text;
    const char* package;
  };
  const Row rows[] = {
      {"requirements/prod.txt", "one\n", "one"},
      {"requirements.in", "two\n", "two"},
      {"requirements.txt", "three\n", "three"},
      {"requirements-frozen.txt", "four\n", "four"},
      {"requirements.frozen.txt", "five\n", "five"},
      {"Pipfile", "[packages]\nsix = '*'\n", "six"},
      {"Pipfile.lock", R"({"default": {"seven": {}}})", "seven"},
      {"pyproject.toml", "[project]\ndependencies = ['eight']\n", "eight"},
  };
  TempProject project;
  for (const Row& row : rows) {  // each one comes before all that are there already
    INFO(row.file);
    project.write(row.file, row.text);
    CHECK(names(dependencies_in(project.root().string(), "")) ==
          std::string(row.file) + ": " + row.package);
  }
}
