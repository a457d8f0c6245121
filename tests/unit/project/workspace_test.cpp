#include "runtime/project/workspace.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>

#include <thread>

#include "runtime/base/fd.h"
#include "tests/support/catch.h"
#include "tests/unit/project/project_fixture.h"

using namespace localfn;
using namespace localfn::testing;

namespace {

bool readable(int fd, int timeout_ms) {
  pollfd waited{fd, POLLIN, 0};
  return ::poll(&waited, 1, timeout_ms) == 1;
}

std::string variable(const Project& project, const std::string& name) {
  for (const auto& [key, value] : project.environment) {
    if (key == name) return value;
  }
  return "unset";
}

using Edits = std::vector<std::string>;

/// One project that is watched and one that is polled: what is said of one holds for the other.
#define FOR_BOTH_MODES(folder)                   \
  const bool polled = GENERATE(false, true);     \
  INFO((polled ? "polling" : "watching"));       \
  folder.options.poll = polled

}  // namespace

TEST_CASE("an idle project stays the same object") {
  TestProject folder{"api/hello.py"};
  FOR_BOTH_MODES(folder);
  const auto first = folder.current();
  CHECK(folder.current() == first);
  CHECK(folder.workspace().changes().now() == 0);
  CHECK(folder.workspace().take_edits().empty());
  CHECK(*folder.scanner.scanned == 1);
}

TEST_CASE("reading files is no change") {
  TestProject folder{"api/hello.py"};
  FOR_BOTH_MODES(folder);
  folder.current();
  bool ok = false;
  read_all(folder / "api/hello.py", ok);
  CHECK(ok);
  folder.current();
  CHECK(folder.workspace().changes().now() == 0);
}

TEST_CASE("an edit counts for its file alone") {
  TestProject folder{"api/hello.py", "api/other.py", {"lib.py", kModule}};
  FOR_BOTH_MODES(folder);
  folder.current();
  const auto& log = folder.workspace().changes();
  folder.write("lib.py", kModule + "# edited\n");
  folder.current();
  CHECK(log.any_changed_since({folder / "lib.py"}, 0));
  CHECK_FALSE(log.any_changed_since({folder / "api/hello.py"}, 0));
  CHECK(folder.workspace().take_edits() == Edits{"lib.py"});
  CHECK(folder.workspace().take_edits().empty());
  CHECK(*folder.scanner.scanned == 2);  // only what may be a function is scanned, only when edited
}

TEST_CASE("an edited function is scanned again, and only that one") {
  TestProject folder{"api/hello.py", "api/other.py"};
  FOR_BOTH_MODES(folder);
  const auto before = folder.current();
  folder.write("api/hello.py", kModule);
  const auto after = folder.current();
  CHECK(function_files(*after) == "api/other.py");
  REQUIRE(after->not_functions.count("api/hello") == 1);
  CHECK(after->not_functions.find("api/hello")->second.reason == "it defines no handler");
  CHECK(after->not_functions.find("api/hello")->second.change == folder.workspace().changes().now());
  CHECK(after->functions.at("api/other") == before->functions.at("api/other"));
  CHECK(*folder.scanner.scanned == 3);
  CHECK(function_files(*before) == "api/hello.py api/other.py");  // who holds it keeps it
}

TEST_CASE("editors that write a new file and rename it are seen") {
  TestProject folder{"api/hello.py"};
  FOR_BOTH_MODES(folder);
  folder.current();
  folder.replace("api/hello.py", kModule);
  CHECK(folder.current()->functions.empty());
  CHECK(folder.workspace().take_edits() == Edits{"api/hello.py"});
  CHECK(folder.workspace().changes().any_changed_since({folder / "api/hello.py"}, 0));
}

TEST_CASE("a file that an editor writes and takes away again is no edit") {
  TestProject folder{"api/hello.py", {"lib.py", kModule}};
  FOR_BOTH_MODES(folder);
  folder.current();
  folder.write("api/sedqxZ9DI", kModule);
  folder.current();
  folder.write("api/hello.py", kModule);
  folder.remove("api/sedqxZ9DI");
  folder.remove("lib.py");
  folder.current();
  CHECK(folder.workspace().take_edits() == Edits{"api/hello.py", "lib.py"});
}

TEST_CASE("two edits of one size in one moment both count") {
  TestProject folder{{"data.txt", "aaaa"}};
  FOR_BOTH_MODES(folder);
  folder.current();
  const auto& log = folder.workspace().changes();
  std::uint64_t last = log.now();
  for (int i = 0; i < 50; ++i) {
    folder.write("data.txt", i % 2 == 0 ? "bbbb" : "cccc");
    folder.current();
    CHECK(log.last_change(folder / "data.txt") > last);
    last = log.now();
  }
}

