// What functions write, and what the server says about each request.
#include <algorithm>
#include <map>
#include <set>

#include "tests/support/catch.h"
#include "tests/support/gate.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;
using nlohmann::json;

namespace {

std::string answering(const std::string& before_answer, const std::string& head = "") {
  return handler_doing(before_answer +
                           "\nself.send_response(200)\nself.end_headers()\n"
                           "self.wfile.write(b'ok')\n",
                       head);
}

}  // namespace

TEST_CASE_METHOD(IntegrationTest, "stdout of functions goes to stdout, the rest to stderr",
                 "[integration][logs]") {
  project.write("api/talk.py",
                answering("print('said out')\nprint('said err', file=sys.stderr)", "import sys\n"));
  start();
  CHECK(get("/api/talk").body == "ok");
  server().await(Stream::Out, "said out");
  server().await(Stream::Err, "said err");
  server().wait_for_log("/api/talk");
  CHECK_THAT(server().output(Stream::Out), !ContainsSubstring("said err"));
  CHECK_THAT(server().output(Stream::Out), !ContainsSubstring("/api/talk"));
  CHECK_THAT(server().log(), !ContainsSubstring("said out"));
}

TEST_CASE_METHOD(IntegrationTest, "each request gives one access line with what matters",
                 "[integration][logs]") {
  project.write("api/hello.py", handler_answering("hello"));
  start();
  get("/api/hello?name=x");
  const std::string first = server().wait_for_log("/api/hello?name=x");
  const std::size_t mark = server().mark(Stream::Err);
  get("/api/hello?name=y");
  const std::string all = server().wait_for_log("/api/hello?name=y");
  server().await_claim(
      Stream::Err, [](auto text) { return text.ends_with('\n'); }, "a whole line", mark);
  std::istringstream lines(server().log());
  std::vector<std::string> access;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("/api/hello?name=") != std::string::npos) access.push_back(line);
  }
  REQUIRE(access.size() == 2);
  for (const std::string& line : access) {
    CHECK_THAT(line, ContainsSubstring("GET"));
    CHECK_THAT(line, ContainsSubstring("200"));
    CHECK_THAT(line, ContainsSubstring("ms"));
    CHECK_THAT(line, ContainsSubstring("api/hello.py"));
  }
  CHECK_THAT(access[0], ContainsSubstring("cold"));
  CHECK_THAT(access[1], !ContainsSubstring("cold"));
}

TEST_CASE_METHOD(IntegrationTest, "output to a pipe has no colours", "[integration][logs]") {
  project.write("api/boom.py", handler_doing("raise ValueError('boom')"));
  start({}, {{"TERM", "xterm-256color"}});
  get("/api/boom");
  server().wait_for_log("ValueError: boom");
  CHECK_THAT(server().log(), !ContainsSubstring("\x1b["));
}

TEST_CASE_METHOD(IntegrationTest, "the option --log json writes the full record of a request",
                 "[integration][logs]") {
  project.write("api/echo.py", handler_doing("n = int(self.headers.get('Content-Length', 0))\n"
                                             "data = self.rfile.read(n)\nself.send_response(201)\n"
                                             "self.end_headers()\nself.wfile.write(data * 2)\n"));
  start({"--log", "json"});
  const Answer answer = post("/api/echo?a=1", "hello");
  const json record = record_of("/api/echo?a=1");
  CHECK(record["function"] == "api/echo.py");
  CHECK(record["method"] == "POST");
  CHECK(record["status"] == 201);
  CHECK(record["outcome"] == "reply");
  CHECK(record["cold"] == true);
  CHECK(record["bytes_in"] == 5);
  CHECK(record["bytes_out"] == 10);
  CHECK(record["instance"].get<int>() > 0);
  CHECK(record["init_ms"].get<double>() > 0);
  CHECK(record["wall_ms"].get<double>() > 0);
  CHECK(record["cpu_ms"].get<double>() >= 0);
  CHECK(record["peak_bytes"].get<double>() > 1e6);
  CHECK_THAT(answer.header("x-vercel-id"), ContainsSubstring(record["id"].get<std::string>()));
  CHECK_THAT(record["time"].get<std::string>(), ContainsSubstring("T"));

  post("/api/echo?a=2", "hello");
  const json warm = record_of("/api/echo?a=2");
  CHECK(warm["cold"] == false);
  CHECK(warm["instance"] == record["instance"]);
  CHECK(warm["id"] != record["id"]);
}

