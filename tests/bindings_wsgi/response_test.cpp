// start_response, write() and what becomes of statuses and headers.
#include "run_app.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::test;

namespace {

Observed started_with(const std::string& arguments) {
  return run_app(app_doing("start_response(" + arguments + ")\nreturn [b'x']"));
}

}  // namespace

TEST_CASE("the head begins with Server and Date, whatever the app sends", "[wsgi]") {
  const Observed seen =
      started_with("'200 OK', [('Server', 'own'), ('X-A', '1'), ('Date', 'never'), ('X-A', '2')]");
  REQUIRE(seen.head.headers.size() == 6);
  CHECK(seen.head.headers[0].first == "Server");
  CHECK_THAT(seen.head.headers[0].second, StartsWith("BaseHTTP/0.6 Python/3."));
  CHECK(seen.head.headers[1].first == "Date");
  CHECK(seen.head.headers[2] == wire::Header{"Server", "own"});
  CHECK(seen.head.headers[3] == wire::Header{"X-A", "1"});
  CHECK(seen.head.headers[4] == wire::Header{"Date", "never"});
  CHECK(seen.head.headers[5] == wire::Header{"X-A", "2"});
  CHECK(seen.result == wire::Result::Complete);
  CHECK_FALSE(seen.streamed);
}

TEST_CASE("the app's reason gives way to the standard one", "[wsgi]") {
  CHECK(started_with("'200 Fine', []").head.reason == "OK");
  CHECK(started_with("'404 Nope', []").head.reason == "Not Found");
  CHECK(started_with("'418', []").head.reason == "I'm a Teapot");
  CHECK(started_with("'299 My Reason', []").head.status == 299);
  CHECK(started_with("'299 My Reason', []").head.reason.empty());
  CHECK(started_with("' 201 x'.strip(), []").head.status == 201);
  CHECK(started_with("'2_00 x', []").head.status == 200);
}

TEST_CASE("a status that is no number raises what int() and split() raise", "[wsgi]") {
  CHECK(started_with("'abc', []").error ==
        "ValueError: invalid literal for int() with base 10: 'abc'");
  CHECK(started_with("' 200 OK', []").error ==
        "ValueError: invalid literal for int() with base 10: ''");
  CHECK(started_with("200, []").error == "AttributeError: 'int' object has no attribute 'split'");
  CHECK_THAT(started_with("'9' * 30, []").error, StartsWith("OverflowError"));
  CHECK(started_with("'abc', []").heads == 0);
}

TEST_CASE("a status outside 100 to 999 is no HTTP", "[wsgi]") {
  for (const char* status : {"'99 x', []", "'1000 x', []", "'-1 x', []", "'20 x', []"}) {
    const Observed seen = started_with(status);
    CHECK(seen.result == wire::Result::BadResponse);
    CHECK_THAT(seen.error, ContainsSubstring("status line"));
    CHECK(seen.heads == 0);
  }
}

TEST_CASE("an interim status alone is no answer", "[wsgi]") {
  const Observed seen = started_with("'103 Early Hints', []");
  CHECK(seen.result == wire::Result::BadResponse);
  CHECK_THAT(seen.error, ContainsSubstring("status 103"));
  const Observed both = run_app(app_doing(
      "start_response('103 x', [('Link', 'a')])\nstart_response('200 OK', [])\nreturn [b'x']"));
  CHECK(both.head.status == 200);
  CHECK(both.errors.empty());
}

TEST_CASE("header values of any type are formatted and must be latin-1", "[wsgi]") {
  const Observed seen =
      started_with("'200 OK', [('X-int', 12), ('X-none', None), ('X-latin', 'caf\\xe9'), "
                   "['X-list', 'l'], ('X-empty', '')]");
  CHECK(seen.header("X-int") == "12");
  CHECK(seen.header("X-none") == "None");
  CHECK(seen.header("X-latin") == "caf\xe9");
  CHECK(seen.header("X-list") == "l");
  CHECK(seen.header("X-empty").empty());
  CHECK_THAT(started_with("'200 OK', [('X-A', '\\u4f60')]").error,
             StartsWith("UnicodeEncodeError: 'latin-1' codec can't encode"));
}

TEST_CASE("headers may be any iterable of pairs, and nothing else", "[wsgi]") {
  CHECK(started_with("'200 OK', (('X-A', str(n)) for n in range(2))").header("X-A") == "0, 1");
  CHECK(started_with("'200 OK', {'X-A': 'b'}.items()").header("X-A") == "b");
  CHECK(started_with("'200 OK', [('X-A', 'b', 'c')]").error ==
        "ValueError: a header is a pair (name, value), got ('X-A', 'b', 'c')");
  CHECK(started_with("'200 OK', None").error == "TypeError: 'NoneType' object is not iterable");
  CHECK_THAT(started_with("'200 OK'").error, StartsWith("TypeError: start_response() "));
  CHECK(started_with("status='201 x', headers=[], exc_info=None").head.status == 201);
}

