// What rules say about headers and statuses, on every kind of answer that localfn gives.
#include <fmt/format.h>

#include "tests/support/catch.h"
#include "tests/unit/http_proxy/upstream.h"
#include "tests/unit/http_site/answering.h"

namespace localfn::http::testing {
namespace {

using Edit = rules::HeaderEdit;

std::function<void(Served&)> answering(std::string bytes) {
  return [bytes](Served& served) {
    served.head();
    served.send(bytes);
  };
}

}  // namespace

TEST_CASE("headers of rules are on files, errors, listings and proxied answers", "[http][site]") {
  Upstream upstream(answering("HTTP/1.1 200 OK\r\nX-Theirs: 1\r\nContent-Length: 0\r\n\r\n"));
  Answering site;
  site.folder.write("a.txt", "x");
  site.route.headers = {{"x-a", "1"}, {"x-a", "2"}, {"cache-control", "no-store"}};
  const Destination places[] = {StaticRoute{"a.txt"}, StaticRoute{"a.txt", 404}, ErrorRoute{},
                                ListingRoute{"/"}, ProxyRoute{upstream.origin(), "/"}};
  for (const Destination& place : places) {
    CAPTURE(place.index());
    site.route.destination = place;
    const Answer answer = site.ask();
    CHECK(answer.header("x-a") == "1|2");
    CHECK(answer.header("cache-control") == "no-store");
    CHECK(answer.header("server") == "Vercel");
    CHECK(answer.header("x-vercel-cache") == "MISS");
  }
  site.route.destination = RedirectRoute{308, "/b"};
  CHECK(site.ask().header("x-a").empty());
}

TEST_CASE("a header that cannot be sent is the platform's bare 500", "[http][site]") {
  Answering site;
  site.folder.write("a.txt", "x");
  site.route.destination = StaticRoute{"a.txt"};
  site.route.headers = {{"a b", "1"}};
  const Answer answer = site.ask();
  CHECK(answer.status == 500);
  CHECK(answer.body == "Header name must be a valid HTTP token [\"a b\"]");
  CHECK_FALSE(answer.head.find("x-vercel-id") != std::string::npos);
  site.route.headers = {{"a", "1\r\nevil: 2"}};
  CHECK(site.ask().body == "Invalid character in header content [\"a\"]");
  site.route.headers.clear();
  site.route.response_headers = {{Edit::Operation::Set, "a\n", nullptr, {"1"}}};
  CHECK(site.ask().status == 500);
}

TEST_CASE("response transforms reach every header but the platform's", "[http][site]") {
  Answering site;
  site.folder.write("a.txt", "x");
  site.route.destination = StaticRoute{"a.txt"};
  site.route.response_headers = {{Edit::Operation::Set, "x-new", nullptr, {"1"}},
                                 {Edit::Operation::Delete, "etag", nullptr, {}},
                                 {Edit::Operation::Set, "server", nullptr, {"mine"}},
                                 {Edit::Operation::Set, "content-length", nullptr, {"99"}},
                                 {Edit::Operation::Delete, "x-vercel-id", nullptr, {}}};
  const Answer answer = site.ask();
  CHECK(answer.header("x-new") == "1");
  CHECK(answer.header("etag").empty());
  CHECK(answer.header("server") == "Vercel");
  CHECK(answer.header("content-length") == "1");
  CHECK_FALSE(answer.header("x-vercel-id").empty());
}

TEST_CASE("every answer names the rule that decided, unless told not to", "[http][site]") {
  const bool named = GENERATE(true, false);
  Answering site({.strict = false, .route_header = named});
  site.folder.write("a.txt", "x");
  site.route.rule = "rewrites[2]";
  site.route.place = "vercel.json:12:5";
  const std::string text = named ? "rewrites[2] (vercel.json:12:5)" : "";
  for (const Destination& place : std::initializer_list<Destination>{
           StaticRoute{"a.txt"}, ErrorRoute{}, RedirectRoute{308, "/b"}, FrameworkRoute{"/"}}) {
    site.route.destination = place;
    CHECK(site.ask().header("x-localfn-route") == text);
  }
  site.route.rule = "file a\r\nb";
  site.route.place.clear();
  CHECK(site.ask().header("x-localfn-route") == (named ? "file a??b" : ""));
}

TEST_CASE("a proxied answer is the other server's in the platform's clothes", "[http][site]") {
  Upstream upstream(answering(
      "HTTP/1.1 404 Not Here\r\nServer: theirs\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\n"
      "x-vercel-id: forged\r\nx-localfn-route: theirs\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n"
      "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"));
  Answering site;
  site.route.destination = ProxyRoute{upstream.origin(), "/x"};
  site.route.rule = "rewrites[0]";
  const Answer answer = site.ask();
  CHECK(answer.status == 404);
  CHECK(answer.body == "body");
  CHECK(answer.header("server") == "Vercel");
  CHECK(answer.header("set-cookie") == "a|b");
  CHECK(answer.header("cache-control") == "public, max-age=0, must-revalidate");
  CHECK(answer.header("x-localfn-route") == "rewrites[0]");
  CHECK(answer.header("x-vercel-id") != "forged");
  CHECK(answer.header("x-hop").empty());
}

TEST_CASE("a rule's status is final and the server's cache-control wins", "[http][site]") {
  Upstream upstream(answering(
      "HTTP/1.1 200 OK\r\nCache-Control: private\r\nContent-Length: 2\r\n\r\nhi"));
  Answering site;
  site.route.destination = ProxyRoute{upstream.origin(), "/x", 418};
  const Answer answer = site.ask();
  CHECK(answer.status == 418);
  CHECK(answer.body == "hi");
  CHECK(answer.header("cache-control") == "private");
}

TEST_CASE("an unreachable server is a 500 that says which rule asked for what", "[http][site]") {
  const ClosedPort closed;
  Answering site;
  site.route.destination =
      ProxyRoute{fmt::format("http://127.0.0.1:{}", closed.port), "/deep?x=1"};
  site.route.rule = "rewrites[1]";
  site.route.place = "vercel.json:4:3";
  const Answer answer = site.ask();
  CHECK(answer.status == 500);
  CHECK(answer.body == "A server error has occurred\n\nFUNCTION_INVOCATION_FAILED\n");
  CHECK(site.explanation() ==
        fmt::format("cannot connect to 127.0.0.1:{0}: Connection refused\n"
                    "asked for http://127.0.0.1:{0}/deep?x=1 by rewrites[1] (vercel.json:4:3)\n",
                    closed.port));
}

TEST_CASE("a request that has come through twenty times is a loop", "[http][site]") {
  Answering site;
  site.route.destination = ProxyRoute{"http://127.0.0.1:1", "/"};
  const Answer answer =
      site.ask("GET / HTTP/1.1\r\nHost: h\r\nx-localfn-hops: 20\r\n\r\n");
  CHECK(answer.status == 508);
  CHECK_THAT(answer.body, ContainsSubstring("INFINITE_LOOP_DETECTED"));
}

TEST_CASE("an app without an entry point is a 500 that says what the build would", "[http][site]") {
  Answering site;
  site.project->framework = FrameworkApp{"flask", "requirements.txt"};
  site.project->framework->problem = "[FLASK_ENTRYPOINT_NOT_FOUND] No Flask entrypoint found.\n  x";
  site.project->framework->hints = {"app.py: defines nothing"};
  site.route.destination = FrameworkRoute{"/"};
  const Answer answer = site.ask("GET / HTTP/1.1\r\nHost: h\r\nAccept: text/html\r\n\r\n");
  CHECK(answer.status == 500);
  CHECK_THAT(answer.body, ContainsSubstring("FUNCTION_INVOCATION_FAILED"));
  CHECK_THAT(answer.body, ContainsSubstring("he Flask app (requirements.txt) has no entry point"));
  CHECK_THAT(answer.body, ContainsSubstring("[FLASK_ENTRYPOINT_NOT_FOUND] No Flask entrypoint"));
  CHECK(site.explanation() ==
        "the Flask app (requirements.txt) has no entry point:\n"
        "[FLASK_ENTRYPOINT_NOT_FOUND] No Flask entrypoint found.\n  x\n"
        "hint: app.py: defines nothing\n");
}

TEST_CASE("an app without a manifest is a 404 that names what is missing", "[http][site]") {
  Answering site;
  site.project->framework = FrameworkApp{"flask", "vercel.json:1:2", false};
  site.route.destination = ErrorRoute{};
  const Answer answer = site.ask("GET / HTTP/1.1\r\nHost: h\r\nAccept: text/html\r\n\r\n");
  CHECK(answer.status == 404);
  CHECK_THAT(answer.body, ContainsSubstring("he Flask app (vercel.json:1:2) is never served"));
  CHECK_THAT(site.explanation(), ContainsSubstring("no requirements.txt, pyproject.toml or Pipfile"));
}

TEST_CASE("a vercel.json that is mended before the terminal looks has its error told all the same",
          "[http][site]") {
  Answering site;
  site.folder.write("vercel.json", "{");
  REQUIRE(site.ask_folder().status == 500);
  const Project mended;
  const auto told = site.notices(mended);
  REQUIRE(told.size() == 2);
  CHECK(told[0].kind == Notice::Kind::Problem);
  CHECK_THAT(told[0].text, StartsWith("vercel.json:1:2: "));
  CHECK(told[1].kind == Notice::Kind::Mended);
  CHECK(site.notices(mended).empty());
}

TEST_CASE("an error of vercel.json that the terminal has seen is not told again", "[http][site]") {
  Answering site;
  site.folder.write("vercel.json", "{");
  REQUIRE(site.ask_folder().status == 500);
  const auto broken = site.folder_project();
  REQUIRE(site.notices(*broken).size() == 1);
  REQUIRE(site.ask_folder().status == 500);
  CHECK(site.notices(*broken).empty());
  REQUIRE(site.ask_folder().status == 500);
  CHECK(site.notices(Project{}).size() == 1);
}

}  // namespace localfn::http::testing