TEST_CASE_METHOD(IntegrationTest,
                 "the option --log json tells errors, static files and unknown paths apart",
                 "[integration][logs]") {
  project.write("api/boom.py", handler_doing("raise ValueError('boom')"));
  project.write("public/a.txt", "static");
  start({"--log", "json"});
  get("/api/boom");
  get("/a.txt");
  get("/api/none");
  const json boom = record_of("/api/boom");
  CHECK(boom["status"] == 500);
  CHECK(boom["outcome"] == "handler_raised");
  CHECK(boom["code"] == "FUNCTION_INVOCATION_FAILED");
  CHECK_THAT(boom["explanation"].get<std::string>(),
             StartsWith("ValueError: boom\n") && ContainsSubstring("api/boom.py:"));
  CHECK_THAT(server().log(), !ContainsSubstring("ValueError"));
  const json file = record_of("/a.txt");
  CHECK(file["status"] == 200);
  CHECK(file["outcome"] == "static");
  CHECK(file["bytes_out"] == 6);
  const json none = record_of("/api/none");
  CHECK(none["status"] == 404);
  CHECK(none["outcome"] == "error");
  CHECK(none["code"] == "NOT_FOUND");
}

TEST_CASE_METHOD(IntegrationTest, "the option --log json writes localfn's own messages as records",
                 "[integration][logs]") {
  project.write("api/ok.py", handler_answering("ok"));
  project.write("vercel.json", R"({"rewrite": []})");
  expect_log("rewrite");
  expect_log("vercel.json:1:1");
  start({"--log", "json"});
  get("/api/ok");
  project.append("api/ok.py", "\n");
  get("/api/ok");
  server().await(Stream::Out, R"("level":"info","text":"edit api/ok.py: api/ok.py starts anew")");
  server().await(Stream::Out, R"("level":"warning","text":"vercel.json:1:2: unknown key)");
  project.write("vercel.json", "[]");
  get("/api/ok");
  server().await(Stream::Out, R"("level":"error","text":"vercel.json:1:1: )");
  project.write("vercel.json", "{}");
  get("/api/ok");
  server().await(Stream::Out, R"("level":"info","text":"the configuration is right again")");
  std::istringstream lines(server().output(Stream::Out));
  for (std::string line; std::getline(lines, line);) CHECK(json::parse(line).contains("time"));
  // For whoever started it: a script that waits for the port need not read records.
  CHECK_THAT(server().log(), ContainsSubstring("Ready!") && !ContainsSubstring("warning"));
}

TEST_CASE_METHOD(IntegrationTest, "prints of two requests in one instance keep their invocation",
                 "[integration][logs]") {
  project.write("api/talk.py",
                answering("print(f'before {self.path}')\nwait_at_gate('talk')\n"
                          "print(f'after {self.path}')\nlogging.warning('logged %s', self.path)",
                          Gate::source() + "import logging\n"));
  Gate gate;
  start({"--log", "json", "--max-instances", "1", "--env", gate.variable()});
  Connection one = connect();
  Connection two = connect();
  one.send(make_request("GET", "/api/talk?one"));
  Gate::Visitor first = gate.await_visitor();
  two.send(make_request("GET", "/api/talk?two"));
  Gate::Visitor second = gate.await_visitor();
  second.release();
  CHECK(two.read_answer().body == "ok");
  first.release();
  CHECK(one.read_answer().body == "ok");
  for (const char* which : {"one", "two"}) {
    const std::string path = std::string("/api/talk?") + which;
    const json record = record_of(path);
    for (const std::string start_of_text : {"before ", "after "}) {
      const json line = log_line_of(start_of_text + path);
      CHECK(line["id"] == record["id"]);
      CHECK(line["stream"] == "stdout");
      CHECK(line["function"] == "api/talk.py");
      CHECK(line["instance"] == record["instance"]);
    }
    CHECK(record["cpu_ms"].is_null());
    CHECK(record["peak_bytes"].is_null());
  }
}

