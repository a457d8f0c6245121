// WSGI apps behind the real server: plain callables, streaming, failures, freshness.
#include <sstream>

#include "tests/support/catch.h"
#include "tests/support/gate.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

/// def app(environ, start_response) with this body, its lines indented by nothing.
std::string app_doing(const std::string& body, const std::string& before = "") {
  std::string out = before + "\ndef app(environ, start_response):\n";
  std::istringstream lines(body);
  for (std::string line; std::getline(lines, line);) out += "    " + line + "\n";
  return out;
}

std::string app_answering(const std::string& expression) {
  return app_doing("start_response('200 OK', [('Content-Type', 'text/plain')])\nreturn [" +
                   expression + "]");
}

}  // namespace

TEST_CASE_METHOD(IntegrationTest, "a plain WSGI function is served under both of its names",
                 "[integration][wsgi]") {
  project.write("api/one.py", app_answering("b'one ' + environ['QUERY_STRING'].encode()"));
  project.write("api/two.py", app_answering("b'two'") + "\napplication = app\ndel app\n");
  start();
  const Answer answer = get("/api/one?a=%20b&c");
  CHECK(answer.status == 200);
  CHECK(answer.body == "one a=%20b&c");
  CHECK(answer.header("Content-Type") == "text/plain");
  CHECK(answer.all("Server") == std::vector<std::string>{"Vercel"});
  CHECK(get("/api/two").status == 500);
  server().wait_for_log("missing variable \"app\" in file \"api.two\".");
}

TEST_CASE_METHOD(IntegrationTest, "instances, classes, partials and bound methods are apps",
                 "[integration][wsgi]") {
  const std::string answer = "start_response('200 OK', [])\n        return [b'served']\n";
  project.write("api/instance.py",
                "class App:\n    def __call__(self, environ, start_response):\n        " + answer +
                    "\napp = App()\n");
  project.write("api/iterable.py",
                "class Answer:\n    def __init__(self, environ, start_response):\n"
                "        start_response('200 OK', [])\n    def __iter__(self):\n"
                "        yield b'served'\n\napp = Answer\n");
  project.write("api/bound.py",
                "class App:\n    def wsgi(self, environ, start_response):\n        " + answer +
                    "\napplication = App().wsgi\n");
  project.write("api/partial.py",
                "import functools\n\ndef serve(text, environ, start_response):\n"
                "    start_response('200 OK', [])\n    return [text]\n\n"
                "app = functools.partial(serve, b'served')\n");
  project.write("shared.py", app_answering("b'served'"));
  project.write("api/imported.py", "from shared import app\n");
  start();
  for (const char* path :
       {"/api/instance", "/api/iterable", "/api/bound", "/api/partial", "/api/imported"}) {
    INFO(path);
    CHECK(get(path).body == "served");
  }
}

TEST_CASE_METHOD(IntegrationTest, "an app that no interface fits fails with the platform's words",
                 "[integration][wsgi]") {
  project.write("api/three.py", "def app(a, b, c):\n    pass\n");
  project.write("api/checked.py", "from wsgiref.validate import validator\n" +
                                      app_answering("b'x'") + "\napp = validator(app)\n");
  start();
  CHECK(get("/api/three").status == 500);
  server().wait_for_log("Could not determine the application interface for 'api.three:app'");
  CHECK(get("/api/checked").status == 500);
  server().wait_for_log("`app` takes *args");
}

TEST_CASE_METHOD(IntegrationTest, "an app knows its client, its host and its path as sent",
                 "[integration][wsgi]") {
  project.write("api/[name].py",
                app_answering("repr([environ[k] for k in ('REMOTE_ADDR', 'SERVER_NAME', "
                              "'PATH_INFO', 'SERVER_PROTOCOL', 'wsgi.url_scheme')]).encode()"));
  start();
  CHECK(get("/api/a%20%C3%A9?x=1", {{"Host", "me.example:81"}}).body ==
        "['127.0.0.1', 'me.example:81', '/api/a%20%C3%A9', 'HTTP/1.1', 'http']");
}

