// Real Flask applications, as their authors write them.
#include "tests/support/catch.h"
#include "tests/support/gate.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

/// A Flask application in api/[page].py, which sees every path /api/x.
class FlaskTest : protected IntegrationTest {
 protected:
  void serve(const std::string& source, std::vector<std::string> options = {}) {
    project.write("api/[page].py",
                  "from flask import *\n\napp = Flask(__name__)\napp.secret_key = 'test'\n" +
                      source);
    start(std::move(options));
  }
};

}  // namespace

TEST_CASE_METHOD(FlaskTest, "Flask routes paths, methods and converters itself",
                 "[integration][flask]") {
  needs("flask");
  serve(R"(
@app.get("/api/hello")
def hello():
    return "Hello, %s!" % request.args.get("name", "you")

@app.post("/api/hello")
def take():
    return jsonify(got=request.get_json(), type=request.content_type), 201

@app.route("/api/<int:number>")
def square(number):
    return {"square": number ** 2}

@app.route("/api/where")
def where():
    return "%s %s %s" % (request.url, request.remote_addr, url_for("square", number=2))

if __name__ == "__main__":
    app.run(port=1)
)");
  CHECK(get("/api/hello?name=Ada%20L").body == "Hello, Ada L!");
  CHECK(get("/api/12").body == "{\"square\":144}\n");
  const Answer posted =
      post("/api/hello", R"({"a": "é"})", {{"Content-Type", "application/json"}});
  CHECK(posted.status == 201);
  CHECK_THAT(posted.body, ContainsSubstring("\"type\":\"application/json\""));
  CHECK(get("/api/nothing").status == 404);
  CHECK(send("DELETE", "/api/hello").status == 405);
  CHECK_THAT(get("/api/where", {{"Host", "my.example"}}).body,
             StartsWith("http://my.example/api/where"));
  const Answer head = send("HEAD", "/api/hello");
  CHECK(head.status == 200);
  CHECK(head.body.empty());
}

TEST_CASE_METHOD(FlaskTest, "Flask blueprints, hooks and error handlers work",
                 "[integration][flask]") {
  needs("flask");
  serve(R"(
shop = Blueprint("shop", __name__, url_prefix="/api")

@shop.before_request
def begin():
    g.seen = ["before"]

@shop.route("/item")
def item():
    return " ".join(g.seen + ["item"])

@shop.route("/abort")
def stop():
    abort(418)

@shop.route("/boom")
def boom():
    raise ValueError("boom in a view")

@app.errorhandler(404)
def missing(error):
    return "nothing here", 404, {"X-Handler": "own"}

@app.errorhandler(ZeroDivisionError)
def division(error):
    return "divided", 400

@shop.route("/divide")
def divide():
    return str(1 / 0)

@app.after_request
def sign(response):
    response.headers["X-After"] = "yes"
    return response

app.register_blueprint(shop)
)");
  const Answer item = get("/api/item");
  CHECK(item.body == "before item");
  CHECK(item.header("X-After") == "yes");
  CHECK(get("/api/abort").status == 418);
  const Answer missing = get("/api/other");
  CHECK(missing.status == 404);
  CHECK(missing.body == "nothing here");
  CHECK(missing.header("X-Handler") == "own");
  CHECK(get("/api/divide").body == "divided");
  const Answer boom = get("/api/boom");
  CHECK(boom.status == 500);
  CHECK_THAT(boom.body, ContainsSubstring("Internal Server Error"));
  server().wait_for_log("ValueError: boom in a view");
}

