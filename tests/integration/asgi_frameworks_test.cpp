// FastAPI and Starlette from the distribution's packages, served as they are.
#include <set>

#include "tests/support/catch.h"
#include "tests/support/gate.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

constexpr const char* kShop = R"(
from contextlib import asynccontextmanager
from typing import Optional
from fastapi import BackgroundTasks, Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel

log = []

app = FastAPI()

@app.on_event("startup")
async def startup():
    log.append("started")

class Item(BaseModel):
    name: str
    price: float
    tags: list = []

def token(x_token: Optional[str] = Header(default=None)):
    if x_token != "secret":
        raise HTTPException(status_code=401, detail="no token", headers={"X-Why": "token"})
    return x_token

@app.get("/api/item-{number}")
def read(number: int, q: Optional[str] = None):
    return {"number": number, "q": q, "log": log}

@app.post("/api/create", status_code=201)
async def create(item: Item, token: str = Depends(token)):
    return {"item": item.dict(), "total": item.price * 2}

@app.get("/api/raise")
async def fails():
    return 1 / 0

@app.get("/api/work")
async def work(tasks: BackgroundTasks):
    tasks.add_task(wait_at_gate, "task")
    tasks.add_task(print, "all tasks are done")
    return {"ok": True}

@app.get("/api/block")
def block(name: str):
    return {"word": wait_at_gate(name), "pid": os.getpid()}
)";

}  // namespace

TEST_CASE_METHOD(IntegrationTest, "a FastAPI app validates, depends, and answers",
                 "[integration][asgi][fastapi]") {
  needs("fastapi");
  project.write("api/[page].py", Gate::source() + kShop);
  start();
  CHECK(get("/api/item-7?q=x%20y").body == R"({"number":7,"q":"x y","log":["started"]})");
  const Answer wrong = get("/api/item-x");
  CHECK(wrong.status == 422);
  CHECK_THAT(wrong.body, ContainsSubstring("valid integer"));
  const HeaderList json = {{"Content-Type", "application/json"}, {"X-Token", "secret"}};
  const Answer created = post("/api/create", R"({"name": "pen", "price": 1.5})", json);
  CHECK(created.status == 201);
  CHECK(created.body == R"({"item":{"name":"pen","price":1.5,"tags":[]},"total":3.0})");
  CHECK(post("/api/create", R"({"name": "pen"})", json).status == 422);
  const Answer refused = post("/api/create", R"({"name": "pen", "price": 1.5})",
                              {{"Content-Type", "application/json"}});
  CHECK(refused.status == 401);
  CHECK(refused.header("x-why") == "token");
  CHECK(refused.body == R"({"detail":"no token"})");
  CHECK(get("/api/unknown").body == R"({"detail":"Not Found"})");
}

TEST_CASE_METHOD(IntegrationTest, "an exception in FastAPI is a 500 and a traceback in the log",
                 "[integration][asgi][fastapi]") {
  needs("fastapi");
  project.write("api/[page].py", Gate::source() + kShop);
  start();
  const Answer answer = get("/api/raise");
  CHECK(answer.status == 500);
  CHECK(answer.body == "Internal Server Error");
  CHECK_THAT(server().wait_for_log("ZeroDivisionError: division by zero"),
             !ContainsSubstring("end_headers"));
  server().wait_for_log("return 1 / 0");
}

TEST_CASE_METHOD(IntegrationTest, "FastAPI's background tasks run after the answer",
                 "[integration][asgi][fastapi]") {
  needs("fastapi");
  project.write("api/[page].py", Gate::source() + kShop);
  Gate gate;
  start({"--env", gate.variable()});
  CHECK(get("/api/work").body == R"({"ok":true})");
  gate.await_visitor().release();
  server().await(Stream::Out, "all tasks are done");
}

TEST_CASE_METHOD(IntegrationTest, "the event loop is uvloop's where the project has it",
                 "[integration][asgi][uvloop]") {
  needs("uvloop");
  project.write("api/loop.py", R"(
import asyncio

async def app(scope, receive, send):
    name = type(asyncio.get_running_loop()).__module__
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": name.encode()})
)");
  start();
  CHECK(get("/api/loop").body == "uvloop");
}

TEST_CASE_METHOD(IntegrationTest, "blocking endpoints run side by side in one process",
                 "[integration][asgi][fastapi]") {
  needs("fastapi");
  project.write("api/[page].py", Gate::source() + kShop);
  Gate gate;
  start({"--env", gate.variable()});
  std::vector<Connection> clients;
  std::vector<Gate::Visitor> visitors;
  for (int number = 0; number < 8; ++number) {
    clients.push_back(connect());
    clients.back().send(make_request("GET", "/api/block?name=v"));
    visitors.push_back(gate.await_visitor());
  }
  for (auto& visitor : visitors) visitor.release();
  std::set<std::string> answers;
  for (auto& client : clients) answers.insert(client.read_answer().body);
  CHECK(answers.size() == 1);
  CHECK(server().instances().size() == 1);
}

TEST_CASE_METHOD(IntegrationTest, "Starlette streams, serves files and notices a client that leaves",
                 "[integration][asgi][starlette]") {
  needs("starlette");
  project.write("data/hello.txt", "a static file\n");
  project.write("api/[page].py", Gate::source() + R"(
import asyncio
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

async def pieces():
    try:
        for number in range(3):
            yield f"piece {number}\n"
            await asyncio.to_thread(wait_at_gate, number)
    finally:
        print("the stream has ended")

async def stream(request):
    return StreamingResponse(pieces(), media_type="text/plain")

async def hello(request):
    return PlainTextResponse(f"{request.client.host} {request.url.path} {await request.body()}")

app = Starlette(routes=[
    Route("/api/stream", stream),
    Route("/api/hello", hello, methods=["GET", "POST"]),
    Mount("/api", StaticFiles(directory="data")),
])
)");
  Gate gate;
  start({"--env", gate.variable()});
  CHECK(post("/api/hello", "data").body == "127.0.0.1 /api/hello b'data'");
  const Answer file = get("/api/hello.txt");
  CHECK(file.body == "a static file\n");
  CHECK(get("/api/hello.txt", {{"If-None-Match", file.header("etag")}}).status == 304);
  Connection client = connect();
  client.send(make_request("GET", "/api/stream"));
  client.read_to("piece 0\n");
  Gate::Visitor visitor = gate.await_visitor();
  SECTION("to its end") {
    visitor.release();
    client.read_to("piece 1\n");
    gate.await_visitor().release();
    client.read_to("piece 2\n");
    gate.await_visitor().release();
  }
  SECTION("until the client leaves") {
    client.reset();
    visitor.release();
    // A piece that was on its way may still be made.
  }
  server().await(Stream::Out, "the stream has ended");
}
