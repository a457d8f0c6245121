// Packages that a project names, or does not, and that are installed, or are not.
#include <filesystem>

#include "tests/support/catch.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

const char* const kGreets = R"(self.send_response(200)
self.end_headers()
self.wfile.write(greeting.TEXT.encode())
)";

/// Writes a wheel of the package `greeting` into the folder `wares`; pip asks for no more.
const char* const kMakesWheel = R"(os.makedirs('wares', exist_ok=True)
with zipfile.ZipFile('wares/greeting-1.0-py3-none-any.whl', 'w') as wheel:
    wheel.writestr('greeting.py', 'TEXT = "hello from a wheel"')
    info = 'greeting-1.0.dist-info/'
    wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n')
    wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\nGenerator: x\n'
                   'Root-Is-Purelib: true\nTag: py3-none-any\n')
    wheel.writestr(info + 'RECORD', 'greeting.py,,\n' + info + 'RECORD,,\n')
self.send_response(200)
self.end_headers()
)";

class PackagesTest : public IntegrationTest {
 protected:
  PackagesTest() {
    project.write("requirements.txt", "greeting\n");
    project.write("api/greet.py", handler_doing(kGreets, "import greeting\n"));
  }

  /// Nothing of these tests asks the network, and only the system's own tools are found.
  EnvironmentList offline() const {
    return {{"PIP_NO_INDEX", "1"}, {"PIP_FIND_LINKS", (project.root() / "wares").string()},
            {"PIP_CONFIG_FILE", "/dev/null"}, {"PATH", "/usr/bin:/bin"}};
  }

  /// A Python of that name that does nothing but say and exit, first on PATH.
  EnvironmentList with_python(const std::string& version, const std::string& script) {
    const std::string file = "bin/python" + version;
    project.write(file, "#!/bin/sh\n" + script);
    std::filesystem::permissions(project.root() / file, std::filesystem::perms::owner_all);
    return {{"PATH", (project.root() / "bin").string() + ":/usr/bin:/bin"}};
  }

  /// "3.11": what functions run with here.
  std::string python_version() {
    project.write("api/version.py",
                  handler_doing("self.send_response(200)\nself.end_headers()\n"
                                "self.wfile.write(b'%d.%d' % sys.version_info[:2])\n",
                                "import sys\n"));
    start();
    const std::string version = get("/api/version").body;
    project.remove("api/version.py");
    return version;
  }
};

}  // namespace

TEST_CASE_METHOD(PackagesTest, "a package that is not installed is told with its command",
                 "[integration][packages]") {
  project.write("api/late.py", handler_doing("import greeting\n"));
  start();
  const Answer page = get("/api/greet", {{"Accept", "text/html"}});
  CHECK(page.status == 500);
  CHECK_THAT(page.body, ContainsSubstring("pip install -r requirements.txt"));
  const std::string log = server().wait_for_log("localfn dev --install");
  CHECK_THAT(log, ContainsSubstring("hint: `greeting` is in requirements.txt but not installed"));
  CHECK_THAT(log, ContainsSubstring("-m venv .venv && .venv/bin/python -m pip install -r "
                                    "requirements.txt`"));
  const std::size_t mark = server().mark(Stream::Err);
  CHECK(get("/api/late").status == 500);
  server().wait_for_log("hint: `greeting` is in requirements.txt but not installed", mark);
}

TEST_CASE_METHOD(PackagesTest, "the next request finds what was installed meanwhile",
                 "[integration][packages]") {
  const std::string version = python_version();
  const std::string packages = ".venv/lib/python" + version + "/site-packages/";
  project.write(".venv/pyvenv.cfg", "version = " + version + ".0\n");
  project.write(packages + "pip/__init__.py", "");
  start();
  CHECK(get("/api/greet").status == 500);
  server().wait_for_log("not installed in .venv: run");
  server().wait_for_log("`.venv/bin/python -m pip install -r requirements.txt`; the next request");
  project.write(packages + "greeting.py", "TEXT = 'now'\n");
  const Answer answer = get("/api/greet");
  CHECK(answer.status == 200);
  CHECK(answer.body == "now");
}

TEST_CASE_METHOD(PackagesTest, "the option --install makes an environment and fills it",
                 "[integration][packages]") {
  project.write("api/wares.py", handler_doing(kMakesWheel, "import os, zipfile\n"));
  start();
  CHECK(get("/api/wares").status == 200);
  project.remove("api/wares.py");
  launch({"dev", "--install", "--listen", "127.0.0.1:0"}, offline());
  server().await_ready(localfn::Deadline::after(std::chrono::seconds(100)));
  CHECK_THAT(server().log(), ContainsSubstring("-m venv .venv\n"));
  CHECK_THAT(server().log(),
             ContainsSubstring("> .venv/bin/python -m pip install -r requirements.txt\n"));
  CHECK_THAT(server().log(), ContainsSubstring("(.venv)"));
  CHECK(server().output(Stream::Out).empty());
  CHECK(get("/api/greet").body == "hello from a wheel");

  expect_log("error: cannot install the packages");
  expect_leftover("cacert.pem");  // pip 23.0 and older
  // A second time there is an environment, and what cannot be installed ends it.
  project.write("requirements.txt", "greeting\nnot-to-be-found\n");
  launch({"dev", "--install", "--listen", "127.0.0.1:0"}, offline());
  CHECK(exit_code(server().await_exit(localfn::Deadline::after(std::chrono::seconds(100)))) == 1);
  CHECK_THAT(server().log(), ContainsSubstring("not-to-be-found"));
  CHECK_THAT(server().log(),
             ContainsSubstring("error: cannot install the packages: `.venv/bin/python -m pip install "
                               "-r requirements.txt` exited with status 1"));
  CHECK_THAT(server().log(), !ContainsSubstring("venv .venv"));
}

