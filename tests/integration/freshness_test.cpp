// A request that arrives after a file was saved never runs old code.
#include <atomic>

#include "tests/support/catch.h"
#include "tests/support/gate.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

TEST_CASE_METHOD(IntegrationTest, "an edit of the function's own file is live on the next request",
                 "[integration][freshness]") {
  project.write("api/page.py", handler_answering("v000"));
  start();
  CHECK(get("/api/page").body == "v000");
  for (int number = 1; number <= 40; ++number) {
    // Alternately renamed over and written in place; all of one size, many within one second.
    std::string text = std::to_string(1000 + number);
    text[0] = 'v';
    if (number % 2 == 0) {
      project.write("api/page.py", handler_answering(text));
    } else {
      project.write_in_place("api/page.py", handler_answering(text));
    }
    REQUIRE(get("/api/page").body == text);
  }
}

TEST_CASE_METHOD(IntegrationTest, "an edit of a helper at any depth is live on the next request",
                 "[integration][freshness]") {
  project.write("api/page.py", handler_doing("self.send_response(200)\nself.end_headers()\n"
                                             "self.wfile.write(text().encode())\n",
                                             "from api._a import text\n"));
  project.write("api/_a.py", "from lib.b import word\n\ndef text():\n    return 'a ' + word()\n");
  project.write("lib/b.py", "from .deep.c import WORD\n\ndef word():\n    return 'b ' + WORD\n");
  project.write("lib/deep/c.py", "WORD = 'c1'\n");
  start();
  CHECK(get("/api/page").body == "a b c1");
  project.write("lib/deep/c.py", "WORD = 'c2'\n");
  CHECK(get("/api/page").body == "a b c2");
  project.write_in_place("lib/deep/c.py", "WORD = 'c3'\n");
  CHECK(get("/api/page").body == "a b c3");
  project.write("lib/b.py", "def word():\n    return 'only b'\n");
  CHECK(get("/api/page").body == "a only b");
  project.write("api/_a.py", "def text():\n    return 'only a'\n");
  CHECK(get("/api/page").body == "only a");
}

TEST_CASE_METHOD(IntegrationTest, "a data file opened while importing is live on the next request",
                 "[integration][freshness]") {
  project.write("api/page.py",
                handler_doing("self.send_response(200)\nself.end_headers()\n"
                              "self.wfile.write(DATA.encode())\n",
                              "with open('data/words.txt') as file:\n    DATA = file.read()\n"));
  project.write("data/words.txt", "one");
  start();
  CHECK(get("/api/page").body == "one");
  project.write("data/words.txt", "two");
  CHECK(get("/api/page").body == "two");
  project.write_in_place("data/words.txt", "six");
  CHECK(get("/api/page").body == "six");
}

TEST_CASE_METHOD(IntegrationTest, "a helper imported inside a handler counts too",
                 "[integration][freshness]") {
  project.write("api/page.py",
                handler_doing("from lib.late import WORD\nself.send_response(200)\n"
                              "self.end_headers()\nself.wfile.write(WORD.encode())\n"));
  project.write("lib/late.py", "WORD = 'l1'\n");
  start();
  CHECK(get("/api/page").body == "l1");
  project.write("lib/late.py", "WORD = 'l2'\n");
  CHECK(get("/api/page").body == "l2");
}

TEST_CASE_METHOD(IntegrationTest, "new, deleted and renamed functions are known at once",
                 "[integration][freshness]") {
  project.write("api/first.py", handler_answering("first"));
  start();
  CHECK(get("/api/second").status == 404);
  project.write("api/second.py", handler_answering("second"));
  CHECK(get("/api/second").body == "second");
  project.rename("api/second.py", "api/deep/er/third.py");
  CHECK(get("/api/second").status == 404);
  CHECK(get("/api/deep/er/third").body == "second");
  project.write("api/deep/er/fourth.py", handler_answering("fourth"));
  CHECK(get("/api/deep/er/fourth").body == "fourth");
  project.remove("api/deep");
  CHECK(get("/api/deep/er/third").status == 404);
  project.write("api/deep/er/third.py", handler_answering("again"));
  CHECK(get("/api/deep/er/third").body == "again");
}

TEST_CASE_METHOD(IntegrationTest, "a module that appears repairs the function that missed it",
                 "[integration][freshness]") {
  project.write("api/page.py", handler_doing("self.send_response(200)\nself.end_headers()\n"
                                             "self.wfile.write(WORD.encode())\n",
                                             "from words import WORD\n"));
  start();
  CHECK(get("/api/page").status == 500);
  project.write("words.py", "WORD = 'here'\n");
  CHECK(get("/api/page").body == "here");
  project.remove("words.py");
  CHECK(get("/api/page").status == 500);
}

