// localfn test: together, again after edits, against a server; and what dev --record writes for it.
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

const std::string kCount =
    "global n\nn += 1\nself.send_response(200)\nself.end_headers()\n"
    "self.wfile.write(b'{\"n\": %d}' % n)\n";

class ProbeTest : protected IntegrationTest {
 protected:
  int run(std::vector<std::string> arguments, EnvironmentList environment = {}) {
    launch(std::move(arguments), std::move(environment));
    return exit_code(server().await_exit());
  }
  std::string out() { return server().output(Stream::Out); }

  /// `localfn test` beside the server that runs.
  std::string run_beside(std::vector<std::string> arguments, int& code,
                         EnvironmentList environment = {}) {
    RunningLocalfn client({std::move(arguments), project.root(), temp(), std::move(environment)});
    code = exit_code(client.await_exit());
    return client.output(Stream::Out) + client.output(Stream::Err);
  }

  /// What a watching `test` says up to its next wait for an edit.
  std::string next_messages() {
    const auto text = server().await(Stream::Err, "Ctrl-C ends\n", seen_err_);
    seen_err_ += text.find("Ctrl-C ends\n") + 12;
    return text;
  }

  /// The same with the results of one round.
  std::string next_round() {
    const auto text = server().await(Stream::Out, " failed\n", seen_out_);
    seen_out_ += text.find(" failed\n") + 8;
    return text + next_messages();
  }

 private:
  std::size_t seen_err_ = 0;
  std::size_t seen_out_ = 0;
};

}  // namespace

TEST_CASE_METHOD(ProbeTest, "a probe that fails is asked again as often as it says",
                 "[integration][test]") {
  project.write("api/third.py", handler_doing("global asked\nasked += 1\n"
                                              "self.send_response(200 if asked == 3 else 503)\n"
                                              "self.end_headers()\n",
                                              "asked = 0\n"));
  project.write("probes.json", R"([{"path": "/api/third", "retries": 1, "retryDelay": 1}])");
  CHECK(run({"test"}) == 1);
  CHECK_THAT(out(), ContainsSubstring("0 passed, 1 failed\n"));
  project.write("probes.json", R"([{"path": "/api/third", "retries": 2, "retryDelay": 1}])");
  CHECK(run({"test"}) == 0);
  CHECK_THAT(out(), ContainsSubstring("1 passed, 0 failed\n"));
}

TEST_CASE_METHOD(ProbeTest, "a slow answer is noted, and fails with --fail-slow only",
                 "[integration][test]") {
  project.write("api/slow.py", handler_doing("time.sleep(0.02)\nself.send_response(200)\n"
                                             "self.end_headers()\n",
                                             "import time\n"));
  project.write("probes.json", R"([{"path": "/api/slow", "maxMs": 1}])");
  CHECK(run({"test"}) == 0);
  CHECK_THAT(out(), ContainsSubstring("slow: over 1 ms") &&
                        ContainsSubstring("1 passed, 0 failed, 1 slow\n"));
  CHECK(run({"test", "--fail-slow"}) == 1);
  CHECK_THAT(out(), ContainsSubstring("at most 1 ms") && ContainsSubstring("0 passed, 1 failed"));
}

TEST_CASE_METHOD(ProbeTest, "a delay passes before its probe is asked", "[integration][test]") {
  project.write("api/now.py",
                handler_doing("self.send_response(200)\n"
                              "self.send_header('Since', str(time.monotonic_ns()))\n"
                              "self.end_headers()\n",
                              "import time\n"));
  project.write("api/later.py",
                handler_doing("waited = time.monotonic_ns() - int(self.headers['since'])\n"
                              "self.send_response(200 if waited >= 200_000_000 else 418)\n"
                              "self.end_headers()\n",
                              "import time\n"));
  project.write("probes.json", R"([
    {"path": "/api/now", "keep": {"since": "header:Since"}},
    {"path": "/api/later", "delay": 200, "headers": {"since": "${since}"}}])");
  CHECK(run({"test"}) == 0);
  CHECK_THAT(out(), ContainsSubstring("2 passed, 0 failed\n"));
}

