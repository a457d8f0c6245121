// Exit codes, ports and messages of the command line.
#include <signal.h>

#include <algorithm>

#include "tests/support/catch.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

class CommandLineTest : protected IntegrationTest {
 protected:
  /// Runs the binary to its end; returns its exit code.
  int run(std::vector<std::string> arguments) {
    launch(std::move(arguments));
    return exit_code(server().await_exit());
  }
};

}  // namespace

TEST_CASE_METHOD(CommandLineTest, "the option --help is one screen on stdout and succeeds",
                 "[integration][cli]") {
  CHECK(run({"--help"}) == 0);
  CHECK_THAT(server().output(Stream::Out), ContainsSubstring("dev"));
  CHECK(run({"dev", "--help"}) == 0);
  const std::string help = server().output(Stream::Out);
  for (const char* option : {"--listen", "--max-instances", "--idle", "--max-duration", "--env",
                             "--log", "--strict-port", "--debug"}) {
    CHECK_THAT(help, ContainsSubstring(option));
  }
  for (const char* value : {"127.0.0.1:3000", "10", "300"}) {
    CHECK_THAT(help, ContainsSubstring(value));
  }
  CHECK(std::count(help.begin(), help.end(), '\n') <= 40);
}

TEST_CASE_METHOD(CommandLineTest, "the option --version names the version on stdout",
                 "[integration][cli]") {
  CHECK(run({"--version"}) == 0);
  CHECK_THAT(server().output(Stream::Out), ContainsSubstring(LOCALFN_TEST_VERSION));
}

TEST_CASE_METHOD(CommandLineTest, "wrong flags and arguments end with 2 and say what is accepted",
                 "[integration][cli]") {
  expect_log("error:");
  CHECK(run({"dev", "--no-such-flag"}) == 2);
  CHECK_THAT(server().log(), ContainsSubstring("--no-such-flag"));
  CHECK(run({"no-such-command"}) == 2);
  CHECK_THAT(server().log(), ContainsSubstring("no-such-command"));
  CHECK(run({"dev", ".", "--max-instances", "0"}) == 2);
  CHECK_THAT(server().log(), ContainsSubstring("--max-instances"));
  CHECK(run({"dev", ".", "--max-instances", "many"}) == 2);
  CHECK(run({"dev", ".", "--listen", "127.0.0.1:99999"}) == 2);
  CHECK_THAT(server().log(), ContainsSubstring("99999"));
  CHECK(run({"dev", ".", "--log", "xml"}) == 2);
  CHECK(run({"dev", ".", ".."}) == 2);
  CHECK(server().output(Stream::Out).empty());
}

TEST_CASE_METHOD(CommandLineTest, "a project folder that is missing ends with 2 and its name",
                 "[integration][cli]") {
  expect_log("error:");
  CHECK(run({"dev", "no-such-folder", "--listen", "127.0.0.1:0"}) == 2);
  CHECK_THAT(server().log(), ContainsSubstring("no-such-folder"));
  project.write("file.txt", "x");
  CHECK(run({"dev", "file.txt", "--listen", "127.0.0.1:0"}) == 2);
  CHECK_THAT(server().log(), ContainsSubstring("file.txt"));
}

TEST_CASE_METHOD(CommandLineTest, "a broken vercel.json ends with 2 and file, line and column",
                 "[integration][cli]") {
  project.write("api/hello.py", handler_answering("hello"));
  project.write("vercel.json", "{\n  \"env\": {\n    \"A\": \"b\",,\n  }\n}\n");
  expect_log("vercel.json:");
  CHECK(run({"dev", "--listen", "127.0.0.1:0"}) == 2);
  CHECK_THAT(server().log(), ContainsSubstring("vercel.json:3:"));
  CHECK_THAT(server().log(), ContainsSubstring("^"));

  project.write("vercel.json",
                "{\n  \"functions\": {\n    \"api/hello.py\": { \"maxDuration\": 0 }\n  }\n}\n");
  CHECK(run({"dev", "--listen", "127.0.0.1:0"}) == 2);
  CHECK_THAT(server().log(), ContainsSubstring("vercel.json:3:"));
  CHECK_THAT(server().log(), ContainsSubstring("maxDuration"));
}

