// ASGI apps as they are without a framework: one event loop, many requests at once.
#include <csignal>
#include <set>

#include "tests/support/catch.h"
#include "tests/support/gate.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

// `body` is the app's, for type http; its lines are indented by nothing.
std::string asgi_app(std::string_view body, std::string_view before = "") {
  std::string text(before);
  text +=
      "\nimport asyncio, os\n\n"
      "async def start(send, status=200, headers=()):\n"
      "    await send({'type': 'http.response.start', 'status': status, 'headers': headers})\n\n"
      "async def write(send, data, more=False):\n"
      "    await send({'type': 'http.response.body', 'body': data, 'more_body': more})\n\n"
      "async def app(scope, receive, send):\n"
      "    if scope['type'] != 'http':\n"
      "        raise NotImplementedError(scope['type'])\n";
  for (std::size_t at = 0; at < body.size();) {
    const auto end = body.find('\n', at);
    text += "    " + std::string(body.substr(at, end - at)) + "\n";
    at = end == std::string_view::npos ? body.size() : end + 1;
  }
  return text;
}

constexpr const char* kOk = "await start(send)\nawait write(send, b'ok')\n";

}  // namespace

TEST_CASE_METHOD(IntegrationTest, "an ASGI app sees the scope that the platform's server makes",
                 "[integration][asgi]") {
  project.write("api/[page].py",
                asgi_app("import json\nscope['headers'] = [h for h in scope['headers'] "
                         "if h[0] in (b'x-two', b'cookie')]\n"
                         "scope['server'] = scope['server'][0]\n"
                         "scope['client'] = [scope['client'][0], scope['client'][1] > 1023]\n"
                         "await start(send)\nawait write(send, repr(list(scope.items())).encode())"));
  start();
  const Answer answer = get("/api/caf%C3%A9%2Fx?a=%20b&a=c",
                            {{"X-Two", "1"}, {"Cookie", "c=d"}, {"x-two", "2"}});
  CHECK(answer.status == 200);
  CHECK_THAT(answer.body,
             StartsWith("[('type', 'http'), ('asgi', {'version': '3.0', 'spec_version': '2.3'}), "
                        "('http_version', '1.1'), ('server', '127.0.0.1'), "
                        "('client', ['127.0.0.1', True]), ('scheme', 'http'), ('method', 'GET'), "
                        "('root_path', ''), ('path', '/api/caf\xC3\xA9/x'), "
                        "('raw_path', b'/api/caf%C3%A9%2Fx'), ('query_string', b'a=%20b&a=c"));
  CHECK_THAT(answer.body, Catch::Matchers::EndsWith("('headers', [(b'x-two', b'1'), (b'cookie', b'c=d'), "
                                   "(b'x-two', b'2')]), ('state', {})]"));
}

TEST_CASE_METHOD(IntegrationTest, "an object with an asgi attribute is served through it",
                 "[integration][asgi]") {
  project.write("api/both.py", R"(
class App:
    async def asgi(self, scope, receive, send):
        if scope["type"] != "http":
            raise NotImplementedError
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"by asgi"})

    def __call__(self, environ, start_response):
        start_response("200 OK", [])
        return [b"by wsgi"]

app = App()
)");
  start();
  CHECK(get("/api/both").body == "by asgi");
}

