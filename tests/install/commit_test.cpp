// The commit that --version names: the only thing that a commit alone makes the build compile
// again.
#include <filesystem>

#include "tests/install/shell_test.h"
#include "tests/support/catch.h"

using namespace localfn::test;

namespace {

class CommitTest : protected ShellTest {
 protected:
  /// Makes a checkout with one commit.
  void commit(const std::string& file, const std::string& text) {
    project.write(file, text);
    REQUIRE(shell("git init -q . && git add -A && git -c user.name=A -c user.email=a@localhost "
                  "commit -q -m change") == 0);
  }

  /// The file that the build compiles for the sources in `folder`.
  std::string written_for(const std::string& folder = "") {
    REQUIRE(shell("exec \"$1\" \"-DSOURCE_DIR=$PWD$2\" \"-DOUTPUT=$PWD/commit.out\" -P \"$3\"",
                  {LOCALFN_CMAKE, folder, LOCALFN_SOURCE_DIR "/cmake/write_commit.cmake"}) == 0);
    return project.read("commit.out");
  }

  std::string head() {
    REQUIRE(shell("git rev-parse --short=12 HEAD") == 0);
    return out().substr(0, 12);
  }
};

}  // namespace

TEST_CASE_METHOD(CommitTest, "a build in a checkout knows its commit", "[integration][version]") {
  needs_program("git");
  commit("CMakeLists.txt", "1\n");
  CHECK_THAT(written_for(), ContainsSubstring("return \"" + head() + "\";"));
  const std::string first = head();
  commit("README.md", "more\n");
  CHECK(head() != first);
  CHECK_THAT(written_for(), ContainsSubstring("return \"" + head() + "\";"));
}

TEST_CASE_METHOD(CommitTest, "a build of the same commit compiles nothing again for it",
                 "[integration][version]") {
  needs_program("git");
  commit("CMakeLists.txt", "1\n");
  written_for();
  const auto before = std::filesystem::last_write_time(project.root() / "commit.out");
  written_for();
  CHECK(std::filesystem::last_write_time(project.root() / "commit.out") == before);
}

TEST_CASE_METHOD(CommitTest, "a build of changed sources says so", "[integration][version]") {
  needs_program("git");
  commit("CMakeLists.txt", "1\n");
  project.write("runtime/new.cpp", "2\n");
  CHECK_THAT(written_for(), ContainsSubstring(head() + "-modified"));
}

TEST_CASE_METHOD(CommitTest, "a build outside a checkout, or within another's, knows no commit",
                 "[integration][version]") {
  needs_program("git");
  CHECK_THAT(written_for(), ContainsSubstring("return \"\";"));
  commit("part/CMakeLists.txt", "1\n");
  CHECK_THAT(written_for("/part"), ContainsSubstring("return \"\";"));
}