TEST_CASE_METHOD(ProbeTest, "functions that are only read from are asked at the same time",
                 "[integration][test]") {
  // Each waits for the other: one after the other neither would come to its end.
  const std::string meets =
      "import os, pathlib\nmine, other = pathlib.Path(os.environ['MEET']) / '%', "
      "pathlib.Path(os.environ['MEET']) / '&'\nmine.touch()\nend = time.monotonic() + 30\n"
      "while not other.exists() and time.monotonic() < end: time.sleep(0.01)\n"
      "self.send_response(200 if other.exists() else 504)\nself.end_headers()\n";
  const auto meeting = [&](std::string source, char mine, char other) {
    source[source.find('%')] = mine;
    source[source.find('&')] = other;
    return handler_doing(source, "import time\n");
  };
  const auto folder = temp() / "meet";
  std::filesystem::create_directory(folder);
  project.write("api/a.py", meeting(meets, 'a', 'b'));
  project.write("api/b.py", meeting(meets, 'b', 'a'));
  project.write("probes.json",
                R"([{"path": "/api/a", "status": 200}, {"path": "/api/b", "status": 200}])");
  CHECK(run({"test", "--env", "MEET=" + folder.string()}) == 0);
  // The report keeps the order of the file.
  CHECK(out().find("/api/a") < out().find("/api/b"));
  std::filesystem::remove_all(folder);
}

TEST_CASE_METHOD(ProbeTest, "values come from the project's variables where no probe keeps them",
                 "[integration][test]") {
  project.write(".env", "CRON_SECRET=s3cret\n");
  project.write(
      "api/cron.py",
      handler_doing(
          "import os\n"
          "right = self.headers['Authorization'] == 'Bearer ' + os.environ['CRON_SECRET']\n"
          "self.send_response(200 if right else 401)\nself.end_headers()\n"));
  project.write(
      "probes.json",
      R"([{"path": "/api/cron", "status": 200, "headers": {"Authorization": "Bearer ${CRON_SECRET}"}},
      {"path": "/api/cron?${FROM_SHELL}", "status": 401}])");
  CHECK(run({"test", "--json"}, {{"FROM_SHELL", "hidden-value"}}) == 0);
  CHECK_THAT(out(), !ContainsSubstring("s3cret") && !ContainsSubstring("hidden-value"));
}

TEST_CASE_METHOD(ProbeTest, "on GitHub a failure names file and line from the repository's top",
                 "[integration][test]") {
  project.write("web/api/a.py", handler_answering("a"));
  project.write("web/probes.json", "[\n {\"path\": \"/api/a\", \"status\": 201}]");
  const EnvironmentList github = {{"GITHUB_ACTIONS", "true"},
                                  {"GITHUB_WORKSPACE", project.root().string()}};
  CHECK(run({"test", "web"}, github) == 1);
  CHECK_THAT(out(), ContainsSubstring("\n::error file=web/probes.json,line=2,title=GET /api/a::"));
  CHECK_THAT(out(), Catch::Matchers::EndsWith("0 passed, 1 failed\n"));

  project.remove("web/probes.json");
  project.write("web/api/b.py", "\n" + handler_doing("raise ValueError('boom')\n"));
  CHECK(run({"test", (project.root() / "web").string()}, github) == 1);
  CHECK_THAT(out(), ContainsSubstring("\n::error file=web/api/b.py,line="));

  project.write("web/probes.json", "[\n {\"pth\": \"/api/a\"}]");
  CHECK(run({"test", "web"}, github) == 2);
  CHECK_THAT(out(), StartsWith("::error file=web/probes.json,line=2,col="));
}

TEST_CASE_METHOD(ProbeTest, "test --watch asks again what an edit touches, in fresh instances",
                 "[integration][test][watch]") {
  project.write("api/_words.py", "WORD = 'one'\n");
  project.write("api/count.py", handler_doing(kCount, "n = 0\n"));
  project.write("api/word.py",
                handler_doing("self.send_response(200)\nself.end_headers()\n"
                              "self.wfile.write(_words.WORD.encode())\n",
                              "import os, sys\nsys.path.insert(0, os.path.dirname(__file__))\n"
                              "import _words\n"));
  project.write("probes.json", R"([{"path": "/api/count", "json": {"n": 1}},
      {"path": "/api/word", "bodyMustBe": "one"}, {"path": "/api/count", "json": {"n": 2}}])");
  launch({"test", "--watch"});
  CHECK_THAT(next_round(), ContainsSubstring("3 passed, 0 failed\n"));

  project.write("api/_words.py", "WORD = 'two'\n");
  auto text = next_round();
  CHECK_THAT(text, ContainsSubstring("edit api/_words.py: 1 of 3 probes again"));
  CHECK_THAT(text,
             ContainsSubstring("FAIL GET /api/word") && ContainsSubstring("2 passed, 1 failed"));
  CHECK_THAT(text, !ContainsSubstring("/api/count"));

  // What failed is asked again with every edit, the counter from its beginning.
  project.append("api/count.py", "# edited\n");
  text = next_round();
  CHECK_THAT(text, ContainsSubstring("edit api/count.py: 3 of 3 probes again"));
  CHECK_THAT(text, ContainsSubstring("2 passed, 1 failed"));

  project.write("probes.json", "[{\"path\": 5}]");
  CHECK_THAT(next_messages(), ContainsSubstring("probes.json:1:"));
  project.write("probes.json", R"([{"path": "/api/word", "bodyMustBe": "two"}])");
  CHECK_THAT(next_round(), ContainsSubstring("1 passed, 0 failed\n"));
  CHECK(exit_code(server().stop(SIGINT)) == 130);
}

