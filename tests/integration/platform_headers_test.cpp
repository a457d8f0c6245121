// What reaches a function of a request's head and body: the platform's additions, what it takes out,
// and what nobody can smuggle past it.
#include "tests/support/catch.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

namespace {

const char* const kTellsHeaders = R"(def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    body = environ['wsgi.input'].read()
    keys = sorted(k for k in environ if k.startswith('HTTP_') or k in ('REMOTE_ADDR', 'wsgi.url_scheme'))
    for key in keys:
        yield ('%s=%s\n' % (key, environ[key])).encode('latin-1')
    yield b'BODY=%d:%s\n' % (len(body), body[:20])
)";

const char* const kTellsScope = R"(async def app(scope, receive, send):
    if scope['type'] != 'http':
        raise NotImplementedError
    client = (scope['client'][0], 'port' if scope['client'][1] else 'no port')
    await send({'type': 'http.response.start', 'status': 200, 'headers': []})
    await send({'type': 'http.response.body', 'body': repr((client, scope['scheme'])).encode()})
)";

class PlatformHeadersTest : public IntegrationTest {
 protected:
  PlatformHeadersTest() { project.write("api/tell.py", kTellsHeaders); }

  std::string tell(const HeaderList& headers = {}) { return get("/api/tell", headers).body; }

  /// The answer to a request that is sent as these bytes.
  Answer ask(const std::string& bytes) {
    Connection connection = connect();
    connection.send(bytes);
    return connection.read_answer("POST");
  }
};

}  // namespace

TEST_CASE_METHOD(PlatformHeadersTest, "the platform's internal headers never reach a function",
                 "[integration][headers]") {
  start();
  const std::string told =
      tell({{"X-Vercel-Internal-Invocation-Id", "a"}, {"x-vercel-internal-oidc-token", "b"},
            {"x-vercel-internal-span-id", "c"}, {"X-Vercel-Sc-Runtime-Cache", "d"},
            {"x-vercel-ip-country", "NL"}, {"Forwarded", "for=1.1.1.1"}});
  CHECK_THAT(told, !ContainsSubstring("INTERNAL"));
  CHECK_THAT(told, !ContainsSubstring("RUNTIME_CACHE"));
  CHECK_THAT(told, ContainsSubstring("HTTP_X_VERCEL_OIDC_TOKEN=b\n"));
  CHECK_THAT(told, ContainsSubstring("HTTP_X_VERCEL_IP_COUNTRY=NL\n"));
  CHECK_THAT(told, ContainsSubstring("HTTP_FORWARDED=for=1.1.1.1\n"));
}

