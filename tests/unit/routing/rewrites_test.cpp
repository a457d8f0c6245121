// Rewrites: the file system first, then one after the other, then dynamic functions.
#include "tests/unit/routing/routing_fixture.h"

using namespace localfn;
using namespace localfn::testing;

TEST_CASE("a rewrite leads to a function that sees the client's own path") {
  TestProject folder{"api/hello.py", "api/echo.py", "api/index.py", "docs/index.html", "x.txt"};
  const auto project = with_rules(
      folder.current(),
      spec_of({rewrite("/r1", "/api/hello"), rewrite("/r2/:id", "/api/hello"),
               rewrite("/r21/:a/:b", "/api/echo?only=:a"), rewrite("/r3/(.*)", "/api/hello?p=$1"),
               rewrite("/r4/:opt?", "/api/hello"), rewrite("/r5/:p*", "/api/:p*"),
               rewrite("/r6", "api/hello.py"), rewrite("/r7", "/docs"), rewrite("/x.txt", "/api/hello"),
               rewrite("/r8", "/api/hello?k=1"), rewrite("/r9", "/missing"),
               rewrite("/r10/:f.:e", "/api/hello")}));
  check_rows(*project, {
      {"/r1", "function api/hello.py /r1"},
      {"/r1?a=1&a=2&b=%zz&c=x+y", "function api/hello.py /r1?a=1&a=2&b=%zz&c=x+y"},
      {"/r1/", k404},
      {"/r2/42", "function api/hello.py /r2/42?id=42"},
      {"/r2/a%20b?x", "function api/hello.py /r2/a%20b?x&id=a%20b"},
      {"/r2/42?id=9", "function api/hello.py /r2/42?id=9"},
      {"/r2/42?%69d=9", "function api/hello.py /r2/42?%69d=9"},
      {"/r21/1/2", "function api/echo.py /r21/1/2?only=1&a=1&b=2"},
      {"/r21/1/2?only=9&b=8", "function api/echo.py /r21/1/2?only=9&b=8&a=1"},
      {"/r3/a/b", "function api/hello.py /r3/a/b?p=a/b"},
      {"/r4", "function api/hello.py /r4?opt="},
      {"/r4/v", "function api/hello.py /r4/v?opt=v"},
      {"/r5/hello", "function api/hello.py /r5/hello"},
      {"/r5", "function api/index.py /r5"},
      {"/r5/nope", k404},
      {"/r6", "function api/hello.py /r6"},
      {"/r7", "static docs/index.html 200"},
      {"/x.txt", "static x.txt 200"},
      {"/r8?k=2", "function api/hello.py /r8?k=2"},
      {"/r8?j=2", "function api/hello.py /r8?j=2&k=1"},
      {"/r9", k404},
      {"/r10/foo.tar.gz", "function api/hello.py /r10/foo.tar.gz?f=foo&e=tar.gz"},
  });
  const Route found = ask_route(*project, "/r8");
  CHECK(found.rule == "rewrites[9]");
  CHECK(found.place == "vercel.json:1009");
  CHECK(ask_route(*project, "/x.txt").rule == "file");
  CHECK(ask_route(*project, "/api/hello").rule == "function");
}

TEST_CASE("a rewrite may lead through later rewrites and to a dynamic function") {
  TestProject folder{"api/u/[id].py", "api/hello.py"};
  const auto project = with_rules(
      folder.current(),
      spec_of({rewrite("/user/:n", "/api/u/:n"), rewrite("/chain/:a", "/second/x?one=:a"),
               rewrite("/second/:b", "/api/hello?one=later&two=:b"), rewrite("/back", "/user/1")}));
  check_rows(*project, {
      {"/user/5", "function api/u/[id].py /user/5?id=5"},
      {"/user/5?id=7&q", "function api/u/[id].py /user/5?id=7&q"},
      {"/chain/1", "function api/hello.py /chain/1?one=1&a=1&two=x&b=x"},
      {"/back", k404},  // rules before it are not tried again
      {"/api/u/9", "function api/u/[id].py /api/u/9?id=9"},
  });
}

TEST_CASE("rewrites come before dynamic functions and before the 404 of api") {
  TestProject folder{"api/u/[id].py", "api/hello.py", "index.html"};
  const auto all = with_rules(folder.current(), spec_of({rewrite("/(.*)", "/index.html")}));
  check_rows(*all, {
      {"/api/u/5", "static index.html 200"},
      {"/api/nope", "static index.html 200"},
      {"/api/hello", "function api/hello.py /api/hello"},
      {"/deep/link", "static index.html 200"},
  });
  const auto safe = with_rules(folder.current(), spec_of({rewrite("/((?!api/).*)", "/index.html")}));
  check_rows(*safe, {
      {"/api/u/5", "function api/u/[id].py /api/u/5?id=5"},
      {"/api/nope", k404},
      {"/deep/link", "static index.html 200"},
  });
}

TEST_CASE("a rewrite's status is that of what it finds") {
  TestProject folder{"api/hello.py", "x.txt"};
  auto found = rewrite("/a", "/api/hello");
  found.status = 203;
  auto missing = rewrite("/b", "/nope");
  missing.status = 203;
  auto file = rewrite("/c", "/x.txt");
  file.status = 418;
  const auto project = with_rules(folder.current(), spec_of({found, missing, file}));
  CHECK(ask(*project, "/a") == "function api/hello.py /a with 203");
  CHECK(ask(*project, "/b") == k404);
  CHECK(ask(*project, "/c") == "static x.txt 418");
}