TEST_CASE("a line break in a header is refused and the header is named", "[wsgi]") {
  for (const char* text : {"a\\r\\nX-Bad: 1", "a\\nb", "a\\rb", "\\u4f60\\nb"}) {
    const Observed seen = started_with("'200 OK', [('X-A', '" + std::string(text) + "')]");
    CHECK(seen.result == wire::Result::Raised);
    CHECK(seen.heads == 0);
  }
  CHECK_THAT(started_with("'200 OK', [('X-A', 'a\\r\\nX-Bad: 1')]").error,
             StartsWith("ValueError: cannot send the header 'X-A' with the value 'a\\r\\nX-Bad"));
  CHECK(started_with("'200 OK', [('X\\nB', 'v')]").result == wire::Result::Raised);
}

TEST_CASE("an app may start again after start_response has raised", "[wsgi]") {
  const Observed seen = run_app(app_doing(R"(try:
    start_response('200 OK', [('X-A', 'a\nb')])
except ValueError:
    start_response('500 x', [('X-B', 'c')])
return [b'sorry'])"));
  CHECK(seen.head.status == 500);
  CHECK(seen.header("X-A").empty());
  CHECK(seen.body == "sorry");
}

TEST_CASE("a second head lands in the body and the terminal says so", "[wsgi]") {
  for (const char* third : {"", ", sys.exc_info()"}) {
    const Observed seen = run_app(
        "import sys\n" + app_doing("start_response('200 OK', [('X-A', '1')])\n"
                                   "start_response('500 x', [('X-B', '2')]" +
                                   std::string(third) + ")\nreturn [b'x']"));
    CHECK(seen.head.status == 200);
    CHECK(seen.header("X-B").empty());
    CHECK_THAT(seen.body, StartsWith("HTTP/1.0 500 Internal Server Error\r\n"));
    CHECK_THAT(seen.body, ContainsSubstring("X-B: 2\r\n\r\nx"));
    CHECK_THAT(seen.errors, ContainsSubstring("start_response() was called a second time"));
  }
}

TEST_CASE("write() sends before the iterable does", "[wsgi]") {
  const Observed seen = run_app(app_doing("write = start_response('200 OK', [])\n"
                                          "assert write(b'one ') == 4\nwrite(bytearray(b'two '))\n"
                                          "return [b'three']"));
  CHECK(seen.pieces == std::vector<std::string>{"one ", "two ", "three"});
  CHECK_FALSE(seen.streamed);
  CHECK(run_app(app_doing("start_response('200 OK', [])('text')\nreturn []")).error ==
        "TypeError: a bytes-like object is required, not 'str'");
}

TEST_CASE("start_response and write are dead after the request", "[wsgi]") {
  const auto adapter = wsgi_adapter_of("kept = []\n" + app_doing(R"(if kept:
    errors = []
    for call in (lambda: kept[0]('200 OK', []), lambda: kept[1](b'late')):
        try:
            call()
        except OSError as error:
            errors.append(error.errno)
    start_response('200 OK', [])
    return [str(errors).encode()]
kept[:] = [start_response, start_response('200 OK', [])]
return [b'first'])"));
  CHECK(run_with(*adapter, {}).body == "first");
  CHECK(run_with(*adapter, {}).body == "[9, 9]");
}

TEST_CASE("nothing is added and nothing is suppressed for HEAD, 204 and empty bodies", "[wsgi]") {
  Request head;
  head.method = "HEAD";
  CHECK(run_app(app_doing("start_response('200 OK', [])\nreturn [b'body']"), head).body == "body");
  const Observed empty = run_app(app_doing("start_response('204 x', [])\nreturn []"));
  CHECK(empty.head.headers.size() == 2);
  CHECK(empty.heads == 1);
  CHECK(empty.result == wire::Result::Complete);
}

TEST_CASE("hop-by-hop headers, wrong lengths and bodies of 204 pass as they are", "[wsgi]") {
  const Observed hops = started_with(
      "'200 OK', [('Connection', 'keep-alive'), ('Keep-Alive', 'timeout=5'), ('TE', 'trailers')]");
  CHECK(hops.result == wire::Result::Complete);
  CHECK(hops.header("Connection") == "keep-alive");
  CHECK(hops.header("Keep-Alive") == "timeout=5");
  for (const char* length : {"0", "99"}) {
    const Observed wrong =
        started_with("'200 OK', [('Content-Length', '" + std::string(length) + "')]");
    CHECK(wrong.header("Content-Length") == length);
    CHECK(wrong.body == "x");
    CHECK(wrong.result == wire::Result::Complete);
  }
  for (const char* status : {"204", "304"}) {
    CHECK(started_with("'" + std::string(status) + " x', []").body == "x");
  }
}

TEST_CASE("chunked coding of the app's own is decoded", "[wsgi]") {
  CHECK(run_app(app_doing("start_response('200 OK', [('Transfer-Encoding', 'chunked')])\n"
                          "return [b'3\\r\\nabc\\r\\n0\\r\\n\\r\\n']"))
            .body == "abc");
  CHECK(run_app(app_doing("start_response('200 OK', [('Transfer-Encoding', 'chunked')])\n"
                          "return [b'plain text']"))
            .result == wire::Result::BadResponse);
}
