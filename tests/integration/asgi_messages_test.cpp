// ASGI, message by message: what an app may send in which form, and what it receives.
#include <algorithm>

#include "tests/support/catch.h"
#include "tests/support/gate.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

// The page is chosen by the path, so that one instance answers all of them.
constexpr const char* kPages = R"(
import asyncio, contextvars

seen = contextvars.ContextVar("seen", default="nothing")


async def start(send, **message):
    await send({"type": "http.response.start", **message})


async def body(send, **message):
    await send({"type": "http.response.body", **message})


async def str_headers(scope, receive, send):
    await start(send, status=200, headers=[("X-Str", "v"), (b"X-Case", b"Kept"), (b"x-case", b"2")])
    await body(send, body=b"ok")


async def no_headers(scope, receive, send):
    await start(send, status=200)
    await body(send)


async def odd_status(scope, receive, send):
    await start(send, status=799, headers=())
    await body(send, body=b"odd")


async def buffers(scope, receive, send):
    await start(send, status=200, headers=iter([(b"a", b"b")]))
    await body(send, body=memoryview(b"view "), more_body=True)
    await body(send, body=bytearray(b"array "), more_body=True)
    await body(send, more_body=True)
    await body(send, body=b"end", more_body=False)


async def no_content(scope, receive, send):
    await start(send, status=204)
    await body(send, body=b"")


async def own_server(scope, receive, send):
    await start(send, status=200, headers=[(b"x-powered-by", b"me"), (b"date", b"mine")])
    await body(send)


async def after_the_end(scope, receive, send):
    first = (await receive())["type"]
    await start(send, status=200)
    await body(send, body=b"ok")
    print("received:", first, (await receive())["type"], (await receive())["type"])


async def chunked(scope, receive, send):
    data, more = b"", True
    while more:
        message = await receive()
        data, more = data + message["body"], message["more_body"]
    framing = (b"transfer-encoding", b"trailer", b"content-length")
    names = sorted(name.decode() for name, _ in scope["headers"] if name in framing)
    await start(send, status=200)
    await body(send, body=data + b" " + " ".join(names).encode())


async def context(scope, receive, send):
    before = seen.get()
    seen.set(scope["query_string"].decode())
    await asyncio.sleep(0)
    await start(send, status=200)
    await body(send, body=f"{before} {seen.get()}".encode())


async def survivor(scope, receive, send):
    async def later():
        await asyncio.to_thread(wait_at_gate, "later")
        print("survived its request")

    global kept
    kept = asyncio.create_task(later())
    await start(send, status=200)
    await body(send, body=b"ok")


async def leaves(scope, receive, send):
    raise SystemExit(3)


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise RuntimeError("not spoken here")
    await globals()[scope["path"].rsplit("/")[-1]](scope, receive, send)
)";

}  // namespace

TEST_CASE_METHOD(IntegrationTest, "the messages of an ASGI app may have all the forms of uvicorn's",
                 "[integration][asgi]") {
  project.write("api/[page].py", kPages);
  start();
  const Answer text = get("/api/str_headers");
  CHECK(text.header("x-str") == "v");
  CHECK(text.all("x-case") == std::vector<std::string>{"Kept", "2"});
  CHECK(std::any_of(text.headers.begin(), text.headers.end(),
                    [](const auto& header) { return header.first == "X-Case"; }));
  const Answer bare = get("/api/no_headers");
  CHECK(bare.status == 200);
  CHECK(bare.body.empty());
  CHECK_FALSE(bare.has("content-type"));
  const Answer odd = get("/api/odd_status");
  CHECK(odd.status == 799);
  CHECK(odd.reason.empty());
  CHECK(odd.body == "odd");
  const Answer buffers = get("/api/buffers");
  CHECK(buffers.body == "view array end");
  CHECK(buffers.header("a") == "b");
  const Answer none = get("/api/no_content");
  CHECK(none.status == 204);
  CHECK_FALSE(none.has("content-length"));
  CHECK_FALSE(none.has("transfer-encoding"));
  const Answer own = get("/api/own_server");
  CHECK(own.header("x-powered-by") == "me");
  const auto dates = own.all("date");
  REQUIRE(dates.size() == 2);
  CHECK_THAT(dates[0], Catch::Matchers::EndsWith(" GMT"));
  CHECK(dates[1] == "mine");
  CHECK(own.all("server") == std::vector<std::string>{"Vercel"});
}

TEST_CASE_METHOD(IntegrationTest, "an ASGI app receives disconnect once its request is complete",
                 "[integration][asgi]") {
  project.write("api/[page].py", kPages);
  start();
  CHECK(get("/api/after_the_end").body == "ok");
  server().await(Stream::Out, "received: http.request http.disconnect http.disconnect");
}

TEST_CASE_METHOD(IntegrationTest, "a chunked body reaches an ASGI app whole and with its length",
                 "[integration][asgi]") {
  project.write("api/[page].py", kPages);
  start();
  Connection client = connect();
  client.send(
      "POST /api/chunked HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;ext=1\r\nabc\r\n4\r\ndefg\r\n0\r\nTrailer: 1\r\n\r\n");
  CHECK(client.read_answer().body == "abcdefg content-length");
}

TEST_CASE_METHOD(IntegrationTest, "context variables of one ASGI request are unknown to the next",
                 "[integration][asgi]") {
  project.write("api/[page].py", kPages);
  start();
  CHECK_THAT(get("/api/context?one").body, StartsWith("nothing one"));
  CHECK_THAT(get("/api/context?two").body, StartsWith("nothing two"));
}

TEST_CASE_METHOD(IntegrationTest, "a task that outlives its ASGI request goes on",
                 "[integration][asgi]") {
  project.write("api/[page].py", Gate::source() + kPages);
  Gate gate;
  start({"--env", gate.variable()});
  CHECK(get("/api/survivor").body == "ok");
  gate.await_visitor().release();
  server().await(Stream::Out, "survived its request");
}

TEST_CASE_METHOD(IntegrationTest,
                 "SystemExit in an ASGI request ends the request, not the instance",
                 "[integration][asgi]") {
  project.write("api/[page].py", kPages);
  start();
  CHECK(get("/api/str_headers").body == "ok");
  CHECK(get("/api/leaves").status == 500);
  CHECK(get("/api/str_headers").body == "ok");
  CHECK(server().instances().size() == 1);
}
