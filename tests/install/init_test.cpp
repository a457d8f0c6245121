// What `localfn init` makes, and what it leaves alone.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/install/shell_test.h"
#include "tests/support/catch.h"

using namespace localfn::test;

namespace {

namespace fs = std::filesystem;

const fs::path kTemplates = fs::path(LOCALFN_SOURCE_DIR) / "runtime/cli/templates";
const std::string kWorkflow = ".github/workflows/localfn.yml";

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

class InitTest : protected ShellTest {
 protected:
  /// Makes, serves and tests a project of this kind.
  void try_template(const std::string& kind, const std::string& function) {
    REQUIRE(localfn({"init", "first", "--template", kind}) == 0);
    INFO(out());
    CHECK_THAT(out(), ContainsSubstring(function));
    CHECK_THAT(out(), ContainsSubstring("cd first\n"));
    expect_same(kTemplates / "common");
    expect_same(kTemplates / kind);

    CHECK(localfn({"check", "first"}) == 0);
    CHECK_THAT(out(), StartsWith("no problems found"));
    CHECK(localfn({"test", "first"}) == 0);
    INFO(out() << messages());
    CHECK_THAT(out(), ContainsSubstring("5 passed, 0 failed"));

    start_in(project.root() / "first");
    CHECK_THAT(get("/").body, ContainsSubstring("<form"));
    CHECK(get("/style.css").status == 200);
    const Answer greeting = get("/api/hello?name=Ada");
    CHECK(greeting.status == 200);
    CHECK(nlohmann::json::parse(greeting.body)["greeting"] == "Hello, Ada!");
  }

 private:
  void expect_same(const fs::path& folder) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const auto name = fs::relative(entry.path(), folder).string();
      if (!entry.is_regular_file() || name == kWorkflow) continue;
      INFO(name);
      CHECK(project.read("first/" + name) == content_of(entry.path()));
    }
  }
};

}  // namespace

TEST_CASE_METHOD(InitTest, "a new project with a handler class passes check and test and is served",
                 "[integration][init]") {
  try_template("handler", "api/hello.py");
}

TEST_CASE_METHOD(InitTest, "a new Flask project passes check and test and is served",
                 "[integration][init]") {
  needs("flask");
  try_template("flask", "api/index.py");
}

TEST_CASE_METHOD(InitTest, "a new FastAPI project passes check and test and is served",
                 "[integration][init]") {
  needs("fastapi");
  try_template("fastapi", "api/index.py");
}

TEST_CASE_METHOD(InitTest, "a new project's workflow names one action and no placeholder of it",
                 "[integration][init]") {
  REQUIRE(localfn({"init"}) == 0);
  const std::string workflow = project.read(kWorkflow);
  CHECK_THAT(workflow, ContainsSubstring("@v" LOCALFN_TEST_VERSION "\n"));
  CHECK_THAT(workflow, !ContainsSubstring("@VERSION"));
}

TEST_CASE_METHOD(InitTest, "init without a name fills the current folder beside other files",
                 "[integration][init]") {
  project.write("README.md", "mine\n");
  project.write("api/other.py", handler_answering("other"));
  CHECK(localfn({"init"}) == 0);
  CHECK(fs::exists(project.root() / "api/hello.py"));
  CHECK(fs::exists(project.root() / "api/other.py"));
  CHECK_THAT(out(), !ContainsSubstring("cd "));
}

TEST_CASE_METHOD(InitTest, "init writes nothing where one of its files is, and names it",
                 "[integration][init]") {
  project.write("probes.json", "mine\n");
  project.write("vercel.json", "mine\n");
  CHECK(localfn({"init"}) == 2);
  CHECK_THAT(messages(), ContainsSubstring("vercel.json, probes.json are there already"));
  CHECK(project.read("probes.json") == "mine\n");
  CHECK_FALSE(fs::exists(project.root() / "api"));
  CHECK_FALSE(fs::exists(project.root() / ".gitignore"));
}

TEST_CASE_METHOD(InitTest, "init does not follow a dangling link in the place of a file",
                 "[integration][init]") {
  project.link("probes.json", "elsewhere.json");
  CHECK(localfn({"init"}) == 2);
  CHECK_THAT(messages(), ContainsSubstring("probes.json is there already"));
  CHECK_FALSE(fs::exists(project.root() / "elsewhere.json"));
}

TEST_CASE_METHOD(InitTest, "init names the file that has the name of a folder it needs",
                 "[integration][init]") {
  project.write("public", "a file\n");
  CHECK(localfn({"init"}) == 2);
  CHECK_THAT(messages(), ContainsSubstring("public is there already"));
  project.write("taken", "a file\n");
  CHECK(localfn({"init", "taken"}) == 2);
  CHECK_THAT(messages(), ContainsSubstring("cannot make the folder taken"));
}

TEST_CASE_METHOD(InitTest, "the next command that init prints can be pasted whatever the name",
                 "[integration][init]") {
  REQUIRE(localfn({"init", "Ada's project"}) == 0);
  const auto at = out().find("cd ");
  REQUIRE(at != std::string::npos);
  const std::string command = out().substr(at, out().find('\n', at) - at);
  CHECK(shell(command + " && test -f api/hello.py") == 0);
}

TEST_CASE_METHOD(InitTest, "an unknown template ends with 2 and the names there are",
                 "[integration][init]") {
  CHECK(localfn({"init", "--template", "rails"}) == 2);
  CHECK_THAT(messages(), ContainsSubstring("handler,flask,fastapi"));
}
