// What an app finds in its environ.
#include "run_app.h"
#include "tests/support/catch.h"

using namespace localfn::test;

namespace {

/// str(environ.get(key, 'absent')) for a request.
std::string value_of(const std::string& key, const Request& request) {
  return run_app(app_telling("environ.get('" + key + "', 'absent')"), request).body;
}

std::string path_info(const std::string& target) {
  Request request;
  request.target = target;
  return value_of("PATH_INFO", request);
}

Request with_headers(const std::string& headers) {
  Request request;
  request.headers = headers;
  return request;
}

}  // namespace

TEST_CASE("the environ of a bare request has exactly the platform's keys", "[environ]") {
  const Observed seen = run_app(
      app_telling("[(k, v) for k, v in environ.items() if k not in ('wsgi.input', 'wsgi.errors')]"),
      with_headers(""));
  CHECK(seen.body ==
        "[('REQUEST_METHOD', 'GET'), ('SCRIPT_NAME', ''), ('PATH_INFO', '/api/hello'), "
        "('QUERY_STRING', 'name=x'), ('CONTENT_TYPE', ''), ('CONTENT_LENGTH', '0'), "
        "('REMOTE_ADDR', None), ('SERVER_NAME', 'lambda'), ('SERVER_PORT', '80'), "
        "('SERVER_PROTOCOL', 'HTTP/1.1'), ('wsgi.version', (1, 0)), ('wsgi.url_scheme', 'http'), "
        "('wsgi.multithread', False), ('wsgi.multiprocess', False), ('wsgi.run_once', False)]");
  CHECK(run_app(app_telling("type(environ) is dict"), {}).body == "True");
}

TEST_CASE("forwarding headers become the address, the port and the scheme", "[environ]") {
  const Request request = with_headers(
      "Host: localhost:3000\r\nX-Forwarded-For: 1.1.1.1, 2.2.2.2\r\nX-Real-Ip: 3.3.3.3\r\n"
      "x-forwarded-port: 3000\r\nx-forwarded-proto: https\r\n");
  CHECK(value_of("REMOTE_ADDR", request) == "1.1.1.1, 2.2.2.2");
  CHECK(value_of("SERVER_NAME", request) == "localhost:3000");
  CHECK(value_of("SERVER_PORT", request) == "3000");
  CHECK(value_of("wsgi.url_scheme", request) == "https");
  CHECK(value_of("REMOTE_ADDR", with_headers("x-real-ip: 3.3.3.3\r\n")) == "3.3.3.3");
}

TEST_CASE("the path stays percent-encoded and the query stays as it is", "[environ]") {
  CHECK(path_info("/a%20b/%E4%BD%A0?x=%2F") == "/a%20b/%E4%BD%A0");
  CHECK(path_info("/a%2Fb") == "/a%2Fb");
  CHECK(path_info("//double//slash") == "/double//slash");
  CHECK(path_info("/x#fragment") == "/x");
  CHECK(path_info("http://host.example/absolute?q") == "/absolute");
  CHECK(path_info("*") == "*");
  Request request;
  request.target = "/x?a=1&a=%20&b=%E6+?";
  CHECK(value_of("QUERY_STRING", request) == "a=1&a=%20&b=%E6+?");
  request.target = "/x?";
  CHECK(value_of("QUERY_STRING", request).empty());
}

TEST_CASE("raw bytes of a path are encoded twice, as on the platform", "[environ]") {
  Request request;
  request.target = "/caf\xc3\xa9";
  CHECK(run_app(app_telling("ascii(environ['PATH_INFO'])"), request).body ==
        "'/caf\\xc3\\x83\\xc2\\xa9'");
}

TEST_CASE("every header has a key, the content headers two", "[environ]") {
  Request request = with_headers(
      "Content-Type: text/plain; charset=utf-8\r\ncontent-length: 3\r\nUser-Agent: t\r\n"
      "X_Under-Score: u\r\nProxy: http://evil\r\nX-Empty:\r\n");
  request.method = "POST";
  request.body = "abc";
  CHECK(value_of("CONTENT_TYPE", request) == "text/plain; charset=utf-8");
  CHECK(value_of("HTTP_CONTENT_TYPE", request) == "text/plain; charset=utf-8");
  CHECK(value_of("CONTENT_LENGTH", request) == "3");
  CHECK(value_of("HTTP_CONTENT_LENGTH", request) == "3");
  CHECK(value_of("HTTP_USER_AGENT", request) == "t");
  CHECK(value_of("HTTP_X_UNDER_SCORE", request) == "u");
  CHECK(value_of("HTTP_PROXY", request) == "http://evil");
  CHECK(value_of("HTTP_X_EMPTY", request).empty());
  CHECK(value_of("HTTP_X_ABSENT", request) == "absent");
}

