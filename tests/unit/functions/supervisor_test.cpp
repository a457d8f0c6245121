// The supervisor against a real child process that plays the zygote (fake_worker.cpp).
#include "runtime/functions/supervisor.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "tests/support/catch.h"

namespace localfn {
namespace {

using namespace std::chrono_literals;
constexpr auto kPatience = 20s;

Deadline patience() { return Deadline::after(kPatience); }

Supervisor::Options options(std::vector<std::string> arguments = {}) {
  return {LOCALFN_FAKE_WORKER, std::move(arguments), nullptr};
}

struct Started : Supervisor {
  explicit Started(std::vector<std::string> arguments = {}) : Supervisor(options(arguments)) {
    start();
  }
};

void send(const SpawnedInstance& instance, char letter) {
  REQUIRE(::send(instance.channel.get(), &letter, 1, MSG_NOSIGNAL) == 1);
}

std::string hear(const SpawnedInstance& instance) {
  pollfd ready{instance.channel.get(), POLLIN, 0};
  REQUIRE(::poll(&ready, 1, patience().poll_timeout()) == 1);
  char buffer[64];
  const auto n = ::recv(instance.channel.get(), buffer, sizeof buffer, 0);
  return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : std::string();
}

/// Watches a process that is not our child.
UniqueFd watch_process(int pid) {
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}
bool ends(const UniqueFd& pidfd) {
  if (!pidfd) return true;
  pollfd ended{pidfd.get(), POLLIN, 0};
  return ::poll(&ended, 1, patience().poll_timeout()) == 1;
}

int ask_pid(const SpawnedInstance& instance, char letter) {
  send(instance, letter);
  return std::stoi(hear(instance));
}

/// Lines as a LogSink gets them.
struct Lines {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<LogLine> all;

  LogSink sink() {
    return [this](const LogLine& line) {
      const std::lock_guard lock(mutex);
      all.push_back(line);
      changed.notify_all();
    };
  }
  bool await(std::size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, kPatience, [&] { return all.size() >= count; });
  }
};

}  // namespace

TEST_CASE("the version of Python is known once the zygote is up", "[supervisor]") {
  Started supervisor;
  CHECK(supervisor.python_version(patience()) == "3.11.2");
  CHECK(supervisor.zygote_pid() > 0);
  supervisor.shutdown(patience());
  CHECK(supervisor.zygote_pid() == 0);
  CHECK_THROWS_WITH(supervisor.spawn(), ContainsSubstring("stopping"));
}

TEST_CASE("a zygote that cannot be started is explained", "[supervisor]") {
  SECTION("no such file") {
    Supervisor supervisor({"/nonexistent/worker", {}, nullptr});
    supervisor.start();
    CHECK_THROWS_WITH(supervisor.python_version(patience()),
                      ContainsSubstring("cannot run /nonexistent/worker: No such file"));
  }
  SECTION("it ends before it is up") {
    Started supervisor({"--broken"});
    CHECK_THROWS_WITH(
        supervisor.python_version(patience()),
        ContainsSubstring("exited with status 4") && ContainsSubstring("no Python to be found"));
  }
  SECTION("it says nothing") {
    Started supervisor({"--mute"});
    CHECK_THROWS_WITH(supervisor.python_version(Deadline::after(1ms)),
                      ContainsSubstring("did not get ready in time"));
    supervisor.shutdown(Deadline::after(1ms));
  }
  SECTION("it talks nonsense") {
    Started supervisor({"--garbage"});
    CHECK_THROWS_WITH(supervisor.python_version(patience()),
                      ContainsSubstring("was killed by SIGKILL"));
  }
}

TEST_CASE("an instance is spawned, answers on its channel, and its end is known", "[supervisor]") {
  Started supervisor;
  auto one = supervisor.spawn();
  auto two = supervisor.spawn();
  CHECK(one.id != two.id);
  CHECK(ask_pid(one, 'p') != ask_pid(two, 'p'));
  CHECK(supervisor.alive() == 2);

  int status = 0;
  CHECK_FALSE(supervisor.await_exit(one.id, Deadline::after(0ms), status));
  send(one, 'x');
  REQUIRE(supervisor.await_exit(one.id, patience(), status));
  CHECK(WEXITSTATUS(status) == 3);
  // Nobody else holds its end of the channel.
  CHECK(hear(one).empty());

  send(two, 's');
  REQUIRE(supervisor.await_exit(two.id, patience(), status));
  CHECK(WTERMSIG(status) == SIGKILL);
  CHECK(supervisor.alive() == 0);
  CHECK_FALSE(supervisor.await_exit(9999, Deadline::after(0ms), status));
}

