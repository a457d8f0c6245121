// The main road: a request comes in, the right function answers, headers are the platform's.
#include <signal.h>

#include <set>

#include "tests/support/catch.h"
#include "tests/support/gate.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

TEST_CASE_METHOD(IntegrationTest,
                 "a handler's answer reaches the client with the platform's headers",
                 "[integration][serve]") {
  project.write("api/hello.py", handler_answering("hello"));
  start();
  const Answer answer = get("/api/hello");
  CHECK(answer.status == 200);
  CHECK(answer.body == "hello");
  CHECK(answer.complete);
  CHECK(answer.header("content-type") == "text/plain");
  CHECK(answer.all("server") == std::vector<std::string>{"Vercel"});
  CHECK(answer.all("x-vercel-cache") == std::vector<std::string>{"MISS"});
  CHECK(answer.header("cache-control") == "public, max-age=0, must-revalidate");
  CHECK_THAT(answer.header("x-vercel-id"), StartsWith("dev1::dev1::"));
}

TEST_CASE_METHOD(IntegrationTest, "a handler sees path and query as they were sent",
                 "[integration][serve]") {
  project.write("api/path.py", handler_doing("self.send_response(200)\n"
                                             "self.end_headers()\n"
                                             "self.wfile.write(self.path.encode('latin-1'))\n"));
  start();
  CHECK(get("/api/path?name=x").body == "/api/path?name=x");
  CHECK(get("/api/path?a=%20b%2F%zz&k&x=1?y&b=c+d").body == "/api/path?a=%20b%2F%zz&k&x=1?y&b=c+d");
  CHECK(get("/api/path?").body == "/api/path");
  CHECK(get("/api/path.py?a=1").body == "/api/path.py?a=1");
  CHECK(get("/api/%70ath").status == 200);
  CHECK(get("/api/PATH").status == 404);
}

