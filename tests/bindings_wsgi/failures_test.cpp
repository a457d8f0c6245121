// Apps that raise, answer nothing or answer wrongly.
#include "run_app.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::test;

TEST_CASE("an exception before start_response sends nothing", "[wsgi][failures]") {
  const Observed seen = run_app(app_doing("raise ValueError('early')"));
  CHECK(seen.result == wire::Result::Raised);
  CHECK(seen.error == "ValueError: early");
  CHECK(seen.heads == 0);
}

TEST_CASE("an exception after start_response leaves its head", "[wsgi][failures]") {
  const Observed seen =
      run_app(app_doing("start_response('200 OK', [('X-A', 'b')])\nraise ValueError('late')"));
  CHECK(seen.result == wire::Result::Raised);
  CHECK(seen.error == "ValueError: late");
  CHECK(seen.heads == 1);
  CHECK(seen.header("X-A") == "b");
  CHECK(seen.body.empty());
}

TEST_CASE("an app that answers nothing is told from one that answers without a head",
          "[wsgi][failures]") {
  const Observed nothing = run_app(app_doing("return []"));
  CHECK(nothing.result == wire::Result::NoResponse);
  CHECK(nothing.error == "it returned without calling start_response()");
  const Observed body = run_app(app_doing("return [b'<h1>hello</h1>']"));
  CHECK(body.result == wire::Result::BadResponse);
  CHECK(body.error == "it returned a body without calling start_response()");
  CHECK(body.heads == 0);
}

TEST_CASE("a hand-written HTTP answer without start_response passes through",
          "[wsgi][failures]") {
  const Observed seen = run_app(app_doing("return [b'HTTP/1.1 299 Odd\\r\\nX-A: b\\r\\n\\r\\nhi']"));
  CHECK(seen.head.status == 299);
  CHECK(seen.head.reason == "Odd");
  CHECK(seen.body == "hi");
}

TEST_CASE("answers of wrong types raise and say what WSGI wants", "[wsgi][failures]") {
  const auto error_of = [](const std::string& answer) {
    const Observed seen = run_app(app_doing("start_response('200 OK', [])\nreturn " + answer));
    CHECK(seen.result == wire::Result::Raised);
    CHECK(seen.heads == 1);
    CHECK(seen.body.empty());
    return seen.error;
  };
  CHECK_THAT(error_of("None"), StartsWith("TypeError: 'NoneType' object is not iterable; a WSGI"));
  CHECK(error_of("5") == "TypeError: 'int' object is not iterable");
  CHECK_THAT(error_of("'text'"), ContainsSubstring("not 'str'; a WSGI app yields bytes, so encode"));
  CHECK_THAT(error_of("['text']"), ContainsSubstring("required, not 'str'"));
  CHECK_THAT(error_of("b'text'"), ContainsSubstring("not 'int'; return [body], a list"));
  CHECK_THAT(error_of("[5]"), ContainsSubstring("required, not 'int'; a WSGI app returns"));
}

TEST_CASE("an async function of two parameters is called as WSGI and fails", "[wsgi][failures]") {
  const Observed seen =
      run_app("import warnings\nwarnings.simplefilter('ignore')\nasync " +
              app_doing("start_response('200 OK', [])\nreturn [b'x']"));
  CHECK_THAT(seen.error, StartsWith("TypeError: 'coroutine' object is not iterable"));
  CHECK(seen.heads == 0);
}

TEST_CASE("the AWS style of function gives no answer", "[wsgi][failures]") {
  CHECK(run_app("def app(event, context):\n    return {}\n").error ==
        "it returned without calling start_response()");
  CHECK_THAT(run_app("def app(event, context):\n    return {'statusCode': 200}\n").error,
             StartsWith("TypeError: a bytes-like object is required, not 'str'"));
}

TEST_CASE("sys.exit in an app ends the request and nothing else", "[wsgi][failures]") {
  const auto adapter = wsgi_adapter_of("import sys\n" + app_doing("sys.exit(3)"));
  for (int turn = 0; turn < 2; ++turn) {
    const Observed seen = run_with(*adapter, {});
    CHECK(seen.result == wire::Result::NoResponse);
    CHECK(seen.error == "called sys.exit(3)");
  }
  const Observed after = run_app(
      "import sys\n" + app_doing("start_response('200 OK', [])\nsys.exit()"));
  CHECK(after.result == wire::Result::Complete);
  CHECK(after.head.status == 200);
}

TEST_CASE("the runtime's ping and a head over the limit never reach the app",
          "[wsgi][failures]") {
  const auto adapter = wsgi_adapter_of(app_doing("raise ValueError"));
  Request ping;
  ping.target = "/_vercel/ping?x=1";
  CHECK(run_with(*adapter, ping).head.status == 200);
  CHECK(run_with(*adapter, ping).body.empty());
  Request many;
  for (int number = 0; number < 100; ++number) {
    many.headers += "X-" + std::to_string(number) + ": a\r\n";
  }
  const Observed seen = run_with(*adapter, many);
  CHECK(seen.head.status == 431);
  CHECK(seen.head.reason == "Too many headers");
}
