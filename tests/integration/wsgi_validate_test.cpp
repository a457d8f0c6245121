// wsgiref.validate between localfn and real apps: what it finds is the platform's own doing.
#include "tests/support/catch.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

// Takes away the two keys that the platform gives against the standard (specification: 4.4).
constexpr const char* kValidated = R"(
from wsgiref.validate import validator

validated = validator(inner)


def app(environ, start_response):
    environ.pop("HTTP_CONTENT_TYPE", None)
    environ.pop("HTTP_CONTENT_LENGTH", None)
    return validated(environ, start_response)
)";

constexpr const char* kFlask = R"(
from flask import Flask, Response, redirect, request, session

inner = Flask(__name__)
inner.secret_key = "test"


@inner.route("/api/echo", methods=["GET", "POST", "PUT"])
def echo():
    return request.get_data(as_text=True) or "empty"


@inner.route("/api/form", methods=["POST"])
def form():
    return request.form["name"] + " " + request.files["file"].read().decode()


@inner.route("/api/stream")
def stream():
    return Response((f"{n} " for n in range(3)), mimetype="text/plain")


@inner.route("/api/go")
def go():
    session["seen"] = True
    return redirect("/api/echo")
)";

constexpr const char* kDjango = R"(
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import FileResponse, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import path

settings.configure(DEBUG=False, SECRET_KEY="test", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"])


def echo(request):
    return HttpResponse(request.body or b"empty")


def form(request):
    return HttpResponse(request.POST["name"] + " " + request.FILES["file"].read().decode())


def stream(request):
    return StreamingHttpResponse(f"{n} " for n in range(3))


def go(request):
    answer = HttpResponseRedirect("/api/echo")
    answer.set_cookie("seen", "1")
    return answer


urlpatterns = [path("api/echo", echo), path("api/form", form), path("api/stream", stream),
               path("api/go", go)]
inner = get_wsgi_application()
)";

constexpr const char* kForm =
    "--B\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nAda\r\n"
    "--B\r\nContent-Disposition: form-data; name=\"file\"; "
    "filename=\"a.txt\"\r\n\r\nabc\r\n--B--\r\n";

}  // namespace

TEST_CASE_METHOD(IntegrationTest, "wsgiref.validate around Flask and Django has nothing to say",
                 "[integration][wsgi][flask][django]") {
  struct Row {
    const char* package;
    const char* source;
  };
  const auto [package, source] = GENERATE(Row{"flask", kFlask}, Row{"django", kDjango});
  INFO(package);
  needs(package);
  project.write("api/[page].py", std::string(source) + kValidated);
  start();
  CHECK(get("/api/echo").body == "empty");
  CHECK(get("/api/echo?a=%20b&c").body == "empty");
  CHECK(post("/api/echo", "body", {{"Content-Type", "text/plain"}}).body == "body");
  CHECK(post("/api/form", kForm, {{"Content-Type", "multipart/form-data; boundary=B"}}).body ==
        "Ada abc");
  CHECK(get("/api/stream").body == "0 1 2 ");
  const Answer redirected = get("/api/go");
  CHECK(redirected.status == 302);
  CHECK(redirected.header("Location") == "/api/echo");
  CHECK(redirected.has("Set-Cookie"));
  CHECK(send("HEAD", "/api/echo").status == 200);
  CHECK(send("OPTIONS", "/api/echo").status == 200);
  CHECK(get("/api/unknown").status == 404);
  CHECK_THAT(server().log(), !ContainsSubstring("AssertionError"));
  CHECK_THAT(server().log(), !ContainsSubstring("WSGIWarning"));
}
