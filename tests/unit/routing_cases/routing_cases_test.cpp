// Every case of tests/cases/routing against the pure router: one test a file, one section a
// project.
#include <algorithm>

#include "tests/support/catch.h"
#include "tests/unit/routing_cases/asked.h"
#include "tests/unit/routing_cases/case_project.h"
#include "tests/unit/routing_cases/cases.h"

using namespace localfn;
using namespace localfn::cases;

namespace {

std::string all_errors(const Project& project) {
  std::string text;
  for (const Diagnostic& error : project.errors) text += error.format() + "\n";
  return text;
}

std::string all_warnings(const Project& project) {
  std::string text;
  for (const std::string& warning : project.warnings) text += warning + "\n";
  return text;
}

std::string mode_of(const Project& project) {
  if (project.mode == ProjectMode::Builds) return "builds";
  if (project.mode == ProjectMode::Functions) return "functions";
  return "framework " + (project.framework ? project.framework->slug : "(none)");
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool is_the_problem(const ExpectedProblem& expected, const Diagnostic& error) {
  return (expected.line == 0 || expected.line == error.line) &&
         (expected.column == 0 || expected.column == error.column) &&
         contains(error.platform, expected.platform) &&
         std::all_of(expected.says.begin(), expected.says.end(),
                     [&](const std::string& part) { return contains(error.message, part); });
}

void check_problems(const CaseProject& project, const Project& read) {
  INFO("errors:\n" << all_errors(read));
  for (const ExpectedProblem& expected : project.problems) {
    INFO("expected: " << expected.text());
    CHECK(std::any_of(read.errors.begin(), read.errors.end(), [&](const Diagnostic& error) {
      return is_the_problem(expected, error);
    }));
  }
}

void check_warnings(const CaseProject& project, const Project& read) {
  INFO("warnings:\n" << all_warnings(read));
  if (project.no_warnings) CHECK(read.warnings.empty());
  for (const std::string& expected : project.warnings) {
    INFO("expected: " << expected);
    CHECK(std::any_of(read.warnings.begin(), read.warnings.end(),
                      [&](const std::string& warning) { return contains(warning, expected); }));
  }
}

void check_request(const Request& request, const Project& read) {
  INFO("request: " << request.text);
  const Asked asked = ask(read, request);
  INFO("rule: " << asked.rule << "\ntrace:\n" << asked.trace);
  std::string problems;
  for (const std::string& problem : compare(request, asked)) problems += problem + "\n";
  CHECK(problems == "");
}

void check_project(const CaseProject& project) {
  CaseFolder folder(project);
  const auto read = folder.read();
  if (!project.mode.empty()) CHECK(mode_of(*read) == project.mode);
  check_warnings(project, *read);
  if (!project.problems.empty()) return check_problems(project, *read);
  INFO("errors:\n" << all_errors(*read));
  CHECK(read->errors.empty());
  for (const Request& request : project.requests) check_request(request, *read);
}

/// The files that a test below runs, so that none of the folder is left out.
const std::vector<std::string>& run_files() {
  static const std::vector<std::string> files{
      "0-modes",        "1-functions",  "2-framework",  "3-static",    "4.0-loading",
      "4.1-properties", "4.2-redirects", "4.3-rewrites", "4.4-headers", "4.5-slashes",
      "4.6-routes",     "4.7-builds",   "4.8-has",      "4.9-transforms", "5-patterns",
      "5-queries",      "6-phases",     "8-errors"};
  return files;
}

void check_file(const std::string& file) {
  REQUIRE(std::find(run_files().begin(), run_files().end(), file) != run_files().end());
  for (const CaseProject& project : projects_of(file)) {
    if (!project.runs(Runner::Unit)) continue;
    DYNAMIC_SECTION(project.spec << ": " << project.name) { check_project(project); }
  }
}

}  // namespace

TEST_CASE("every file of routing cases has a test, and there are at least 450 cases", "[cases]") {
  CHECK(case_files() == run_files());
  CHECK(count_claims(Runner::Unit) >= 450);
}

TEST_CASE("routing cases: project modes", "[cases]") { check_file("0-modes"); }
TEST_CASE("routing cases: functions of api/", "[cases]") { check_file("1-functions"); }
TEST_CASE("routing cases: framework projects", "[cases]") { check_file("2-framework"); }
TEST_CASE("routing cases: static files", "[cases]") { check_file("3-static"); }
TEST_CASE("routing cases: loading vercel.json", "[cases]") { check_file("4.0-loading"); }
TEST_CASE("routing cases: properties of vercel.json", "[cases]") { check_file("4.1-properties"); }
TEST_CASE("routing cases: redirects", "[cases]") { check_file("4.2-redirects"); }
TEST_CASE("routing cases: rewrites", "[cases]") { check_file("4.3-rewrites"); }
TEST_CASE("routing cases: headers", "[cases]") { check_file("4.4-headers"); }
TEST_CASE("routing cases: cleanUrls and trailingSlash", "[cases]") { check_file("4.5-slashes"); }
TEST_CASE("routing cases: legacy routes", "[cases]") { check_file("4.6-routes"); }
TEST_CASE("routing cases: legacy builds", "[cases]") { check_file("4.7-builds"); }
TEST_CASE("routing cases: has and missing", "[cases]") { check_file("4.8-has"); }
TEST_CASE("routing cases: transforms", "[cases]") { check_file("4.9-transforms"); }
TEST_CASE("routing cases: source patterns", "[cases]") { check_file("5-patterns"); }
TEST_CASE("routing cases: destinations and queries", "[cases]") { check_file("5-queries"); }
TEST_CASE("routing cases: phases", "[cases]") { check_file("6-phases"); }
TEST_CASE("routing cases: errors", "[cases]") { check_file("8-errors"); }
