// `routes`: the older rules, their phases and statuses (specification 4.6 and 6).
#include "tests/unit/routing/routing_fixture.h"

using namespace localfn;
using namespace localfn::testing;
using rules::Phase;

TEST_CASE("a route in the first phase ends where its destination exists") {
  TestProject folder{"api/hello.py", "x.txt", "api/u/[id].py"};
  const auto project = with_rules(
      folder.current(),
      spec_of({legacy("/a", "/api/hello?k=1"), legacy("^/b/(\\d+)$", "/api/hello?n=$1"),
               legacy("c/(?<name>[a-z]+)", "/api/hello?n=$name&none=$other"), legacy("/d", "/nope"),
               legacy("/e", "/api/u/3"), legacy("/f", "/api/u/3", {.check = true}),
               legacy("/x\\.txt", "/api/hello"), legacy("/g", "x.txt")}));
  check_rows(*project, {
      {"/a?k=2&l=3", "function api/hello.py /a?k=2&l=3"},
      {"/a?l=3", "function api/hello.py /a?l=3&k=1"},
      {"/b/12", "function api/hello.py /b/12?n=12"},
      {"/b/1x", k404},
      {"/ab/12", k404},
      {"/c/word", "function api/hello.py /c/word?n=word&none="},
      {"/d", k404},
      {"/e", k404},  // dynamic functions belong to a later phase
      {"/f", "function api/u/[id].py /f?id=3"},
      {"/x.txt", "function api/hello.py /x.txt"},  // before the file system
      {"/g", "static x.txt 200"},
  });
}

TEST_CASE("statuses of routes") {
  TestProject folder{"api/hello.py", "x.txt", "gone.txt", "404.html"};
  const auto project = with_rules(
      folder.current(),
      spec_of({legacy("/dest", "/new", {.status = 301}),
               legacy("/location", "", {.status = 302, .headers = {{"Location", "/to?a=1"}}}),
               legacy("/x.txt", "", {.status = 307, .headers = {{"location", "/moved"}}}),
               legacy("/itself", "", {.status = 308}),
               legacy("/served", "/api/hello", {.status = 201}),
               legacy("/file", "/gone.txt", {.status = 404}),
               legacy("/missing", "/nope", {.status = 410}),
               legacy("/gone", "", {.status = 410, .headers = {{"x-why", "gone"}}}),
               legacy("/empty", "", {.status = 204}), legacy("/odd", "", {.status = 299}),
               legacy("/gone.txt", "", {.status = 410}),
               legacy("/proxy", "https://example.com/x", {.status = 308})}));
  check_rows(*project, {
      {"/dest?q=1", "redirect 301 /new?q=1"},
      {"/location?a=2&b=3", "redirect 302 /to?a=1&b=3"},
      {"/x.txt", "redirect 307 /moved"},
      {"/itself?q", "redirect 308 /itself?q"},
      {"/served", "function api/hello.py /served with 201"},
      {"/file", "static gone.txt 404"},
      {"/missing", "static 404.html 404"},
      {"/gone", "410 GONE"},
      {"/empty", "204 UNKNOWN_ERROR"},
      {"/odd", "299 UNKNOWN_ERROR"},
      {"/gone.txt", "static gone.txt 410"},
      {"/proxy?q", "proxy https://example.com /x?q with 308"},
  });
  CHECK(show(ask_route(*project, "/gone").headers) == "x-why: gone");
  CHECK(ask_route(*project, "/gone").rule == "routes[7]");
  CHECK(show(ask_route(*project, "/location").headers).empty());
}

TEST_CASE("continue collects headers and status and leads on") {
  TestProject folder{"api/hello.py", "x.txt"};
  const auto project = with_rules(
      folder.current(),
      spec_of({legacy("/(.*)", "", {.continues = true, .headers = {{"x-a", "$1"}}}),
               legacy("/old/(.*)", "/new/$1?via=old", {.continues = true}),
               legacy("/new/(.*)", "/api/hello?rest=$1"),
               legacy("/t", "", {.status = 418, .continues = true}),
               legacy("/u", "/x.txt", {.continues = true})}));
  check_rows(*project, {
      {"/old/1", "function api/hello.py /old/1?via=old&rest=1"},
      {"/new/1", "function api/hello.py /new/1?rest=1"},
      {"/u", "static x.txt 200"},
      {"/x.txt", "static x.txt 200"},
  });
  CHECK(show(ask_route(*project, "/x.txt").headers) == "x-a: x.txt");
}

TEST_CASE("methods are compared exactly") {
  TestProject folder{"api/hello.py"};
  const auto project = with_rules(
      folder.current(), spec_of({legacy("/a", "/api/hello", {.methods = {"POST", "PUT"}})}));
  CHECK(ask(*project, "/a") == k404);
  CHECK(ask(*project, "/a", "post") == k404);
  CHECK(ask(*project, "/a", "PUT") == "function api/hello.py /a");
}

