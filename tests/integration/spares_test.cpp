// The instance that a zygote has forked ahead of need.
#include <signal.h>

#include <set>
#include <sstream>

#include "tests/support/catch.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

class SparesTest : public IntegrationTest {
 protected:
  /// A function that says which process it runs in, under which name, and what it drew at random.
  void function(const std::string& name) {
    project.write("api/" + name + ".py",
                  handler_doing("self.send_response(200)\nself.end_headers()\n"
                                "self.wfile.write(f'{os.getpid()} {os.getpgid(0)} {NAME} "
                                "{random.random()} {uuid.uuid4()}'.encode())\n",
                                "import os, random, uuid\n"
                                "NAME = open('/proc/self/comm').read().strip()\n"));
  }

  static std::vector<std::string> words_of(const Answer& answer) {
    std::istringstream stream(answer.body);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
  }

  /// The words that it answers.
  std::vector<std::string> ask(const std::string& name) {
    const Answer answer = get("/api/" + name);
    const auto words = words_of(answer);
    INFO(answer.body << server().log());
    REQUIRE(words.size() == 5);
    return words;
  }

  /// When there is nothing else to do the zygote makes one.
  pid_t await_spare() {
    REQUIRE(eventually([&] { return server().spares().size() == 1; }));
    return server().spares().front();
  }
};

}  // namespace

TEST_CASE_METHOD(SparesTest, "the next cold start takes the process that was forked ahead",
                 "[integration][processes][spare]") {
  for (const char* name : {"a", "b", "c"}) function(name);
  start();
  const auto first = ask("a");  // forked for it: the zygote was still importing
  std::set<std::string> random = {first[3], first[4]};
  for (const char* name : {"b", "c"}) {
    const auto spare = std::to_string(await_spare());
    const auto words = ask(name);
    CHECK(words[0] == spare);
    CHECK(words[1] == spare);     // its own group
    CHECK(words[2] == first[2]);  // what `ps` shows of any instance
    random.insert(words.begin() + 3, words.end());
  }
  CHECK(random.size() == 6);
  CHECK(server().instances().size() == 3);
}

TEST_CASE_METHOD(SparesTest, "an instance that was a spare holds only 0, 1, 2 and its channel",
                 "[integration][processes][spare]") {
  function("a");
  start();
  const pid_t spare = await_spare();
  REQUIRE(ask("a")[0] == std::to_string(spare));
  CHECK(eventually([&] { return open_descriptors(spare).size() == 4; }));
}

TEST_CASE_METHOD(SparesTest, "after kill -9 of the spare the next request is answered",
                 "[integration][processes][spare]") {
  function("a");
  function("b");
  start();
  const pid_t spare = await_spare();
  ::kill(spare, SIGKILL);
  REQUIRE(eventually([&] { return !is_alive(spare); }));
  CHECK(ask("a")[0] != std::to_string(spare));
  const pid_t next = await_spare();
  CHECK(next != spare);
  CHECK(ask("b")[0] == std::to_string(next));
}

// A stopped one is taken, too, but gets no further than that.
TEST_CASE_METHOD(SparesTest, "a spare that is killed while it is taken costs no request",
                 "[integration][processes][spare]") {
  function("a");
  start();
  const pid_t taken = await_spare();
  ::kill(taken, SIGSTOP);
  Connection client = connect();
  client.send(make_request("GET", "/api/a"));
  CHECK(eventually([&] { return server().spares().size() == 2; }));  // the zygote has made another
  ::kill(taken, SIGKILL);
  const auto words = words_of(client.read_answer());
  INFO(server().log());
  REQUIRE(words.size() == 5);
  CHECK(words[0] != std::to_string(taken));
  CHECK(eventually([&] { return server().instances().size() == 1; }));
}

namespace {

bool has_another_zygote(const RunningLocalfn& server, pid_t killed) {
  try {
    return server.zygote() != killed;
  } catch (const std::exception&) {  // there is none at the moment
    return false;
  }
}

}  // namespace

TEST_CASE_METHOD(SparesTest, "the spare goes with its zygote, its host, and at Ctrl-C",
                 "[integration][processes][spare]") {
  function("a");
  start();
  const pid_t spare = await_spare();
  SECTION("kill -9 of the zygote") {
    expect_log("zygote");
    const pid_t killed = server().zygote();
    ::kill(killed, SIGKILL);
    CHECK(eventually([&] { return !is_alive(spare); }));
    CHECK(eventually([&] { return has_another_zygote(server(), killed); }));
    ask("a");
  }
  SECTION("kill -9 of the host") {
    CHECK(exit_code(server().stop(SIGKILL)) == 128 + SIGKILL);
    CHECK(eventually([&] { return !is_alive(spare); }));
  }
  SECTION("Ctrl-C") {
    CHECK(exit_code(server().stop(SIGINT)) == 130);
    CHECK_FALSE(is_alive(spare));
  }
}

TEST_CASE_METHOD(SparesTest, "a function that is edited runs its new code in a spare",
                 "[integration][processes][spare][freshness]") {
  project.write("helper.py", "WORD = 'old'\n");
  project.write("api/a.py", handler_doing("self.send_response(200)\nself.end_headers()\n"
                                          "self.wfile.write(helper.WORD.encode())\n",
                                          "import helper\n"));
  start();
  CHECK(get("/api/a").body == "old");
  const pid_t spare = await_spare();
  project.write("helper.py", "WORD = 'new'\n");
  CHECK(get("/api/a").body == "new");
  CHECK(eventually([&] { return server().instances() == std::vector<pid_t>{spare}; }));
}
