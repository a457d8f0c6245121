// What a function's module is to Python: names that other code looks up, and Vercel's own package.
#include "tests/support/catch.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

// As Vercel's own package has it: a context variable behind two functions.
constexpr const char* kSdk = R"(
from contextvars import ContextVar

_headers = ContextVar("headers", default=None)


def set_headers(headers):
    _headers.set(headers)


def geolocation():
    return {"city": (_headers.get() or {}).get("x-vercel-ip-city")}
)";

constexpr const char* kTellingSdk = R"(
told = []


def set_headers(headers):
    told.append(None if headers is None else headers.get("x-name"))
)";

constexpr const char* kCities[] = {"Wien", "Graz"};

}  // namespace

TEST_CASE_METHOD(IntegrationTest, "what looks up a function's module by its name finds it",
                 "[integration][modules]") {
  const char* const body = R"(
import pickle, sys, typing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler


@dataclass
class Point:
    x: int
    then: "Point | None" = None


class Node(typing.NamedTuple):
    point: "Point"


def answer():
    point = pickle.loads(pickle.dumps(Point(1, Point(2))))
    hints = typing.get_type_hints(Node)
    return f"{point.then.x} {hints['point'].__name__} {sys.modules[__name__].Point is Point}"


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer().encode())
)";
  project.write("api/[id]/my-page.py", body);
  project.write("api/plain.py", body);
  start();
  CHECK(get("/api/plain").body == "2 Point True");
  CHECK(get("/api/7/my-page").body == "2 Point True");
}

TEST_CASE_METHOD(IntegrationTest, "vercel.headers knows the headers of each request",
                 "[integration][modules]") {
  project.write("vercel/__init__.py", "");
  project.write("vercel/headers.py", kSdk);
  project.write("api/handler.py",
                handler_doing("self.send_response(200)\nself.end_headers()\n"
                              "self.wfile.write(str(geolocation()['city']).encode())",
                              "from vercel.headers import geolocation"));
  project.write("api/wsgi.py", R"(
from vercel import headers

def app(environ, start_response):
    start_response("200 OK", [])
    yield str(headers.geolocation()["city"]).encode()
)");
  project.write("api/asgi.py", R"(
from vercel.headers import geolocation

async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": str(geolocation()["city"]).encode()})
)");
  const bool plain = GENERATE(false, true);
  start(plain ? std::vector<std::string>{"--plain"} : std::vector<std::string>{});
  for (const char* path : {"/api/handler", "/api/wsgi", "/api/asgi"}) {
    for (const std::string city : kCities) {
      INFO(path << " " << city);
      CHECK(get(path, {{"X-Vercel-IP-City", "first"}, {"x-vercel-ip-city", city}}).body == city);
    }
    CHECK(get(path).body == "None");
  }
}

TEST_CASE_METHOD(IntegrationTest,
                 "a package of the project's own that is called vercel is left alone",
                 "[integration][modules]") {
  project.write("vercel/__init__.py", "");
  project.write("vercel/headers.py", "MINE = 'mine'\n");
  project.write("api/own.py", handler_doing("self.send_response(200)\nself.end_headers()\n"
                                            "self.wfile.write(MINE.encode())",
                                            "from vercel.headers import MINE"));
  start();
  CHECK(get("/api/own").body == "mine");
}

TEST_CASE_METHOD(IntegrationTest, "a set_headers that raises is told and hurts no request",
                 "[integration][modules]") {
  project.write("vercel/__init__.py", "");
  project.write("vercel/headers.py",
                "def set_headers(headers):\n    raise KeyError('of the sdk')\n");
  project.write("api/own.py", "import vercel.headers\n" + handler_answering("served"));
  project.write("api/asgi.py", R"(
import vercel.headers

async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b"served"})
)");
  expect_log("of the sdk");
  start();
  for (const char* path : {"/api/own", "/api/asgi"}) {
    const auto before = server().mark(Stream::Err);
    CHECK(get(path).body == "served");
    server().wait_for_log("KeyError: 'of the sdk'", before);
  }
}

TEST_CASE_METHOD(IntegrationTest, "vercel.headers forgets a request's headers when it is over",
                 "[integration][modules]") {
  project.write("vercel/__init__.py", "");
  project.write("vercel/headers.py", kTellingSdk);
  project.write("api/handler.py",
                handler_doing("said = repr(told).encode()\nself.send_response(200)\n"
                              "self.end_headers()\nself.wfile.write(said)",
                              "from vercel.headers import told"));
  project.write("api/wsgi.py", R"(
from vercel.headers import told

def app(environ, start_response):
    start_response("200 OK", [])
    return [repr(told).encode()]
)");
  project.write("api/asgi.py", R"(
from vercel.headers import told

async def app(scope, receive, send):
    said = repr(told).encode()
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": said})
)");
  const bool plain = GENERATE(false, true);
  start(plain ? std::vector<std::string>{"--plain"} : std::vector<std::string>{});
  for (const char* path : {"/api/handler", "/api/wsgi", "/api/asgi"}) {
    INFO(path);
    CHECK(get(path, {{"X-Name", "one"}}).body == "['one']");
    CHECK(get(path, {{"X-Name", "two"}}).body == "['one', None, 'two']");
  }
}

TEST_CASE_METHOD(IntegrationTest, "vercel.headers knows the request that imports it",
                 "[integration][modules]") {
  project.write("vercel/__init__.py", "");
  project.write("vercel/headers.py", kSdk);
  project.write("api/handler.py",
                handler_doing("from vercel.headers import geolocation\n"
                              "city = str(geolocation()['city']).encode()\n"
                              "self.send_response(200)\nself.end_headers()\n"
                              "self.wfile.write(city)"));
  project.write("api/wsgi.py", R"(
def app(environ, start_response):
    from vercel.headers import geolocation
    start_response("200 OK", [])
    return [str(geolocation()["city"]).encode()]
)");
  project.write("api/asgi.py", R"(
async def app(scope, receive, send):
    assert scope["type"] == "http"  # no lifespan: that would import it before the request
    from vercel.headers import geolocation
    city = str(geolocation()["city"]).encode()
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": city})
)");
  start();
  for (const char* path : {"/api/handler", "/api/wsgi", "/api/asgi"}) {
    INFO(path);
    CHECK(get(path, {{"X-Vercel-IP-City", "Wien"}}).body == "Wien");
  }
}
