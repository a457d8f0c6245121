// What the response methods do with usual and unusual arguments, and with overridden parts.
#include "run_handler.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::test;

namespace {

Observed send(const std::string& head, const std::string& members = "") {
  return run(get(head + "\nself.end_headers()\nself.wfile.write(b'x')", members));
}

}  // namespace

TEST_CASE("statuses known and unknown, numbers and HTTPStatus, with and without a reason",
          "[response]") {
  CHECK(send("self.send_response(200, 'Custom Reason')").head.reason == "Custom Reason");
  CHECK(send("self.send_response(799)").head.reason.empty());
  CHECK(send("self.send_response(799)").head.status == 799);
  CHECK(send("from http import HTTPStatus\nself.send_response(HTTPStatus.CREATED)").head.status ==
        201);
  CHECK(send("self.send_response(code=202)").head.reason == "Accepted");
  CHECK(send("self.send_response(200, message='M')").head.reason == "M");
  CHECK(send("self.send_response(200, '')").head.reason.empty());
  CHECK(send("self.send_response(404, None)").head.reason == "Not Found");
  CHECK(send("self.send_response(200.0)").head.status == 200);
  CHECK(send("self.send_response(True)").result == wire::Result::BadResponse);
  CHECK_THAT(send("self.send_response('200')").error, StartsWith("TypeError: %d format: a"));
  CHECK(send("self.send_response()").result == wire::Result::Raised);
}

TEST_CASE("send_response_only sends no Server and no Date", "[response]") {
  const Observed seen = send("self.send_response_only(200)\nself.send_header('A', 'b')");
  CHECK(seen.head.headers == wire::Headers{{"A", "b"}});
}

TEST_CASE("header values of any type are formatted, names keep their case", "[response]") {
  const Observed seen = send(R"(self.send_response(200)
self.send_header('X-int', 12)
self.send_header('x-NONE', None)
self.send_header('X-float', 1.5)
self.send_header('X-bool', True)
self.send_header('X-big', 10**30)
self.send_header('X-empty', '')
self.send_header('X-latin', 'caf\xe9')
self.send_header('X-list', [1])
self.send_header(value='kw', keyword='X-kw')
self.send_header('Connection', 'Close'))");
  CHECK(seen.header("X-int") == "12");
  CHECK(seen.header("x-NONE") == "None");
  CHECK(seen.header("X-float") == "1.5");
  CHECK(seen.header("X-bool") == "True");
  CHECK(seen.header("X-big") == "1" + std::string(30, '0'));
  CHECK(seen.header("X-latin") == "caf\xe9");
  CHECK(seen.header("X-kw") == "kw");
  CHECK(seen.head.headers.size() == 12);
}

TEST_CASE("duplicates and order of headers are kept", "[response]") {
  const Observed seen = send(
      "self.send_response(200)\nself.send_header('Set-Cookie', 'a=1')\n"
      "self.send_header('Date', 'mine')\nself.send_header('set-cookie', 'b=2')\n"
      "self.send_header('Set-Cookie', 'c=3')");
  CHECK(seen.header("Set-Cookie") == "a=1, c=3");
  CHECK(seen.head.headers[3].second == "mine");
  CHECK(seen.head.headers.size() == 6);
}

TEST_CASE("a line break in a header or a reason is refused and the header is named", "[response]") {
  for (const char* text : {"a\\r\\nX-Bad: 1", "a\\nb", "a\\rb"}) {
    const Observed seen =
        send("self.send_response(200)\nself.send_header('X-A', '" + std::string(text) + "')");
    CHECK(seen.result == wire::Result::Raised);
    CHECK_THAT(seen.error, StartsWith("ValueError: cannot send the header 'X-A'"));
    CHECK(seen.heads == 0);
  }
  CHECK_THAT(send("self.send_response(200)\nself.send_header('X\\nB', 'v')").error,
             StartsWith("ValueError: cannot send the header name 'X\\nB'"));
  CHECK_THAT(send("self.send_response(200, 'OK\\r\\nX: y')").error,
             StartsWith("ValueError: cannot send the status 200"));
  CHECK_THAT(
      send("self.send_response(200)\nself._headers_buffer.append(b'X-C: a\\r\\nX-D: b\\r\\n')")
          .error,
      StartsWith("ValueError: cannot send the header 'X-C'"));
}

TEST_CASE("a line break that arrives through an override of send_header is refused", "[response]") {
  CHECK_THAT(send("self.send_response(200)\nself.send_header('X-A', 'b')",
                  "    def send_header(self, k, v): super().send_header(k, v + '\\r\\nX: y')\n")
                 .error,
             StartsWith("ValueError: cannot send the header"));
  CHECK(send("self.send_response(200)\nself.send_header('X-A', 'b\\nc')",
             "    def send_header(self, k, v): super().send_header(k, v.replace('\\n', ' '))\n")
            .header("X-A") == "b c");
}

TEST_CASE("text outside latin-1 raises what the standard library raises", "[response]") {
  const Observed seen = send("self.send_response(200)\nself.send_header('X-A', '\\u20ac')");
  CHECK_THAT(seen.error, StartsWith("UnicodeEncodeError: 'latin-1' codec can't encode character"));
  CHECK(seen.heads == 0);
}

