// The header block that a function gets.
#include "runtime/http/site/request_headers.h"

#include "tests/support/catch.h"

namespace localfn::http {
namespace {

using Edit = rules::HeaderEdit;

std::string block_of(const Request& request, const std::vector<Edit>& edits = {}) {
  std::string block = "old";
  write_function_headers(block, request, "dev1::id", 2, edits);
  return block;
}

}  // namespace

TEST_CASE("a function sees the client's headers and the platform's", "[http][site]") {
  Request request;
  request.host = "h";
  request.peer_address = "10.0.0.7";
  request.headers = {{"Host", "h"}, {"X-Real-IP", "forged"}, {"Content-Length", "2"}};
  CHECK_THAT(block_of(request),
             StartsWith("host: h\r\ncontent-length: 2\r\nconnection: close\r\n"
                        "x-real-ip: 10.0.0.7\r\n"));
}

TEST_CASE("names of headers get lower case; order, duplicates and values stay", "[http][site]") {
  Request request;
  request.headers = {{"X-Mixed-Case", "One Two"}, {"COOKIE", "A=B"}, {"x-mixed-case", "THREE"}};
  const std::string names = "x-mixed-case: One Two\r\ncookie: A=B\r\nx-mixed-case: THREE\r\n";
  CHECK_THAT(block_of(request), StartsWith(names + "connection: close\r\n"));
  CHECK_THAT(block_of(request, {{Edit::Operation::Append, "X-Rule", nullptr, {"R"}}}),
             StartsWith(names + "x-rule: R\r\nconnection: close\r\n"));
}

TEST_CASE("a function sees that its client asks for another protocol", "[http][site]") {
  Request request;
  request.headers = {{"Connection", "keep-alive, Upgrade"}, {"Upgrade", "websocket"}};
  std::string block;
  write_function_headers(block, request, "dev1::id", 0, {}, {}, true);
  CHECK_THAT(block, StartsWith("upgrade: websocket\r\nconnection: upgrade\r\n"));
}

TEST_CASE("request transforms reach neither the platform's headers nor the framing",
          "[http][site]") {
  Request request;
  request.host = "h";
  request.peer_address = "10.0.0.7";
  request.headers = {{"Cookie", "c"}, {"Content-Length", "2"}};
  const std::string block =
      block_of(request, {{Edit::Operation::Set, "x-key", nullptr, {"secret"}},
                         {Edit::Operation::Delete, "cookie", nullptr, {}},
                         {Edit::Operation::Set, "content-length", nullptr, {"99"}},
                         {Edit::Operation::Set, "x-forwarded-for", nullptr, {"evil"}}});
  CHECK_THAT(block, ContainsSubstring("x-key: secret\r\n"));
  CHECK_THAT(block, ContainsSubstring("content-length: 2\r\n"));
  for (const char* gone : {"cookie", "99", "evil"}) CHECK(block.find(gone) == std::string::npos);
}

TEST_CASE("a body that came in chunks is counted for the function", "[http][site]") {
  Request request;
  request.headers = {{"Transfer-Encoding", "chunked"}};
  const std::vector<Edit> edit{{Edit::Operation::Set, "x", nullptr, {"1"}}};
  for (const auto& edits : {std::vector<Edit>{}, edit}) {
    const std::string block = block_of(request, edits);
    CHECK_THAT(block, ContainsSubstring("content-length: 2\r\n"));
    CHECK(block.find("chunked") == std::string::npos);
  }
}

TEST_CASE("the environment's OIDC token is the last header, the client's own stays where it is",
          "[http][site]") {
  Request request;
  request.headers = {{"Host", "h"}};
  std::string block;
  write_function_headers(block, request, "dev1::id", 0, {}, "token");
  CHECK_THAT(block, Catch::Matchers::EndsWith("\r\nx-vercel-oidc-token: token\r\n"));
  request.headers = {{"X-Vercel-OIDC-Token", "own"}, {"Host", "h"}};
  write_function_headers(block, request, "dev1::id", 0, {}, "token");
  CHECK_THAT(block, StartsWith("x-vercel-oidc-token: own\r\nhost: h\r\n"));
  CHECK(block.find("token: token") == std::string::npos);
}

TEST_CASE("the internal OIDC token comes before the environment's", "[http][site]") {
  Request request;
  request.headers = {{"X-Vercel-Internal-OIDC-Token", "internal"}};
  std::string block;
  write_function_headers(block, request, "dev1::id", 0, {}, "environment");
  CHECK_THAT(block, Catch::Matchers::EndsWith("\r\nx-vercel-oidc-token: internal\r\n"));
  CHECK(block.find("nternal-") == std::string::npos);
}

}  // namespace localfn::http