TEST_CASE_METHOD(IntegrationTest, "a logging record keeps its level, on every line of it",
                 "[integration][logs]") {
  project.write("api/levels.py",
                answering("print('printed')\nprint('printed to stderr', file=sys.stderr)\n"
                          "log = logging.getLogger('mine')\nlog.setLevel(1)\n"
                          "for number in (5, 10, 20, 25, 30, 40, 45, 50, 60):\n"
                          "    log.log(number, 'at %d\\nand on', number)\n",
                          "import logging, sys\n"));
  start({"--log", "json"});
  get("/api/levels?x");
  record_of("/api/levels?x");
  CHECK(log_line_of("printed")["level"].is_null());
  CHECK(log_line_of("printed to stderr")["level"].is_null());
  const std::vector<std::pair<int, std::string>> levels{
      {5, "debug"},  {10, "debug"}, {20, "info"},  {25, "info"}, {30, "warning"},
      {40, "error"}, {45, "error"}, {50, "fatal"}, {60, "fatal"}};
  for (const auto& [number, name] : levels) {
    INFO(number);
    CHECK(log_line_of("at " + std::to_string(number))["level"] == name);
  }
  std::multiset<std::string> second_lines;
  for (const json& line : json_lines()) {
    if (line.value("text", "") == "and on") second_lines.insert(line["level"]);
  }
  CHECK(second_lines == std::multiset<std::string>{"debug", "debug", "info", "info", "warning",
                                                   "error", "error", "fatal", "fatal"});
}

TEST_CASE_METHOD(IntegrationTest, "a logging record has its level's colour on a terminal",
                 "[integration][logs]") {
  project.write("api/levels.py",
                answering("logging.info('plain')\nlogging.warning('careful')\n"
                          "logging.error('bad')\nlogging.critical('worse')",
                          "import logging\n"));
  start_on_terminal();
  CHECK(get("/api/levels").body == "ok");
  const std::string log = server().wait_for_log("/api/levels");
  CHECK_THAT(log, ContainsSubstring("\x1b[0m plain\r\n"));
  CHECK_THAT(log, ContainsSubstring("\x1b[0m \x1b[33mcareful\x1b[0m\r\n"));
  for (const char* text : {"bad", "worse"}) {
    CHECK_THAT(log, ContainsSubstring(std::string("\x1b[31m") + text + "\x1b[0m\r\n"));
  }
}

TEST_CASE_METHOD(IntegrationTest, "output of C code and of subprocesses belongs to its request",
                 "[integration][logs]") {
  project.write("api/low.py", answering("os.write(1, b'from descriptor 1\\n')\n"
                                        "subprocess.run(['sh', '-c', 'echo from a shell >&2'])\n"
                                        "sys.stdout.write('no newline at the end')",
                                        "import os, subprocess, sys\n"));
  start({"--log", "json"});
  get("/api/low?x");
  const json record = record_of("/api/low?x");
  for (const char* text : {"from descriptor 1", "from a shell", "no newline at the end"}) {
    INFO(text);
    CHECK(log_line_of(text)["id"] == record["id"]);
  }
  CHECK(log_line_of("from a shell")["stream"] == "stderr");
  CHECK(log_line_of("from descriptor 1")["stream"] == "stdout");
}

