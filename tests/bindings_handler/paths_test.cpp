// The handlers that real projects ship, through both paths.
#include "run_handler.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::test;

namespace {

const char* const kHello = R"(
from urllib import parse
class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        query = dict(parse.parse_qsl(parse.urlsplit(self.path).query))
        self.send_response(200)
        self.send_header('Content-type', 'text/plain')
        self.end_headers()
        self.wfile.write(('Hello, %s!' % query.get('name', 'world')).encode())
        return
)";

}  // namespace

TEST_CASE("the handler of the class assignment answers as on the platform", "[paths]") {
  const Observed seen = run(kHello);
  CHECK(seen.result == wire::Result::Complete);
  CHECK_FALSE(seen.streamed);
  CHECK(seen.head.status == 200);
  CHECK(seen.head.reason == "OK");
  REQUIRE(seen.head.headers.size() == 3);
  CHECK(seen.head.headers[0].first == "Server");
  CHECK_THAT(seen.head.headers[0].second, StartsWith("BaseHTTP/0.6 Python/3."));
  CHECK(seen.head.headers[1].first == "Date");
  CHECK(seen.head.headers[2] == wire::Header("Content-type", "text/plain"));
  CHECK(seen.body == "Hello, x!");
  CHECK(seen.printed.empty());
}

TEST_CASE("a class named Handler works like one named handler", "[paths]") {
  std::string source = kHello;
  source.replace(source.find("class handler"), 13, "class Handler");
  CHECK(run(source).body == "Hello, x!");
}

TEST_CASE("the last of several equal query keys wins with dict(parse_qsl)", "[paths]") {
  CHECK(run(kHello, {"GET", "/api/hello?name=a&name=b&x="}).body == "Hello, b!");
}

TEST_CASE("a POST reads its JSON body by Content-Length and answers JSON", "[paths]") {
  const Observed seen = run(R"(
import json
class handler(BaseHTTPRequestHandler):
    def do_POST(self):
        data = json.loads(self.rfile.read(int(self.headers.get('Content-Length', 0))))
        self._send_json({'sum': data['a'] + data['b']}, 201)
    def _send_json(self, value, status=200):
        body = json.dumps(value).encode('utf-8')
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', len(body))
        self.send_header('Access-Control-Allow-Origin', '*')
        self.end_headers()
        return self.wfile.write(body)
)",
                            {"POST", "/api/sum", "Content-Length: 16\r\n", "{\"a\": 1, \"b\": 2}"});
  CHECK(seen.body == "{\"sum\": 3}");
  CHECK(seen.head.status == 201);
  CHECK(seen.header("Content-Length") == "10");
}

TEST_CASE("self.headers['Content-Length'] ignores case and is None when absent", "[paths]") {
  const Observed seen = run(get(R"(self.send_response(200)
self.end_headers()
self.wfile.write(repr([self.headers['host'], self.headers['HOST'], self.headers['x-none'],
                       self.headers.get('x-none', 'd'), 'Host' in self.headers]).encode()))"));
  CHECK(seen.body == "['localhost', 'localhost', None, 'd', True]");
}

TEST_CASE("missing methods are answered 501 with the standard library's page", "[paths]") {
  for (const char* method : {"PUT", "DELETE", "OPTIONS", "get", "BREW-X", "TRACE"}) {
    const Observed seen = run(kHello, {method});
    CHECK(seen.head.status == 501);
    CHECK(seen.head.reason == "Unsupported method ('" + std::string(method) + "')");
    CHECK(seen.header("Connection") == "close");
    CHECK_THAT(seen.body, ContainsSubstring("<p>Error code: 501</p>"));
    CHECK_THAT(seen.printed, ContainsSubstring("code 501, message Unsupported method"));
  }
}

TEST_CASE("HEAD is not mapped to do_GET and its 501 has no body", "[paths]") {
  const Observed seen = run(kHello, {"HEAD"});
  CHECK(seen.head.status == 501);
  CHECK(seen.body.empty());
  CHECK_FALSE(seen.header("Content-Length").empty());
}

TEST_CASE("do_Get and do_get are no methods for GET", "[paths]") {
  const Observed seen =
      run("class handler(BaseHTTPRequestHandler):\n    def do_Get(self): pass\n"
          "    def do_get(self): pass  # told once only\n");
  CHECK(seen.head.status == 501);
  CHECK(seen.errors ==
        "`do_Get` is never called: method names are upper case, `do_GET`\n"
        "`do_get` is never called: method names are upper case, `do_GET`\n");
  CHECK_THAT(seen.printed, ContainsSubstring("code 501, message Unsupported method"));
}

TEST_CASE("a method whose name has the wrong case is told of once", "[paths]") {
  const auto adapter =
      adapter_of("class handler(BaseHTTPRequestHandler):\n    def do_Get(self): pass\n",
                 GENERATE(true, false));
  CHECK(run_with(*adapter, {"PUT"}).errors.empty());
  CHECK_THAT(run_with(*adapter, {"GET"}).errors, ContainsSubstring("`do_Get` is never called"));
  CHECK(run_with(*adapter, {"GET"}).errors.empty());
}

TEST_CASE("a request whose method is in small letters tells nothing of do_GET", "[paths]") {
  const Observed seen = run(kHello, {"get"});
  CHECK(seen.head.status == 501);
  CHECK(seen.errors.empty());
}

TEST_CASE("any token is dispatched to its do_ method", "[paths]") {
  const Observed seen = run(R"(
class handler(BaseHTTPRequestHandler):
    def respond(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.command.encode())
vars()['x'] = setattr(handler, 'do_BREW-X', handler.respond)
)",
                            {"BREW-X"});
  CHECK(seen.body == "BREW-X");
}