TEST_CASE("a header name that is no str raises after the fact, as in the standard library",
          "[response]") {
  CHECK_THAT(send("self.send_response(200)\nself.send_header(5, 'x')").error,
             StartsWith("AttributeError: 'int' object has no attribute 'lower'"));
  CHECK_THAT(send("self.send_response(200)\nself.send_header('Connection', 5)").error,
             StartsWith("AttributeError: 'int' object has no attribute 'lower'"));
}

TEST_CASE("_headers_buffer is there for those who know it", "[response]") {
  const Observed seen = send(R"(before = hasattr(self, '_headers_buffer')
self.send_response_only(200)
self.send_header('A', 'b')
self._headers_buffer.append(b'C: d\r\n')
self.send_header('Seen', repr([before, len(self._headers_buffer), self._headers_buffer[1]])))");
  CHECK(seen.head.headers ==
        wire::Headers{{"A", "b"}, {"C", "d"}, {"Seen", "[False, 3, b'A: b\\r\\n']"}});
}

TEST_CASE("_headers_buffer may be replaced by hand", "[response]") {
  CHECK(send("self._headers_buffer = [b'HTTP/1.0 203 Mine\\r\\n']\nself.send_header('A', 'b')")
            .head.status == 203);
}

TEST_CASE("end_headers without anything before raises AttributeError", "[response]") {
  CHECK_THAT(send("pass").error,
             StartsWith("AttributeError: 'Handler' object has no attribute '_headers_buffer'"));
}

TEST_CASE("flush_headers sends what there is", "[response]") {
  const Observed seen = send(
      "self.flush_headers()\nself.send_response(200)\nself.flush_headers()\n"
      "self.send_header('A', 'b')\nself.flush_headers()");
  CHECK(seen.header("A") == "b");
}

TEST_CASE("overridden parts of the response are the user's", "[response]") {
  CHECK(send("self.send_response(200)", "    def version_string(self): return 'mine'\n")
            .header("Server") == "mine");
  CHECK(send("self.send_response(200)", "    server_version = 'Own/1'\n    sys_version = ''\n")
            .header("Server") == "Own/1");
  CHECK(send("self.send_response(200)", "    def date_time_string(self, t=None): return 'today'\n")
            .header("Date") == "today");
  CHECK(send("self.send_response(200)", "    responses = {200: ('Fine', '')}\n").head.reason ==
        "Fine");
  CHECK(send("self.send_response(200)",
             "    def end_headers(self):\n        self.send_header('X-End', '1')\n        "
             "super().end_headers()\n")
            .header("X-End") == "1");
  CHECK(send("self.send_response(200)",
             "    def send_response(self, code, message=None):\n        "
             "super().send_response(code, 'Mine')\n")
            .head.reason == "Mine");
  CHECK(send("self.send_response(200)",
             "    def send_response_only(self, code, message=None):\n        "
             "super().send_response_only(299, 'Odd')\n")
            .head.status == 299);
  CHECK(send("self.send_response(200)\nself.send_header('A', 'b')",
             "    def send_header(self, k, v):\n        super().send_header('X-' + k, v)\n")
            .header("X-A") == "b");
  CHECK(send("self.send_response(200)",
             "    def flush_headers(self):\n        self._headers_buffer.insert(1, b'First: "
             "1\\r\\n')\n        super().flush_headers()\n")
            .head.headers[0]
            .first == "First");
  CHECK(send("self.send_response(200)", "    protocol_version = 'HTTP/1.1'\n").result ==
        wire::Result::Complete);
}

TEST_CASE("log_message overrides are ignored, direct calls print, the access line does not",
          "[response]") {
  const Observed seen =
      send(R"(self.send_response(200)
self.log_message('"%s" %s %s', 'own', 1, 2)
self.log_message('plain %d', 5)
self.log_error('bad %s', 'thing')
self.log_message('tab\there'))",
           "    def log_message(self, *args): raise RuntimeError('not called')\n");
  CHECK(seen.result == wire::Result::Complete);
  CHECK_THAT(seen.printed, StartsWith("127.0.0.1 - - ["));
  CHECK_THAT(seen.printed, ContainsSubstring("] \"own\" 1 2\n"));
  CHECK_THAT(seen.printed, ContainsSubstring("] plain 5\n"));
  CHECK_THAT(seen.printed, ContainsSubstring("] bad thing\n"));
  CHECK(std::count(seen.printed.begin(), seen.printed.end(), '\n') == 4);
  CHECK(seen.errors.empty());
}

TEST_CASE("log_request, log_error and address_string overrides are honoured", "[response]") {
  CHECK(send("self.send_response(200)",
             "    def log_request(self, code='-', size='-'): print('asked', code)\n")
            .printed == "asked 200\n");
  CHECK(send("self.send_response(200)", "    def log_request(self, *a): super().log_request(*a)\n")
            .printed.empty());
  CHECK(send("self.send_response(200)\nself.log_error('e')",
             "    def log_error(self, *a): print('E', *a)\n")
            .printed == "E e\n");
  CHECK_THAT(send("self.send_response(200)\nself.log_message('m')",
                  "    def address_string(self): return 'somewhere'\n")
                 .printed,
             StartsWith("somewhere - - ["));
}