TEST_CASE("an instance may be killed before it is born", "[supervisor]") {
  Started supervisor;
  auto instance = supervisor.spawn();
  supervisor.kill(instance.id);
  int status = 0;
  REQUIRE(supervisor.await_exit(instance.id, patience(), status));
  CHECK(WTERMSIG(status) == SIGKILL);
  supervisor.kill(instance.id);
  supervisor.kill(12345);
}

TEST_CASE("killing an instance kills the processes that it has started", "[supervisor]") {
  Started supervisor;
  auto instance = supervisor.spawn();
  const auto grandchild = watch_process(ask_pid(instance, 'g'));
  REQUIRE(grandchild);
  supervisor.kill(instance.id);
  CHECK(ends(grandchild));
}

TEST_CASE("an instance is asked to read again, even before it is born", "[supervisor]") {
  Started supervisor;
  CHECK(supervisor.python_version(patience()) == "3.11.2");
  auto instance = supervisor.spawn();
  // Its handler is in place once it answers.
  ask_pid(instance, 'p');
  supervisor.ask_to_read_again(instance.id);
  CHECK(hear(instance) == "R");
}

TEST_CASE("output of an instance is read as it comes and never blocks it", "[supervisor]") {
  Started supervisor;
  auto instance = supervisor.spawn();
  Lines lines;
  auto output = std::make_shared<InstanceOutput>("api/a.py", instance.id, std::move(instance.out),
                                                 std::move(instance.err), lines.sink());
  supervisor.watch(output);
  send(instance, 'o');
  CHECK(hear(instance) == "k");
  REQUIRE(lines.await(2));
  // Two MB, many times what a pipe holds, while nobody but the supervisor reads.
  send(instance, 'f');
  CHECK(hear(instance) == "k");
  REQUIRE(lines.await(2 + 32));
  CHECK(lines.all.back().text.size() == 64 * 1024);
  supervisor.shutdown(patience());
}

TEST_CASE("a zygote that dies takes its instances along and is started again", "[supervisor]") {
  // Stuck: it dies between its fork and anything that it could say about it.
  const auto arguments = GENERATE(std::vector<std::string>{}, std::vector<std::string>{"--stuck"});
  Started supervisor(arguments);
  supervisor.python_version(patience());
  auto instance = supervisor.spawn();
  const auto process = watch_process(ask_pid(instance, 'p'));
  const auto grandchild = watch_process(ask_pid(instance, 'g'));
  const int first = supervisor.zygote_pid();
  ::kill(first, SIGKILL);
  CHECK(ends(process));
  CHECK(ends(grandchild));
  CHECK(hear(instance).empty());
  int status = 0;
  CHECK_FALSE(supervisor.await_exit(instance.id, patience(), status));

  // Waits for the new zygote.
  auto next = supervisor.spawn();
  CHECK(ask_pid(next, 'p') > 0);
  CHECK(supervisor.zygote_pid() != first);
}

TEST_CASE("an instance that its zygote did not bring forth comes from the next one",
          "[supervisor]") {
  Started supervisor;
  supervisor.python_version(patience());
  const int first = supervisor.zygote_pid();
  ::kill(first, SIGSTOP);
  auto instance = supervisor.spawn();
  auto unwanted = supervisor.spawn();
  send(instance, 'p');
  ::kill(first, SIGKILL);
  SECTION("it finds what was sent before") {
    CHECK(std::stoi(hear(instance)) > 0);
    CHECK(supervisor.zygote_pid() != first);
    CHECK(ask_pid(unwanted, 'p') > 0);
    CHECK(supervisor.alive() == 2);
  }
  SECTION("but not one that was killed meanwhile") {
    supervisor.kill(unwanted.id);
    int status = 0;
    supervisor.await_exit(unwanted.id, patience(), status);
    CHECK(hear(unwanted).empty());
    CHECK(std::stoi(hear(instance)) > 0);
    CHECK(supervisor.alive() == 1);
  }
}

