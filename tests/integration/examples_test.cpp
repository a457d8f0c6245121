// The repository's own api/ and public/, served in place as `localfn dev` in this folder does.
#include "tests/support/catch.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;
using nlohmann::json;

namespace {

class ExamplesTest : protected IntegrationTest {
 protected:
  RunningLocalfn& serve(std::vector<std::string> options = {}) {
    return start_in(LOCALFN_SOURCE_DIR, std::move(options));
  }
};

}  // namespace

TEST_CASE_METHOD(ExamplesTest, "the greeting and the date answer with text",
                 "[integration][examples]") {
  serve();
  CHECK(get("/api/hello?name=Ada").body == "Hello, Ada!");
  CHECK(get("/api/hello?name=%E2%98%83").body == "Hello, ☃!");
  CHECK(get("/api/hello").body == "Hello, stranger!");
  CHECK_THAT(get("/api/date").body, ContainsSubstring(" UTC"));
  CHECK(get("/api/date?days=x").status == 400);
  CHECK(get("/api/date?days=99999999").status == 400);
  server().await(Stream::Out, "greeting Ada");
}

TEST_CASE_METHOD(ExamplesTest, "the echo answers POST in JSON and nothing else",
                 "[integration][examples]") {
  serve();
  const Answer answer = post("/api/echo", R"({"fruit": "äpfel"})");
  CHECK(answer.status == 200);
  CHECK(json::parse(answer.body) == json{{"received", {{"fruit", "äpfel"}}}, {"bytes", 19}});
  CHECK(post("/api/echo", "{").status == 400);
  CHECK(get("/api/echo").status == 501);
}

TEST_CASE_METHOD(ExamplesTest, "the dynamic segment finds its user", "[integration][examples]") {
  serve();
  CHECK(json::parse(get("/api/users/2").body)["name"] == "Grace Hopper");
  CHECK(get("/api/users/99").status == 404);
}

TEST_CASE_METHOD(ExamplesTest, "the capital finder asks the functions next door",
                 "[integration][examples]") {
  needs("requests");
  serve({"--max-instances", "1"});
  CHECK(get("/api/capital-finder?country=Chile").body == "The capital of Chile is Santiago.");
  CHECK(get("/api/capital-finder?capital=Lima").body == "Lima is the capital of Peru.");
  CHECK(get("/api/capital-finder?country=Atlantis").status == 404);
  CHECK(get("/api/capital-finder").status == 400);
  CHECK(json::parse(get("/api/countries/name/korea").body)[0]["capital"][0] == "Seoul");
  CHECK(get("/api/countries/capital/nowhere").status == 404);
}

TEST_CASE_METHOD(ExamplesTest, "the capital finder asks the API that the environment names",
                 "[integration][examples]") {
  needs("requests");
  serve({"--env", "COUNTRIES_API=http://127.0.0.1:1/nobody"});
  CHECK(get("/api/capital-finder?country=Chile").status == 500);
  server().wait_for_log("ConnectionError");
}

TEST_CASE_METHOD(ExamplesTest, "the counter is warm on its second request",
                 "[integration][examples]") {
  serve();
  CHECK_THAT(get("/api/counter").body, ContainsSubstring("a cold start"));
  CHECK_THAT(get("/api/counter").body, StartsWith("Request 2"));
}

TEST_CASE_METHOD(ExamplesTest, "the environment example shows vercel.json's value",
                 "[integration][examples]") {
  serve();
  const json values = json::parse(get("/api/env").body);
  CHECK(values["VERCEL"] == "1");
  CHECK(values["VERCEL_ENV"] == "development");
  CHECK(values["MOTTO"] == "Small functions, one idea each");
  CHECK(values["VERCEL_URL"] == "127.0.0.1:" + std::to_string(server().port()));
}

TEST_CASE_METHOD(ExamplesTest, "the stream comes in pieces", "[integration][examples]") {
  serve();
  Connection connection = connect();
  connection.send(make_request("GET", "/api/stream"));
  CHECK_THAT(connection.read_to("3 ...\n"), !ContainsSubstring("lift-off"));
  CHECK_THAT(connection.read_to("lift-off"), ContainsSubstring("1 ...\n"));
}

TEST_CASE_METHOD(ExamplesTest, "the failure shows its traceback and where it lies",
                 "[integration][examples]") {
  serve();
  const Answer page = get("/api/boom", {{"Accept", "text/html"}});
  CHECK(page.status == 500);
  CHECK_THAT(page.body, ContainsSubstring("ZeroDivisionError"));
  CHECK_THAT(page.body, ContainsSubstring("api/boom.py:"));
  CHECK_THAT(page.body, ContainsSubstring("sum(grades) / len(grades)"));
  server().wait_for_log("ZeroDivisionError: division by zero");
}

TEST_CASE_METHOD(ExamplesTest, "the page of the examples and what it needs are served",
                 "[integration][examples]") {
  serve();
  const Answer page = get("/");
  CHECK(page.status == 200);
  CHECK(page.header("Content-Type") == "text/html; charset=utf-8");
  for (const char* file : {"/style.css", "/examples.js", "/icon.svg"}) {
    INFO(file);
    CHECK_THAT(page.body, ContainsSubstring(std::string(file).substr(1)));
    CHECK(get(file).status == 200);
  }
  CHECK_THAT(page.body, !ContainsSubstring("https://"));
}

TEST_CASE_METHOD(ExamplesTest, "modules that are no functions have no address",
                 "[integration][examples]") {
  serve();
  CHECK(get("/api/_text").status == 404);
  CHECK(get("/api/countries/_search").status == 404);
  CHECK(get("/api/countries/_countries.json").status == 404);
  CHECK(get("/vercel.json").status == 404);
}
