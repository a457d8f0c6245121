// Redirects: rules, bulk redirects, cleanUrls and trailingSlash.
#include "tests/unit/routing/routing_fixture.h"

using namespace localfn;
using namespace localfn::testing;

TEST_CASE("a redirect keeps the request's query and comes before files and functions") {
  TestProject folder{"api/hello.py", "old.txt"};
  const auto project = with_rules(
      folder.current(),
      spec_of({redirect("/old.txt", "/new.txt"), redirect("/api/hello", "/api/other", 307),
               redirect("/r1/:id", "/new/:id", 301), redirect("/g/:x*", "/new/:x*?k=1#top"),
               redirect("/ext", "https://example.com/x?a=1"), redirect("/wide/(.*)", "/w/$1", 302),
               redirect("/relative", "other"), redirect("/teapot", "/x", 200),
               redirect("/lead/(.*)", "/$1")}));
  check_rows(*project, {
      {"/old.txt", "redirect 308 /new.txt"},
      {"/old.txt?a=1&b=%20+c", "redirect 308 /new.txt?a=1&b=%20+c"},
      {"/api/hello?x", "redirect 307 /api/other?x"},
      {"/r1/42", "redirect 301 /new/42"},
      {"/r1/a%2Fb", "redirect 301 /new/a%2Fb"},
      {"/r1/42/", k404},
      {"/R1/42", k404},
      {"/g", "redirect 308 /new/?k=1#top"},
      {"/g/a/b?k=2&l=3", "redirect 308 /new/a/b?k=1&l=3#top"},
      {"/ext?a=2&b=3", "redirect 308 https://example.com/x?a=1&b=3"},
      {"/wide/", "redirect 302 /w/"},
      {"/wide/a/b", "redirect 302 /w/a/b"},
      {"/relative", "redirect 308 other"},
      {"/teapot", "200 UNKNOWN_ERROR"},
  });
  CHECK(ask(*project, "/old.txt", "POST") == "redirect 308 /new.txt");
  CHECK(show(ask_route(*project, "/teapot").headers) == "location: /x");
}

TEST_CASE("a parameter cannot turn a redirect into one to another host") {
  TestProject folder{"x.txt"};
  const auto project =
      with_rules(folder.current(), spec_of({redirect("/lead(/.*)", "/$1"), redirect("/h/:p*", ":p*"),
                                            redirect("/away", "//example.com/x")}));
  CHECK(ask(*project, "/lead/evil.example") == "redirect 308 /evil.example");
  CHECK(ask(*project, "/lead/\\evil.example", "POST") == "redirect 308 /evil.example");
  CHECK(ask(*project, "/away") == "redirect 308 //example.com/x");  // what the author wrote
}

TEST_CASE("the first redirect that matches decides, and says where it stands") {
  TestProject folder{"x.txt"};
  const auto project = with_rules(
      folder.current(), spec_of({redirect("/a/:x", "/one"), redirect("/a/b", "/two"),
                                 redirect("/c", "/three"), redirect("/:x", "/four")}));
  CHECK(ask(*project, "/a/b") == "redirect 308 /one");
  CHECK(ask(*project, "/c") == "redirect 308 /three");
  CHECK(ask(*project, "/d") == "redirect 308 /four");
  const Route found = ask_route(*project, "/c");
  CHECK(found.rule == "redirects[2]");
  CHECK(found.place == "vercel.json:1002");
}

TEST_CASE("bulk redirects are exact, may ignore case, and keep the query only if asked to") {
  TestProject folder{"api/hello.py"};
  rules::RoutingSpec spec = spec_of({redirect("/old", "/by-rule")});
  spec.bulk_redirects = {{"/old", "/bulk", 308, false, false, "list.csv:2"},
                         {"/Case", "/case", 301, true, true, "list.csv:3"},
                         {"/case", "/any", 302, false, true, "list.csv:4"},
                         {"/q", "/to?a=1#f", 307, false, true, "list.csv:5"}};
  const auto project = with_rules(folder.current(), std::move(spec));
  check_rows(*project, {
      {"/old", "redirect 308 /bulk"},
      {"/OLD?x=1", "redirect 308 /bulk"},
      {"/old/", k404},
      {"/Case?x=1", "redirect 301 /case?x=1"},
      {"/case?x=1", "redirect 302 /any?x=1"},
      {"/q?a=2&b=3", "redirect 307 /to?a=1&b=3#f"},
      {"//old", "redirect 301 /old"},
  });
  const Route found = ask_route(*project, "/q", "PUT");
  CHECK(found.rule == "bulk redirect");
  CHECK(found.place == "list.csv:5");
}

