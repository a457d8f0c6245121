// What a handler sees of its request and surroundings.
#include "run_handler.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::test;

namespace {

/// The repr of an expression in do_X, over both paths.
std::string value_of(const std::string& expression, const Request& request = {},
                     const std::string& members = "") {
  std::string source = get("value = repr((" + expression +
                               "))\nself.send_response(200)\n"
                               "self.end_headers()\nself.wfile.write(value.encode())",
                           members);
  if (request.method == "POST") source.replace(source.find("do_GET"), 6, "do_POST");
  return run(source, request).body;
}

}  // namespace

TEST_CASE("the MRO and the names of the classes are the platform's", "[attributes]") {
  CHECK(value_of("[c.__name__ for c in type(self).__mro__]") ==
        "['Handler', 'BaseHandler', 'handler', 'BaseHTTPRequestHandler', 'StreamRequestHandler', "
        "'BaseRequestHandler', 'object']");
  CHECK(value_of("type(self).__name__, type(self) is handler, isinstance(self, handler)") ==
        "('Handler', False, True)");
}

TEST_CASE("an attribute named handle_request is the runtime's, whatever the class defines",
          "[attributes]") {
  const std::string own = "    def handle_request(self):\n        return self.send_error(418)\n";
  CHECK(value_of("type(self).handle_request is handler.handle_request", {}, own) == "False");
  CHECK(value_of("type(self).__name__, 'handle_request' in vars(type(self))") ==
        "('Handler', True)");
  // It dispatches by the method: called from do_GET it comes back to do_GET, and never ends.
  for (const std::string& members : {own, std::string()}) {
    // Python's own text says where in its depths the recursion was noticed.
    const Observed seen = run(get("try:\n    self.handle_request()\nexcept RecursionError:\n"
                                  "    raise RuntimeError('it never ends') from None",
                                  members));
    CHECK(seen.error == "RuntimeError: it never ends");
    CHECK(seen.result == wire::Result::Raised);
    CHECK(seen.heads == 0);
  }
}

TEST_CASE("handle_request() goes by the method of the moment", "[attributes]") {
  const std::string others =
      "    def do_POST(self):\n        self.send_response(200)\n        self.end_headers()\n"
      "        self.wfile.write(b'posted')\n";
  CHECK(run(get("self.command = 'POST'\nself.handle_request()", others)).body == "posted");
  CHECK(run(get("self.command = 'PUT'\nself.handle_request()", others)).head.status == 501);
  // Another name for the method of the class is still the method of the class.
  const Observed named = run("class handler(BaseHTTPRequestHandler):\n"
                             "    def handle_request(self):\n        self.send_response(204)\n"
                             "        self.end_headers()\n    do_GET = handle_request\n");
  CHECK(named.head.status == 204);
}

TEST_CASE("the request line's parts are as sent", "[attributes]") {
  CHECK(value_of("self.command, self.path, self.requestline, self.raw_requestline") ==
        "('GET', '/api/hello?name=x', 'GET /api/hello?name=x HTTP/1.1', "
        "b'GET /api/hello?name=x HTTP/1.1\\r\\n')");
  CHECK(value_of("self.request_version, self.protocol_version, self.close_connection") ==
        "('HTTP/1.1', 'HTTP/1.0', True)");
  CHECK(value_of("self.request_version", {"GET", "/", "", "", "HTTP/1.0"}) == "'HTTP/1.0'");
}