TEST_CASE_METHOD(CommandLineTest, "all problems of a vercel.json are told at once",
                 "[integration][cli]") {
  project.write("api/hello.py", handler_answering("hello"));
  project.write("vercel.json",
                "{\n  \"env\": { \"A\": 1 },\n  \"functions\": {\n"
                "    \"api/hello.py\": { \"maxDuration\": -4 }\n  }\n}\n");
  expect_log("vercel.json:");
  CHECK(run({"dev", "--listen", "127.0.0.1:0"}) == 2);
  CHECK_THAT(server().log(), ContainsSubstring("vercel.json:2:"));
  CHECK_THAT(server().log(), ContainsSubstring("vercel.json:4:"));
}

TEST_CASE_METHOD(CommandLineTest, "a key given twice is told beside the errors of a vercel.json",
                 "[integration][cli]") {
  project.write("vercel.json",
                "{\n  \"env\": {},\n  \"env\": { \"A\": 1 },\n  \"cleanUrl\": true\n}\n");
  expect_log("vercel.json:");
  CHECK(run({"dev", "--listen", "127.0.0.1:0"}) == 2);
  const auto error = server().log().find("vercel.json:3:");
  const auto warning = server().log().find("the key \"env\" is given twice");
  REQUIRE(error != std::string::npos);
  REQUIRE(warning != std::string::npos);
  CHECK(error < warning);
  CHECK_THAT(server().log(), ContainsSubstring("did you mean \"cleanUrls\"?"));
}

TEST_CASE_METHOD(CommandLineTest, "a vercel.json broken while serving is told and survived",
                 "[integration][cli]") {
  project.write("api/hello.py", handler_answering("hello"));
  start();
  CHECK(get("/api/hello").body == "hello");
  expect_log("vercel.json:");
  project.write("vercel.json", "{");
  CHECK(get("/api/hello").status == 500);
  server().wait_for_log("vercel.json:1:");
  project.write("vercel.json", "{}");
  CHECK(get("/api/hello").body == "hello");
}

TEST_CASE_METHOD(CommandLineTest, "while vercel.json is broken every answer is its message alone",
                 "[integration][cli]") {
  project.write("api/hello.py", handler_answering("hello"));
  project.write("public/a.txt", "a");
  start();
  CHECK(get("/a.txt").body == "a");
  expect_log("vercel.json:");
  project.write("vercel.json", R"({"cleanUrls": 1})");
  for (const char* path : {"/api/hello", "/a.txt", "/nothing"}) {
    INFO(path);
    const Answer answer = get(path, {{"Accept", "text/html"}});
    CHECK(answer.status == 500);
    CHECK_THAT(answer.body,
               ContainsSubstring("Invalid vercel.json - `cleanUrls` should be boolean."));
    CHECK_THAT(answer.body, !ContainsSubstring("<html"));
    for (const char* name : {"server", "x-vercel-id", "x-vercel-cache", "cache-control",
                             "content-type"}) {
      INFO(name);
      CHECK_FALSE(answer.has(name));
    }
  }
  project.remove("vercel.json");
  CHECK(get("/a.txt").body == "a");
}

TEST_CASE_METHOD(CommandLineTest, "a taken port moves to the next with a note",
                 "[integration][cli]") {
  project.write("api/hello.py", handler_answering("hello"));
  RunningLocalfn& first = start();
  const std::string taken = "127.0.0.1:" + std::to_string(first.port());
  TempFolder temp;
  RunningLocalfn second(
      Launch{{"dev", project.root(), "--listen", taken}, project.root(), temp.path()});
  second.await_ready();
  CHECK(second.port() > first.port());
  CHECK_THAT(second.log(), ContainsSubstring(std::to_string(first.port())));
  CHECK(request_once(second.port(), "GET", "/api/hello").body == "hello");
  CHECK(exit_code(second.stop(SIGINT)) == 130);
}