TEST_CASE("cleanUrls redirects names with an extension and serves those without") {
  TestProject folder{"about.html", "docs/index.html", "a.html", "a/index.html", "x.txt",
                     "api/hello.py", "api/n/index.py", "api/u/[id].py", "404.html"};
  rules::RoutingSpec spec = spec_of({rewrite("/rw", "/about"), rewrite("/rw-html", "/about.html"),
                                     rewrite("/rw-py", "/api/hello.py")});
  spec.clean_urls = true;
  spec.clean_urls_offset = 7;
  const auto project = with_rules(folder.current(), std::move(spec));
  check_rows(*project, {
      {"/about.html", "redirect 308 /about"},
      {"/about.html?a=1", "redirect 308 /about?a=1"},
      {"/about.html/", "redirect 308 /about"},
      {"/about", "static about.html 200"},
      {"/about/", "static about.html 200"},
      {"/index", "redirect 308 /"},
      {"/index.html", "redirect 308 /"},
      {"/docs/index.html", "redirect 308 /docs"},
      {"/docs/index/", "redirect 308 /docs"},
      {"/docs", "static docs/index.html 200"},
      {"/a", "static a/index.html 200"},
      {"/x.txt", "static x.txt 200"},
      {"/api/hello.py", "redirect 308 /api/hello"},
      {"/api/hello.py/", "redirect 308 /api/hello"},
      {"/api/n/index.py", "redirect 308 /api/n"},
      {"/api/n/index", "redirect 308 /api/n"},
      {"/api/hello", "function api/hello.py /api/hello"},
      {"/api/u/7", "function api/u/[id].py /api/u/7?id=7"},
      {"/rw", "static about.html 200"},
      {"/rw-html", "static 404.html 404"},
      {"/rw-py", k404},
      {"/nope", "static 404.html 404"},
  });
  const Route found = ask_route(*project, "/index.html");
  CHECK(found.rule == "cleanUrls");
  CHECK(found.place == "vercel.json:7");
}

TEST_CASE("trailingSlash true adds a slash, and what it leads to is served") {
  TestProject folder{"about.html", "docs/index.html", "x.txt",         "api/hello.py",
                     "api/u/[id].py", "api/u/[id]/i.py", ".well-known/a"};
  rules::RoutingSpec spec = spec_of({headers("/(.*)", {{"X-A", "1"}})});
  spec.trailing_slash = true;
  const auto project = with_rules(folder.current(), std::move(spec));
  check_rows(*project, {
      {"/docs", "redirect 308 /docs/"},
      {"/docs?a=1", "redirect 308 /docs/?a=1"},
      {"/docs/", "static docs/index.html 200"},
      {"/", "listing /"},
      {"/x.txt", "static x.txt 200"},
      {"/x.txt/", "redirect 308 /x.txt"},
      {"/nope", "redirect 308 /nope/"},
      {"/a.b/c", "redirect 308 /a.b/c/"},
      {"/api/hello", "redirect 308 /api/hello/"},
      {"/api/hello/", "function api/hello.py /api/hello/"},
      {"/api/u/7", "redirect 308 /api/u/7/"},
      {"/api/u/7/", "function api/u/[id].py /api/u/7/?id=7"},
      {"/api/u/7/?id=8", "function api/u/[id].py /api/u/7/?id=8"},
      {"/api/u/7/i/", "function api/u/[id]/i.py /api/u/7/i/?id=7"},
      {"/api/u/", k404},
      {"/.well-known/a", "static .well-known/a 200"},
  });
  CHECK(ask_route(*project, "/docs").rule == "trailingSlash");
  CHECK(show(ask_route(*project, "/docs/").headers) == "x-a: 1");
  CHECK(show(ask_route(*project, "/.well-known/a").headers).empty());
}

TEST_CASE("trailingSlash false takes every slash away") {
  TestProject folder{"docs/index.html", "x.txt", "api/hello.py"};
  rules::RoutingSpec spec = spec_of({redirect("/docs", "/never-seen-with-a-slash")});
  spec.trailing_slash = false;
  const auto project = with_rules(folder.current(), std::move(spec));
  check_rows(*project, {
      {"/docs/", "redirect 308 /docs"},
      {"/x.txt/", "redirect 308 /x.txt"},
      {"/nope/?a", "redirect 308 /nope?a"},
      {"/api/hello/", "redirect 308 /api/hello"},
      {"/api/hello", "function api/hello.py /api/hello"},
      {"/", "listing /"},
  });
}

TEST_CASE("with both, a page's redirect ends with a slash") {
  TestProject folder{"about.html", "index.html"};
  rules::RoutingSpec spec;
  spec.clean_urls = true;
  spec.trailing_slash = true;
  const auto project = with_rules(folder.current(), std::move(spec));
  check_rows(*project, {
      {"/about.html", "redirect 308 /about/"},
      {"/about", "redirect 308 /about/"},
      {"/about/", "static about.html 200"},
      {"/index", "redirect 308 /"},
      {"/", "static index.html 200"},
  });
}
