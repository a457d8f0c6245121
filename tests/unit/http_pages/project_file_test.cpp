#include "runtime/http/pages/project_file.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "temp_folder.h"
#include "tests/support/catch.h"

using localfn::http::open_project_file;
using localfn::http::ProjectFile;
using localfn::test::TempFolder;
namespace fs = std::filesystem;

namespace {

std::string read_all(const ProjectFile& file) {
  char bytes[64];
  const ssize_t got = ::read(file.fd.get(), bytes, sizeof bytes);
  return got < 0 ? "(error)" : std::string(bytes, static_cast<std::size_t>(got));
}

/// A project, and a secret beside it.
struct Place {
  TempFolder folder;
  fs::path root = folder.path() / "project";
  Place() {
    folder.write("project/a.txt", "inside");
    folder.write("project/sub/b.txt", "deeper");
    folder.write("project-twin/secret.txt", "twin");
    folder.write("secret.txt", "secret");
  }
};

}  // namespace

TEST_CASE("a regular file of the project is opened", "[pages][open]") {
  const Place place;
  const ProjectFile file = open_project_file(place.root, "sub/b.txt");
  REQUIRE(file.fd);
  CHECK(file.info.st_size == 6);
  CHECK(read_all(file) == "deeper");
}

TEST_CASE("links inside the project are followed, relative and absolute", "[pages][open]") {
  const Place place;
  fs::create_symlink("../a.txt", place.root / "sub/relative");
  fs::create_symlink(place.root / "a.txt", place.root / "absolute");
  fs::create_directory_symlink("sub", place.root / "folder");
  CHECK(read_all(open_project_file(place.root, "sub/relative")) == "inside");
  CHECK(read_all(open_project_file(place.root, "absolute")) == "inside");
  CHECK(read_all(open_project_file(place.root, "folder/b.txt")) == "deeper");
}

TEST_CASE("links that leave the project are refused", "[pages][open]") {
  const Place place;
  fs::create_symlink("../secret.txt", place.root / "up");
  fs::create_symlink(place.folder.path() / "secret.txt", place.root / "absolute");
  fs::create_directory_symlink(place.folder.path(), place.root / "folder");
  fs::create_symlink("../project-twin/secret.txt", place.root / "twin");
  fs::create_symlink("/proc/self/environ", place.root / "proc");
  for (const char* name : {"up", "absolute", "folder/secret.txt", "twin", "proc"}) {
    const ProjectFile file = open_project_file(place.root, name);
    CHECK_FALSE(file.fd);
    CHECK_THAT(file.problem, ContainsSubstring("leads out of the project"));
  }
}

TEST_CASE("names that climb out of the project are refused", "[pages][open]") {
  const Place place;
  for (const std::string& name :
       {std::string("../secret.txt"), std::string("sub/../../secret.txt"),
        (place.folder.path() / "secret.txt").string(), std::string(), std::string("a.txt\0x", 7)}) {
    CHECK_FALSE(open_project_file(place.root, name).fd);
  }
}

TEST_CASE("a fifo, a folder and a loop are refused without waiting", "[pages][open]") {
  const Place place;
  REQUIRE(::mkfifo((place.root / "pipe").c_str(), 0600) == 0);
  fs::create_symlink(place.root / "pipe", place.root / "to-pipe");
  fs::create_symlink("loop", place.root / "loop");
  for (const char* name : {"pipe", "to-pipe"}) {
    const ProjectFile file = open_project_file(place.root, name);
    CHECK_FALSE(file.fd);
    CHECK_THAT(file.problem, ContainsSubstring("not a regular file"));
  }
  CHECK_THAT(open_project_file(place.root, "sub").problem, ContainsSubstring("it is a folder"));
  CHECK_FALSE(open_project_file(place.root, "loop").fd);
}

TEST_CASE("a lack of descriptors is told apart from a missing file", "[pages][open]") {
  const Place place;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit none = before;
  none.rlim_cur = 0;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const ProjectFile file = open_project_file(place.root, "a.txt");
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK_FALSE(file.fd);
  CHECK(file.out_of_means);
  CHECK_FALSE(open_project_file(place.root, "missing").out_of_means);
}