TEST_CASE("a thousand quick edits are each seen by the next request") {
  TestProject folder{"api/hello.py"};
  folder.current();
  for (int i = 0; i < 1000; ++i) {
    const bool function = i % 2 == 0;
    if (i % 3 == 0) {
      folder.replace("api/hello.py", function ? kHandler : kModule);
    } else {
      folder.write("api/hello.py", function ? kHandler : kModule);
    }
    REQUIRE(folder.current()->functions.size() == (function ? 1u : 0u));
  }
}

TEST_CASE("a write through a mapping is seen when it is over") {
  TestProject folder{{"data.txt", "aaaa"}};
  folder.current();
  {
    const UniqueFd fd(::open((folder / "data.txt").c_str(), O_RDWR | O_CLOEXEC));
    void* mapped = ::mmap(nullptr, 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    REQUIRE(mapped != MAP_FAILED);
    static_cast<char*>(mapped)[0] = 'b';
    ::munmap(mapped, 4);
  }
  folder.current();
  CHECK(folder.workspace().changes().any_changed_since({folder / "data.txt"}, 0));
}

TEST_CASE("a new or deleted module may change any import") {
  TestProject folder{"api/hello.py", {"lib.py", kModule}};
  FOR_BOTH_MODES(folder);
  folder.current();
  const auto& log = folder.workspace().changes();
  folder.write("helper.py", kModule);
  folder.current();
  const std::uint64_t created = log.now();
  CHECK(log.any_changed_since({folder / "never-seen.py"}, 0));
  folder.remove("lib.py");
  folder.current();
  CHECK(log.any_changed_since({folder / "never-seen.py"}, created));
  CHECK(folder.workspace().take_edits() == Edits{"helper.py", "lib.py"});
}

TEST_CASE("other new files count for themselves and their directory") {
  TestProject folder{"api/hello.py", "data/a.txt"};
  FOR_BOTH_MODES(folder);
  folder.current();
  const auto& log = folder.workspace().changes();
  folder.write("data/b.txt", "b");
  CHECK(folder.current()->files.count("data/b.txt") == 1);
  const std::uint64_t created = log.now();
  CHECK(log.any_changed_since({folder / "data/b.txt"}, 0));
  CHECK(log.any_changed_since({folder / "data"}, 0));
  CHECK_FALSE(log.any_changed_since({folder / "data/a.txt", folder / "api/hello.py", folder / "api"}, 0));
  folder.remove("data/b.txt");
  CHECK(folder.current()->files.count("data/b.txt") == 0);
  CHECK(log.any_changed_since({folder / "data"}, created));
}

TEST_CASE("files of public/ make nothing stale that has not loaded them") {
  TestProject folder{"api/hello.py", "public/a.txt"};
  FOR_BOTH_MODES(folder);
  folder.current();
  folder.write("public/new.py", kModule);
  folder.write("public/a.txt", "edited");
  CHECK(folder.current()->static_files.count("new.py") == 1);
  CHECK_FALSE(folder.workspace().changes().any_changed_since({folder / "api/hello.py", folder / "api"}, 0));
}

TEST_CASE("new directories are watched with all that is in them") {
  TestProject folder{"api/hello.py"};
  FOR_BOTH_MODES(folder);
  folder.current();
  folder.write("api/n/m/deep.py", kHandler);
  CHECK(function_files(*folder.current()) == "api/hello.py api/n/m/deep.py");
  folder.write("api/n/m/deep.py", kModule);
  CHECK(function_files(*folder.current()) == "api/hello.py");
  folder.write("api/n/m/deep.py", kHandler);
  folder.current();
  folder.rename("api/n", "api/moved");
  CHECK(function_files(*folder.current()) == "api/hello.py api/moved/m/deep.py");
  folder.write("api/moved/m/deep.py", kModule);
  CHECK(function_files(*folder.current()) == "api/hello.py");
  folder.remove("api/moved");
  CHECK(folder.current()->not_functions.empty());
}

TEST_CASE("a directory that is replaced between two requests is read anew") {
  TestProject folder{"api/n/a.py", "spare/a.py", "api/hello.py"};
  FOR_BOTH_MODES(folder);
  folder.write("spare/a.py", kModule);
  folder.write("spare/b.py", kHandler);
  folder.current();
  folder.remove("api/n");
  folder.rename("spare", "api/n");
  CHECK(function_files(*folder.current()) == "api/hello.py api/n/b.py");
  folder.write("api/n/a.py", kHandler);
  CHECK(function_files(*folder.current()) == "api/hello.py api/n/a.py api/n/b.py");
}

TEST_CASE("directories that swap their names are told apart") {
  TestProject folder{"api/a/x.py", "api/b/y.py"};
  FOR_BOTH_MODES(folder);
  folder.current();
  folder.rename("api/a", "t");
  folder.rename("api/b", "api/a");
  folder.rename("t", "api/b");
  CHECK(function_files(*folder.current()) == "api/a/y.py api/b/x.py");
  folder.write("api/a/y.py", kModule);
  folder.write("api/b/z.py", kHandler);
  CHECK(function_files(*folder.current()) == "api/b/x.py api/b/z.py");
}

TEST_CASE("ignored directories wake nobody") {
  TestProject folder{"api/hello.py", "node_modules/x/a.py", ".venv/lib/b.py"};
  FOR_BOTH_MODES(folder);
  folder.current();
  folder.write("node_modules/x/a.py", "edited");
  folder.write(".venv/lib/new.py", "new");
  folder.write("api/__pycache__/hello.pyc", "x");
  folder.write(".git/index", "x");
  folder.write("api/.hello.py.swp", "x");
  folder.current();
  CHECK(folder.workspace().changes().now() == 0);
}

TEST_CASE("a file that the user ignores is watched, for a function may read it") {
  TestProject folder{"api/hello.py", "data/x.json"};
  FOR_BOTH_MODES(folder);
  folder.write(".vercelignore", "/data\n");
  CHECK(folder.current()->files.count("data/x.json") == 0);
  folder.write("data/x.json", "edited");
  folder.current();
  CHECK(folder.workspace().changes().any_changed_since({folder / "data/x.json"}, 0));
  folder.write(".vercelignore", "");
  CHECK(folder.current()->files.count("data/x.json") == 1);
}

TEST_CASE("a link shows the changes of its target, wherever that is") {
  TempFolder elsewhere;
  elsewhere.write("fn.py", kHandler);
  TestProject folder{{"inside.py", kHandler}};
  FOR_BOTH_MODES(folder);
  folder.link(elsewhere / "fn.py", "api/out.py");
  folder.link("../inside.py", "api/in.py");
  folder.link("../later.py", "api/later.py");
  CHECK(function_files(*folder.current()) == "api/in.py api/out.py");
  elsewhere.write("fn.py", kModule);
  CHECK(function_files(*folder.current()) == "api/in.py");
  elsewhere.replace("fn.py", kHandler + "#");
  folder.write("inside.py", kModule);
  CHECK(function_files(*folder.current()) == "api/out.py");
  folder.write("later.py", kHandler);
  CHECK(function_files(*folder.current()) == "api/later.py api/out.py");
  elsewhere.remove("fn.py");
  CHECK(function_files(*folder.current()) == "api/later.py");
}

TEST_CASE("a linked directory shows the changes of its target") {
  TempFolder elsewhere;
  elsewhere.write("lib/a.py", kHandler);
  TestProject folder{"api/hello.py", "real/x.txt"};
  FOR_BOTH_MODES(folder);
  folder.link(elsewhere / "lib", "api/lib");
  folder.link("real", "alias");
  CHECK(function_files(*folder.current()) == "api/hello.py api/lib/a.py");
  elsewhere.write("lib/b.py", kHandler);
  CHECK(function_files(*folder.current()) == "api/hello.py api/lib/a.py api/lib/b.py");
  elsewhere.rename("lib", "old");
  elsewhere.write("lib/c.py", kHandler);
  CHECK(function_files(*folder.current()) == "api/hello.py api/lib/c.py");
  const std::uint64_t before = folder.workspace().changes().now();
  folder.write("real/x.txt", "edited");
  folder.current();
  CHECK(folder.workspace().changes().any_changed_since({folder / "alias/x.txt"}, before));
  CHECK(folder.workspace().changes().any_changed_since({folder / "real/x.txt"}, before));
}

TEST_CASE("vercel.json and environment files are read again when they change") {
  TestProject folder{"api/hello.py"};
  FOR_BOTH_MODES(folder);
  const auto first = folder.current();
  CHECK(first->functions.at("api/hello")->max_duration == std::chrono::seconds(300));
  folder.write("vercel.json", R"({"env": {"A": "json", "B": "json", "C": "json"},
                                  "functions": {"api/*.py": {"maxDuration": 7}}})");
  const auto second = folder.current();
  CHECK(second->functions.at("api/hello")->max_duration == std::chrono::seconds(7));
  CHECK(second->environment_version > first->environment_version);
  folder.write(".env", "B=env\nC=env\n");
  folder.write(".env.local", "C=local\n");
  const auto third = folder.current();
  CHECK(third->environment_version > second->environment_version);
  CHECK(variable(*third, "A") == "json");
  CHECK(variable(*third, "B") == "env");
  CHECK(variable(*third, "C") == "local");
  folder.write("other.txt", "x");
  CHECK(folder.current()->environment_version == third->environment_version);
  folder.remove(".env.local");
  CHECK(variable(*folder.current(), "C") == "env");
  folder.write("vercel.json", R"({"env": {"A": "json", "B": "json", "C": "json"}})");
  const auto last = folder.current();
  CHECK(last->environment_version > third->environment_version + 1);  // the limit changed too
  CHECK(*folder.scanner.scanned == 1);
}

