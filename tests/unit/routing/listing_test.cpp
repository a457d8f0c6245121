#include "runtime/routing/listing.h"

#include "tests/support/catch.h"
#include "tests/unit/project/project_fixture.h"

using namespace localfn;
using namespace localfn::testing;

namespace {
std::string shown(const Project& project, std::string_view directory) {
  std::string line;
  for (const ListingEntry& entry : list_directory(project, directory)) {
    line += (line.empty() ? "" : " ") + entry.path + (entry.folder ? "(folder)" : "");
  }
  return line;
}
}  // namespace

TEST_CASE("a listing shows functions first, then files by name, without configuration") {
  TestProject folder{"api/hello.py", "b.txt", "A.txt", "d/one.txt", "d/e/two.txt", "_x.txt",
                     "vercel.json", ".vercelignore"};
  folder.write("vercel.json", "{}");
  folder.write(".vercelignore", "");
  const auto project = folder.current();
  CHECK(shown(*project, "/") == "/api/(folder) /_x.txt /A.txt /b.txt /d/(folder)");
  CHECK(shown(*project, "/d/") == "/d/e/(folder) /d/one.txt");
  CHECK(shown(*project, "/none/").empty());
}
