// The project's virtual environment, as its functions find it.
#include <filesystem>

#include "tests/support/catch.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

constexpr const char* kReport = R"(
import importlib.metadata, os, shutil, site, subprocess, sys
import greeting


def facts():
    yield sys.prefix
    yield sys.executable
    yield os.environ["VIRTUAL_ENV"]
    yield os.environ["PATH"].split(":")[0]
    yield site.getsitepackages()[0]
    yield greeting.TEXT
    yield importlib.metadata.version("greeting")
    yield sys.from_pth
    yield subprocess.run(["greet"], capture_output=True, text=True).stdout.strip()
    yield str(sys.base_prefix != sys.prefix)


def app(environ, start_response):
    start_response("200 OK", [])
    return ["\n".join(facts()).encode()]
)";

}  // namespace

TEST_CASE_METHOD(IntegrationTest,
                 "functions run in the project's environment as if it were activated",
                 "[integration][venv]") {
  // What the worker's Python is shows in the first line: the environment has to be of that one.
  project.write("api/version.py",
                handler_doing("self.send_response(200)\nself.end_headers()\n"
                              "self.wfile.write('{}.{}'.format(*sys.version_info).encode())",
                              "import sys"));
  start();
  const std::string version = get("/api/version").body;

  const std::string venv = (project.root() / ".venv").string();
  const std::string packages = ".venv/lib/python" + version + "/site-packages/";
  project.write(".venv/pyvenv.cfg", "version = " + version + ".1\n");
  project.write(packages + "greeting.py", "TEXT = 'hello'\n");
  project.write(packages + "greeting-1.5.dist-info/METADATA", "Name: greeting\nVersion: 1.5\n");
  project.write(packages + "more.pth", "import sys; sys.from_pth = 'pth'\n");
  for (const char* tool : {"python3", "greet"}) {
    const std::string file = std::string(".venv/bin/") + tool;
    project.write(file, "#!/bin/sh\necho from the tool\n");
    std::filesystem::permissions(project.root() / file, std::filesystem::perms::owner_all);
  }
  project.write("requirements.txt", "greeting\n");
  project.write("api/report.py", kReport);
  const std::string expected = venv + "\n" + venv + "/bin/python3\n" + venv + "\n" + venv +
                               "/bin\n" + (project.root() / packages).parent_path().string() +
                               "\nhello\n1.5\npth\nfrom the tool\nTrue";
  // The folder may be named in more than one way, and the environment has one path.
  for (const std::string& folder : {project.root().string(), std::string("."), std::string("./")}) {
    INFO("folder " << folder);
    start_in(folder);
    CHECK_THAT(server().log(), ContainsSubstring("(.venv)"));
    CHECK(get("/api/report").body == expected);
  }
}
