#include "runtime/packages/debian.h"

#include <filesystem>

#include "runtime/packages/installed.h"
#include "tests/support/catch.h"
#include "tests/support/temp_project.h"

using namespace localfn::packages;
using localfn::test::TempProject;

TEST_CASE("what Debian's packages need of each other is known by their metadata", "[packages]") {
  TempProject dpkg;
  const auto list = [&](const std::string& package, const std::string& metadata) {
    dpkg.write("info/" + package + ".list",
               "/.\n/usr/lib/python3/dist-packages\n/usr/lib/python3/dist-packages/" + metadata +
                   "\n/usr/lib/python3/dist-packages/" + metadata + "/PKG-INFO\n");
  };
  list("python3-flask", "Flask-2.2.2.egg-info");
  list("python3-jinja2", "Jinja2-3.1.2.egg-info");
  list("python3-markupsafe:amd64", "MarkupSafe-2.1.2.egg-info");
  list("python3-orphan", "orphan-1.dist-info");
  dpkg.write("info/python3-flask.md5sums", "");
  dpkg.write("status", "Package: python3-flask\nStatus: install ok installed\n"
                       "Depends: python3-jinja2 (>= 3.0), python3-gone | python3-orphan:any\n\n"
                       "Package: other\nDepends: python3-flask\n\n"
                       "Package: python3-jinja2\nDepends: python3-markupsafe\n\n");
  const auto needs = debian_needs(dpkg.root().string(), "/usr/lib/python3/dist-packages");
  REQUIRE(needs.size() == 2);
  CHECK(needs.at("Flask-2.2.2.egg-info") ==
        std::set<std::string>{"Jinja2-3.1.2.egg-info", "orphan-1.dist-info"});
  CHECK(needs.at("Jinja2-3.1.2.egg-info") == std::set<std::string>{"MarkupSafe-2.1.2.egg-info"});
  CHECK(debian_needs((dpkg.root() / "none").string(), "/usr/lib/python3/dist-packages").empty());
}

TEST_CASE("Debian's flask brings werkzeug, whatever its metadata leave out", "[packages]") {
  if (!std::filesystem::exists("/var/lib/dpkg/info/python3-flask.list")) return;
  const auto brought = Installed("", "3.11").with_needs({"flask"});
  for (const char* name : {"werkzeug", "jinja2", "click", "markupsafe"}) {
    INFO(name);
    CHECK(brought.contains(name));
  }
}