TEST_CASE_METHOD(ProbeTest, "test --watch without probes asks a new function, and a mended one",
                 "[integration][test][watch]") {
  project.write("api/a.py", handler_answering("a"));
  project.write("api/b.py", "import nothing_like_it\n" + handler_answering("b"));
  launch({"test", "-w"});
  CHECK_THAT(next_round(), ContainsSubstring("1 passed, 1 failed\n"));
  project.write("api/b.py", handler_answering("b"));
  auto text = next_round();
  CHECK_THAT(text,
             ContainsSubstring("ok   GET /api/b") && ContainsSubstring("2 passed, 0 failed\n"));
  CHECK_THAT(text, !ContainsSubstring("GET /api/a"));
  project.write("api/c.py", handler_answering("c"));
  // Any import could have found the new module: all start anew.
  CHECK_THAT(next_round(), ContainsSubstring("3 of 3 probes again") &&
                               ContainsSubstring("ok   GET /api/c") &&
                               ContainsSubstring("3 passed, 0 failed\n"));
  CHECK(exit_code(server().stop(SIGTERM)) == 143);
}

TEST_CASE_METHOD(ProbeTest, "Ctrl-C ends test --watch while a function is running",
                 "[integration][test][watch]") {
  project.write("api/slow.py",
                handler_doing("open(os.environ['BEGUN'], 'w').close()\ntime.sleep(600)\n",
                              "import os, time\n"));
  project.make_folder("begun");
  const auto begun = project.root() / "begun" / "file";
  launch({"test", "--watch", "--env", "BEGUN=" + begun.string()});
  const auto until = patience();
  while (!std::filesystem::exists(begun) && !until.passed()) std::this_thread::yield();
  CHECK(exit_code(server().stop(SIGINT)) == 130);
}

TEST_CASE_METHOD(ProbeTest, "test --target asks a server and not the project's files",
                 "[integration][test][target]") {
  project.write(
      "api/user.py",
      handler_doing(
          "self.send_response(200 if self.headers['X-A'] == 'b' else 400)\n"
          "self.send_header('X-Bypass', self.headers.get('x-vercel-protection-bypass', ''))\n"
          "self.end_headers()\n"
          "self.wfile.write(b'{\"id\": 7}')\n"));
  project.write("vercel.json", R"({"redirects": [{"source": "/old", "destination": "/new"}]})");
  project.write("probes.json", R"([
      {"path": "/api/user", "headers": {"X-A": "b"}, "status": 200, "json": {"id": 7}, "keep": {"id": "json:/id"}},
      {"path": "/old?${id}", "status": 308, "responseHeaders": {"location": "/new?7"}},
      {"path": "/api/user", "headers": {"X-A": "b"}, "json": {"id": 8}}])");
  start();
  const std::string url = "http://127.0.0.1:" + std::to_string(server().port());
  int code = 0;
  auto text = run_beside({"test", "--target", url + "/"}, code);
  CHECK(code == 1);
  CHECK_THAT(text, ContainsSubstring("     json at /id\n       expected 8\n       got      7\n") &&
                       ContainsSubstring("2 passed, 1 failed\n"));

  project.write(
      "bypass.json",
      R"([{"path": "/api/user", "status": 400, "responseHeaders": {"x-bypass": "pass"}}])");
  text = run_beside({"test", ".", "bypass.json", "--target", url}, code,
                    {{"VERCEL_AUTOMATION_BYPASS_SECRET", "pass"}});
  CHECK(code == 0);

  // The project says what to ask where no file does.
  project.remove("probes.json");
  text = run_beside({"test", "--target", url}, code);
  CHECK(code == 0);
  CHECK_THAT(text,
             ContainsSubstring("ok   GET /api/user") && ContainsSubstring("1 passed, 0 failed\n"));
}