TEST_CASE("send_error writes the standard library's page, escaped", "[response]") {
  const Observed seen = run(get("self.send_error(404, 'My <message>', 'explain <b>')"));
  CHECK(seen.head.status == 404);
  CHECK(seen.head.reason == "My <message>");
  CHECK_THAT(seen.body, ContainsSubstring("explain &lt;b&gt;"));
  CHECK(run(get("self.send_error(304)")).body.empty());
  CHECK(run(get("self.send_error(999)")).head.reason == "???");
  CHECK(run(get("self.send_error(400)",
                "    error_message_format = 'E%(code)d'\n    error_content_type = 'text/x'\n"))
            .body == "E400");
  CHECK(run(get("pass",
                "    def send_error(self, code, m=None, e=None):\n        "
                "self.send_response(code)\n        self.end_headers()\n"),
            {"PUT"})
            .head.status == 501);
}

TEST_CASE("the page of an error has its type and length, and some statuses have no page",
          "[response]") {
  const Observed missing = run(get("pass"), {"PUT"});
  CHECK(missing.header("Content-Type") == "text/html;charset=utf-8");
  CHECK(missing.header("Content-Length") == std::to_string(missing.body.size()));
  for (const char* status : {"204", "205", "304"}) {
    INFO(status);
    const Observed seen = run(get("self.send_error(" + std::string(status) + ")"));
    CHECK(seen.head.status == std::stoi(status));
    CHECK(seen.body.empty());
    CHECK(seen.header("Content-Length").empty());
  }
}

TEST_CASE("a second send_response after the body lands in the body", "[response]") {
  const Observed seen = send(
      "self.send_response_only(200)\nself.end_headers()\nself.wfile.write(b'one')\n"
      "self.send_response_only(404)");
  CHECK(seen.head.status == 200);
  CHECK(seen.body == "oneHTTP/1.0 404 Not Found\r\n\r\nx");
  CHECK_THAT(seen.errors, ContainsSubstring("a second head was written"));
  const std::string once = seen.errors.substr(seen.errors.find("localfn:") + 1);
  CHECK_THAT(once, !ContainsSubstring("localfn:"));
  CHECK(send("self.send_response_only(200)\nself.end_headers()").errors.empty());
}

TEST_CASE("a hand-written status line and head pass through", "[response]") {
  const Observed seen = run(get("self.wfile.write(b'HTTP/1.1 299 Odd\\r\\nA: b\\r\\n\\r\\nbody')"));
  CHECK(seen.head.status == 299);
  CHECK(seen.head.reason == "Odd");
  CHECK(seen.head.headers == wire::Headers{{"A", "b"}});
  CHECK(seen.body == "body");
}

TEST_CASE("Transfer-Encoding: chunked written by hand is decoded and the header dropped",
          "[response]") {
  const Observed seen = run(get(R"(self.send_response_only(200)
self.send_header('Transfer-Encoding', 'chunked')
self.end_headers()
for part in (b'hello', b' world'):
    self.wfile.write(b'%x\r\n%s\r\n' % (len(part), part))
self.wfile.write(b'0\r\n\r\n'))"));
  CHECK(seen.body == "hello world");
  CHECK(seen.head.headers.empty());
  CHECK(seen.result == wire::Result::Complete);
}

TEST_CASE("a wfile that the handler puts in place gets head and body", "[response]") {
  const Observed seen = run(get(R"(import io
real, self.wfile = self.wfile, io.BytesIO()
self.send_response_only(200)
self.end_headers()
self.wfile.write(b'kept')
real.write(self.wfile.getvalue().replace(b'kept', b'changed')))"));
  CHECK(seen.body == "changed");
  const Observed buffered = run(get(R"(import io
self.send_response_only(200)
self.wfile = io.BufferedWriter(self.wfile)
self.end_headers()
self.wfile.write(b'flushed by the runtime'))"));
  CHECK(buffered.body == "flushed by the runtime");
}

TEST_CASE("wfile.write takes bytes-like objects only", "[response]") {
  const Observed seen =
      run(get("self.send_response(200)\nself.end_headers()\nself.wfile.write('str')"));
  CHECK(seen.result == wire::Result::Raised);
  CHECK(seen.error == "TypeError: a bytes-like object is required, not 'str'");
  CHECK(seen.heads == 1);
}

TEST_CASE("the runtime's ping is answered before user code", "[response]") {
  const Observed seen = run(get("raise RuntimeError"), {"GET", "/_vercel/ping?x=1"});
  CHECK(seen.head.status == 200);
  CHECK(seen.body.empty());
  CHECK(seen.result == wire::Result::Complete);
  CHECK(run(get("raise RuntimeError"), {"GET", "/_vercel/pingx"}).result == wire::Result::Raised);
}
