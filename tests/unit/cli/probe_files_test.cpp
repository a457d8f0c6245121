#include "runtime/cli/probe_files.h"

#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::cli;

namespace {

std::shared_ptr<const Function> function(const std::string& file, const std::string& path) {
  Function made;
  made.file = file;
  made.path = path;
  made.line = 3;
  return std::make_shared<const Function>(made);
}

Project project_with(std::vector<std::shared_ptr<const Function>> functions) {
  Project project;
  std::vector<rules::Problem> problems;
  project.rules = rules::RouteTable::compile(rules::RoutingSpec{}, problems);
  for (const auto& each : functions) project.functions.emplace(each->path, each);
  return project;
}

}  // namespace

TEST_CASE("without probes every function gets a GET, told at its own line") {
  Project project =
      project_with({function("api/a.py", "api/a"), function("api/u/[id].py", "api/u/[id]")});
  project.dynamic_routes.push_back(
      {project.functions.at("api/u/[id]"), {{"api", ""}, {"u", ""}, {"", "id"}}});
  const auto probes = smoke_probes("web", project);
  REQUIRE(probes.size() == 2);
  CHECK(probes[0].path == "/api/a");
  CHECK(probes[0].file == "web/api/a.py");
  CHECK(probes[0].line == 3);
  CHECK(probes[1].path == "/api/u/id");
  CHECK(probes[1].file == "web/api/u/[id].py");
}

TEST_CASE("a function with a blank or an umlaut in its name is asked as a browser would") {
  const auto probes =
      smoke_probes(".", project_with({function("api/two words ä.py", "api/two words ä")}));
  REQUIRE(probes.size() == 1);
  CHECK(probes[0].path == "/api/two%20words%20%C3%A4");
  CHECK(probes[0].file == "api/two words ä.py");
}

TEST_CASE("a project without functions gets a GET of its page") {
  const auto probes = smoke_probes(".", project_with({}));
  REQUIRE(probes.size() == 1);
  CHECK(probes[0].path == "/");
  CHECK(probes[0].file.empty());
}