TEST_CASE("a handler that routes on self.path sees the routed target", "[paths]") {
  const Observed seen =
      run(get(R"(self.send_response(200)
self.end_headers()
self.wfile.write(('%s|%s' % (self.path, self.requestline)).encode()))"),
          {"GET", "/api/users/42?x=1&id=42", "", "", "HTTP/1.1", "GET /api/users/42?x=1 HTTP/1.1"});
  CHECK(seen.body == "/api/users/42?x=1&id=42|GET /api/users/42?x=1 HTTP/1.1");
}

TEST_CASE("targets become paths by the runtime's rules", "[paths]") {
  const std::vector<std::pair<const char*, const char*>> table{
      {"/a%20b/%C3%A9?", "/a%20b/%C3%A9"},
      {"/x#frag", "/x"},
      {"//dbl", "/dbl"},
      {"/a//b", "/a//b"},
      {"http://h.com/abs?z", "/abs?z"},
      {"*", "*"},
      {"/q?a=%20%40%2F&b=c+d", "/q?a=%20%40%2F&b=c+d"},
      {"/a?x=1?y", "/a?x=1?y"},
      {"/a?x=%zz", "/a?x=%zz"},
      {"/caf\xe9", "/caf\xe9"}};
  for (const auto& [target, path] : table) {
    const Observed seen = run(get("self.send_response(200)\nself.end_headers()\n"
                                  "self.wfile.write(self.path.encode('latin-1'))"),
                              {"GET", target});
    CHECK(seen.body == path);
  }
}

TEST_CASE("a CORS preflight with hand-written headers passes", "[paths]") {
  const Observed seen = run(R"(
class handler(BaseHTTPRequestHandler):
    def do_OPTIONS(self):
        self.send_response(204)
        for name, value in (('Origin', '*'), ('Methods', 'GET, POST'), ('Headers', 'Content-Type')):
            self.send_header('Access-Control-Allow-' + name, value)
        self.end_headers()
)",
                            {"OPTIONS"});
  CHECK(seen.head.status == 204);
  CHECK(seen.head.headers.size() == 5);
  CHECK(seen.result == wire::Result::Complete);
}