TEST_CASE_METHOD(PlatformHeadersTest, "a client cannot say where it comes from",
                 "[integration][headers]") {
  start();
  const std::string told = tell({{"X-Forwarded-For", "6.6.6.6"}, {"X-Real-Ip", "6.6.6.6"},
                                 {"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "evil"},
                                 {"X-Forwarded-Port", "1"}, {"X-Vercel-Forwarded-For", "6.6.6.6"},
                                 {"Host", "me.example"}});
  CHECK_THAT(told, !ContainsSubstring("6.6.6.6"));
  CHECK_THAT(told, !ContainsSubstring("evil"));
  CHECK_THAT(told, ContainsSubstring("HTTP_X_FORWARDED_HOST=me.example\n"));
  CHECK_THAT(told, ContainsSubstring("HTTP_X_REAL_IP=127.0.0.1\n"));
  CHECK_THAT(told, ContainsSubstring("REMOTE_ADDR=127.0.0.1\n"));
  CHECK_THAT(told, ContainsSubstring("wsgi.url_scheme=http\n"));
}

TEST_CASE_METHOD(PlatformHeadersTest, "a Proxy header passes, as it does on the platform",
                 "[integration][headers]") {
  start();
  CHECK_THAT(tell({{"Proxy", "http://evil"}}), ContainsSubstring("HTTP_PROXY=http://evil\n"));
}

TEST_CASE_METHOD(PlatformHeadersTest, "the OIDC token of the environment is a header of each request",
                 "[integration][headers]") {
  start();
  CHECK_THAT(tell(), !ContainsSubstring("OIDC"));
  project.write(".env.local", "VERCEL_OIDC_TOKEN=from.the.file\n");
  CHECK_THAT(tell(), ContainsSubstring("HTTP_X_VERCEL_OIDC_TOKEN=from.the.file\n"));
  CHECK_THAT(tell({{"X-Vercel-OIDC-Token", "own"}}),
             ContainsSubstring("HTTP_X_VERCEL_OIDC_TOKEN=own\n"));
  project.write(".env.local", "VERCEL_OIDC_TOKEN=\"two\\nlines\"\n");
  CHECK_THAT(tell(), !ContainsSubstring("HTTP_X_VERCEL_OIDC_TOKEN"));
}

TEST_CASE_METHOD(PlatformHeadersTest, "a WSGI app gets a chunked body put together",
                 "[integration][wsgi][headers]") {
  start();
  const std::string head = "POST /api/tell HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n";
  const std::string body = "3;name=value\r\nabc\r\n2\r\nde\r\n0\r\n";
  const std::string told = ask(head + "\r\n" + body + "X-Trailer: t\r\nCookie: c=d\r\n\r\n").body;
  CHECK_THAT(told, ContainsSubstring("BODY=5:abcde\n"));
  CHECK_THAT(told, ContainsSubstring("HTTP_CONTENT_LENGTH=5\n"));
  CHECK_THAT(told, !ContainsSubstring("TRANSFER_ENCODING"));
  CHECK_THAT(told, !ContainsSubstring("TRAILER"));
  CHECK_THAT(told, !ContainsSubstring("COOKIE"));
}

TEST_CASE_METHOD(PlatformHeadersTest, "a body that is framed wrongly never reaches an app",
                 "[integration][wsgi][headers]") {
  project.write("api/tell.py", R"(def app(environ, start_response):
    print('called')
    start_response('200 OK', [])
    return [b'called']
)");
  start();
  const std::string head = "POST /api/tell HTTP/1.1\r\nHost: x\r\n";
  const std::string chunked = "Transfer-Encoding: chunked\r\n\r\n";
  for (const std::string& bytes :
       {head + "Content-Length: 3\r\n" + chunked + "0\r\n\r\n", head + "Content-Length: x\r\n\r\n",
        head + "Content-Length: -1\r\n\r\n", head + chunked + "zz\r\nabc\r\n0\r\n\r\n",
        head + chunked + "2\r\nabc\r\n0\r\n\r\n"}) {
    INFO(bytes);
    CHECK(ask(bytes).status == 400);
  }
  const std::string large(5 * 1024 * 1024, 'x');
  const Answer refused = send("POST", "/api/tell", {}, large);
  CHECK(refused.status == 413);
  CHECK(refused.body == "Request Entity Too Large\n\nFUNCTION_PAYLOAD_TOO_LARGE\n");
  CHECK(get("/api/tell").body == "called");
  CHECK(server().await(Stream::Out, "called\n") == "called\n");
}

TEST_CASE_METHOD(PlatformHeadersTest, "an ASGI app's client follows FORWARDED_ALLOW_IPS",
                 "[integration][asgi][headers]") {
  project.write("api/scope.py", kTellsScope);
  start();
  CHECK(get("/api/scope").body == "(('127.0.0.1', 'port'), 'http')");
  // Who is forwarded for is believed when whoever forwards is trusted, and is then known by address.
  project.write(".env", "FORWARDED_ALLOW_IPS=*\n");
  CHECK(get("/api/scope").body == "(('127.0.0.1', 'no port'), 'http')");
  project.write(".env", "FORWARDED_ALLOW_IPS=10.0.0.1\n");
  CHECK(get("/api/scope").body == "(('127.0.0.1', 'port'), 'http')");
}

TEST_CASE_METHOD(PlatformHeadersTest, "each of the platform's internal headers is taken out",
                 "[integration][headers]") {
  start();
  for (const char* name :
       {"x-vercel-internal-invocation-id", "x-vercel-internal-request-id",
        "x-vercel-internal-span-id", "x-vercel-internal-trace-id", "x-vercel-internal-oidc-token",
        "X-Vercel-Sc-Runtime-Cache"}) {
    INFO(name);
    const std::string told = tell({{name, "1"}, {"x-vercel-ip-city", "Wien"}});
    CHECK_THAT(told, !ContainsSubstring("_INTERNAL_"));
    CHECK_THAT(told, !ContainsSubstring("RUNTIME_CACHE"));
    CHECK_THAT(told, ContainsSubstring("HTTP_X_VERCEL_IP_CITY=Wien\n"));
  }
}

TEST_CASE_METHOD(PlatformHeadersTest, "a function is told its request's id, deployment and client",
                 "[integration][headers]") {
  start();
  const std::string told = tell({{"Host", "me.example"}, {"X-Vercel-Id", "forged"},
                                 {"X-Vercel-Deployment-Url", "forged"}});
  CHECK_THAT(told, ContainsSubstring("HTTP_X_VERCEL_ID=dev1::"));
  CHECK_THAT(told, ContainsSubstring("HTTP_X_VERCEL_DEPLOYMENT_URL=me.example\n"));
  CHECK_THAT(told, ContainsSubstring("HTTP_X_VERCEL_FORWARDED_FOR=127.0.0.1\n"));
  CHECK_THAT(told, ContainsSubstring("HTTP_X_FORWARDED_FOR=127.0.0.1\n"));
  CHECK_THAT(told, ContainsSubstring("HTTP_X_FORWARDED_PROTO=http\n"));
  CHECK_THAT(told, ContainsSubstring("HTTP_CONNECTION=close\n"));
  CHECK_THAT(told, !ContainsSubstring("forged"));
}

TEST_CASE_METHOD(PlatformHeadersTest, "headers of a service are hidden only where that is asked",
                 "[integration][headers]") {
  start();
  HeaderList sent = {{"x-vercel-sc-headers", "a"}, {"x-vercel-sc-host", "b"},
                     {"x-vercel-sc-basepath", "c"}, {"x-vercel-sc-protocol", "d"},
                     {"x-vercel-internal-note", "e"}};
  const std::string open = tell(sent);
  for (const char* line : {"SC_HEADERS=a\n", "SC_HOST=b\n", "SC_BASEPATH=c\n", "SC_PROTOCOL=d\n",
                           "INTERNAL_NOTE=e\n"}) {
    CHECK_THAT(open, ContainsSubstring(std::string("HTTP_X_VERCEL_") + line));
  }
  sent.emplace_back("x-vercel-sc-no-header-leak", "");
  CHECK_THAT(tell(sent), ContainsSubstring("HTTP_X_VERCEL_SC_HOST=b\n"));
  sent.back().second = "1";
  const std::string hidden = tell(sent);
  CHECK_THAT(hidden, !ContainsSubstring("HTTP_X_VERCEL_SC_"));
  CHECK_THAT(hidden, ContainsSubstring("HTTP_X_VERCEL_INTERNAL_NOTE=e\n"));
}