TEST_CASE_METHOD(IntegrationTest, "lines of functions come before the record of their request",
                 "[integration][logs]") {
  project.write("api/low.py", answering("for n in range(20):\n    print('line', n)\n"
                                        "os.write(2, b'the last one\\n')",
                                        "import os\n"));
  start({"--log", "json"});
  for (int round = 0; round < 20; ++round) get("/api/low?" + std::to_string(round));
  record_of("/api/low?19");
  // The answer leaves before its record is written, so lines of the next request may come between.
  std::map<json, std::size_t> lines;
  for (const json& object : json_lines()) {
    if (object.contains("text")) {
      ++lines[object["id"]];
    } else if (object.contains("path")) {
      CHECK(lines[object["id"]] == 21);
    }
  }
}

TEST_CASE_METHOD(IntegrationTest, "lines written by many threads come out whole",
                 "[integration][logs]") {
  project.write("api/many.py",
                answering("def talk(n):\n    for _ in range(50):\n        print(str(n) * 200)\n"
                          "with ThreadPoolExecutor(8) as pool:\n    list(pool.map(talk, range(8)))",
                          "from concurrent.futures import ThreadPoolExecutor\n"));
  start({"--log", "json"});
  get("/api/many");
  record_of("/api/many");
  std::size_t count = 0;
  for (const json& object : json_lines()) {
    if (!object.contains("text")) continue;
    const std::string text = object["text"];
    if (text.empty() || text.find_first_not_of(text.front()) != std::string::npos) {
      FAIL_CHECK("a torn line: " << text);
    }
    CHECK(text.size() == 200);
    ++count;
  }
  CHECK(count == 400);
}

TEST_CASE_METHOD(IntegrationTest, "bytes that are no UTF-8 still make valid JSON",
                 "[integration][logs]") {
  project.write("api/bytes.py",
                answering("os.write(1, b'caf\\xe9 \\x00 \\x1b[31m\\n')", "import os\n"));
  start({"--log", "json"});
  get("/api/bytes");
  record_of("/api/bytes");
  const auto lines = json_lines();  // throws when a line is no JSON
  CHECK(std::any_of(lines.begin(), lines.end(), [](const json& object) {
    return object.contains("text") && object["text"].get<std::string>().rfind("caf", 0) == 0;
  }));
}

TEST_CASE_METHOD(IntegrationTest, "what is printed while importing is shown",
                 "[integration][logs]") {
  project.write("api/chatty.py", handler_answering("x") + "\nprint('importing now')\n");
  start();
  get("/api/chatty");
  server().await(Stream::Out, "importing now");
}

TEST_CASE_METHOD(IntegrationTest, "what is printed before an import fails or its process ends is shown",
                 "[integration][logs]") {
  project.write("api/raises.py", "app = print('before it raises')\nraise ValueError('no')\n");
  project.write("api/exits.py", "import os\napp = print('before it exits')\nos._exit(3)\n");
  start();
  CHECK(get("/api/raises").status == 500);
  server().await(Stream::Out, "before it raises");
  CHECK(get("/api/exits").status == 500);
  server().await(Stream::Out, "before it exits");
}

TEST_CASE_METHOD(IntegrationTest, "a logger of the function's own adds its lines and keeps its level",
                 "[integration][logs]") {
  project.write("api/own.py",
                answering("logging.getLogger().debug('not this')\nmine.debug('twice')",
                          "import logging\nlogging.getLogger().addHandler(logging.StreamHandler())\n"
                          "mine = logging.getLogger('mine')\nmine.setLevel(logging.DEBUG)\n"));
  start({"--log", "json"});
  get("/api/own");
  const json record = record_of("/api/own");
  std::size_t count = 0;
  for (const json& line : json_lines()) {
    if (!line.contains("text")) continue;
    CHECK(line["text"] == "twice");
    CHECK(line["stream"] == "stderr");
    CHECK(line["id"] == record["id"]);
    ++count;
  }
  CHECK(count == 2);
}

TEST_CASE_METHOD(IntegrationTest, "the option --debug keeps the runtime's frames in tracebacks",
                 "[integration][logs]") {
  project.write("api/boom.py", handler_doing("import json\njson.loads('{')"));
  start({"--debug"});
  get("/api/boom");
  server().wait_for_log("json/decoder.py");
}
