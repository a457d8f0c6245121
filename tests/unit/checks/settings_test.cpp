// Codes that are ignored, severities that are changed, in pyproject.toml and in comments.
#include "runtime/base/errors.h"
#include "runtime/checks/codes.h"
#include "tests/support/catch.h"
#include "tests/unit/checks/checked_project.h"

using namespace localfn;
using namespace localfn::testing;

namespace {

// Without it the build fails, which check says.
const std::string kProject = "[project]\nname = \"x\"\nversion = \"1\"\n";
const std::string kTwoWrites = "#> write: a.txt by open\n#> write: b.txt by open\n";

CheckedProject with_settings(const std::string& toml, const std::string& lines = kTwoWrites) {
  return {function_with("api/a.py", lines), {"pyproject.toml", kProject + toml}, {"public/index.html"}};
}

}  // namespace

TEST_CASE("pyproject.toml ignores codes, everywhere or in some files", "[checks][settings]") {
  CHECK(with_settings("[tool.localfn.check]\nignore = [\"write-outside-tmp\"]\n").found().empty());
  CHECK(
      with_settings("[tool.localfn.check.per-file-ignores]\n\"api/*\" = [\"write-outside-tmp\"]\n")
          .found()
          .empty());
  CHECK(
      with_settings("[tool.localfn.check.per-file-ignores]\n\"lib/*\" = [\"write-outside-tmp\"]\n")
          .findings()
          .size() == 2);
}

TEST_CASE("pyproject.toml changes severities", "[checks][settings]") {
  CHECK(with_settings("[tool.localfn.check]\nseverity = { write-outside-tmp = \"hint\" }\n")
            .found() ==
        "api/a.py:2 hint write-outside-tmp\n"
        "api/a.py:3 hint write-outside-tmp\n");
}

TEST_CASE("pyproject.toml says whose limits hold", "[checks][settings]") {
  CheckedProject project{{"pyproject.toml", kProject + "[tool.localfn.check]\nplan = \"pro\"\n"}};
  for (char c = 'a'; c <= 'm'; ++c) project.write(std::string("api/") + c + ".py", kHandler);
  CHECK(project.found().empty());
}

TEST_CASE("settings that mean nothing are refused with what is accepted", "[checks][settings]") {
  struct Row {
    const char* toml;
    const char* message;
  };
  const Row rows[] = {
      {"ignore = [\"write-outside-temp\"]", "did you mean \"write-outside-tmp\"?"},
      {"ignore = \"config\"", "expected a list of codes"},
      {"ignores = []", "unknown key; did you mean \"ignore\"?"},
      {"plan = \"free\"", "expected hobby or pro, got \"free\""},
      {"severity = { config = \"fatal\" }", "expected \"error\", \"warning\" or \"hint\""},
      {"severity = 3", "expected a table"},
  };
  for (const Row& row : rows) {
    CheckedProject project = with_settings("[tool.localfn.check]\n" + std::string(row.toml) + "\n");
    INFO(row.toml);
    try {
      project.findings();
      FAIL("it was accepted");
    } catch (const UsageError& error) {
      CHECK_THAT(error.what(), ContainsSubstring(row.message));
    }
  }
}

TEST_CASE("comments ignore what is on their line, or in their file", "[checks][settings]") {
  const auto found = [](const std::string& comment) {
    return with_settings("", kTwoWrites + comment).found();
  };
  CHECK(found("") ==
        "api/a.py:2 warning write-outside-tmp\napi/a.py:3 warning write-outside-tmp\n");
  CHECK(found("#> ignore file: config,write-outside-tmp\n").empty());
  CHECK(found("#> ignore file: config\n").find("a.py:2 ") != std::string::npos);
  CHECK(found("#> ignore file: confg\n").find(":4 warning unknown-code") != std::string::npos);

  CheckedProject project{function_with("api/b.py",
                                       "#> write: a.txt by open && ignore: write-outside-tmp\n"
                                       "#> write: a.txt by open && ignore: \n"
                                       "#> write: a.txt by open && ignore: config\n")};
  CHECK(project.found() == "api/b.py:4 warning write-outside-tmp\n");
}

TEST_CASE("every code is a word of its own that is found again", "[checks][settings]") {
  for (const auto& each : checks::all_codes()) {
    CHECK(checks::find_code(each.code) == &each);
    CHECK(each.code.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
          std::string_view::npos);
    CHECK(each.title.size() <= 80);
  }
  CHECK(checks::find_code("nothing") == nullptr);
  CHECK(checks::nearest_code("cron-pth") == "cron-path");
}