TEST_CASE("has and missing of a route are evaluated") {
  TestProject folder{"api/hello.py"};
  using enum patterns::ConditionType;
  const auto project = with_rules(
      folder.current(),
      spec_of({with_has(legacy("/a", "/api/hello?v=$v"), condition(Query, "v", "(?<v>\\d)")),
               with_missing(legacy("/b", "/api/hello"), condition(Header, "x-no"))}));
  CHECK(ask(*project, "/a?v=5") == "function api/hello.py /a?v=5");
  CHECK(ask(*project, "/a?v=x") == k404);
  CHECK(ask(*project, "/b") == "function api/hello.py /b");
  CHECK(ask(*project, "/b", "GET", "x-no: 1\r\n") == k404);
}

TEST_CASE("routes after filesystem are tried for what no file answers") {
  TestProject folder{"api/hello.py", "index.html", "x.txt", "api/u/[id].py"};
  const auto project = with_rules(
      folder.current(), spec_of({legacy("/x.txt", "/index.html", {.phase = Phase::Filesystem}),
                                 legacy("/(?!api).*", "/index.html", {.phase = Phase::Filesystem})}));
  check_rows(*project, {
      {"/x.txt", "static x.txt 200"},
      {"/deep", "static index.html 200"},
      {"/api/u/1", "function api/u/[id].py /api/u/1?id=1"},
      {"/api/none", k404},
  });
}

TEST_CASE("rules beside routes with a handle land in its phase") {
  TestProject folder{"api/hello.py", "x.txt"};
  const auto project = with_rules(
      folder.current(),
      spec_of({legacy("/never", "/x.txt", {.phase = Phase::Filesystem}), redirect("/x.txt", "/y"),
               redirect("/z", "/y"), headers("/(.*)", {{"x-late", "1"}}),
               rewrite("/rw", "/api/hello")}));
  CHECK(ask(*project, "/x.txt") == "static x.txt 200");
  CHECK(show(ask_route(*project, "/x.txt").headers).empty());
  CHECK(ask(*project, "/z") == "redirect 308 /y");
  CHECK(ask(*project, "/rw") == "function api/hello.py /rw");
  CHECK(show(ask_route(*project, "/rw").headers) == "x-late: 1");
}

TEST_CASE("routes after miss find what is not there, routes after hit add headers") {
  TestProject folder{"api/hello.py", "en/a.txt", "x.txt"};
  const auto project = with_rules(
      folder.current(),
      spec_of({legacy("/x.txt", "", {.continues = true, .headers = {{"x-one", "first"}}}),
               legacy("/to/(.*)", "/$1", {.check = true}),
               legacy("/([^/]+\\.txt)", "/en/$1", {.check = true, .phase = Phase::Miss}),
               legacy("/(.*)", "", {.continues = true,
                                    .headers = {{"x-one", "hit"}, {"x-two", "hit"}},
                                    .phase = Phase::Hit})}));
  check_rows(*project, {
      {"/a.txt", "static en/a.txt 200"},
      {"/to/a.txt", "static en/a.txt 200"},
      {"/b.txt", k404},
      {"/x.txt", "static x.txt 200"},
  });
  CHECK(show(ask_route(*project, "/x.txt").headers) == "x-one: first | x-two: hit");
  CHECK(show(ask_route(*project, "/b.txt").headers).empty());
}

TEST_CASE("routes after error answer what nothing else does") {
  TestProject folder{"oops.html", "404.html", "x.txt"};
  const auto project = with_rules(
      folder.current(),
      spec_of({legacy("/special/.*", "/oops.html", {.status = 410, .phase = Phase::Error}),
               legacy("/plain/.*", "", {.status = 403, .phase = Phase::Error}),
               legacy("/lost/.*", "/nowhere", {.phase = Phase::Error}),
               legacy("/some/.*", "/oops.html", {.phase = Phase::Error})}));
  check_rows(*project, {
      {"/special/a", "static oops.html 410"},
      {"/plain/a", "403 FORBIDDEN"},
      {"/lost/a", k404},
      {"/some/a", "static oops.html 404"},
      {"/other", "static 404.html 404"},
      {"/x.txt", "static x.txt 200"},
  });
}

TEST_CASE("the phases rewrite and resource never run") {
  TestProject folder{"x.txt"};
  const auto project = with_rules(
      folder.current(), spec_of({legacy("/a", "/x.txt", {.phase = Phase::Rewrite}),
                                 legacy("/b", "/x.txt", {.phase = Phase::Resource})}));
  CHECK(ask(*project, "/a") == k404);
  CHECK(ask(*project, "/b") == k404);
}
