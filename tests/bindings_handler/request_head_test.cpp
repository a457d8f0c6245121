#include "bindings/handler/request_head.h"

#include "bindings/handler/http_date.h"
#include "tests/support/catch.h"

using namespace localfn;

TEST_CASE("request targets become paths", "[request_head]") {
  CHECK(function_path("/a?") == "/a");
  CHECK(function_path("/a?b?") == "/a?b?");
  CHECK(function_path("///a//b") == "/a//b");
  CHECK(function_path("//") == "/");
  CHECK(function_path("/x?u=http://y/z") == "/x?u=http://y/z");
  CHECK(function_path("https://h") == "/");
  CHECK(function_path("https://h?q") == "/?q");
  CHECK(function_path("h:80") == "h:80");
  CHECK(function_path("").empty());
  CHECK(function_path("#").empty());
}

TEST_CASE("only heads without special cases are ordinary", "[request_head]") {
  wire::RequestFrame request;
  request.method = "GET";
  request.target = "/";
  request.version = "HTTP/1.1";
  CHECK(is_ordinary(request));
  request.target = "/a\x85";
  CHECK_FALSE(is_ordinary(request));
  request.target = "/";
  request.version = "HTTP/1.2";
  CHECK_FALSE(is_ordinary(request));
  request.version = "HTTP/1.0";
  request.method = "G T";
  CHECK_FALSE(is_ordinary(request));
}

TEST_CASE("the first header of a name is found in any case", "[request_head]") {
  CHECK(header_value("A: 1\r\nexpect:  100-continue \r\nExpect: no\r\n", "Expect") ==
        "100-continue");
  CHECK(header_value("A: 1\r\n", "Expect").empty());
}

TEST_CASE("a Date header needs no locale", "[request_head]") {
  CHECK(http_date(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
  CHECK(http_date(1795411852) == "Mon, 23 Nov 2026 05:30:52 GMT");
}
