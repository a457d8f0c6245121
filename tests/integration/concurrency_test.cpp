// Scaling out, sharing and coming back: who serves a request.
#include "tests/integration/crowd.h"
#include "tests/support/catch.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

TEST_CASE_METHOD(IntegrationTest, "requests scale out to --max-instances and share from there on",
                 "[integration][concurrency]") {
  project.write("api/gated.py", gated_handler());
  Gate gate;
  start({"--env", gate.variable(), "--max-instances", "3"});
  Crowd crowd(server().port(), gate, 8, "/api/gated");
  CHECK(crowd.processes().size() == 3);
  CHECK(server().instances().size() == 3);
  crowd.release_all();
}

TEST_CASE_METHOD(IntegrationTest, "one instance can hold many requests at once",
                 "[integration][concurrency]") {
  project.write("api/gated.py", gated_handler());
  Gate gate;
  start({"--env", gate.variable(), "--max-instances", "1"});
  Crowd crowd(server().port(), gate, 60, "/api/gated");
  CHECK(crowd.processes().size() == 1);
  crowd.release_all();
}

TEST_CASE_METHOD(IntegrationTest, "the instance used last serves next",
                 "[integration][concurrency]") {
  project.write("api/gated.py", gated_handler());
  Gate gate;
  start({"--env", gate.variable(), "--max-instances", "3"});
  std::string last;
  {
    Crowd crowd(server().port(), gate, 3, "/api/gated");
    for (std::size_t number : {1U, 2U, 0U}) {
      crowd.visitors[number].release();
      last = crowd.connections[number].read_answer().body;
    }
  }
  for (int round = 0; round < 3; ++round) {
    Crowd one(server().port(), gate, 1, "/api/gated");
    CHECK(one.visitors.front().name() == last);
    one.release_all();
  }
}

TEST_CASE_METHOD(IntegrationTest,
                 "past 100 requests in an instance the next waits, then is refused",
                 "[integration][concurrency]") {
  project.write("api/gated.py", gated_handler());
  Gate gate;
  start({"--env", gate.variable(), "--max-instances", "1"});
  Crowd crowd(server().port(), gate, 100, "/api/gated");
  SECTION("refused when nobody leaves within 5 s") {
    const Answer answer = get("/api/gated");
    CHECK(answer.status == 503);
    CHECK_THAT(answer.body, ContainsSubstring("FUNCTION_THROTTLED"));
  }
  SECTION("served as soon as one leaves") {
    Connection waiting = connect();
    waiting.send(make_request("GET", "/api/gated"));
    crowd.visitors.front().release();
    CHECK(crowd.connections.front().read_answer().status == 200);
    gate.await_visitor().release();
    CHECK(waiting.read_answer().status == 200);
    crowd.visitors.erase(crowd.visitors.begin());
    crowd.connections.erase(crowd.connections.begin());
  }
  crowd.release_all();
}

TEST_CASE_METHOD(IntegrationTest, "a crash in a shared instance ends all its requests, no others",
                 "[integration][concurrency]") {
  project.write("api/gated.py",
                handler_doing("if wait_at_gate(os.getpid()) == 'die':\n    os._exit(9)\n"
                              "self.send_response(200)\nself.end_headers()\n",
                              Gate::source()));
  project.write("api/other.py", gated_handler());
  Gate gate;
  start({"--env", gate.variable(), "--max-instances", "1"});
  Crowd doomed(server().port(), gate, 3, "/api/gated");
  Crowd others(server().port(), gate, 2, "/api/other");
  doomed.visitors.front().release("die");
  for (Connection& connection : doomed.connections) CHECK(connection.read_answer().status == 500);
  others.release_all();
  Crowd healed(server().port(), gate, 1, "/api/gated");
  healed.release_all();
}

TEST_CASE_METHOD(IntegrationTest, "200 idle connections leave room for the next",
                 "[integration][concurrency]") {
  project.write("api/hello.py", handler_answering("hello"));
  start();
  std::vector<Connection> idle;
  for (int number = 0; number < 200; ++number) idle.push_back(connect());
  CHECK(get("/api/hello").body == "hello");
  idle.front().send(make_request("GET", "/api/hello", {{"Connection", "keep-alive"}}));
  CHECK(idle.front().read_answer().body == "hello");
}

TEST_CASE_METHOD(IntegrationTest, "eight clients at once get their own answers",
                 "[integration][concurrency]") {
  project.write("api/echo.py", handler_doing("n = int(self.headers['Content-Length'])\n"
                                             "data = self.rfile.read(n)\nself.send_response(200)\n"
                                             "self.end_headers()\nself.wfile.write(data)\n"));
  start({"--max-instances", "4"});
  in_parallel(8, [&](int index) {
    Connection connection = connect();
    for (int round = 0; round < 100; ++round) {
      const std::string body = std::to_string(index) + ":" + std::to_string(round) +
                               std::string(static_cast<std::size_t>(round) * 100, 'x');
      connection.send(make_request("POST", "/api/echo", {{"Connection", "keep-alive"}}, body));
      if (connection.read_answer().body != body) throw std::runtime_error("answers were mixed up");
    }
  });
}