TEST_CASE_METHOD(IntegrationTest, "a mistake and its repair are both live at once",
                 "[integration][freshness]") {
  project.write("api/page.py", handler_answering("good"));
  start();
  CHECK(get("/api/page").body == "good");
  project.write("api/page.py", "class handler(\n");
  CHECK(get("/api/page").status == 404);
  project.write("api/page.py", handler_answering("better"));
  CHECK(get("/api/page").body == "better");
}

TEST_CASE_METHOD(IntegrationTest, "vercel.json and env files are live on the next request",
                 "[integration][freshness]") {
  project.write("api/env.py", handler_doing("self.send_response(200)\nself.end_headers()\n"
                                            "self.wfile.write(WORD.encode())\n",
                                            "import os\nWORD = os.environ.get('WORD', 'none')\n"));
  start();
  CHECK(get("/api/env").body == "none");
  project.write("vercel.json", R"({"env": {"WORD": "json"}})");
  CHECK(get("/api/env").body == "json");
  project.write(".env", "WORD=dotenv\n");
  CHECK(get("/api/env").body == "dotenv");
  project.write(".env.local", "WORD=local\n");
  CHECK(get("/api/env").body == "local");
  project.remove(".env.local");
  CHECK(get("/api/env").body == "dotenv");
  project.write_in_place(".env", "WORD=edited\n");
  CHECK(get("/api/env").body == "edited");
  project.remove(".env");
  project.remove("vercel.json");
  CHECK(get("/api/env").body == "none");
}

TEST_CASE_METHOD(IntegrationTest, "a request under way keeps the code it began with",
                 "[integration][freshness]") {
  project.write("api/page.py",
                handler_doing("wait_at_gate('old')\nself.send_response(200)\nself.end_headers()\n"
                              "self.wfile.write(b'old')\n",
                              Gate::source()));
  Gate gate;
  start({"--env", gate.variable()});
  Connection slow = connect();
  slow.send(make_request("GET", "/api/page"));
  Gate::Visitor visitor = gate.await_visitor();
  project.write("api/page.py", handler_answering("new"));
  CHECK(get("/api/page").body == "new");
  visitor.release();
  CHECK(slow.read_answer().body == "old");
  CHECK(get("/api/page").body == "new");
  CHECK(eventually([&] { return server().instances().size() == 1; }));
}

TEST_CASE_METHOD(IntegrationTest, "under load from 8 connections no answer is ever stale",
                 "[integration][freshness]") {
  project.write("api/page.py", handler_doing("self.send_response(200)\nself.end_headers()\n"
                                             "self.wfile.write(str(N).encode())\n",
                                             "from lib.n import N\n"));
  project.write("lib/n.py", "N = 1000\n");
  start();
  std::atomic<int> saved{1000};
  std::atomic<int> stale{0};
  std::atomic<int> wrong{0};
  std::atomic<bool> done{false};
  in_parallel(9, [&](int index) {
    if (index == 8) {
      Connection own = connect();
      for (int number = 1001; number <= 1060; ++number) {
        project.write("lib/n.py", "N = " + std::to_string(number) + "\n");
        saved = number;
        own.send(make_request("GET", "/api/page", {{"Connection", "keep-alive"}}));
        if (own.read_answer().body != std::to_string(number)) ++stale;
      }
      done = true;
      return;
    }
    Connection connection = connect();
    while (!done) {
      const int before = saved;
      connection.send(make_request("GET", "/api/page", {{"Connection", "keep-alive"}}));
      const Answer answer = connection.read_answer();
      if (answer.status != 200)
        ++wrong;
      else if (std::stoi(answer.body) < before)
        ++stale;
    }
  });
  CHECK(stale == 0);
  CHECK(wrong == 0);
}

#ifdef LOCALFN_SANITIZED
constexpr int kManyEdits = 100;  // each starts an instance, which takes several times as long there
#else
constexpr int kManyEdits = 1000;
#endif

TEST_CASE_METHOD(IntegrationTest, "many edits leave no process, descriptor or file behind",
                 "[integration][freshness]") {
  project.write("api/page.py", handler_answering("0"));
  start();
  Connection connection = connect();
  for (int number = 1; number <= kManyEdits; ++number) {
    project.write("api/page.py", handler_answering(std::to_string(number)));
    connection.send(make_request("GET", "/api/page", {{"Connection", "keep-alive"}}));
    REQUIRE(connection.read_answer().body == std::to_string(number));
  }
  connection.close();
  // The fixture's hygiene check counts descriptors, zombies and files; here: the instances.
  CHECK(eventually([&] { return server().instances().size() == 1; }));
}