TEST_CASE_METHOD(IntegrationTest, "a body arrives whole, with a length and chunked",
                 "[integration][wsgi]") {
  project.write("api/echo.py", app_doing("body = environ['wsgi.input'].read()\n"
                                         "start_response('201 Created', [])\n"
                                         "return [environ['CONTENT_LENGTH'].encode(), b' ', body]"));
  start();
  const Answer answer = post("/api/echo", std::string("a\0b\n", 4));
  CHECK(answer.status == 201);
  CHECK(answer.body == std::string("4 a\0b\n", 6));
  const std::string large(1'000'000, 'x');
  CHECK(post("/api/echo", large).body == "1000000 " + large);
  Connection connection = connect();
  connection.send(
      "POST /api/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  CHECK(connection.read_answer("POST").body == "5 abcde");
  CHECK(get("/api/echo").body == "0 ");
}

TEST_CASE_METHOD(IntegrationTest, "each chunk of a generator arrives before the next is made",
                 "[integration][wsgi][streaming]") {
  project.write("api/stream.py",
                app_doing("start_response('200 OK', [('Content-Type', 'text/event-stream')])\n"
                          "for n in range(4):\n    yield b'<chunk %d>' % n\n    wait_at_gate(n)",
                          Gate::source()));
  Gate gate;
  start({"--env", gate.variable()});
  Connection connection = connect();
  connection.send(make_request("GET", "/api/stream"));
  for (int number = 0; number < 4; ++number) {
    connection.read_to("<chunk " + std::to_string(number) + ">");
    Gate::Visitor visitor = gate.await_visitor();
    CHECK(visitor.name() == std::to_string(number));
    visitor.release();
  }
  connection.read_all();
}

TEST_CASE_METHOD(IntegrationTest, "the head of a generator arrives before its first chunk is made",
                 "[integration][wsgi][streaming]") {
  project.write("api/early.py",
                Gate::source() +
                    "\ndef chunks():\n    wait_at_gate('head')\n    yield b'body'\n" +
                    app_doing("start_response('200 OK', [('X-Early', 'yes')])\nreturn chunks()"));
  Gate gate;
  start({"--env", gate.variable()});
  Connection connection = connect();
  connection.send(make_request("GET", "/api/early"));
  Gate::Visitor visitor = gate.await_visitor();
  CHECK_THAT(connection.read_to("\r\n\r\n"), ContainsSubstring("X-Early: yes"));
  visitor.release();
  CHECK_THAT(connection.read_all(), ContainsSubstring("body"));
}

TEST_CASE_METHOD(IntegrationTest, "what write() sends arrives while the app still runs",
                 "[integration][wsgi][streaming]") {
  project.write("api/write.py", app_doing("write = start_response('200 OK', [])\n"
                                          "for n in range(2):\n"
                                          "    write(b'<part %d>' % n)\n    wait_at_gate(n)\n"
                                          "return [b'<end>']",
                                          Gate::source()));
  Gate gate;
  start({"--env", gate.variable()});
  Connection connection = connect();
  connection.send(make_request("GET", "/api/write"));
  for (int number = 0; number < 2; ++number) {
    connection.read_to("<part " + std::to_string(number) + ">");
    gate.await_visitor().release();
  }
  connection.read_to("<end>");
}

TEST_CASE_METHOD(IntegrationTest, "the iterable is closed when the client has gone",
                 "[integration][wsgi][streaming]") {
  project.write("api/endless.py", app_doing("start_response('200 OK', [])\n"
                                            "try:\n    while True:\n        yield b'x' * 65536\n"
                                            "finally:\n    wait_at_gate('closed')",
                                            Gate::source()));
  project.write("api/fine.py", app_answering("b'fine'"));
  Gate gate;
  start({"--env", gate.variable()});
  {
    Connection connection = connect();
    connection.send(make_request("GET", "/api/endless"));
    connection.read_to("xxxx");
    connection.reset();
  }
  Gate::Visitor visitor = gate.await_visitor();
  CHECK(visitor.name() == "closed");
  visitor.release();
  CHECK(get("/api/fine").body == "fine");
}

TEST_CASE_METHOD(IntegrationTest, "requests that share an instance of an app run at once",
                 "[integration][wsgi]") {
  project.write("api/shared.py",
                app_doing("global count\ncount += 1\nword = wait_at_gate(os.getpid())\n"
                          "start_response('200 OK', [])\n"
                          "return [b'%d %s' % (count, word.encode())]",
                          Gate::source() + "\ncount = 0\n"));
  Gate gate;
  start({"--env", gate.variable(), "--max-instances", "1"});
  Connection one = connect();
  one.send(make_request("GET", "/api/shared"));
  Gate::Visitor first = gate.await_visitor();
  Connection two = connect();
  two.send(make_request("GET", "/api/shared"));
  Gate::Visitor second = gate.await_visitor();
  CHECK(first.name() == second.name());
  second.release("second");
  CHECK(two.read_answer().body == "2 second");
  first.release("first");
  CHECK(one.read_answer().body == "2 first");
}

TEST_CASE_METHOD(IntegrationTest, "an exception before the head is a 500, after it cuts the answer",
                 "[integration][wsgi]") {
  project.write("api/early.py", app_doing("raise ValueError('early')"));
  project.write("api/late.py", app_doing("start_response('200 OK', [('Content-Length', '9')])\n"
                                         "yield b'half'\nraise ValueError('late')"));
  project.write("api/none.py", app_doing("return []"));
  project.write("api/bare.py", app_doing("return [b'hello']"));
  project.write("api/text.py", app_doing("start_response('200 OK', [])\nreturn 'hello'"));
  start();
  const Answer early = get("/api/early");
  CHECK(early.status == 500);
  CHECK_THAT(early.body, ContainsSubstring("FUNCTION_INVOCATION_FAILED"));
  const std::string log = server().wait_for_log("raise ValueError('early')");
  CHECK_THAT(log, ContainsSubstring("ValueError: early"));
  CHECK_THAT(log, ContainsSubstring("api/early.py:3  app"));
  const Answer late = get("/api/late");
  CHECK(late.status == 200);
  CHECK(late.body == "half");
  CHECK_FALSE(late.complete);
  server().wait_for_log("ValueError: late");
  CHECK(get("/api/none").status == 500);
  server().wait_for_log("it returned without calling start_response()");
  CHECK(get("/api/bare").status == 500);
  server().wait_for_log("it returned a body without calling start_response()");
  CHECK(get("/api/text").body.empty());
  server().wait_for_log("a WSGI app yields bytes, so encode the text");
}

TEST_CASE_METHOD(IntegrationTest, "an answer without a length that an exception ends looks whole",
                 "[integration][wsgi]") {
  project.write("api/late.py",
                app_doing("start_response('200 OK', [])\nyield b'half'\nraise ValueError('late')"));
  start();
  const Answer late = get("/api/late");
  CHECK(late.status == 200);
  CHECK(late.body == "half");
  CHECK(late.complete);
  server().wait_for_log("ValueError: late");
}

TEST_CASE_METHOD(IntegrationTest, "answers to HEAD have a length and no body",
                 "[integration][wsgi]") {
  project.write("api/head.py",
                app_doing("start_response('200 OK', [('Content-Length', '5')])\n"
                          "return [environ['REQUEST_METHOD'].encode().ljust(5)]"));
  start();
  const Answer head = send("HEAD", "/api/head");
  CHECK(head.status == 200);
  CHECK(head.header("Content-Length") == "5");
  CHECK(head.body.empty());
  CHECK(send("BREW", "/api/head").body == "BREW ");
}

TEST_CASE_METHOD(IntegrationTest, "an edit of a WSGI app is seen by the next request",
                 "[integration][wsgi]") {
  project.write("api/edit.py", app_answering("b'before'"));
  start();
  CHECK(get("/api/edit").body == "before");
  project.write("api/edit.py", app_answering("b'after'"));
  CHECK(get("/api/edit").body == "after");
}

TEST_CASE_METHOD(IntegrationTest, "what an app writes belongs to its request",
                 "[integration][wsgi][logs]") {
  project.write("api/talk.py", app_doing("print('printed')\nlogging.warning('logged')\n"
                                         "environ['wsgi.errors'].write('told\\n')\n"
                                         "start_response('200 OK', [])\nreturn [b'x']",
                                         "import logging\n"));
  start({"--log", "json"});
  get("/api/talk");
  const auto record = record_of("/api/talk");
  for (const char* text : {"printed", "logged", "told"}) {
    INFO(text);
    CHECK(log_line_of(text)["id"] == record["id"]);
  }
  CHECK(log_line_of("told")["stream"] == "stderr");
  CHECK(record["function"] == "api/talk.py");
}

TEST_CASE_METHOD(IntegrationTest, "wsgiref.validate finds what the platform's environ lacks only",
                 "[integration][wsgi]") {
  project.write("api/checked.py", R"(from wsgiref.validate import validator

@validator
def checked(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    environ["wsgi.input"].read(10)
    return [b"valid"]

def app(environ, start_response):
    return checked(environ, start_response)
)");
  start();
  CHECK(get("/api/checked").body == "valid");
  CHECK(get("/api/checked?a=b").body == "valid");
  const Answer posted = post("/api/checked", "x", {{"Content-Type", "text/plain"}});
  CHECK(posted.status == 500);
  server().wait_for_log("should not have the key: HTTP_CONTENT_TYPE");
  CHECK(post("/api/checked", "x").status == 500);
  server().wait_for_log("should not have the key: HTTP_CONTENT_LENGTH");
}