TEST_CASE("client, server and constants are those of the platform", "[attributes]") {
  CHECK(value_of("self.client_address[0], 32768 <= self.client_address[1] < 65536, "
                 "type(self.client_address)") == "('127.0.0.1', True, <class 'tuple'>)");
  CHECK(value_of("type(self.server).__name__, self.server.server_address, self.server.server_name, "
                 "self.server.server_port, self.server.RequestHandlerClass is type(self), "
                 "self.server.shutdown()") ==
        "('ThreadingHTTPServer', ('127.0.0.1', 3000), 'localhost', 3000, True, None)");
  CHECK(value_of("self.timeout, self.disable_nagle_algorithm, self.default_request_version, "
                 "self.error_content_type, self.server_version, self.rbufsize, self.wbufsize") ==
        "(None, False, 'HTTP/0.9', 'text/html;charset=utf-8', 'BaseHTTP/0.6', -1, 0)");
  CHECK(value_of("self.sys_version == 'Python/' + __import__('platform').python_version()") ==
        "True");
}

TEST_CASE("headers keep order, case and duplicates and equal what the parser makes",
          "[attributes]") {
  const std::string headers =
      "Host: h\r\nX-A: 1\r\nx-a:2\r\nX-Empty:\r\nX-Space:   padded  \r\nCookie: a=b; c=d\r\n"
      "X-Tab:\tt\r\nCONTENT-TYPE: text/plain; charset=utf-8\r\n";
  CHECK(value_of("self.headers.get_all('X-A'), self.headers['x-space'], type(self.headers)",
                 {"GET", "/", headers}) ==
        "(['1', '2'], 'padded  ', <class 'http.client.HTTPMessage'>)");
  CHECK(value_of("(dict(self.headers), self.headers.items(), str(self.headers))",
                 {"GET", "/", headers}) != "");
  for (const std::string& odd :
       {headers, std::string("X-Latin: caf\xe9\r\n"),
        std::string("Content-Type: multipart/x; boundary=b\r\n"),
        std::string("Content-Type: message/rfc822\r\n"), std::string("No colon\r\nX: y\r\n"),
        std::string("X: a\r\n folded\r\nY: z\r\n"), std::string(": nameless\r\nA: b\r\n"),
        std::string("From nobody\r\nA: b\r\n"), std::string("A: \x0b b\r\n"), std::string()}) {
    CHECK(value_of("sorted((k, repr(v)) for k, v in vars(self.headers).items() if k != 'policy')",
                   {"GET", "/", odd}) != "");
    CHECK(value_of(R"(__import__('http.client').client.parse_headers(__import__('io').BytesIO(
      ('\r\n'.join('%s: %s' % i for i in self.headers.items()) + '\r\n\r\n').encode('latin-1'))).items()
      == self.headers.items() or self.headers.defects or self.headers.items())",
                   {"GET", "/", headers}) == "True");
  }
}