TEST_CASE_METHOD(CommandLineTest, "the option --strict-port ends with 1 when the port is taken",
                 "[integration][cli]") {
  project.write("api/hello.py", handler_answering("hello"));
  RunningLocalfn& first = start();
  const std::string taken = "127.0.0.1:" + std::to_string(first.port());
  TempFolder temp;
  RunningLocalfn second(Launch{
      {"dev", project.root(), "--listen", taken, "--strict-port"}, project.root(), temp.path()});
  CHECK(exit_code(second.await_exit()) == 1);
  CHECK_THAT(second.log(), ContainsSubstring("cannot listen on " + taken));
}

TEST_CASE_METHOD(CommandLineTest, "a project without anything serves 404 and says so",
                 "[integration][cli]") {
  expect_log("warning:");
  start();
  server().wait_for_log("There are no files inside your deployment");
  CHECK(get("/").status == 404);
  project.write("api/hello.py", handler_answering("hello"));
  CHECK(get("/api/hello").body == "hello");
}

TEST_CASE_METHOD(CommandLineTest,
                 "the options --env-file and --env add to the environment in order",
                 "[integration][cli]") {
  project.write("api/env.py", handler_doing("self.send_response(200)\nself.end_headers()\n"
                                            "self.wfile.write(' '.join(os.environ.get(n, '-') "
                                            "for n in 'ABC').encode())\n",
                                            "import os\n"));
  project.write(".env", "A=1\nB=1\nC=1\n");
  project.write("more.env", "B=2\nC=2\n");
  start({"--env-file", (project.root() / "more.env").string(), "--env", "C=3"});
  CHECK(get("/api/env").body == "1 2 3");
}

TEST_CASE_METHOD(CommandLineTest, "the five sources of the environment win in their order",
                 "[integration][cli]") {
  project.write("api/env.py", handler_doing("self.send_response(200)\nself.end_headers()\n"
                                            "self.wfile.write(' '.join(os.environ.get(n, '-') "
                                            "for n in 'ABCDE').encode())\n",
                                            "import os\n"));
  project.write("vercel.json", R"({"env": {"A": "1", "B": "1", "C": "1", "D": "1", "E": "1"}})");
  project.write(".env", "B=2\nC=2\nD=2\nE=2\n");
  project.write(".env.local", "C=3\nD=3\nE=3\n");
  project.write("more.env", "D=4\nE=4\n");
  start({"--env", "E=5", "--env-file", (project.root() / "more.env").string()});
  CHECK(get("/api/env").body == "1 2 3 4 5");
}

TEST_CASE_METHOD(CommandLineTest,
                 "a file that sets a system variable gets one warning and no effect",
                 "[integration][cli]") {
  project.write("api/env.py", handler_doing("self.send_response(200)\nself.end_headers()\n"
                                            "self.wfile.write(os.environ['VERCEL_ENV'].encode())\n",
                                            "import os\n"));
  project.write(".env", "VERCEL_ENV=production\n");
  expect_log("VERCEL_ENV");
  start();
  CHECK(get("/api/env").body == "development");
  server().wait_for_log("VERCEL_ENV");
}

TEST_CASE_METHOD(CommandLineTest, "a terminal that has gone away hurts nobody",
                 "[integration][cli]") {
  project.write("api/talk.py", handler_doing("print('to nobody')\nself.send_response(200)\n"
                                             "self.end_headers()\nself.wfile.write(b'ok')\n"));
  start();
  server().stop_reading();
  for (int round = 0; round < 20; ++round) CHECK(get("/api/talk").body == "ok");
  CHECK(exit_code(server().stop(SIGINT)) == 130);
}

TEST_CASE_METHOD(CommandLineTest, "conflicting function files end start-up with 2",
                 "[integration][cli]") {
  project.write("api/[a].py", handler_answering("a"));
  project.write("api/[b].py", handler_answering("b"));
  expect_log("api/[");
  CHECK(run({"dev", "--listen", "127.0.0.1:0"}) == 2);
  CHECK_THAT(server().log(), ContainsSubstring("api/[a].py"));
  CHECK_THAT(server().log(), ContainsSubstring("api/[b].py"));
}