TEST_CASE("a rewrite to another server is a proxy") {
  TestProject folder{"x.txt"};
  const auto project = with_rules(
      folder.current(), spec_of({rewrite("/p/:path*", "https://example.com:8443/base/:path*?k=1"),
                                 rewrite("/q/:id", "http://example.com"),
                                 rewrite("/t/:tenant", "https://:tenant.example.com/x")}));
  check_rows(*project, {
      {"/p/a/b", "proxy https://example.com:8443 /base/a/b?k=1"},
      {"/p/a?k=2&l=%zz", "proxy https://example.com:8443 /base/a?k=2&l=%zz"},
      {"/q/7?x", "proxy http://example.com /?x&id=7"},
      {"/t/one", "proxy https://one.example.com /x"},
  });
  CHECK(ask_route(*project, "/q/7").rule == "rewrites[1]");
}

TEST_CASE("conditions on header, cookie, query and host decide and give parameters") {
  TestProject folder{"api/hello.py"};
  using enum patterns::ConditionType;
  const auto project = with_rules(
      folder.current(),
      spec_of({with_has(rewrite("/h", "/api/hello"), condition(Header, "x-user", "(?<user>.*)")),
               with_has(rewrite("/c", "/api/hello?from=cookie"), condition(Cookie, "s")),
               with_missing(rewrite("/c", "/api/hello?from=nobody"), condition(Cookie, "s")),
               with_has(redirect("/q", "/to/:page"), condition(Query, "page")),
               with_has(rewrite("/host", "/api/hello"), condition(Host, "", "a\\.example"))}));
  CHECK(ask(*project, "/h") == k404);
  CHECK(ask(*project, "/h", "GET", "X-User: ann b\r\n") ==
        "function api/hello.py /h?user=ann%20b");
  CHECK(ask(*project, "/c", "GET", "Cookie: s=1\r\n") == "function api/hello.py /c?from=cookie&s=1");
  CHECK(ask(*project, "/c") == "function api/hello.py /c?from=nobody");
  CHECK(ask(*project, "/q?page=a%2Fb") == "redirect 308 /to/a/b?page=a%2Fb");
  CHECK(ask(*project, "/q") == k404);
  CHECK(ask(*project, "/host", "GET", "Host: A.example:3000\r\n") ==
        "function api/hello.py /host?host=a.example");
  CHECK(ask(*project, "/host", "GET", "Host: b.example\r\n") == k404);
}

TEST_CASE("the path that a rewrite leads to is decoded like a client's") {
  TestProject folder{"a b.txt", "x.txt"};
  const auto project = with_rules(
      folder.current(), spec_of({rewrite("/s", "/a%20b.txt"), rewrite("/f/:n", "/:n"),
                                 rewrite("/d/(.*)", "/$1")}));
  check_rows(*project, {
      {"/s", "static a b.txt 200"},
      {"/f/%78.txt", "static x.txt 200"},
      {"/f/..%2Fx.txt", k404},
      {"/d/../x.txt", k404},
  });
}

TEST_CASE("rules that lead on and on come to an end") {
  TestProject folder{"x.txt"};
  rules::RoutingSpec spec;
  for (std::size_t i = 0; i < 2000; ++i) {
    auto rule = rewrite("/:a", i % 2 == 0 ? "/x:a" : "/:a");
    rule.index = i;
    spec.rewrites.push_back(rule);
  }
  const auto project = with_rules(folder.current(), std::move(spec));
  CHECK(ask(*project, "/start") == "508 INFINITE_LOOP_DETECTED");

  rules::RoutingSpec doubling;
  for (std::size_t i = 0; i < 200; ++i) {
    doubling.rewrites.push_back(rewrite("/(.*)", "/$1$1"));
  }
  const auto grows = with_rules(folder.current(), std::move(doubling));
  const Route found = ask_route(*grows, "/0123456789");
  CHECK(show(found) == "508 INFINITE_LOOP_DETECTED");
  CHECK(std::get<ErrorRoute>(found.destination).reason.find("rewrites[0]") != std::string::npos);
}

TEST_CASE("a catastrophic pattern costs its request a 500 that names the rule, never the server") {
  TestProject folder{"api/hello.py"};
  const auto project =
      with_rules(folder.current(), spec_of({rewrite("/api/hello", "/x"),
                                            rewrite("/bad/((?:a+)+[bc])", "/api/hello"),
                                            legacy("/worse/(a+a+)+[bc]", "/api/hello")}));
  const std::string many(3000, 'a');
  for (const std::string& target : {"/bad/" + many, "/worse/" + many}) {
    const Route found = ask_route(*project, target);
    CHECK(show(found) == "500 INTERNAL_SERVER_ERROR");
    const std::string& reason = std::get<ErrorRoute>(found.destination).reason;
    CHECK(reason.find(found.rule) != std::string::npos);
    CHECK(reason.find("vercel.json:100") != std::string::npos);
  }
  CHECK(ask(*project, "/api/hello") == "function api/hello.py /api/hello");
}