TEST_CASE("headers are writable and keep what is written", "[attributes]") {
  CHECK(run(get(R"(self.headers['X-New'] = 'n'
del self.headers['Host']
first = self.headers
self.send_response(200)
self.end_headers()
self.wfile.write(repr([self.headers is first, self.headers.items()]).encode()))"))
            .body == "[True, [('X-New', 'n')]]");
}

TEST_CASE("rfile ends after the body whatever is asked of it", "[attributes]") {
  const Request post{"POST", "/", "Content-Length: 12\r\n", "line1\nline2\n"};
  CHECK(value_of("self.rfile.read(), self.rfile.read(), self.rfile.read(5)", post) ==
        "(b'line1\\nline2\\n', b'', b'')");
  CHECK(value_of("self.rfile.read(3), self.rfile.read(100)", post) == "(b'lin', b'e1\\nline2\\n')");
  CHECK(value_of("self.rfile.readline(), list(self.rfile)", post) ==
        "(b'line1\\n', [b'line2\\n'])");
  CHECK(value_of("self.rfile.readlines()", post) == "[b'line1\\n', b'line2\\n']");
  CHECK(value_of("self.rfile.peek()[:4], self.rfile.read1(2), self.rfile.readinto(bytearray(4)), "
                 "self.rfile.read1(100)",
                 post) == "(b'line', b'li', 4, b'line2\\n')");
  CHECK(value_of("type(self.rfile).__name__, self.rfile.seekable(), self.rfile.readable()", post) ==
        "('BufferedReader', False, True)");
  CHECK(value_of("self.rfile.read()") == "b''");
  CHECK(value_of("__import__('io').TextIOWrapper(self.rfile).read()", post) ==
        "'line1\\nline2\\n'");
}

TEST_CASE("a large body arrives whole, also where it looks like requests", "[attributes]") {
  std::string body;
  while (body.size() < 1'000'000) body += "GET /evil HTTP/1.1\r\nHost: x\r\n\r\n";
  const Request post{"POST", "/", "Content-Length: " + std::to_string(body.size()) + "\r\n", body};
  CHECK(value_of("len(self.rfile.read(int(self.headers['Content-Length'])))", post) ==
        std::to_string(body.size()));
  CHECK(value_of("self.command", post, "    protocol_version = 'HTTP/1.1'\n") == "'POST'");
}

TEST_CASE("close_connection follows protocol_version and the Connection header", "[attributes]") {
  const std::string speaks = "    protocol_version = 'HTTP/1.1'\n";
  CHECK(value_of("self.close_connection", {}, speaks) == "False");
  CHECK(value_of("self.close_connection", {"GET", "/", "Connection: Close\r\n"}, speaks) == "True");
  CHECK(value_of("self.close_connection", {"GET", "/", "", "", "HTTP/1.0"}, speaks) == "True");
  CHECK(value_of("self.close_connection",
                 {"GET", "/", "connection: keep-alive\r\n", "", "HTTP/1.0"}, speaks) == "False");
  CHECK(value_of("self.close_connection", {"GET", "/", "Connection: keep-alive\r\n"}) == "True");
}

TEST_CASE("Expect: 100-continue is answered where both sides speak HTTP/1.1", "[attributes]") {
  const Request expecting{"POST", "/", "Expect: 100-continue\r\nContent-Length: 2\r\n", "ab"};
  CHECK(value_of("self.rfile.read()", expecting) == "b'ab'");
  CHECK(value_of("self.rfile.read()", expecting, "    protocol_version = 'HTTP/1.1'\n") == "b'ab'");
  const std::string refuses =
      "    protocol_version = 'HTTP/1.1'\n    def handle_expect_100(self):\n"
      "        self.send_error(417)\n        return False\n";
  CHECK(run(get("pass", refuses), {"GET", "/", "Expect: 100-continue\r\n"}).head.status == 417);
}

TEST_CASE("too many headers and too long a line are the standard library's 431", "[attributes]") {
  std::string many;
  for (int i = 0; i < 101; ++i) many += "X-" + std::to_string(i) + ": v\r\n";
  const Observed seen = run(get("pass"), {"GET", "/", many});
  CHECK(seen.head.status == 431);
  CHECK(seen.head.reason == "Too many headers");
  const Observed line = run(get("pass"), {"GET", "/", "X: " + std::string(70'000, 'a') + "\r\n"});
  CHECK(line.head.status == 431);
  CHECK(line.head.reason == "Line too long");
}

TEST_CASE("request lines the parser refuses get its own answers", "[attributes]") {
  CHECK(run(get("pass"), {"GET",
                          "/a\xa0"
                          "b"})
            .head.status == 400);
  CHECK(run(get("pass"), {"GET", "/", "", "", "HTTP/2.0"}).result != wire::Result::Complete);
}

TEST_CASE("attributes the handler assigns are kept, also over those made on first use",
          "[attributes]") {
  CHECK(run(get(R"(import io
self.rfile = io.BytesIO(b'mine')
self.headers = {'A': 'b'}
self.requestline = 'r'
self.extra = 5
self.path = '/changed'
self.send_response(200)
self.end_headers()
self.wfile.write(repr([self.rfile.read(), self.headers['A'], self.requestline, self.extra,
                       self.path]).encode()))"))
            .body == "[b'mine', 'b', 'r', 5, '/changed']");
}