TEST_CASE_METHOD(IntegrationTest, "a posted body arrives byte for byte", "[integration][serve]") {
  project.write("api/echo.py",
                handler_doing("length = int(self.headers.get('content-length', 0))\n"
                              "body = self.rfile.read(length)\n"
                              "self.send_response(200)\n"
                              "self.send_header('Content-Type', self.headers['Content-Type'])\n"
                              "self.end_headers()\n"
                              "self.wfile.write(body)\n"));
  start();
  std::string bytes;
  for (int value = 0; value < 100'000; ++value) bytes += static_cast<char>(value % 256);
  const Answer answer = post("/api/echo", bytes, {{"Content-Type", "application/octet-stream"}});
  CHECK(answer.status == 200);
  CHECK((answer.body == bytes));
  CHECK(answer.header("Content-Type") == "application/octet-stream");

  const std::string chunked = "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
  CHECK(send("POST", "/api/echo", {{"Transfer-Encoding", "chunked"}, {"Content-Type", "a/b"}},
             chunked)
            .body == "hello world");
}

TEST_CASE_METHOD(IntegrationTest, "a dynamic segment arrives as a query parameter",
                 "[integration][serve]") {
  project.write("api/users/[id].py", handler_doing("self.send_response(200)\nself.end_headers()\n"
                                                   "self.wfile.write(self.path.encode())\n"));
  project.write("api/users/me.py", handler_answering("me"));
  start();
  CHECK(get("/api/users/42").body == "/api/users/42?id=42");
  CHECK(get("/api/users/42?x=1&id=9").body == "/api/users/42?x=1&id=9");
  CHECK(get("/api/users/a%20b").body == "/api/users/a%20b?id=a%20b");
  CHECK(get("/api/users/me").body == "me");
  CHECK(get("/api/users/").status == 404);
  CHECK(get("/api/users/42/more").status == 404);
}

TEST_CASE_METHOD(IntegrationTest, "index files, nested folders and odd names are served",
                 "[integration][serve]") {
  project.write("api/index.py", handler_answering("root"));
  project.write("api/shop/index.py", handler_answering("shop"));
  project.write("api/shop/new-cart.py", handler_answering("cart"));
  project.write("api/two words.py", handler_answering("space"));
  project.write("api/a.b.py", handler_answering("dots"));
  start();
  CHECK(get("/api").body == "root");
  CHECK(get("/api/").body == "root");
  CHECK(get("/api/index").body == "root");
  CHECK(get("/api/shop").body == "shop");
  CHECK(get("/api/shop/").body == "shop");
  CHECK(get("/api/shop/new-cart").body == "cart");
  CHECK(get("/api/two%20words").body == "space");
  CHECK(get("/api/a.b").body == "dots");
}

TEST_CASE_METHOD(IntegrationTest, "an unknown path is 404 in the form the client asks for",
                 "[integration][serve]") {
  project.write("api/hello.py", handler_answering("hello"));
  start();
  const Answer text = get("/api/nothing");
  CHECK(text.status == 404);
  CHECK(text.body == "The page could not be found.\n\nNOT_FOUND\n");
  CHECK(text.header("Content-Type") == "text/plain; charset=utf-8");

  const Answer json = get("/api/nothing", {{"Accept", "application/json"}});
  CHECK(json.status == 404);
  CHECK(json.body == "{\"error\":{\"code\":404,\"message\":\"The page could not be found.\"}}\n");
  CHECK_THAT(json.header("Content-Type"), StartsWith("application/json"));

  const Answer html = get("/api/nothing", {{"Accept", "text/html,*/*"}});
  CHECK(html.status == 404);
  CHECK_THAT(html.body, ContainsSubstring("404: NOT_FOUND"));
  CHECK_THAT(html.header("Content-Type"), StartsWith("text/html"));
}

TEST_CASE_METHOD(IntegrationTest, "requests on one connection are answered in order, pipelined too",
                 "[integration][serve]") {
  project.write("api/path.py", handler_doing("self.send_response(200)\nself.end_headers()\n"
                                             "self.wfile.write(self.path.encode())\n"));
  start();
  Connection connection = connect();
  const HeaderList keep{{"Connection", "keep-alive"}};
  for (int number = 0; number < 3; ++number) {
    const std::string target = "/api/path?n=" + std::to_string(number);
    connection.send(make_request("GET", target, keep));
    CHECK(connection.read_answer().body == target);
  }
  connection.send(make_request("GET", "/api/path?n=a", keep) +
                  make_request("GET", "/api/path?n=b", keep) +
                  make_request("GET", "/api/path?n=c"));
  CHECK(connection.read_answer().body == "/api/path?n=a");
  CHECK(connection.read_answer().body == "/api/path?n=b");
  CHECK(connection.read_answer().body == "/api/path?n=c");
  CHECK(connection.closed_by_server());
}

TEST_CASE_METHOD(IntegrationTest, "a head that a handler flushes arrives before any of the body",
                 "[integration][serve]") {
  // A flush before there is a head must not take the next one its effect.
  const std::string before = GENERATE(as<std::string>{}, "", "self.wfile.flush()\n");
  project.write("api/early.py",
                handler_doing(before +
                                  "self.send_response(200)\nself.send_header('X-Early', 'yes')\n"
                                  "self.end_headers()\nself.wfile.flush()\n"
                                  "wait_at_gate('head')\nself.wfile.write(b'body')\n",
                              Gate::source()));
  Gate gate;
  start({"--env", gate.variable()});
  Connection connection = connect();
  connection.send(make_request("GET", "/api/early"));
  Gate::Visitor visitor = gate.await_visitor();
  CHECK_THAT(connection.read_to("\r\n\r\n"), ContainsSubstring("X-Early: yes"));
  visitor.release();
  CHECK_THAT(connection.read_all(), ContainsSubstring("body"));
}

TEST_CASE_METHOD(IntegrationTest, "what a handler flushes reaches the client while it still works",
                 "[integration][serve]") {
  project.write("api/stream.py",
                handler_doing("self.send_response(200)\nself.end_headers()\n"
                              "self.wfile.write(b'first;')\nself.wfile.flush()\n"
                              "wait_at_gate('streaming')\nself.wfile.write(b'second;')\n",
                              Gate::source()));
  Gate gate;
  start({"--env", gate.variable()});
  Connection connection = connect();
  connection.send(make_request("GET", "/api/stream"));
  CHECK_THAT(connection.read_to("first;"), StartsWith("HTTP/1.1 200"));
  gate.await_visitor().release();
  CHECK_THAT(connection.read_all(), ContainsSubstring("second;"));
}

TEST_CASE_METHOD(IntegrationTest, "an HTTP/1.0 client gets no chunks and a closed connection",
                 "[integration][serve]") {
  project.write("api/hello.py", handler_answering("hello"));
  start();
  Connection connection = connect();
  connection.send("GET /api/hello HTTP/1.0\r\n\r\n");
  const std::string all = connection.read_all();
  CHECK_THAT(all, !ContainsSubstring("chunked"));
  CHECK(all.substr(all.find("\r\n\r\n") + 4) == "hello");
}

TEST_CASE_METHOD(IntegrationTest, "module state stays warm from request to request",
                 "[integration][serve]") {
  project.write("api/count.py",
                handler_doing("global count\ncount += 1\nself.send_response(200)\n"
                              "self.end_headers()\nself.wfile.write(str(count).encode())\n",
                              "count = 0\n"));
  start();
  for (int number = 1; number <= 5; ++number) {
    CHECK(get("/api/count").body == std::to_string(number));
  }
  CHECK(server().instances().size() == 1);
}

TEST_CASE_METHOD(IntegrationTest, "two functions share nothing", "[integration][serve]") {
  const std::string source = handler_doing(
      "import shared\nshared.count += 1\nos.environ['MARK'] = 'set'\n"
      "self.send_response(200)\nself.end_headers()\n"
      "self.wfile.write(f\"{shared.count} {before}\".encode())\n",
      "import os\nbefore = os.environ.get('MARK', 'unset')\n");
  project.write("shared.py", "count = 0\n");
  project.write("api/one.py", source);
  project.write("api/two.py", source);
  start();
  CHECK(get("/api/one").body == "1 unset");
  CHECK(get("/api/two").body == "1 unset");
  CHECK(get("/api/one").body == "2 unset");
}

TEST_CASE_METHOD(IntegrationTest, "a function that calls its own server never deadlocks",
                 "[integration][serve]") {
  project.write("api/depth.py", handler_doing(R"(n = int(self.path.split('=')[1])
if n == 0:
    text = 'bottom'
else:
    with urlopen(f"http://{os.environ['VERCEL_URL']}/api/depth?n={n - 1}") as answer:
        text = answer.read().decode() + '+'
self.send_response(200)
self.end_headers()
self.wfile.write(text.encode())
)",
                                              "import os\nfrom urllib.request import urlopen\n"));
  start({"--max-instances", "1"});
  CHECK(get("/api/depth?n=6").body == "bottom++++++");
}