TEST_CASE("of headers of one name the last one counts, but the first one for CONTENT_TYPE",
          "[environ]") {
  const Request request = with_headers(
      "Cookie: a=1\r\nContent-Type: one\r\nCookie: b=2\r\nContent-Type: two\r\n"
      "X-Under: 1\r\nX_Under: 2\r\nTransfer-Encoding: identity\r\n");
  CHECK(value_of("HTTP_COOKIE", request) == "b=2");
  CHECK(value_of("CONTENT_TYPE", request) == "one");
  CHECK(value_of("HTTP_CONTENT_TYPE", request) == "two");
  CHECK(value_of("HTTP_X_UNDER", request) == "2");
  CHECK(value_of("HTTP_TRANSFER_ENCODING", request) == "absent");
}

TEST_CASE("header values are latin-1 text", "[environ]") {
  CHECK(run_app(app_telling("ascii(environ['HTTP_X_NAME'])"),
                with_headers("X-Name: caf\xc3\xa9\r\n"))
            .body == "'caf\\xc3\\xa9'");
}

TEST_CASE("more names of headers than are remembered do no harm", "[environ]") {
  const auto adapter = wsgi_adapter_of(app_telling(
      "[v for k, v in environ.items() if k.startswith('HTTP_X_') and k.endswith('_Z')]"));
  for (int number = 0; number < 400; ++number) {
    const std::string text = std::to_string(number);
    const Request request = with_headers("x-" + text + "-z: " + text + "\r\n");
    REQUIRE(run_with(*adapter, request).body == "['" + text + "']");
  }
}

TEST_CASE("any method reaches the app in its own case", "[environ]") {
  Request request;
  for (const char* method : {"GET", "get", "BREW", "PROPFIND", "HEAD"}) {
    request.method = method;
    CHECK(value_of("REQUEST_METHOD", request) == method);
  }
}

TEST_CASE("wsgi.input is a BytesIO of the whole body", "[environ]") {
  Request request;
  request.method = "POST";
  request.body = std::string("one\ntwo\nthree\0four", 18);
  CHECK(run_app(app_telling("type(environ['wsgi.input'])"), request).body ==
        "<class '_io.BytesIO'>");
  CHECK(run_app(app_telling("(environ['wsgi.input'].read(2), environ['wsgi.input'].readline(), "
                            "environ['wsgi.input'].readlines(), environ['wsgi.input'].read())"),
                request)
            .body == "(b'on', b'e\\n', [b'two\\n', b'three\\x00four'], b'')");
  CHECK(run_app(app_telling("list(environ['wsgi.input'])"), request).body ==
        "[b'one\\n', b'two\\n', b'three\\x00four']");
  CHECK(value_of("CONTENT_LENGTH", request) == "18");
  CHECK(run_app(app_telling("environ['wsgi.input'].read()"), {}).body == "b''");
}

TEST_CASE("wsgi.errors is sys.stderr of the moment", "[environ]") {
  const Observed seen = run_app(
      "import sys\n" + app_doing("environ['wsgi.errors'].write('careful')\n"
                                 "environ['wsgi.errors'].flush()\n"
                                 "start_response('200 OK', [])\n"
                                 "return [str(environ['wsgi.errors'] is sys.stderr).encode()]"));
  CHECK(seen.errors == "careful");
  CHECK(seen.body == "True");
}

TEST_CASE("an app's changes to its environ stay in its request", "[environ]") {
  const auto adapter = wsgi_adapter_of(
      app_doing("before = 'mine' in environ or environ['SCRIPT_NAME']\nenviron['mine'] = 1\n"
                "environ['SCRIPT_NAME'] = '/x'\nstart_response('200 OK', [])\n"
                "return [str(before).encode() or b'clean']"));
  CHECK(run_with(*adapter, {}).body == "clean");
  CHECK(run_with(*adapter, {}).body == "clean");
}