TEST_CASE_METHOD(ProbeTest, "a target that is not there fails every probe with the reason",
                 "[integration][test][target]") {
  project.write("probes.json", R"([{"path": "/a"}, {"path": "/b", "status": 404}])");
  CHECK(run({"test", "--target", "http://127.0.0.1:1"}) == 1);
  CHECK_THAT(out(), ContainsSubstring("cannot connect to 127.0.0.1:1: ") &&
                        ContainsSubstring("0 passed, 2 failed\n"));
  expect_log("error:");
  CHECK(run({"test", "--target", "127.0.0.1:1"}) == 2);
  CHECK(run({"test", "--target", "http://127.0.0.1:1/path"}) == 2);
  CHECK_THAT(server().log(), ContainsSubstring("without a path"));
}

TEST_CASE_METHOD(ProbeTest, "dev --record writes probes that pass, and no secrets",
                 "[integration][test][record]") {
  project.write("api/count.py", handler_doing(kCount, "n = 0\n"));
  project.write("api/login.py",
                handler_doing("self.send_response(200)\n"
                              "self.send_header('Set-Cookie', 'sid=abc123; Path=/')\n"
                              "self.send_header('Content-Type', 'application/json')\n"
                              "self.end_headers()\nself.wfile.write(b'{\"ok\": true}')\n"));
  project.write("api/me.py",
                handler_doing("right = 'sid=abc123' in self.headers.get('Cookie', '')\n"
                              "self.send_response(200 if right else 401)\n"
                              "self.end_headers()\nself.wfile.write(b'you')\n"));
  project.write("public/index.html", "<title>Hello</title>");
  start({"--record"});
  const auto file = project.root() / "probes.recorded.json";
  CHECK_THAT(server().log(), ContainsSubstring("recording probes in " + file.string()));
  CHECK(get("/").status == 200);
  for (int i = 1; i <= 3; ++i) {
    // The recorder's own file makes no instance stale.
    CHECK(get("/api/count").body == "{\"n\": " + std::to_string(i) + "}");
  }
  CHECK(post("/api/login", R"({"user": "ada"})", {{"Content-Type", "application/json"}}).status ==
        200);
  CHECK(get("/api/me", {{"Cookie", "sid=abc123"}}).status == 200);
  CHECK(get("/api/me", {{"Authorization", "Bearer t0ken"}}).status == 401);
  CHECK(exit_code(server().stop(SIGTERM)) == 143);
  CHECK_THAT(server().log(), ContainsSubstring("recorded 5 probes") &&
                                 ContainsSubstring("AUTHORIZATION") &&
                                 !ContainsSubstring("edit probes"));
  const std::string text = project.read("probes.recorded.json");
  CHECK_THAT(text, !ContainsSubstring("abc123") && !ContainsSubstring("t0ken"));

  CHECK(run({"test", ".", "probes.recorded.json"}, {{"AUTHORIZATION", "other"}}) == 0);
  CHECK_THAT(out(), Catch::Matchers::EndsWith("5 passed, 0 failed\n"));
}

TEST_CASE_METHOD(ProbeTest, "dev --record overwrites no file", "[integration][test][record]") {
  project.write("api/a.py", handler_answering("a"));
  project.write("mine.json", "[]");
  expect_log("error:");
  CHECK(run({"dev", "--listen", "127.0.0.1:0", "--record", "mine.json"}) == 2);
  CHECK_THAT(server().log(), ContainsSubstring("is not overwritten"));
  CHECK(project.read("mine.json") == "[]");

  project.write("probes.recorded.json", "kept");
  start({"--record"});
  CHECK(get("/api/a").status == 200);
  CHECK(exit_code(server().stop(SIGTERM)) == 143);
  CHECK(project.read("probes.recorded.json") == "kept");
  CHECK_THAT(project.read("probes.recorded-2.json"), ContainsSubstring("/api/a"));

  start({"--record", "none.json"});
  CHECK(exit_code(server().stop(SIGTERM)) == 143);
  CHECK_FALSE(std::filesystem::exists(project.root() / "none.json"));
}