TEST_CASE_METHOD(IntegrationTest, "a request's body comes in pieces and is whole",
                 "[integration][asgi]") {
  project.write("api/body.py", asgi_app("sizes, data = [], b''\nmore = True\nwhile more:\n"
                                        "    m = await receive()\n    more = m['more_body']\n"
                                        "    data += m['body']\n    sizes.append(len(m['body']))\n"
                                        "await start(send)\n"
                                        "await write(send, f'{max(sizes)} {len(sizes)} '.encode() "
                                        "+ data[-3:])"));
  start();
  CHECK(post("/api/body", std::string(200'000, 'x') + "end").body == "65536 4 end");
  CHECK(get("/api/body").body == "0 1 ");
}

TEST_CASE_METHOD(IntegrationTest, "requests that wait for each other are answered by one process",
                 "[integration][asgi]") {
  project.write("api/meet.py",
                asgi_app("global waiting, everybody\neverybody = everybody or asyncio.Event()\n"
                         "waiting += 1\nif waiting == 30: everybody.set()\n"
                         "await everybody.wait()\nawait start(send)\n"
                         "await write(send, str(os.getpid()).encode())",
                         // Before Python 3.10 an Event belongs to the loop in which it is made.
                         "import asyncio\nwaiting = 0\neverybody = None\n"));
  start();
  std::vector<std::string> processes(30);
  // All of them come while the instance is still being started.
  in_parallel(30, [&](int index) {
    processes[static_cast<std::size_t>(index)] = get("/api/meet").body;
  });
  CHECK(std::set<std::string>(processes.begin(), processes.end()).size() == 1);
  CHECK(server().instances().size() == 1);
}

TEST_CASE_METHOD(IntegrationTest, "a streamed answer arrives piece by piece",
                 "[integration][asgi]") {
  project.write("api/stream.py",
                asgi_app("await start(send, 200, [(b'content-type', b'text/event-stream')])\n"
                         "for number in range(3):\n"
                         "    await write(send, b'data: %d\\n\\n' % number, True)\n"
                         "    await asyncio.to_thread(wait_at_gate, number)\n"
                         "await write(send, b'data: end\\n\\n')",
                         Gate::source()));
  Gate gate;
  start({"--env", gate.variable()});
  Connection client = connect();
  client.send(make_request("GET", "/api/stream"));
  for (const std::string number : {"0", "1", "2"}) {
    client.read_to("data: " + number + "\n\n");
    gate.await_visitor().release();
  }
  client.read_to("data: end\n\n");
}

TEST_CASE_METHOD(IntegrationTest, "work after the answer holds up neither client nor connection",
                 "[integration][asgi]") {
  project.write("api/later.py",
                asgi_app("await start(send)\nawait write(send, b'answered')\n"
                         "if scope['query_string']:\n"
                         "    await asyncio.to_thread(wait_at_gate, 'working')\n"
                         "    print('work is done')\n"
                         "    raise RuntimeError('too late')",
                         Gate::source()));
  Gate gate;
  start({"--env", gate.variable(), "--log", "json"});
  expect_log("too late");
  Connection client = connect();
  client.send(make_request("GET", "/api/later?work", {{"Connection", "keep-alive"}}));
  CHECK(client.read_answer().body == "answered");
  Gate::Visitor work = gate.await_visitor();
  client.send(make_request("GET", "/api/later", {{"Connection", "keep-alive"}}));
  CHECK(client.read_answer().body == "answered");
  const auto id = record_of("/api/later?work").at("id");
  work.release();
  CHECK(log_line_of("work is done").at("id") == id);
  CHECK(log_line_of("after its answer: RuntimeError: too late").at("id") == id);
}

TEST_CASE_METHOD(IntegrationTest,
                 "an app that answers 500 and then raises tells why, sooner or later",
                 "[integration][asgi]") {
  project.write("api/fails.py", asgi_app("await start(send, 500)\nawait write(send, b'sorry')\n"
                                         "if scope['query_string']:\n"
                                         "    await asyncio.to_thread(wait_at_gate, 'raising')\n"
                                         "    raise RuntimeError('late')\n"
                                         "raise RuntimeError('boom')",
                                         Gate::source()));
  Gate gate;
  start({"--env", gate.variable()});
  CHECK(get("/api/fails").body == "sorry");
  CHECK_THAT(server().wait_for_log("RuntimeError: boom"), !ContainsSubstring("answer by then"));
  CHECK(get("/api/fails?late").body == "sorry");
  server().wait_for_log("/api/fails?late");  // its line is written: nobody waits any more
  gate.await_visitor().release();
  CHECK_THAT(server().wait_for_log("api/fails.py answered 500: RuntimeError: late"),
             !ContainsSubstring("after its answer"));
}

TEST_CASE_METHOD(IntegrationTest, "work after the answer of a request that imports holds nobody up",
                 "[integration][asgi][freshness]") {
  project.write("late.py", "WORD = 'first'\n");
  project.write("api/later.py",
                asgi_app("from late import WORD\nawait start(send)\n"
                         "await write(send, WORD.encode())\n"
                         "await asyncio.to_thread(wait_at_gate, 'working')",
                         Gate::source()));
  Gate gate;
  start({"--env", gate.variable()});
  CHECK(get("/api/later").body == "first");
  Gate::Visitor working = gate.await_visitor();
  project.write("late.py", "WORD = 'second'\n");
  CHECK(get("/api/later").body == "second");
  gate.await_visitor().release();
  working.release();
}

TEST_CASE_METHOD(IntegrationTest, "receive() tells when the client has gone, and send() is silent",
                 "[integration][asgi]") {
  project.write("api/gone.py",
                asgi_app("await receive()\nawait start(send)\nawait write(send, b'one', True)\n"
                         "await asyncio.to_thread(wait_at_gate, (await receive())['type'])\n"
                         "await write(send, b'two', True)\nawait write(send, b'three')\n"
                         "print('sent all')",
                         Gate::source()));
  Gate gate;
  start({"--env", gate.variable()});
  Connection client = connect();
  client.send(make_request("GET", "/api/gone"));
  client.read_to("one");
  client.reset();
  Gate::Visitor visitor = gate.await_visitor();
  CHECK(visitor.name() == "http.disconnect");
  visitor.release();
  server().await(Stream::Out, "sent all");
}

TEST_CASE_METHOD(IntegrationTest, "an app that does not answer as it should gets what it gets there",
                 "[integration][asgi]") {
  project.write("api/[page].py", asgi_app(R"(page = scope['path'].rsplit('/')[-1]
if page == 'raises': raise ValueError('boom')
if page == 'nothing': return
if page == 'body': await write(send, b'x')
if page == 'value': return 5
headers = [(b'content-length', b'5')] if page in ('longer', 'shorter') else []
await start(send, 200, headers)
if page == 'longer': await write(send, b'123456')
if page == 'shorter': await write(send, b'123')
await write(send, b'begin', True)
if page == 'unfinished': return
if page == 'half': raise KeyError('half')
await write(send, b' end')
if page == 'twice': await write(send, b'again')
)"));
  start();
  for (const auto& [page, log] :
       std::vector<std::pair<std::string, std::string>>{
           {"raises", "ValueError: boom"},
           {"nothing", "ASGI callable returned without starting response."},
           {"body", "Expected ASGI message 'http.response.start', but got 'http.response.body'."}}) {
    INFO(page);
    const Answer answer = get("/api/" + page);
    CHECK(answer.status == 500);
    CHECK(answer.header("content-type") == "text/plain; charset=utf-8");
    CHECK(answer.body == "Internal Server Error");
    server().wait_for_log(log);
  }
  CHECK_THAT(get("/api/raises", {{"Accept", "text/html"}}).body, ContainsSubstring("boom"));
  CHECK_THAT(get("/api/value").body, ContainsSubstring("FUNCTION_INVOCATION_FAILED"));
  CHECK_FALSE(get("/api/half").complete);
  CHECK_FALSE(get("/api/unfinished").complete);
  CHECK(get("/api/longer").body.empty());
  const Answer shorter = get("/api/shorter");
  CHECK(shorter.body == "123");
  CHECK_FALSE(shorter.complete);
  const Answer twice = get("/api/twice");
  CHECK(twice.body == "begin end");
  CHECK(twice.complete);
  server().wait_for_log("Unexpected ASGI message 'http.response.body' sent");
}

TEST_CASE_METHOD(IntegrationTest, "the lifespan comes before the first and after the last request",
                 "[integration][asgi]") {
  project.write("api/life.py", R"(
events = ["import"]

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        scope["state"]["seen"] = events
        while True:
            message = await receive()
            events.append(message["type"])
            print("life:", *events)
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    events.append("request")
    scope["state"]["mine"] = 1
    await send({"type": "http.response.start", "status": 200})
    text = " ".join(scope["state"]["seen"]) + " " + ",".join(scope["state"])
    await send({"type": "http.response.body", "body": text.encode()})
)");
  start();
  CHECK(get("/api/life").body == "import lifespan.startup request seen,mine");
  CHECK(get("/api/life").body == "import lifespan.startup request request seen,mine");
  SECTION("when the file changes") {
    project.append("api/life.py", "\n# edited\n");
    CHECK(get("/api/life").body == "import lifespan.startup request seen,mine");
  }
  SECTION("when the server stops") { server().stop(SIGTERM); }
  server().await(Stream::Out, "life: import lifespan.startup request request lifespan.shutdown");
}

TEST_CASE_METHOD(IntegrationTest, "an app whose startup fails is not served, and says why",
                 "[integration][asgi]") {
  project.write("api/fails.py", R"(
async def app(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database"})
)");
  start();
  const Answer answer = get("/api/fails");
  CHECK(answer.status == 500);
  CHECK_THAT(answer.body, ContainsSubstring("FUNCTION_INVOCATION_FAILED"));
  const auto log = server().wait_for_log("Application startup failed. Exiting.");
  CHECK_THAT(log, ContainsSubstring("no database"));
}

TEST_CASE_METHOD(IntegrationTest, "what a request prints is its own, wherever it prints it",
                 "[integration][asgi]") {
  project.write("api/say.py",
                asgi_app("import logging\nname = scope['query_string'].decode()\n"
                         "async def task():\n    print('task', name)\n"
                         "await asyncio.gather(asyncio.create_task(task()), "
                         "asyncio.to_thread(print, 'thread', name))\n"
                         "await asyncio.to_thread(wait_at_gate, name)\n"
                         "logging.warning('log %s', name)\n" +
                             std::string(kOk),
                         Gate::source()));
  Gate gate;
  start({"--env", gate.variable(), "--log", "json"});
  Connection first = connect();
  Connection second = connect();
  first.send(make_request("GET", "/api/say?one"));
  Gate::Visitor one = gate.await_visitor();
  second.send(make_request("GET", "/api/say?two"));
  Gate::Visitor two = gate.await_visitor();
  one.release();
  CHECK(first.read_answer().status == 200);
  two.release();
  CHECK(second.read_answer().status == 200);
  for (const std::string name : {"one", "two"}) {
    const auto id = record_of("/api/say?" + name).at("id");
    CHECK(log_line_of("task " + name).at("id") == id);
    CHECK(log_line_of("thread " + name).at("id") == id);
    CHECK(log_line_of("log " + name).at("id") == id);
  }
}

TEST_CASE_METHOD(IntegrationTest, "a client that reads nothing holds up no other request",
                 "[integration][asgi]") {
  project.write("api/slow.py",
                asgi_app("await start(send)\nif scope['query_string'] == b'much':\n"
                         "    print('begins')\n    for _ in range(400):\n"
                         "        await write(send, b'x' * 100_000, True)\n"
                         "await write(send, b'ok')"));
  start({"--max-instances", "1"});
  Connection lazy = connect();
  lazy.send(make_request("GET", "/api/slow?much"));
  server().await(Stream::Out, "begins");
  for (int round = 0; round < 20; ++round) CHECK(get("/api/slow").body == "ok");
  const Answer whole = lazy.read_answer();
  CHECK(whole.complete);
  CHECK(whole.body.size() == 40'000'002);
}

TEST_CASE_METHOD(IntegrationTest, "an app that blocks its loop is ended at its deadline",
                 "[integration][asgi]") {
  project.write("vercel.json", R"({"functions": {"api/block.py": {"maxDuration": 1}}})");
  project.write("api/block.py",
                asgi_app("import time\nif scope['query_string']: time.sleep(3600)\n" +
                         std::string(kOk)));
  project.write("api/other.py", asgi_app(kOk));
  start();
  CHECK(get("/api/block").body == "ok");
  Connection blocked = connect();
  blocked.send(make_request("GET", "/api/block?x"));
  CHECK(get("/api/other").body == "ok");
  CHECK(blocked.read_answer().status == 504);
  CHECK_THAT(server().wait_for_log("time.sleep(3600)"), ContainsSubstring("api/block.py"));
  CHECK(get("/api/block").body == "ok");
}

TEST_CASE_METHOD(IntegrationTest, "the answer to a HEAD request has its length and no body",
                 "[integration][asgi]") {
  project.write("api/[page].py", asgi_app("await start(send, 200, [(b'Content-Length', b'4')])\n"
                                          "await write(send, b'body')"));
  start();
  const Answer head = send("HEAD", "/api/x");
  CHECK(head.status == 200);
  CHECK(head.header("content-length") == "4");
  CHECK(head.body.empty());
}

TEST_CASE_METHOD(IntegrationTest, "an ASGI app's scope has the platform's keys and no other",
                 "[integration][asgi]") {
  project.write("api/keys.py", asgi_app("said = ' '.join(sorted(scope))\nawait start(send)\n"
                                        "await write(send, said.encode())"));
  start();
  CHECK(get("/api/keys").body ==
        "asgi client headers http_version method path query_string raw_path root_path scheme "
        "server state type");
}

TEST_CASE_METHOD(IntegrationTest, "an ASGI app's server is the listener, whatever Host says",
                 "[integration][asgi]") {
  project.write("api/server.py", asgi_app("said = repr(scope['server'])\nawait start(send)\n"
                                          "await write(send, said.encode())"));
  start();
  CHECK(get("/api/server", {{"Host", "my.example:8080"}}).body ==
        "('127.0.0.1', " + std::to_string(server().port()) + ")");
}

TEST_CASE_METHOD(IntegrationTest, "each request has the lifespan's state as a shallow copy",
                 "[integration][asgi]") {
  project.write("api/state.py", R"(
async def app(scope, receive, send):
    state = scope["state"]
    if scope["type"] == "lifespan":
        await receive()
        state["kept"] = []
        await send({"type": "lifespan.startup.complete"})
        await receive()
        return await send({"type": "lifespan.shutdown.complete"})
    name = scope["query_string"].decode()
    state["kept"].append(name)
    state[name] = True
    text = ",".join(sorted(state)) + " " + ",".join(state["kept"])
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": text.encode()})
)");
  start();
  CHECK(get("/api/state?one").body == "kept,one one");
  CHECK(get("/api/state?two").body == "kept,two one,two");
}

TEST_CASE_METHOD(IntegrationTest, "an ASGI answer is chunked unless the app says its length",
                 "[integration][asgi]") {
  project.write("api/framing.py",
                asgi_app("known = scope['query_string'] == b'known'\n"
                         "await start(send, 200, [(b'content-length', b'5')] if known else [])\n"
                         "await write(send, b'fi', True)\n"
                         "await asyncio.to_thread(wait_at_gate, 'first')\n"
                         "await write(send, b've!')",
                         Gate::source()));
  Gate gate;
  start({"--env", gate.variable()});
  Connection known = connect();
  known.send(make_request("GET", "/api/framing?known"));
  gate.await_visitor().release();
  const Answer sized = known.read_answer();
  CHECK(sized.header("content-length") == "5");
  CHECK_FALSE(sized.chunked);
  CHECK(sized.body == "five!");
  Connection unknown = connect();
  unknown.send(make_request("GET", "/api/framing?unknown"));
  // The head is here before the function can know how long its answer will be.
  const std::string head = unknown.read_to("\r\n\r\n");
  CHECK_THAT(head, ContainsSubstring("Transfer-Encoding: chunked\r\n"));
  CHECK_THAT(head, !ContainsSubstring("ontent-length: "));
  CHECK_THAT(head, !ContainsSubstring("ontent-Length: "));
  gate.await_visitor().release();
  unknown.read_to("ve!");
}

TEST_CASE_METHOD(IntegrationTest, "of an answer longer than its Content-Length the head arrives",
                 "[integration][asgi]") {
  project.write("api/longer.py",
                asgi_app("await start(send, 201, [(b'content-length', b'5'), (b'x-own', b'1')])\n"
                         "await write(send, b'123456')"));
  start();
  const Answer answer = get("/api/longer");
  CHECK(answer.status == 201);
  CHECK(answer.header("content-length") == "5");
  CHECK(answer.header("x-own") == "1");
  CHECK(answer.body.empty());
  CHECK_FALSE(answer.complete);
  server().wait_for_log("Response content longer than Content-Length");
}

TEST_CASE_METHOD(IntegrationTest, "a request that blocks its loop holds up its whole instance",
                 "[integration][asgi]") {
  project.write("api/block.py",
                asgi_app("name = scope['query_string'].decode()\norder.append(name)\n"
                         "if name == 'blocks':\n    wait_at_gate(name)\n    order.append('freed')\n"
                         "said = ' '.join(order)\nawait start(send)\n"
                         "await write(send, said.encode())",
                         Gate::source() + "order = []\n"));
  project.write("api/other.py", asgi_app(kOk));
  Gate gate;
  start({"--env", gate.variable()});
  CHECK(get("/api/block?warm").body == "warm");
  Connection blocking = connect();
  blocking.send(make_request("GET", "/api/block?blocks"));
  Gate::Visitor held = gate.await_visitor();
  Connection waiting = connect();
  waiting.send(make_request("GET", "/api/block?waits"));
  // It has come in before this one, which another instance answers.
  CHECK(get("/api/other").body == "ok");
  held.release();
  CHECK(blocking.read_answer().body == "warm blocks freed");
  CHECK(waiting.read_answer().body == "warm blocks freed waits");
  CHECK(server().instances().size() == 2);
}

TEST_CASE_METHOD(IntegrationTest, "the platform's ping is answered before an ASGI app sees it",
                 "[integration][asgi]") {
  project.write("vercel.json",
                R"x({"rewrites": [{"source": "/(.*)", "destination": "/api/any"}]})x");
  project.write("api/any.py",
                asgi_app("await start(send)\nawait write(send, scope['path'].encode())"));
  start();
  CHECK(get("/_vercel/pingx").body == "/_vercel/pingx");
  for (const char* path : {"/_vercel/ping", "/_vercel/ping?x=1"}) {
    INFO(path);
    const Answer ping = get(path);
    CHECK(ping.status == 200);
    CHECK(ping.body.empty());
    CHECK(ping.complete);
  }
}