TEST_CASE_METHOD(PackagesTest, "a Python that cannot make environments is told with its package",
                 "[integration][packages]") {
  const std::string version = python_version();
  expect_log("error: cannot make the virtual environment");
  const auto environment =
      with_python(version, "[ \"$2\" = venv ] && mkdir .venv && echo no ensurepip\nexit 1\n");
  launch({"dev", "--install", "--listen", "127.0.0.1:0"}, environment);
  CHECK(exit_code(server().await_exit()) == 1);
  CHECK_THAT(server().log(), ContainsSubstring("no ensurepip\n"));
  CHECK_THAT(server().log(), ContainsSubstring("error: cannot make the virtual environment: `python" +
                                               version + " -m venv .venv` exited with status 1"));
  CHECK_THAT(server().log(),
             ContainsSubstring("sudo apt-get install python" + version + "-venv"));
  CHECK_FALSE(std::filesystem::exists(project.root() / ".venv"));
}

TEST_CASE_METHOD(PackagesTest, "the option --install needs an environment and a manifest",
                 "[integration][packages]") {
  const std::string version = python_version();
  expect_log("error: --install needs a virtual environment");
  expect_log("error: cannot make the virtual environment");
  launch({"dev", "--install", "--python", version, "--listen", "127.0.0.1:0"});
  CHECK(exit_code(server().await_exit()) == 2);
  CHECK_THAT(server().log(), ContainsSubstring("--install needs a virtual environment"));

  project.write(".venv/what-is-this", "");
  launch({"dev", "--install", "--listen", "127.0.0.1:0"});
  CHECK(exit_code(server().await_exit()) == 1);
  CHECK_THAT(server().log(), ContainsSubstring("remove it first"));
  CHECK(std::filesystem::exists(project.root() / ".venv/what-is-this"));

  project.remove("requirements.txt");
  start({"--install"});
  CHECK_THAT(server().log(), ContainsSubstring("nothing to install"));
}

TEST_CASE_METHOD(PackagesTest, "an import that no manifest brings is warned of",
                 "[integration][packages]") {
  const std::string version = python_version();
  const std::string packages = ".venv/lib/python" + version + "/site-packages/";
  project.write(".venv/pyvenv.cfg", "version = " + version + ".0\n");
  project.write(packages + "greeting.py", "TEXT = 'here'\n");
  project.write(packages + "greeting-1.0.dist-info/METADATA", "Name: greeting\n");
  project.write("requirements.txt", "");
  expect_log("it will be missing on Vercel");
  start();
  const std::string warning =
      "warning: api/greet.py imports greeting, which is installed here but not brought by "
      "requirements.txt: it will be missing on Vercel";
  server().wait_for_log(warning);
  CHECK(get("/api/greet").body == "here");
  const std::size_t mark = server().mark(Stream::Err);
  project.write("requirements.txt", "greeting\n");
  CHECK(get("/api/greet").body == "here");
  project.write("api/other.py", handler_doing("pass\n", "import greeting\n"));
  project.write("requirements.txt", "");
  server().wait_for_log("api/other.py imports greeting", mark);
  CHECK(get("/api/greet").body == "here");
}

TEST_CASE_METHOD(IntegrationTest, "a manifest that nobody can read is warned of, once",
                 "[integration][packages]") {
  project.write("pyproject.toml", "[project\nname = \"x\"\n");
  project.write("api/hello.py", handler_answering("served"));
  const std::string warning =
      "warning: pyproject.toml: cannot be read: it is not TOML; Vercel's build fails on it";
  expect_log(warning);
  start();
  server().wait_for_log(warning);
  const std::size_t mark = server().mark(Stream::Err);
  CHECK(get("/api/hello").body == "served");
  project.write("api/other.py", handler_answering("also"));
  CHECK(get("/api/other").body == "also");
  project.write("pyproject.toml", "[project]\nname = \"x\"\n");
  CHECK(get("/api/hello").body == "served");
  CHECK_THAT(server().log().substr(mark), !ContainsSubstring("not TOML"));
}

TEST_CASE_METHOD(PackagesTest, "a pyproject.toml that hides requirements.txt is warned of",
                 "[integration][packages]") {
  project.write("api/hello.py", handler_answering("served"));
  project.write("requirements.txt", "some-package\n");
  project.write("pyproject.toml", "[project]\nname = \"x\"\n");
  const std::string empty = "warning: pyproject.toml names no packages, but hides requirements.txt";
  const std::string failing =
      "warning: pyproject.toml has no [project] table, but hides requirements.txt";
  expect_log(empty);
  expect_log(failing);
  start();
  server().wait_for_log(empty);
  project.write("pyproject.toml", "[tool.ruff]\nline-length = 100\n");
  server().wait_for_log(failing);
  CHECK(get("/api/hello").body == "served");
}

TEST_CASE_METHOD(PackagesTest, "a pyproject.toml that Vercel's build fails on is warned of",
                 "[integration][packages]") {
  project.write("api/hello.py", handler_answering("served"));
  project.remove("requirements.txt");
  project.write("pyproject.toml", "[tool.ruff]\nline-length = 100\n");
  const std::string warning = "warning: pyproject.toml: has no [project] table";
  expect_log(warning);
  start();
  server().wait_for_log(warning);
  CHECK(get("/api/hello").body == "served");
}