TEST_CASE("bodies in several writes leave in as many pieces", "[paths]") {
  const Observed seen = run(get(R"(self.send_response(200)
self.end_headers()
for part in (b'a', bytearray(b'bb'), memoryview(b'ccc'), b''):
    self.wfile.write(part))"));
  CHECK(seen.body == "abbccc");
  CHECK(seen.pieces.size() == 3);
}

TEST_CASE("binary bodies and non-ASCII text survive byte for byte", "[paths]") {
  const Observed seen = run(get(R"(self.send_response(200)
self.end_headers()
self.wfile.write(bytes(range(256)))
self.wfile.write('caf\u00e9 \U0001f600'.encode('utf-8')))"));
  CHECK(seen.body.size() == 256 + 5 + 1 + 4);
  CHECK(seen.body[255] == '\xff');
}

TEST_CASE("a file object is written by libraries: copyfileobj, TextIOWrapper, codecs, print",
          "[paths]") {
  const Observed seen = run(get(R"(import io, shutil, codecs
self.send_response(200)
self.end_headers()
shutil.copyfileobj(io.BytesIO(b'copied '), self.wfile)
codecs.getwriter('utf-8')(self.wfile).write('encoded ')
text = io.TextIOWrapper(self.wfile, encoding='utf-8', write_through=True)
print('printed', file=text)
text.detach()
with io.BufferedWriter(self.wfile) as buffered:
    buffered.write(b'buffered'))"));
  CHECK(seen.body == "copied encoded printed\nbuffered");
  CHECK(seen.result == wire::Result::Complete);
}

TEST_CASE("wfile has the whole manner of an unbuffered binary file", "[paths]") {
  const Observed seen = run(get(R"(import io
w = self.wfile
self.send_response(200)
self.end_headers()
w.writelines([b'x', b'y'])
facts = [isinstance(w, io.BufferedIOBase), isinstance(w, io.IOBase), w.writable(), w.readable(),
         w.seekable(), w.closed, w.isatty() if False else None, w.write(b'abc'), type(w).__name__]
try:
    w.tell()
except OSError as error:
    facts.append(type(error).__name__)
with w as same:
    facts.append(same is w)
facts.append(w.closed)
w.write(repr(facts).encode()))"));
  CHECK(seen.body ==
        "xyabc[True, True, True, False, False, False, None, 3, '_SocketWriter', "
        "'UnsupportedOperation', True, True]");
}

TEST_CASE("flush and sleep stream: each write leaves at once and the answer is marked", "[paths]") {
  const Observed seen = run(get(R"(self.send_response(200)
self.end_headers()
for i in range(3):
    self.wfile.write(b'%d' % i)
    self.wfile.flush())"));
  CHECK(seen.pieces.size() == 3);
  CHECK(seen.streamed);
}

TEST_CASE("cgi.FieldStorage reads a form from rfile, or is gone with its module", "[paths]") {
  const Observed seen =
      run(R"(
import warnings
warnings.simplefilter('ignore')
class handler(BaseHTTPRequestHandler):
    def do_POST(self):
        import cgi
        form = cgi.FieldStorage(fp=self.rfile, headers=self.headers,
            environ={'REQUEST_METHOD': 'POST', 'CONTENT_TYPE': self.headers['Content-Type']})
        self.send_response(200)
        self.end_headers()
        self.wfile.write(form.getvalue('f') if isinstance(form.getvalue('f'), bytes)
                         else form.getvalue('f').encode())
)",
          {"POST", "/api/form",
           "Content-Type: multipart/form-data; boundary=BB\r\nContent-Length: 80\r\n",
           "--BB\r\nContent-Disposition: form-data; name=\"f\"; "
           "filename=\"a\"\r\n\r\n12345\r\n--BB--\r\n"});
  if (PY_VERSION_HEX >= 0x030d0000)
    CHECK(seen.error == "ModuleNotFoundError: No module named 'cgi'");
  else
    CHECK(seen.body == "12345");
}

TEST_CASE("asyncio.run works in a handler, once per request", "[paths]") {
  CHECK(run(get(R"(import asyncio
async def work():
    await asyncio.sleep(0)
    return b'done'
result = asyncio.run(work())
self.send_response(200)
self.end_headers()
self.wfile.write(result))"))
            .body == "done");
}

TEST_CASE("threads of a handler may write and read its attributes", "[paths]") {
  CHECK(run(get(R"(import threading
from concurrent.futures import ThreadPoolExecutor
self.send_response(200)
def work():
    self.send_header('X-Thread', self.headers['Host'])
    self.end_headers()
    self.wfile.write(b'from a thread')
thread = threading.Thread(target=work)
thread.start()
thread.join()
with ThreadPoolExecutor(4) as pool:
    list(pool.map(lambda i: self.wfile.write(b'.'), range(8))))"))
            .body == "from a thread........");
}

TEST_CASE("a base class from a project module and several classes in one file work", "[paths]") {
  CHECK(run(R"(
class Model:
    name = 'model'
class API(BaseHTTPRequestHandler):
    greeting = 'from the base'
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write((self.greeting + ' ' + Model.name).encode())
class Mixin:
    greeting = 'from the mixin'
class handler(Mixin, API):
    pass
)")
            .body == "from the mixin model");
}

TEST_CASE("module globals persist from one request to the next", "[paths]") {
  const auto adapter = adapter_of("count = 0\n" + get(R"(global count
count += 1
self.send_response(200)
self.end_headers()
self.wfile.write(str(count).encode()))"),
                                  false);
  CHECK(run_with(*adapter, {}).body == "1");
  CHECK(run_with(*adapter, {}).body == "2");
}
