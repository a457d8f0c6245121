#include "runtime/http/pages/platform_headers.h"

#include <set>
#include <thread>
#include <vector>

#include "runtime/http/pages/request_ids.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::http;

TEST_CASE("a function's headers stand among the platform's in the measured order",
          "[pages][headers]") {
  wire::HeadFrame head{200,
                       "OK",
                       {{"Server", "BaseHTTP/0.6 Python/3.11.2"},
                        {"Date", "Mon, 23 Nov 2026 05:30:52 GMT"},
                        {"Content-type", "text/plain"}}};
  CHECK(function_headers(head, "ID") ==
        wire::Headers{{"cache-control", "public, max-age=0, must-revalidate"},
                      {"server", "Vercel"},
                      {"Date", "Mon, 23 Nov 2026 05:30:52 GMT"},
                      {"Content-type", "text/plain"},
                      {"x-vercel-id", "ID"},
                      {"x-vercel-cache", "MISS"}});
}

TEST_CASE("a function's own cache-control replaces the default where it stands",
          "[pages][headers]") {
  wire::HeadFrame head{200, "", {{"A", "1"}, {"CACHE-Control", "no-store"}}};
  CHECK(function_headers(head, "ID", {{"cache-control", "private"}}) ==
        wire::Headers{{"server", "Vercel"},
                      {"A", "1"},
                      {"CACHE-Control", "no-store"},
                      {"x-vercel-id", "ID"},
                      {"x-vercel-cache", "MISS"}});
}

TEST_CASE("a function cannot set what only platform and connection say", "[pages][headers]") {
  wire::HeadFrame head{200,
                       "",
                       {{"SERVER", "me"},
                        {"connection", "close"},
                        {"Keep-Alive", "timeout=1"},
                        {"Transfer-Encoding", "chunked"},
                        {"X-Vercel-Id", "x"},
                        {"x-VERCEL-cache", "HIT"}}};
  CHECK(function_headers(head, "ID").size() == 4);
}

TEST_CASE("repeated headers of a function are all kept in order", "[pages][headers]") {
  wire::HeadFrame head{
      200, "", {{"Set-Cookie", "a=1"}, {"set-cookie", "b=2"}, {"Date", "x"}, {"Date", "y"}}};
  const wire::Headers headers = function_headers(head, "ID");
  REQUIRE(headers.size() == 8);
  CHECK(headers[2] == wire::Header{"Set-Cookie", "a=1"});
  CHECK(headers[3] == wire::Header{"set-cookie", "b=2"});
  CHECK(headers[5] == wire::Header{"Date", "y"});
}

TEST_CASE("headers of vercel.json come first and give way to the function's", "[pages][headers]") {
  wire::HeadFrame head{200, "", {{"X-A", "function"}}};
  CHECK(function_headers(head, "ID",
                         {{"x-a", "route"},
                          {"x-b", "route"},
                          {"server", "me"},
                          {"cache-control", "s-maxage=9"}}) ==
        wire::Headers{{"cache-control", "s-maxage=9"},
                      {"x-b", "route"},
                      {"server", "Vercel"},
                      {"X-A", "function"},
                      {"x-vercel-id", "ID"},
                      {"x-vercel-cache", "MISS"}});
}

TEST_CASE("answers of localfn carry the platform's headers in order", "[pages][headers]") {
  CHECK(platform_headers("ID", {{"x-a", "1"}, {"x-vercel-id", "no"}}) ==
        wire::Headers{{"cache-control", "public, max-age=0, must-revalidate"},
                      {"x-a", "1"},
                      {"server", "Vercel"},
                      {"x-vercel-id", "ID"},
                      {"x-vercel-cache", "MISS"}});
  CHECK(platform_headers("ID", {{"cache-control", "no-store"}})[0].second == "no-store");
}

TEST_CASE("a request id has the platform's form", "[pages][ids]") {
  RequestIds ids;
  const std::string of_function = ids.make(AnsweredBy::Function);
  const std::string of_host = ids.make(AnsweredBy::Host);
  REQUIRE(of_function.size() == 44);
  CHECK_THAT(of_function, StartsWith("dev1::dev1::"));
  REQUIRE(of_host.size() == 38);
  CHECK_THAT(of_host, StartsWith("dev1::"));
  CHECK(of_host.substr(6, 5) == of_function.substr(12, 5));
  CHECK(of_function[17] == '-');
  CHECK(of_function.substr(18, 13).find_first_not_of("0123456789") == std::string::npos);
  CHECK(of_function[31] == '-');
  CHECK(of_function.substr(32).find_first_not_of("0123456789abcdef") == std::string::npos);
}

TEST_CASE("ids are unique across threads", "[pages][ids]") {
  RequestIds ids;
  std::vector<std::vector<std::string>> made(4);
  std::vector<std::thread> threads;
  for (auto& mine : made) {
    threads.emplace_back([&ids, &mine] {
      for (int i = 0; i < 2000; ++i) mine.push_back(ids.make(AnsweredBy::Host));
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::string> last_parts;
  for (const auto& mine : made) {
    for (const std::string& id : mine) last_parts.insert(id.substr(id.size() - 12));
  }
  CHECK(last_parts.size() == 8000);
}
