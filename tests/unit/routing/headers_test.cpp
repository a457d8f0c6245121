// `headers` of vercel.json.
#include "tests/unit/routing/routing_fixture.h"

using namespace localfn;
using namespace localfn::testing;

namespace {

std::string headers_of(const Project& project, std::string_view target,
                       std::string_view method = "GET", std::string_view sent = "") {
  return show(ask_route(project, target, method, sent).headers);
}

}  // namespace

TEST_CASE("every headers rule that matches adds its headers, and the later wins") {
  TestProject folder{"x.txt", "api/hello.py", "api/u/[id].py", "docs/a.txt"};
  const auto project = with_rules(
      folder.current(),
      spec_of({headers("/(.*)", {{"X-All", "1"}, {"Cache-Control", "no-store"}}),
               headers("/api/:path*", {{"x-path", "p=:path*"}, {"CACHE-control", "max-age=$1"}}),
               headers("/x.txt", {{"x-only", "file: yes; https://a.example/:none"}}),
               rewrite("/rw", "/api/hello"), redirect("/rd", "/x.txt")}));
  CHECK(headers_of(*project, "/x.txt") ==
        "x-all: 1 | cache-control: no-store | x-only: file: yes; https://a.example/:none");
  CHECK(headers_of(*project, "/api/hello") ==
        "x-all: 1 | cache-control: max-age=hello | x-path: p=hello");
  // What is found in a later phase keeps them, whether or not the last rule matched.
  CHECK(headers_of(*project, "/rw") == "x-all: 1 | cache-control: no-store");
  CHECK(headers_of(*project, "/api/u/5") ==
        "x-all: 1 | cache-control: max-age=u/5 | x-path: p=u/5");
  CHECK(headers_of(*project, "/nope") == "x-all: 1 | cache-control: no-store");
  CHECK(headers_of(*project, "/docs/") == "x-all: 1 | cache-control: no-store");
  CHECK(headers_of(*project, "/rd").empty());
  CHECK(headers_of(*project, "//x.txt").empty());
  CHECK(ask_route(*project, "/x.txt").rule == "file");
}

TEST_CASE("headers follow their conditions") {
  TestProject folder{"x.txt"};
  using enum patterns::ConditionType;
  const auto project = with_rules(
      folder.current(),
      spec_of({with_has(headers("/(.*)", {{"x-lang", ":lang"}}),
                        condition(Header, "accept-language", "(?<lang>..).*")),
               with_missing(headers("/(.*)", {{"x-debug", "off"}}), condition(Query, "debug"))}));
  CHECK(headers_of(*project, "/x.txt", "GET", "Accept-Language: de-AT\r\n") ==
        "x-lang: de | x-debug: off");
  CHECK(headers_of(*project, "/x.txt?debug").empty());
}

TEST_CASE("what a request sends cannot end a header line") {
  TestProject folder{"x.txt"};
  using enum patterns::ConditionType;
  const auto project = with_rules(
      folder.current(), spec_of({with_has(headers("/(.*)", {{"x-q", ":q"}}), condition(Query, "q"))}));
  CHECK(headers_of(*project, "/x.txt?q=a%0d%0aset-cookie:%20b") == "x-q: a%0D%0Aset-cookie: b");
}

TEST_CASE("the key of a header is taken literally") {
  TestProject folder{"x.txt"};
  const auto project = with_rules(folder.current(), spec_of({headers("/:a", {{"X-$1", ":a"}})}));
  CHECK(headers_of(*project, "/x.txt") == "x-$1: x.txt");
}
