#include "tests/unit/routing/routing_fixture.h"

using namespace localfn;
using namespace localfn::testing;

namespace {

void check_rows(TestProject& folder, std::initializer_list<Row> rows) {
  localfn::testing::check_rows(*folder.current(), rows);
}

}  // namespace

TEST_CASE("a function is reached under every form of its path") {
  TestProject folder{"api/hello.py", "api/a.b.py", "api/Caps.py"};
  check_rows(folder, {
      {"/api/hello", "function api/hello.py /api/hello"},
      {"/api/hello?a=1&b=%20+c", "function api/hello.py /api/hello?a=1&b=%20+c"},
      {"/api/hello?", "function api/hello.py /api/hello?"},
      {"/api/hello.py", "function api/hello.py /api/hello.py"},
      {"/api/hello/", "function api/hello.py /api/hello/"},
      {"/api/hello.py/", k404},
      {"/api/a.b", "function api/a.b.py /api/a.b"},
      {"/api/a.b.py", "function api/a.b.py /api/a.b.py"},
      {"/api/HELLO", k404},
      {"/api/caps", k404},
      {"/API/hello", k404},
      {"/api/hello%2f", k404},
      {"/api%2Fhello", k404},
      {"/api/%68ello", "function api/hello.py /api/%68ello"},
      {"/%61pi/hello", "function api/hello.py /%61pi/hello"},
      {"/api/./hello", k404},
      {"/api/x/../hello", k404},
      {"/api/%2e/hello", k404},
      {"/api/hello;x", k404},
      {"/api/hello%00", k404},
      {"/api\\hello", "function api/hello.py /api/hello"},
      {"/api/anything-else", k404},
      {"/api", k404},
      {"/api/", k404},
      {"/api/.py", k404},
      {"*", k404},
  });
}

TEST_CASE("index functions stand for their directory") {
  TestProject folder{"api/index.py", "api/n/index.py"};
  check_rows(folder, {
      {"/api", "function api/index.py /api"},
      {"/api/", "function api/index.py /api/"},
      {"/api/index", "function api/index.py /api/index"},
      {"/api/index.py", "function api/index.py /api/index.py"},
      {"/api/index/", "function api/index.py /api/index/"},
      {"/api/n", "function api/n/index.py /api/n"},
      {"/api/n/", "function api/n/index.py /api/n/"},
      {"/api/n/index", "function api/n/index.py /api/n/index"},
      {"/api/m", k404},
      {"/api.py", k404},
  });
}

TEST_CASE("a function and a directory of its name live side by side") {
  TestProject folder{"api/a.py", "api/a/index.py", "api/a/b.py"};
  check_rows(folder, {
      {"/api/a", "function api/a.py /api/a"},
      {"/api/a/", "function api/a.py /api/a/"},
      {"/api/a/index", "function api/a/index.py /api/a/index"},
      {"/api/a/b", "function api/a/b.py /api/a/b"},
  });
}

TEST_CASE("double slashes are collapsed, for GET by a redirect") {
  TestProject folder{"api/hello.py", "x.txt"};
  const auto project = folder.current();
  CHECK(ask(*project, "/api//hello?a=1") == "redirect 301 /api/hello?a=1");
  CHECK(ask(*project, "/api//hello?") == "redirect 301 /api/hello?");
  CHECK(ask(*project, "//evil.example/x") == "redirect 301 /evil.example/x");
  CHECK(ask(*project, "/\\evil.example") == "redirect 301 /evil.example");
  CHECK(ask(*project, "/api//hello?a=1", "POST") == "function api/hello.py /api/hello?a=1");
  CHECK(ask(*project, "///x.txt", "HEAD") == "static x.txt 200");
  CHECK(ask(*project, "/api/hello?u=//x") == "function api/hello.py /api/hello?u=//x");
}

TEST_CASE("a dynamic segment becomes a query parameter") {
  TestProject folder{"api/u/[id].py", "api/u/me.py", "api/pre-[id].py"};
  check_rows(folder, {
      {"/api/u/42", "function api/u/[id].py /api/u/42?id=42"},
      {"/api/u/42?", "function api/u/[id].py /api/u/42?id=42"},
      {"/api/u/42?x=1", "function api/u/[id].py /api/u/42?x=1&id=42"},
      {"/api/u/42?x=1&id=9", "function api/u/[id].py /api/u/42?x=1&id=9"},
      {"/api/u/42?%69d=9", "function api/u/[id].py /api/u/42?%69d=9"},
      {"/api/u/42?id", "function api/u/[id].py /api/u/42?id"},
      {"/api/u/a%20b", "function api/u/[id].py /api/u/a%20b?id=a%20b"},
      {"/api/u/a%2Fb", "function api/u/[id].py /api/u/a%2Fb?id=a%2Fb"},
      {"/api/u/a+b&c=d", "function api/u/[id].py /api/u/a+b&c=d?id=a+b&c=d"},
      {"/api/u/5.py", "function api/u/[id].py /api/u/5.py?id=5.py"},
      {"/%61pi/u/5", "function api/u/[id].py /%61pi/u/5?id=5"},
      {"/api/u/", k404},
      {"/api/u", k404},
      {"/api/u/42/", k404},
      {"/api/u/42/x", k404},
      {"/api/u/..", k404},
      {"/api/u/%2E%2e", k404},
      {"/api/u/[id]", "function api/u/[id].py /api/u/[id]"},
      {"/api/u/[id].py", "function api/u/[id].py /api/u/[id].py"},
      {"/api/u/%5Bid%5D", "function api/u/[id].py /api/u/%5Bid%5D"},
      {"/api/u/me", "function api/u/me.py /api/u/me"},
      {"/api/pre-[id]", "function api/pre-[id].py /api/pre-[id]"},
      {"/api/pre-5", k404},
  });
}

