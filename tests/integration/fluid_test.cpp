// `"fluid": true` in vercel.json: requests share an instance before another is started.
#include "tests/integration/crowd.h"
#include "tests/support/catch.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

std::string gated_app() {
  return Gate::source() + R"(
def app(environ, start_response):
    wait_at_gate(os.getpid())
    start_response("200 OK", [])
    return [str(os.getpid()).encode()]
)";
}

}  // namespace

TEST_CASE_METHOD(IntegrationTest, "with fluid all requests of a function share its instance",
                 "[integration][fluid]") {
  project.write("vercel.json", R"({"fluid": true})");
  project.write("api/gated.py", gated_handler());
  project.write("api/wsgi.py", gated_app());
  Gate gate;
  const bool plain = GENERATE(false, true);
  start(plain ? std::vector<std::string>{"--env", gate.variable(), "--plain"}
              : std::vector<std::string>{"--env", gate.variable()});
  Crowd handlers(server().port(), gate, 8, "/api/gated");
  CHECK(handlers.processes().size() == 1);
  Crowd apps(server().port(), gate, 8, "/api/wsgi");
  CHECK(apps.processes().size() == 1);
  CHECK(apps.processes() != handlers.processes());
  CHECK(server().instances().size() == 2);
  handlers.release_all();
  apps.release_all();
}

TEST_CASE_METHOD(IntegrationTest, "with fluid the app of a whole project is one instance",
                 "[integration][fluid][app]") {
  project.write("vercel.json", R"({"fluid": true, "framework": "python"})");
  project.write("requirements.txt", "");
  project.write("app.py", gated_app());
  Gate gate;
  start({"--env", gate.variable()});
  Crowd crowd(server().port(), gate, 5, "/any/path");
  CHECK(crowd.processes().size() == 1);
  crowd.release_all();
}

TEST_CASE_METHOD(IntegrationTest, "with fluid the request after the hundredth starts an instance",
                 "[integration][fluid]") {
  project.write("vercel.json", R"({"fluid": true})");
  project.write("api/gated.py", gated_handler());
  Gate gate;
  start({"--env", gate.variable(), "--max-instances", "2"});
  Crowd first(server().port(), gate, 100, "/api/gated");
  CHECK(first.processes().size() == 1);
  Crowd second(server().port(), gate, 2, "/api/gated");
  CHECK(second.processes().size() == 1);
  CHECK(second.processes() != first.processes());
  second.release_all();
  first.release_all();
}

TEST_CASE_METHOD(IntegrationTest, "switching fluid on and off needs no restart",
                 "[integration][fluid][freshness]") {
  project.write("api/gated.py", gated_handler());
  Gate gate;
  start({"--env", gate.variable()});
  {
    Crowd apart(server().port(), gate, 3, "/api/gated");
    CHECK(apart.processes().size() == 3);
    project.write("vercel.json", R"({"fluid": true})");
    Crowd together(server().port(), gate, 6, "/api/gated");
    CHECK(together.processes() == apart.processes());
    apart.release_all();
    together.release_all();
  }
  project.write("vercel.json", R"({"fluid": false})");
  Crowd apart(server().port(), gate, 4, "/api/gated");
  CHECK(apart.processes().size() == 4);
  apart.release_all();
}

TEST_CASE_METHOD(IntegrationTest, "an exception in a shared instance is its own request's alone",
                 "[integration][fluid][failures]") {
  project.write("vercel.json", R"({"fluid": true})");
  project.write(
      "api/gated.py",
      handler_doing("if wait_at_gate(self.path) == 'fail':\n    raise KeyError(self.path)\n"
                    "self.send_response(200)\nself.end_headers()\n",
                    Gate::source()));
  Gate gate;
  start({"--env", gate.variable()});
  Connection good = connect();
  good.send(make_request("GET", "/api/gated?good"));
  Gate::Visitor good_one = gate.await_visitor();
  Connection bad = connect();
  bad.send(make_request("GET", "/api/gated?bad"));
  gate.await_visitor().release("fail");
  const Answer answer = bad.read_answer();
  CHECK(answer.status == 500);
  CHECK_THAT(answer.body, ContainsSubstring("FUNCTION_INVOCATION_FAILED"));
  server().wait_for_log("KeyError: '/api/gated?bad'");
  good_one.release();
  CHECK(good.read_answer().status == 200);
  CHECK(server().instances().size() == 1);
}
