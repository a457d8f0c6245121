// The address in a rewrite's destination, taken apart.
#include "runtime/http/proxy/origin.h"

#include "tests/support/catch.h"

namespace localfn::http {

TEST_CASE("an origin has a host, a port and an authority", "[http][proxy]") {
  const auto plain = parse_origin("http://example.com");
  REQUIRE(plain);
  CHECK_FALSE(plain->tls);
  CHECK(plain->host == "example.com");
  CHECK(plain->port == "80");
  CHECK(plain->authority == "example.com");

  const auto secure = parse_origin("HTTPS://user:pw@Example.com:8443/x?y");
  REQUIRE(secure);
  CHECK(secure->tls);
  CHECK(secure->host == "Example.com");
  CHECK(secure->authority == "Example.com:8443");

  CHECK(parse_origin("https://h:443")->authority == "h");
  CHECK(parse_origin("http://h:443")->authority == "h:443");
  CHECK(parse_origin("http://h:")->port == "80");
}

TEST_CASE("an IPv6 address loses its brackets where it is dialled", "[http][proxy]") {
  const auto origin = parse_origin("http://[::1]:8080");
  REQUIRE(origin);
  CHECK(origin->host == "::1");
  CHECK(origin->port == "8080");
  CHECK(origin->authority == "[::1]:8080");
  CHECK(parse_origin("https://[::1]")->authority == "[::1]");
}

TEST_CASE("what is no address of a server is refused", "[http][proxy]") {
  for (const char* text : {"", "example.com", "ftp://h", "http://", "http://:80", "http://h:0",
                           "http://h:65536", "http://h:x", "http://[::1", "http://[::1]x",
                           "http://a b", "http://h\r\nX: y", "http://[]"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_origin(text));
  }
}

}  // namespace localfn::http
