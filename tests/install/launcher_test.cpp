// Which localfn the launcher starts: its own build, an installed one, or one that it builds first.
//
// A tree of a few files stands for the repository, and scripts for what it would build.
#include <filesystem>

#include "tests/install/shell_test.h"
#include "tests/support/catch.h"

using namespace localfn::test;

namespace {

namespace fs = std::filesystem;

class LauncherTest : protected ShellTest {
 protected:
  LauncherTest() {
    const fs::path source = LOCALFN_SOURCE_DIR;
    for (const char* folder : {"cmake", "runtime", "bindings"}) project.make_folder(folder);
    fs::copy(source / "localfn", project.root() / "localfn");
    fs::copy(source / "cmake/source-hash", project.root() / "cmake/source-hash");
    project.write("CMakeLists.txt", "project(tree)\n");
    project.write("runtime/main.cpp", "int main() {}\n");
    write_program("cmake/install-packages", "echo building >&2; exit 9");
  }

  void write_program(const std::string& file, const std::string& script) {
    project.write(file, "#!/bin/sh\n" + script + "\n");
    fs::permissions(project.root() / file, fs::perms::owner_all);
  }

  /// A localfn on PATH that was built from sources with this hash.
  void install(const std::string& hash) {
    write_program("elsewhere/localfn", "if [ \"$1\" = --source-hash ]; then echo " + hash +
                                           "; else echo installed \"$@\"; fi");
  }

  std::string hash() {
    REQUIRE(shell("cmake/source-hash") == 0);
    return out().substr(0, out().find('\n'));
  }

  int launch_with(const std::string& path) {
    return shell("PATH=" + path + ":$PATH exec ./localfn dev 'a b'");
  }
};

}  // namespace

TEST_CASE_METHOD(LauncherTest, "the launcher starts an installed localfn of the same sources",
                 "[integration][launcher]") {
  install(hash());
  CHECK(launch_with("$PWD/elsewhere") == 0);
  CHECK(out() == "installed dev a b\n");
  CHECK(messages().empty());
}

TEST_CASE_METHOD(LauncherTest, "the launcher builds when the installed localfn is of other sources",
                 "[integration][launcher]") {
  needs_program("c++");
  install(hash());
  project.write("runtime/main.cpp", "int main() { return 1; }\n");
  CHECK(launch_with("$PWD/elsewhere") == 9);
  CHECK(out().empty());
}

TEST_CASE_METHOD(LauncherTest, "the launcher prefers what it has built to what is installed",
                 "[integration][launcher]") {
  install(hash());
  write_program("build/release/bin/localfn", "echo built \"$@\"");
  project.write("build/release/source-hash", hash() + "\n");
  CHECK(launch_with("$PWD/elsewhere") == 0);
  CHECK(out() == "built dev a b\n");
}

TEST_CASE_METHOD(LauncherTest, "the launcher on PATH does not start itself",
                 "[integration][launcher]") {
  CHECK(launch_with("$PWD") == 9);
  CHECK(out().empty());
}

TEST_CASE_METHOD(LauncherTest, "this binary tells the hash by which the launcher finds it",
                 "[integration][launcher]") {
  REQUIRE(localfn({"--source-hash"}) == 0);
  const std::string told = out();
  REQUIRE(shell("exec " LOCALFN_SOURCE_DIR "/cmake/source-hash", {},
                {{"LOCALFN_PYTHON", LOCALFN_TEST_PYTHON},
                 {"LOCALFN_PYTHONS", LOCALFN_TEST_PYTHONS}}) == 0);
  CHECK(told == out());
}
