// Functions that call themselves: however deep and with however few instances, they end.
#include "tests/support/catch.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

constexpr const char* kAsk = R"(
import os
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs
from urllib.request import urlopen


def below(query, path):
    depth = int(parse_qs(query)["depth"][0])
    if depth == 0:
        return b"."
    url = f"http://{os.environ['VERCEL_URL']}{path}?depth={depth - 1}"
    with urlopen(url, timeout=60) as answer:
        return b"%d " % depth + answer.read()

)";

constexpr const char* kHandler = R"(
class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        path, _, query = self.path.partition("?")
        body = below(query, path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)
)";

constexpr const char* kWsgi = R"(
def app(environ, start_response):
    body = below(environ["QUERY_STRING"], environ["PATH_INFO"])
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
)";

// The head is out, and the connection streams, while the inner call runs.
constexpr const char* kGenerator = R"(
def app(environ, start_response):
    start_response("200 OK", [])
    yield b"<"
    yield below(environ["QUERY_STRING"], environ["PATH_INFO"])
    yield b">"
)";

// Threads of its own: those of asyncio.to_thread are few, and a chain of calls holds one at each
// step.
constexpr const char* kAsgi = R"(
import asyncio
from concurrent.futures import ThreadPoolExecutor

threads = ThreadPoolExecutor(40)

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise RuntimeError("no lifespan")
    query = scope["query_string"].decode()
    loop = asyncio.get_running_loop()
    body = await loop.run_in_executor(threads, below, query, scope["path"])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
)";

constexpr int kDepth = 20;

std::string answer_of(int depth) {
  std::string text;
  for (int level = depth; level > 0; --level) text += std::to_string(level) + " ";
  return text + ".";
}

}  // namespace

TEST_CASE_METHOD(IntegrationTest,
                 "a function that calls itself twenty deep answers in one instance",
                 "[integration][concurrency]") {
  const bool fluid = GENERATE(false, true);
  if (fluid) project.write("vercel.json", R"({"fluid": true})");
  project.write("api/handler.py", std::string(kAsk) + kHandler);
  project.write("api/wsgi.py", std::string(kAsk) + kWsgi);
  project.write("api/asgi.py", std::string(kAsk) + kAsgi);
  project.write("api/stream.py", std::string(kAsk) + kGenerator);
  start(fluid ? std::vector<std::string>{} : std::vector<std::string>{"--max-instances", "1"});
  const std::string query = "?depth=" + std::to_string(kDepth);
  for (const char* path : {"/api/handler", "/api/wsgi", "/api/asgi"}) {
    INFO(path);
    CHECK(get(path + query).body == answer_of(kDepth));
  }
  const Answer streamed = get("/api/stream?depth=2");
  CHECK(streamed.body == "<2 <1 <.>>>");
  CHECK(server().instances().size() == 4);
}

TEST_CASE_METHOD(IntegrationTest, "a function that calls itself scales out before it shares",
                 "[integration][concurrency]") {
  project.write("api/deep.py", std::string(kAsk) + kHandler);
  start({"--max-instances", "3"});
  CHECK(get("/api/deep?depth=8").body == answer_of(8));
  CHECK(server().instances().size() == 3);
}

TEST_CASE_METHOD(IntegrationTest,
                 "two functions that call each other answer with one instance each",
                 "[integration][concurrency]") {
  const auto asking = [](const char* other) {
    std::string source = std::string(kAsk) + kHandler;
    const std::string own = "below(query, path)";
    return source.replace(source.rfind(own), own.size(),
                          std::string("below(query, '") + other + "')");
  };
  // Each turn asks the other one, which asks back.
  project.write("api/ping.py", asking("/api/pong"));
  project.write("api/pong.py", asking("/api/ping"));
  start({"--max-instances", "1"});
  CHECK(get("/api/ping?depth=9").body == answer_of(9));
  CHECK(server().instances().size() == 2);
}

TEST_CASE_METHOD(IntegrationTest,
                 "a function that calls itself without end is told, not left waiting",
                 "[integration][concurrency]") {
  project.write("vercel.json", R"({"functions": {"api/*.py": {"maxDuration": 60}}})");
  project.write("api/deep.py", std::string(kAsk) + R"(
from urllib.error import HTTPError

class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            body = below("depth=1", "/api/deep")
        except HTTPError as error:
            body = b"%d %s" % (error.code, error.read().split()[-1])
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.split(b" ", 1)[-1] if body.startswith(b"1 ") else body)
)");
  start({"--max-instances", "1"});
  const Answer answer = get("/api/deep");
  CHECK(answer.status == 200);
  CHECK(answer.body == "503 FUNCTION_THROTTLED");
}
