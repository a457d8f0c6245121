// Whole projects under tests/projects/, served unchanged: each answers as its probes.json says.
#include <fstream>

#include "tests/integration/probes.h"
#include "tests/support/catch.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

const std::filesystem::path kProjects =
    std::filesystem::path(LOCALFN_SOURCE_DIR) / "tests/projects";

class ProjectTest : protected IntegrationTest {
 protected:
  void run(const std::string& name) {
    const ProbeFile file = read_probes(kProjects / name / "probes.json");
    project.copy_from(kProjects / name);
    for (const std::string& text : file.expected_logs) expect_log(text);
    for (const std::string& leftover : file.leftovers) expect_leftover(leftover);
    start(file.options);
    for (const std::string& text : file.expected_logs) server().wait_for_log(text);
    for (const Probe& probe : file.probes) check(probe);
  }

 private:
  void check(const Probe& probe) {
    const Answer answer = send(probe.method, probe.path, probe.headers, probe.body);
    for (const std::string& problem : compare(probe, answer)) {
      FAIL_CHECK(probe.method << " " << probe.path << ": " << problem << "\n" << answer.body);
    }
    CHECK(answer.complete);
  }
};

}  // namespace

// One test case each, so that CTest names and runs them apart.
#define LOCALFN_PROJECT_TEST(NAME)                                                        \
  TEST_CASE_METHOD(ProjectTest, "the project " NAME " runs unchanged", "[integration]") { \
    run(NAME);                                                                            \
  }

#define LOCALFN_PROJECT_TEST_WITH(NAME, PACKAGE)                                          \
  TEST_CASE_METHOD(ProjectTest, "the project " NAME " runs unchanged", "[integration]") { \
    needs(PACKAGE);                                                                       \
    run(NAME);                                                                            \
  }

LOCALFN_PROJECT_TEST("badge-svg")
LOCALFN_PROJECT_TEST("binary-bodies")
LOCALFN_PROJECT_TEST("capital-finder")
LOCALFN_PROJECT_TEST("class-demo")
LOCALFN_PROJECT_TEST("cors-api")
LOCALFN_PROJECT_TEST("cron-job")
LOCALFN_PROJECT_TEST_WITH("django-app", "django")
LOCALFN_PROJECT_TEST_WITH("django-polls-mini", "django")
LOCALFN_PROJECT_TEST("dynamic-segments")
LOCALFN_PROJECT_TEST("env-at-import")
LOCALFN_PROJECT_TEST("event-stream")
LOCALFN_PROJECT_TEST("fan-out")
LOCALFN_PROJECT_TEST_WITH("fastapi-app", "fastapi")
LOCALFN_PROJECT_TEST_WITH("fastapi-items", "fastapi")
LOCALFN_PROJECT_TEST_WITH("flask-app", "flask")
LOCALFN_PROJECT_TEST_WITH("flask-site", "flask")
LOCALFN_PROJECT_TEST_WITH("flask-todo", "flask")
LOCALFN_PROJECT_TEST("half-answers")
LOCALFN_PROJECT_TEST("main-guard")
LOCALFN_PROJECT_TEST("odd-names")
LOCALFN_PROJECT_TEST("odd-sources")
LOCALFN_PROJECT_TEST("page-template")
LOCALFN_PROJECT_TEST("path-hack")
LOCALFN_PROJECT_TEST("path-router")
LOCALFN_PROJECT_TEST("random-joke")
LOCALFN_PROJECT_TEST("raw-asgi")
LOCALFN_PROJECT_TEST("relative-packages")
LOCALFN_PROJECT_TEST("root-vercel")
LOCALFN_PROJECT_TEST("sqlite-notes")
LOCALFN_PROJECT_TEST_WITH("starlette-stream", "starlette")
LOCALFN_PROJECT_TEST("telegram-bot")
LOCALFN_PROJECT_TEST("upload-form")
LOCALFN_PROJECT_TEST("utf16-requirements")
LOCALFN_PROJECT_TEST("wsgi-plain")

TEST_CASE("every folder of tests/projects has its test", "[integration][projects]") {
  std::ifstream in(LOCALFN_SOURCE_DIR "/tests/integration/projects_test.cpp");
  const std::string source{std::istreambuf_iterator<char>(in), {}};
  for (const auto& entry : std::filesystem::directory_iterator(kProjects)) {
    if (!entry.is_directory()) continue;
    const std::string name = entry.path().filename().string();
    INFO("no LOCALFN_PROJECT_TEST for " << name);
    const bool plain = source.find("LOCALFN_PROJECT_TEST(\"" + name + "\")") != std::string::npos;
    CHECK((plain || source.find("_TEST_WITH(\"" + name + "\",") != std::string::npos));
  }
}