TEST_CASE_METHOD(FlaskTest, "Flask sessions, several cookies and redirects reach the client",
                 "[integration][flask]") {
  needs("flask");
  serve(R"(
@app.route("/api/login", methods=["POST"])
def login():
    session["user"] = request.form["user"]
    answer = redirect(url_for("me"))
    answer.set_cookie("theme", "dark")
    answer.set_cookie("lang", "de", httponly=True)
    return answer

@app.route("/api/me")
def me():
    return "%s %s" % (session.get("user"), request.cookies.get("theme"))
)");
  const Answer login = post("/api/login", "user=Ada",
                            {{"Content-Type", "application/x-www-form-urlencoded"}});
  CHECK(login.status == 302);
  CHECK(login.header("Location") == "/api/me");
  const auto cookies = login.all("Set-Cookie");
  REQUIRE(cookies.size() == 3);
  std::string sent;
  for (const std::string& cookie : cookies) sent += cookie.substr(0, cookie.find(';')) + "; ";
  CHECK(get("/api/me", {{"Cookie", sent}}).body == "Ada dark");
  CHECK(get("/api/me").body == "None None");
}

TEST_CASE_METHOD(FlaskTest, "a file uploaded to Flask arrives byte for byte",
                 "[integration][flask]") {
  needs("flask");
  serve(R"(
@app.post("/api/upload")
def upload():
    file = request.files["file"]
    return file.filename.encode() + b"|" + request.form["title"].encode() + b"|" + file.read()
)");
  const std::string bytes("\x00\xff\r\n--X\x80", 8);
  const std::string body =
      "--B\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nT\r\n"
      "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n"
      "Content-Type: application/octet-stream\r\n\r\n" +
      bytes + "\r\n--B--\r\n";
  CHECK(post("/api/upload", body, {{"Content-Type", "multipart/form-data; boundary=B"}}).body ==
        "a.bin|T|" + bytes);
}

TEST_CASE_METHOD(FlaskTest, "a Flask generator streams, and keeps its request's context",
                 "[integration][flask][streaming]") {
  needs("flask");
  Gate gate;
  serve(Gate::source() + R"(
@app.route("/api/stream")
def stream():
    def rows():
        for n in range(3):
            yield "<%s %d>" % (request.args["name"], n)
            wait_at_gate(n)
    return Response(stream_with_context(rows()), mimetype="text/event-stream")
)",
        {"--env", gate.variable()});
  Connection connection = connect();
  connection.send(make_request("GET", "/api/stream?name=row"));
  for (int number = 0; number < 3; ++number) {
    connection.read_to("<row " + std::to_string(number) + ">");
    gate.await_visitor().release();
  }
  connection.read_all();
}

TEST_CASE_METHOD(FlaskTest, "app.logger and print of Flask belong to their request",
                 "[integration][flask][logs]") {
  needs("flask");
  serve(R"(
@app.route("/api/<name>")
def talk(name):
    app.logger.info("info of %s", name)
    app.logger.debug("debug of %s", name)
    app.logger.error("error of %s", name)
    print("print of", name)
    return "ok"
)",
        {"--log", "json"});
  for (const std::string name : {"one", "two"}) {
    get("/api/" + name);
    const auto record = record_of("/api/" + name);
    for (const char* start : {"info of ", "error of ", "print of "}) {
      CHECK(log_line_of(start + name)["id"] == record["id"]);
    }
  }
  CHECK_THAT(server().output(Stream::Out), !ContainsSubstring("debug of"));
}

TEST_CASE_METHOD(FlaskTest, "wsgi_app and middleware around Flask are apps like others",
                 "[integration][flask]") {
  needs("flask");
  project.write("api/bare.py",
                "from flask import Flask\nsite = Flask(__name__)\n\n"
                "@site.route('/api/bare')\ndef bare():\n    return 'bare'\n\napp = site.wsgi_app\n");
  serve(R"(
class Shout:
    def __init__(self, inner):
        self.inner = inner
    def __call__(self, environ, start_response):
        return [chunk.upper() for chunk in self.inner(environ, start_response)]

app.wsgi_app = Shout(app.wsgi_app)

@app.route("/api/quiet")
def quiet():
    return "quiet"
)");
  CHECK(get("/api/quiet").body == "QUIET");
  CHECK(get("/api/bare").body == "bare");
}
