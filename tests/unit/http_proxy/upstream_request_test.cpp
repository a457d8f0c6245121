// What another server gets to see of a client's request.
#include "runtime/http/proxy/upstream_request.h"

#include "tests/support/catch.h"

namespace localfn::http {
namespace {

using Edit = rules::HeaderEdit;

std::string head_of(std::vector<std::pair<std::string_view, std::string_view>> headers,
                    std::string_view target = "/t", const std::vector<Edit>& edits = {}) {
  Request request;
  request.method = "PURGE";
  request.host = "localhost:3000";
  request.peer_address = "10.0.0.7";
  request.headers = std::move(headers);
  return upstream_head(request, *parse_origin("https://api.example:444"), target, edits, 3);
}

}  // namespace

TEST_CASE("the head names the target's host and where the request came from", "[http][proxy]") {
  CHECK(head_of({{"Host", "localhost:3000"}, {"User-Agent", "curl"}, {"x-a", ""}}) ==
        "PURGE /t HTTP/1.1\r\nHost: api.example:444\r\nUser-Agent: curl\r\nx-a: \r\n"
        "x-forwarded-for: 10.0.0.7\r\nx-forwarded-port: 3000\r\nx-forwarded-proto: http\r\n"
        "x-forwarded-host: localhost:3000\r\nx-localfn-hops: 3\r\nconnection: close\r\n\r\n");
}

TEST_CASE("repeated headers, their order and their bytes are kept", "[http][proxy]") {
  const std::string head = head_of({{"Cookie", "a=%0d%0a"}, {"X-B", "1"}, {"cookie", "b=\xe9"}});
  CHECK_THAT(head, ContainsSubstring("Cookie: a=%0d%0a\r\nX-B: 1\r\ncookie: b=\xe9\r\n"));
}

TEST_CASE("headers of the client's connection stay there", "[http][proxy]") {
  const std::string head =
      head_of({{"Connection", "close, X-Secret"}, {"x-secret", "1"}, {"Keep-Alive", "5"},
               {"TE", "trailers"}, {"Trailer", "x"}, {"Upgrade", "websocket"},
               {"Proxy-Connection", "x"}, {"Expect", "100-continue"}, {"X-Vercel-Id", "forged"},
               {"x-vercel-anything", "1"}, {"x-localfn-hops", "0"}, {"REMOTE_ADDR", "1.1.1.1"}});
  for (const char* gone : {"secret", "Keep-Alive", "TE:", "Trailer", "Upgrade", "Proxy", "Expect",
                           "ercel", "REMOTE", "hops: 0"}) {
    CAPTURE(gone);
    CHECK(head.find(gone) == std::string::npos);
  }
}

TEST_CASE("x-forwarded-for, -port and -proto grow at their end", "[http][proxy]") {
  const std::string head =
      head_of({{"X-Forwarded-For", "1.2.3.4"}, {"x-forwarded-for", "5.6.7.8"},
               {"x-forwarded-proto", "https"}, {"x-forwarded-port", "443"},
               {"x-forwarded-host", "evil.example"}});
  CHECK_THAT(head, ContainsSubstring("x-forwarded-for: 1.2.3.4,5.6.7.8,10.0.0.7\r\n"));
  CHECK_THAT(head, ContainsSubstring("x-forwarded-proto: https,http\r\n"));
  CHECK_THAT(head, ContainsSubstring("x-forwarded-port: 443,3000\r\n"));
  CHECK_THAT(head, ContainsSubstring("x-forwarded-host: localhost:3000\r\n"));
}

TEST_CASE("the body's framing is told as the client framed it", "[http][proxy]") {
  CHECK_THAT(head_of({{"Content-Length", "7"}}), ContainsSubstring("content-length: 7\r\n"));
  const std::string chunked = head_of({{"Transfer-Encoding", "chunked"}});
  CHECK_THAT(chunked, ContainsSubstring("transfer-encoding: chunked\r\n"));
  CHECK(head_of({}).find("content-length") == std::string::npos);
}

TEST_CASE("a target cannot end the request line", "[http][proxy]") {
  CHECK_THAT(head_of({}, "/a b\r\nX: y?q=%zz+\xc3\xa9#frag"),
             StartsWith("PURGE /a%20b%0D%0AX:%20y?q=%zz+\xc3\xa9 HTTP/1.1\r\n"));
  CHECK_THAT(head_of({}, "?q=1"), StartsWith("PURGE /?q=1 HTTP/1.1\r\n"));
}

TEST_CASE("transforms reach the client's headers but not ours", "[http][proxy]") {
  const std::vector<Edit> edits{
      {Edit::Operation::Set, "x-key", nullptr, {"secret"}},
      {Edit::Operation::Delete, "cookie", nullptr, {}},
      {Edit::Operation::Set, "host", nullptr, {"evil"}},
      {Edit::Operation::Set, "x-forwarded-for", nullptr, {"evil"}},
      {Edit::Operation::Set, "transfer-encoding", nullptr, {"chunked"}},
      {Edit::Operation::Set, "x-bad", nullptr, {"a\r\nevil: 1"}},
  };
  const std::string head = head_of({{"Cookie", "c"}, {"Content-Length", "2"}}, "/", edits);
  CHECK_THAT(head, ContainsSubstring("x-key: secret\r\n"));
  CHECK_THAT(head, ContainsSubstring("content-length: 2\r\n"));
  for (const char* gone : {"Cookie", "evil", "chunked"}) {
    CAPTURE(gone);
    CHECK(head.find(gone) == std::string::npos);
  }
}

}  // namespace localfn::http