TEST_CASE("an instance that waited for the next zygote can be killed", "[supervisor]") {
  Started supervisor;
  supervisor.python_version(patience());
  for (int i = 0; i < 3; ++i) {
    const int zygote = supervisor.zygote_pid();
    const auto process = watch_process(zygote);
    ::kill(zygote, SIGKILL);
    // Before or after the supervisor has heard of it.
    CHECK(ends(process));
    auto instance = supervisor.spawn();
    CHECK(ask_pid(instance, 'p') > 0);
    CHECK(supervisor.alive() == 1);
    supervisor.kill(instance.id);
    int status = 0;
    REQUIRE(supervisor.await_exit(instance.id, patience(), status));
    CHECK(WTERMSIG(status) == SIGKILL);
  }
}

TEST_CASE("an instance that two zygotes did not bring forth is given up", "[supervisor]") {
  // Each ends at the first Spawn message.
  Started supervisor({"--barren"});
  supervisor.python_version(patience());
  const int first = supervisor.zygote_pid();
  auto instance = supervisor.spawn();
  CHECK(hear(instance).empty());
  int status = 0;
  CHECK_FALSE(supervisor.await_exit(instance.id, patience(), status));
  CHECK(supervisor.alive() == 0);
  CHECK(supervisor.zygote_pid() != first);
}

TEST_CASE("an instance that ends before it says that it is there is asked for once more",
          "[supervisor]") {
  SECTION("the second one finds what was sent before") {
    Started supervisor({"--stillborn", "1"});
    auto instance = supervisor.spawn();
    send(instance, 'p');
    CHECK(std::stoi(hear(instance)) > 0);
    CHECK(supervisor.alive() == 1);
  }
  SECTION("the end of the second one is its end") {
    Started supervisor({"--stillborn", "2"});
    auto instance = supervisor.spawn();
    int status = 0;
    REQUIRE(supervisor.await_exit(instance.id, patience(), status));
    CHECK(WEXITSTATUS(status) == 9);
    CHECK(hear(instance).empty());
    CHECK(supervisor.alive() == 0);
    CHECK(ask_pid(supervisor.spawn(), 'p') > 0);
  }
}

TEST_CASE("files are scanned in order, many at a time", "[supervisor]") {
  Started supervisor;
  std::vector<std::string> paths;
  for (int i = 0; i < 500; ++i) paths.push_back("/p/api/" + std::to_string(i) + ".py");
  const auto entries = supervisor.scan(paths);
  REQUIRE(entries.size() == paths.size());
  for (std::size_t i = 0; i < paths.size(); ++i) {
    REQUIRE(entries[i].found);
    REQUIRE(entries[i].variable == paths[i]);
  }
  CHECK(supervisor.scan({}).empty());
}

TEST_CASE("a scan survives the death of the zygote once", "[supervisor]") {
  Started supervisor;
  char marker[] = "/tmp/localfn-test-XXXXXX";
  const UniqueFd file(::mkstemp(marker));
  auto entries = supervisor.scan({"/a.py", std::string("die-once:") + marker, "/b.py"});
  REQUIRE(entries.size() == 3);
  for (const auto& entry : entries) CHECK(entry.found);

  entries = supervisor.scan({"die"});
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].unreadable);
  CHECK_THAT(entries[0].reason, ContainsSubstring("zygote died twice"));
}

TEST_CASE("a shutdown leaves no process behind", "[supervisor]") {
  Supervisor supervisor(options());
  supervisor.start();
  supervisor.python_version(patience());
  const auto zygote = watch_process(supervisor.zygote_pid());
  auto instance = supervisor.spawn();
  const auto process = watch_process(ask_pid(instance, 'p'));
  const auto grandchild = watch_process(ask_pid(instance, 'g'));
  SECTION("with time") { supervisor.shutdown(patience()); }
  SECTION("without time") { supervisor.shutdown(Deadline::after(0ms)); }
  CHECK(ends(zygote));
  CHECK(ends(process));
  CHECK(ends(grandchild));
  int status = 0;
  CHECK(::waitpid(-1, &status, WNOHANG) == -1);
  supervisor.shutdown(patience());
}

}  // namespace localfn
