#include "runtime/project/api_paths.h"

#include <algorithm>

#include "tests/support/catch.h"

using namespace localfn;

namespace {
std::vector<Diagnostic> conflicts(const std::vector<std::string>& functions,
                                  std::vector<std::string> others = {}) {
  others.insert(others.end(), functions.begin(), functions.end());
  return find_conflicts(functions, others);
}
}  // namespace

TEST_CASE("a file's name decides whether it may be a function") {
  for (const char* file : {"api/a.py", "api/n/m/a.py", "api/test_foo.py", "api/foo_test.py",
                           "api/[id].py", "api/a b.py", "api/capital-finder.py", "api/a.b.py"}) {
    INFO(file);
    CHECK(api_kind(file) == ApiKind::Python);
  }
  for (const char* file : {"api/x.js", "api/x.mjs", "api/x.ts", "api/x.tsx", "api/x.go", "api/x.rb",
                           "api/x.rs"}) {
    INFO(file);
    CHECK(api_kind(file) == ApiKind::Foreign);
  }
  for (const char* file : {"api.py", "main.py", "API/a.py", "src/api/a.py", "api/_a.py",
                           "api/.a.py", "api/_n/a.py", "api/n/.m/a.py", "api/n/_m/x/a.py",
                           "api/node_modules/a.py", "api/x.d.ts", "api/x_test.go", "api/x.txt",
                           "api/x.PY", "api/py", "api/.py", "api/x.pyc"}) {
    INFO(file);
    CHECK(api_kind(file) == ApiKind::None);
  }
}

TEST_CASE("dynamic segments are told by their brackets") {
  CHECK(parameter_of("[id].py").value() == "id");
  CHECK(parameter_of("[id]").value() == "id");
  CHECK(parameter_of("[[id]]").value() == "[id]");
  CHECK(parameter_of("[...rest].py").value() == "...rest");
  CHECK_FALSE(parameter_of("pre-[id].py"));
  CHECK_FALSE(parameter_of("[id]-post.py"));
  CHECK_FALSE(parameter_of("["));
}

TEST_CASE("functions are sorted by depth, trailing parameters and name") {
  std::vector<std::string> files = {"api/[a].py", "api/b.py", "api/B.py", "api/[x]/[y].py",
                                    "api/[x]/z.py", "api/n/[y].py", "api/1.py", "api/_a.py",
                                    "api/n/m/o.py"};
  std::sort(files.begin(), files.end(), comes_before);
  CHECK(files == std::vector<std::string>{"api/n/m/o.py", "api/[x]/z.py", "api/n/[y].py",
                                          "api/[x]/[y].py", "api/_a.py", "api/1.py", "api/b.py",
                                          "api/B.py", "api/[a].py"});
}

TEST_CASE("a repeated dynamic segment is refused in the platform's words") {
  const auto problems = conflicts({"api/[a]/[a].py"});
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].platform ==
        "Error: [conflicting_path_segment] The segment \"a\" occurs more than one time in your path "
        "\"api/[a]/[a].py\". Please make sure that every segment in a path is unique.");
}

TEST_CASE("files in each other's way are refused in the platform's words") {
  const auto problems = conflicts({"api/a.js", "api/a.py"}, {"api/a.md", "api/a.txt"});
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].file == "api/a.js");
  CHECK(problems[0].platform ==
        "Error: [conflicting_file_path] Two or more files have conflicting paths or names. Please "
        "make sure path segments and filenames, without their extension, are unique. The path "
        "\"api/a.js\" has conflicts with \"api/a.md\", \"api/a.py\", and \"api/a.txt\".");
  const auto two = conflicts({"api/a.py"}, {"api/a.txt", "api/a.html"});
  REQUIRE(two.size() == 1);
  CHECK_THAT(two[0].platform,
             ContainsSubstring("has conflicts with \"api/a.html\" and \"api/a.txt\"."));
}

TEST_CASE("conflicts are what the specification's table says") {
  using Files = std::vector<std::string>;
  for (const Files& files : {Files{"api/[a].py", "api/[b].py"}, {"api/[a]/x.py", "api/[b]/y.py"},
                             {"api/[a].py", "api/[b]/c.py"}, {"api/[...a].py", "api/[b].py"},
                             {"api/[a].py", "api/1.py"}}) {
    INFO(files[0] << " and " << files[1]);
    CHECK(conflicts(files).size() == 1);
  }
  for (const Files& files : {Files{"api/a.py", "api/a/index.py"}, {"api/[a]/x.py", "api/[a]/y.py"},
                             {"api/[a].py", "api/b.py"}, {"api/a.py", "api/b.py"},
                             {"api/a-[x].py", "api/a-2.py"}}) {
    INFO(files[0] << " and " << files[1]);
    CHECK(conflicts(files).empty());
  }
  CHECK(conflicts({"api/x.py"}, {"api/_x.py", "x.py", "public/api/x", "lib/api/x.txt"}).empty());
  CHECK(conflicts({"api/[a].py"}, {"api/1.json"}).size() == 1);
}