TEST_CASE("a bad vercel.json is told and the last good project kept") {
  TestProject folder{"api/hello.py"};
  FOR_BOTH_MODES(folder);
  folder.current();
  folder.write("vercel.json", "{");
  const auto bad = folder.current();
  REQUIRE(bad->errors.size() == 1);
  CHECK(function_files(*bad) == "api/hello.py");
  folder.write("vercel.json", "{}");
  CHECK(folder.current()->errors.empty());
  folder.write("api/hello.txt", "conflict");
  REQUIRE(folder.current()->errors.size() == 1);
  CHECK_THAT(folder.current()->errors[0].platform, ContainsSubstring("conflicting_file_path"));
  CHECK(folder.current()->files.count("api/hello.txt") == 0);
  folder.remove("api/hello.txt");
  CHECK(folder.current()->errors.empty());
}

TEST_CASE("a pattern without a function is told at once") {
  TestProject folder{"api/hello.py", {"vercel.json", R"({"functions": {"lib/*.py": {"memory": 128}}})"}};
  REQUIRE(folder.current()->errors.size() == 1);
  CHECK_THAT(folder.current()->errors[0].format(), ContainsSubstring("[unused_function]"));
}

TEST_CASE("options add to the environment") {
  TempFolder elsewhere;
  elsewhere.write("more.env", "A=file\nB=file\nTZ=x\n");
  TestProject folder{"api/hello.py", {".env", "A=env\nD=env\n"}};
  FOR_BOTH_MODES(folder);
  folder.options.env = {"B=option=1", "PATH", "NOT_SET_ANYWHERE_1"};
  folder.options.env_files = {elsewhere / "more.env"};
  folder.options.max_duration = std::chrono::seconds(9);
  const auto project = folder.current();
  CHECK(variable(*project, "A") == "file");
  CHECK(variable(*project, "B") == "option=1");
  CHECK(variable(*project, "D") == "env");
  CHECK(variable(*project, "NOT_SET_ANYWHERE_1") == "unset");
  CHECK(project->functions.at("api/hello")->max_duration == std::chrono::seconds(9));
  CHECK(project->warnings.size() == 2);
  elsewhere.write("more.env", "A=changed\n");
  CHECK(variable(*folder.current(), "A") == "changed");
  elsewhere.remove("more.env");
  CHECK(folder.current()->errors.size() == 1);
  elsewhere.write("more.env", "A=back\n");
  CHECK(variable(*folder.current(), "A") == "back");
}

TEST_CASE("options that make no sense are refused") {
  TestProject folder{"api/hello.py"};
  folder.options.root = folder.path();
  const auto refused = [&](const WorkspaceOptions& options, const std::string& why) {
    CHECK_THROWS_AS(Workspace(options, folder.scanner), UsageError);
    CHECK_THROWS_WITH(Workspace(options, folder.scanner), ContainsSubstring(why));
  };
  WorkspaceOptions options = folder.options;
  options.env = {"9X=1"};
  refused(options, "cannot set \"9X\"");
  options = folder.options;
  options.env_files = {"/nowhere/x.env"};
  refused(options, "cannot read \"/nowhere/x.env\"");
  options = folder.options;
  options.root = folder / "nowhere";
  refused(options, "cannot read project folder");
  options.root = folder / "api/hello.py";
  refused(options, "Not a directory");
}

TEST_CASE("a scanner that is away is asked again") {
  TestProject folder{"api/hello.py"};
  *folder.scanner.gone = true;
  CHECK(folder.current()->functions.empty());
  *folder.scanner.gone = false;
  CHECK(function_files(*folder.current()) == "api/hello.py");
  const int scanned = *folder.scanner.scanned;
  folder.current();
  CHECK(*folder.scanner.scanned == scanned);
}

TEST_CASE("a project folder that is gone is told, and found again") {
  TempFolder parent;
  parent.write("outer/p/api/hello.py", kHandler);
  const bool above = GENERATE(false, true);
  WorkspaceOptions options;
  options.root = parent / "outer/p";
  options.poll = GENERATE(false, true);
  INFO((above ? "moved with its parent" : "moved itself") << (options.poll ? ", polling" : ""));
  Workspace workspace(options, FakeScanner{});
  CHECK(function_files(*workspace.current()) == "api/hello.py");
  const std::string from = above ? "outer" : "outer/p", to = above ? "away" : "outer/q";
  parent.rename(from, to);
  const auto lost = workspace.current();
  REQUIRE(lost->errors.size() == 1);
  CHECK_THAT(lost->errors[0].message, ContainsSubstring("cannot read the project folder"));
  CHECK(function_files(*lost) == "api/hello.py");
  const std::uint64_t before = workspace.changes().now();
  parent.write("outer/p/api/other.py", kHandler);
  CHECK(function_files(*workspace.current()) == "api/other.py");
  CHECK(workspace.current()->errors.empty());
  CHECK(workspace.changes().any_changed_since({}, before));
  parent.write("outer/p/api/third.py", kHandler);
  CHECK(function_files(*workspace.current()) == "api/other.py api/third.py");
}

TEST_CASE("more events than the kernel keeps are no loss") {
  std::ifstream limit_file("/proc/sys/fs/inotify/max_queued_events");
  int limit = 16384;
  limit_file >> limit;
  if (limit > 100'000) return;  // would take too long to exceed
  TestProject folder{"api/hello.py", "a.txt", "b.txt"};
  folder.current();
  const UniqueFd a(::open((folder / "a.txt").c_str(), O_WRONLY | O_CLOEXEC));
  const UniqueFd b(::open((folder / "b.txt").c_str(), O_WRONLY | O_CLOEXEC));
  // Equal neighbours are merged by the kernel: the two take turns.
  for (int i = 0; i < limit; ++i) REQUIRE(::write(i % 2 == 0 ? a.get() : b.get(), "x", 1) == 1);
  folder.write("api/new.py", kHandler);
  CHECK(function_files(*folder.current()) == "api/hello.py api/new.py");
  CHECK(folder.workspace().changes().any_changed_since({folder / "anything"}, 0));
  folder.write("api/hello.py", kModule);
  CHECK(function_files(*folder.current()) == "api/new.py");
}

TEST_CASE("the descriptor for changes is readable when there are some") {
  TestProject folder{"api/hello.py"};
  folder.current();
  const int fd = folder.workspace().change_fd();
  CHECK_FALSE(readable(fd, 0));
  folder.write("api/hello.py", kModule);
  CHECK(readable(fd, 0));
  folder.current();
  CHECK_FALSE(readable(fd, 0));
}

TEST_CASE("while polling the descriptor asks for a look now and then") {
  TestProject folder{"api/hello.py"};
  folder.options.poll = true;
  folder.current();
  CHECK(readable(folder.workspace().change_fd(), 5000));
  folder.current();
  CHECK_FALSE(readable(folder.workspace().change_fd(), 0));
}

TEST_CASE("requests on many threads see every edit made before them") {
  TestProject folder{"api/hello.py"};
  folder.current();
  Workspace& workspace = folder.workspace();
  std::atomic<bool> done{false};
  std::atomic<int> bad{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        if (workspace.current()->files.count("api/hello.py") == 0) ++bad;
        workspace.changes().any_changed_since({"/x"}, 0);
      }
    });
  }
  for (int i = 0; i < 200; ++i) {
    folder.replace("api/hello.py", i % 2 == 0 ? kModule : kHandler);
    if (workspace.current()->functions.size() != (i % 2 == 0 ? 0u : 1u)) ++bad;
    workspace.take_edits();
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(bad == 0);
}

TEST_CASE("an edit is not missed while another thread looks whether anything came") {
  TestProject folder{"api/hello.py"};
  folder.current();
  Workspace& workspace = folder.workspace();
  std::atomic<bool> done{false};
  // As the main loop does while it waits.
  std::thread waiting([&] {
    while (!done) readable(workspace.change_fd(), 0);
  });
  int missed = 0;
  for (int i = 0; i < 2'000; ++i) {
    folder.replace("api/hello.py", i % 2 == 0 ? kModule : kHandler);
    if (workspace.current()->functions.size() != (i % 2 == 0 ? 0u : 1u)) ++missed;
    workspace.take_edits();
  }
  done = true;
  waiting.join();
  CHECK(missed == 0);
}