TEST_CASE("several dynamic segments are appended in the order of the path") {
  TestProject folder{"api/a/[x]/b/[y].py", "api/o/[[id]]/i.py", "api/n/[[...s]].py",
                     "api/d/[k]/index.py"};
  check_rows(folder, {
      {"/api/a/1/b/2?x=9&k", "function api/a/[x]/b/[y].py /api/a/1/b/2?x=9&k&y=2"},
      {"/api/a/1/b/2", "function api/a/[x]/b/[y].py /api/a/1/b/2?x=1&y=2"},
      {"/api/a/1/c/2", k404},
      {"/api/o/5/i", "function api/o/[[id]]/i.py /api/o/5/i?%5Bid%5D=5"},
      {"/api/o/5/i.py", "function api/o/[[id]]/i.py /api/o/5/i.py?%5Bid%5D=5"},
      {"/api/o/5/i/", "function api/o/[[id]]/i.py /api/o/5/i/?%5Bid%5D=5"},
      {"/api/o/5/i/j", k404},
      {"/api/o/i", k404},
      {"/api/n/q", "function api/n/[[...s]].py /api/n/q?%5B...s%5D=q"},
      {"/api/n", k404},
      {"/api/d/5", "function api/d/[k]/index.py /api/d/5?k=5"},
      {"/api/d/5/", "function api/d/[k]/index.py /api/d/5/?k=5"},
      {"/api/d/5/index", "function api/d/[k]/index.py /api/d/5/index?k=5"},
      {"/api/d/5/index.py", "function api/d/[k]/index.py /api/d/5/index.py?k=5"},
      {"/api/d/5/x", k404},
  });
}

TEST_CASE("a rest parameter is no catch-all") {
  TestProject folder{"api/[...rest].py"};
  check_rows(folder, {{"/api/q", "function api/[...rest].py /api/q?...rest=q"},
                      {"/api/q/r", k404},
                      {"/api", k404}});
}

TEST_CASE("dynamic routes are tried in the platform's order") {
  TestProject folder{"api/[a]/x.py", "api/[a]/[b].py", "api/s/[b].py"};
  check_rows(folder, {{"/api/1/x", "function api/[a]/x.py /api/1/x?a=1"},
                      {"/api/s/2", "function api/s/[b].py /api/s/2?b=2"},
                      {"/api/1/2", "function api/[a]/[b].py /api/1/2?a=1&b=2"}});
}

TEST_CASE("files of public/ win over functions of their name") {
  TestProject folder{"api/hello.py", "api/index.py", "api/x.py", "public/api/hello",
                     "public/api/index.html", "public/api/x.txt"};
  check_rows(folder, {
      {"/api/hello", "static public/api/hello 200"},
      {"/api/hello.py", "static public/api/hello 200"},
      {"/api", "static public/api/index.html 200"},
      {"/api/", "static public/api/index.html 200"},
      {"/api/index", "function api/index.py /api/index"},
      {"/api/x.txt", "static public/api/x.txt 200"},
      {"/api/x", "function api/x.py /api/x"},
  });
}

TEST_CASE("with public/ only its files are static") {
  TestProject folder{"api/hello.py", "api/data.json", "public/b.txt", "root.txt",
                     "public/.env", "public/README.md", "public/package.json",
                     "public/vercel.json", "public/sub/.env", "public/sub/package.json",
                     "public/404.html"};
  check_rows(folder, {
      {"/b.txt", "static public/b.txt 200"},
      {"/public/b.txt", "static public/404.html 404"},
      {"/root.txt", "static public/404.html 404"},
      {"/.env", k404},
      {"/README.md", k404},
      {"/package.json", k404},
      {"/vercel.json", k404},
      {"/sub/.env", "static public/sub/.env 200"},
      {"/sub/package.json", "static public/sub/package.json 200"},
      {"/api/data.json", k404},
      {"/apix", k404},
      {"/api/nope", k404},
      {"/404.html", "static public/404.html 200"},
  });
}

TEST_CASE("without public/ the project's root is served") {
  TestProject folder{"api/hello.py", "api/data.json", "api/_util.py", "main.py", "requirements.txt",
                     "tsconfig.json", ".well-known/x", ".hid", "sub/vercel.json", "sub/.env",
                     "package.json", ".env", ".env.production", "README.md", ".gitignore"};
  folder.write("vercel.json", "{}");
  folder.write("package.json", "{}");
  folder.write(".env", "A=1\n");
  folder.write(".gitignore", "main.py\n");
  check_rows(folder, {
      {"/main.py", "static main.py 200"},
      {"/requirements.txt", "static requirements.txt 200"},
      {"/tsconfig.json", "static tsconfig.json 200"},
      {"/.well-known/x", "static .well-known/x 200"},
      {"/.hid", "static .hid 200"},
      {"/sub/vercel.json", "static sub/vercel.json 200"},
      {"/sub/.env", "static sub/.env 200"},
      {"/package.json", k404},
      {"/vercel.json", k404},
      {"/.env", k404},
      {"/.env.production", k404},
      {"/README.md", k404},
      {"/.gitignore", k404},
      {"/api/data.json", k404},
      {"/api/_util.py", k404},
      {"/main.py/", k404},
      {"/main", k404},
  });
}

TEST_CASE("without a function api/ is a folder like any other") {
  TestProject folder{{"api/data.json", "{}"}, {"api/mod.py", kModule}, {"404.html", "gone"}};
  check_rows(folder, {
      {"/api/data.json", "static api/data.json 200"},
      {"/api/mod.py", "static api/mod.py 200"},
      {"/api/mod", "404, but api/mod.py"},
      {"/api", "listing /api/"},
      {"/api/nope", k404},
      {"/nope", "static 404.html 404"},
  });
}

TEST_CASE("a directory shows its index, or else a listing") {
  TestProject folder{"sub/index.html", "t/index.txt", "j/index.json", "j/index.txt", "b/index",
                     "h/index.html", "h/index.txt", "d/e/one.txt", "d/two.txt", "api/hello.py"};
  check_rows(folder, {
      {"/sub", "static sub/index.html 200"},
      {"/sub/", "static sub/index.html 200"},
      {"/sub/index", k404},
      {"/t", "static t/index.txt 200"},
      {"/j/", "static j/index.txt 200"},
      {"/b", "static b/index 200"},
      {"/b/index", "static b/index 200"},
      {"/h", "static h/index.html 200"},
      {"/d", "listing /d/"},
      {"/d/", "listing /d/"},
      {"/d/e", "listing /d/e/"},
      {"/", "listing /"},
      {"/nope/", k404},
      {"/d/two.txt/", k404},
      {"/d/./e", k404},
      {"/d/../d/", k404},
  });
}

TEST_CASE("404.html takes the place of listings and of the plain 404") {
  TestProject folder{"404.html", "d/two.txt", "index.html"};
  check_rows(folder, {{"/d", "static 404.html 404"},
                      {"/nope", "static 404.html 404"},
                      {"/", "static index.html 200"},
                      {"/apinope", k404}});
}

TEST_CASE("an empty project has nothing to show") {
  TestProject folder{};
  check_rows(folder, {{"/", k404}, {"/x", k404}, {"/api/x", k404}});
}

TEST_CASE("a file of api/ without an entry point is named") {
  TestProject folder{"api/hello.py", {"api/user.py", kModule}, {"api/n/index.py", kModule}};
  check_rows(folder, {{"/api/user", "404, but api/user.py"},
                      {"/api/user.py", "404, but api/user.py"},
                      {"/api/user/", "404, but api/user.py"},
                      {"/api/n", "404, but api/n/index.py"},
                      {"/api/other", k404}});
}

TEST_CASE("hostile names are served under their encoded paths") {
  TestProject folder{"api/a b.py", "api/\xC3\xA9.py", "api/nl\n.py", "api/bad\xFF.py", "a%20b.txt",
                     "c d.txt", "q?.txt", "\xFF.txt"};
  check_rows(folder, {
      {"/api/a%20b", "function api/a b.py /api/a%20b"},
      {"/api/%C3%A9", "function api/\xC3\xA9.py /api/%C3%A9"},
      {"/api/nl%0A", "function api/nl\n.py /api/nl%0A"},
      {"/api/bad%FF", "function api/bad\xFF.py /api/bad%FF"},
      {"/a%2520b.txt", "static a%20b.txt 200"},
      {"/a%20b.txt", "static a%20b.txt 200"},  // as sent, when the decoded name does not exist
      {"/c%20d.txt", "static c d.txt 200"},
      {"/q%3F.txt", "static q?.txt 200"},
      {"/%FF.txt", "static \xFF.txt 200"},
  });
}

TEST_CASE("the trace tells each rule that was tried") {
  TestProject folder{"api/u/[id].py", "api/v/[id].py"};
  const auto project = folder.current();
  Trace trace;
  route(*project, {"GET", "/api/v/42", "", false, ""}, &trace);
  REQUIRE(trace.size() == 3);
  CHECK(trace[0].rule == "exact path");
  CHECK(trace[1].rule == "dynamic api/u/[id]");
  CHECK(trace[1].outcome == "no: path is /api/v/42");
  CHECK(trace[2].rule == "dynamic api/v/[id]");
  CHECK(trace[2].outcome == "matched: id=42");
}
