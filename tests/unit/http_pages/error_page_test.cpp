#include "runtime/http/pages/error_page.h"

#include <algorithm>

#include "runtime/http/pages/not_a_function.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::http;

namespace {

std::string header(const Page& page, const std::string& name) {
  for (const auto& [key, value] : page.headers) {
    if (key == name) return value;
  }
  return "(none)";
}

}  // namespace

TEST_CASE("Accept chooses the form by json, then html, else text", "[pages][error]") {
  CHECK(negotiate("") == BodyForm::Text);
  CHECK(negotiate("*/*") == BodyForm::Text);
  CHECK(negotiate("text/html,application/xhtml+xml") == BodyForm::Html);
  CHECK(negotiate("application/xhtml+xml") == BodyForm::Html);
  CHECK(negotiate("text/html, application/problem+json") == BodyForm::Json);
}

TEST_CASE("an error is the platform's to the byte in text and JSON", "[pages][error]") {
  const Page text = error_page({404, "", "", "ID"});
  CHECK(text.status == 404);
  CHECK(text.body == "The page could not be found.\n\nNOT_FOUND\n");
  CHECK(text.body.size() == 40);
  CHECK(header(text, "Content-Type") == "text/plain; charset=utf-8");
  CHECK(header(text, "x-vercel-id") == "ID");
  CHECK(header(text, "server") == "Vercel");

  const Page json = error_page({404, "", "application/json", "ID"});
  CHECK(json.body == "{\"error\":{\"code\":404,\"message\":\"The page could not be found.\"}}\n");
  CHECK(header(json, "Content-Type") == "application/json");
}

TEST_CASE("every status has its title and code", "[pages][error]") {
  struct Case {
    int status;
    const char *title, *code;
  };
  const Case cases[] = {{400, "Bad request", "BAD_REQUEST"},
                        {402, "Payment required", "PAYMENT_REQUIRED"},
                        {403, "You don't have the required permissions", "FORBIDDEN"},
                        {405, "Method not allowed", "NOT_ALLOWED"},
                        {410, "The deployment has been removed", "GONE"},
                        {413, "Request Entity Too Large", "PAYLOAD_TOO_LARGE"},
                        {429, "Rate limited", "RATE_LIMITED"},
                        {500, "A server error has occurred", "INTERNAL_SERVER_ERROR"},
                        {501, "Not implemented", "NOT_IMPLEMENTED"},
                        {502, "An error occurred with this application.", "BAD_GATEWAY"},
                        {503, "The deployment is currently unavailable", "SERVICE_UNAVAILABLE"},
                        {504, "An error occurred with your deployment", "GATEWAY_TIMEOUT"},
                        {508, "Infinite loop detected", "INFINITE_LOOP"},
                        {418, "Error occurred", "UNKNOWN_ERROR"}};
  for (const Case& row : cases) {
    CHECK(error_page({row.status, "", "", "ID"}).body ==
          std::string(row.title) + "\n\n" + row.code + "\n");
  }
}

TEST_CASE("the HTML form says status, name, code and id", "[pages][error]") {
  const Page page = error_page({500, "FUNCTION_INVOCATION_FAILED", "text/html", "dev1::x"});
  CHECK(header(page, "Content-Type") == "text/html; charset=utf-8");
  for (const char* part :
       {"<title>500: INTERNAL_SERVER_ERROR</title>", "<strong>500</strong>: INTERNAL_SERVER_ERROR",
        "Code: <code>FUNCTION_INVOCATION_FAILED</code>", "ID: <code>dev1::x</code>"}) {
    CHECK_THAT(page.body, ContainsSubstring(part));
  }
  const Page lost = error_page({404, "", "text/html", "ID"});
  CHECK_THAT(lost.body, ContainsSubstring("<title>404: NOT_FOUND</title>"));
  CHECK_THAT(lost.body, ContainsSubstring("<strong>404</strong>: NOT_FOUND"));
  CHECK_THAT(error_page({502, "", "text/html", "ID"}).body,
             ContainsSubstring("Check the logs in your terminal window"));
}

TEST_CASE("details stand on the HTML page only, and never as markup", "[pages][error]") {
  PageDetails details{
      "ValueError: <b>boom</b>",           "seen <b>",  "api/boom.py",    "api/boom.py:7",
      "raise ValueError(\"<b>boom</b>\")", "Trace <i>", {"write `x < y`"}};
  for (const char* accept : {"", "application/json"}) {
    CHECK(error_page({500, "", accept, "ID"}, {}, &details).body ==
          error_page({500, "", accept, "ID"}).body);
  }
  const std::string html = error_page({500, "", "text/html", "<i>"}, {}, &details).body;
  CHECK(html.find("<b>") == std::string::npos);
  CHECK(html.find("<i>") == std::string::npos);
  for (const char* part : {"ValueError: &lt;b&gt;boom", "api/boom.py:7", "raise ValueError(&quot;",
                           "Trace &lt;i&gt;", "Write <code>x &lt; y</code>.", "seen &lt;b&gt;"}) {
    CHECK_THAT(html, ContainsSubstring(part));
  }
}

TEST_CASE("headers of vercel.json are on error pages, Content-Type excepted", "[pages][error]") {
  const Page page = error_page({404, "", "", "ID"}, {{"x-a", "1"}, {"content-type", "image/png"}});
  CHECK(header(page, "x-a") == "1");
  CHECK(header(page, "content-type") == "(none)");
  CHECK(header(page, "Content-Type") == "text/plain; charset=utf-8");
}

TEST_CASE("a redirect has its location and a negotiated body", "[pages][redirect]") {
  const Page text = redirect_page(308, "/x?a=1&b=2", "", "ID");
  CHECK(text.status == 308);
  CHECK(text.body == "Redirecting...\n");
  CHECK(header(text, "location") == "/x?a=1&b=2");
  CHECK(redirect_page(308, "/x", "application/json", "ID").body ==
        "{\"redirect\":\"/x\",\"status\":\"308\"}\n");
  const std::string html = redirect_page(307, "/x?a=\"&b", "text/html", "ID").body;
  CHECK_THAT(html, ContainsSubstring("Redirecting (307)"));
  CHECK_THAT(html, ContainsSubstring("<a href=\"/x?a=&quot;&amp;b\">"));
}

TEST_CASE("a location can neither split the head nor run a script", "[pages][redirect]") {
  CHECK(header(redirect_page(308, "/a\r\nX-Evil: 1", "", "ID"), "location") == "/a%0D%0AX-Evil: 1");
  CHECK(redirect_page(308, "javascript:alert(1)", "text/html", "ID").body.find("<a ") ==
        std::string::npos);
  CHECK(redirect_page(308, "/\"\\", "application/json", "ID").body ==
        "{\"redirect\":\"/\\\"\\\\\",\"status\":\"308\"}\n");
}

TEST_CASE("a refused request is told why on the HTML page", "[pages][error]") {
  Refusal refusal;
  refusal.status = 431;
  refusal.code = "REQUEST_HEADER_TOO_LARGE";
  refusal.reason = "header `Cookie` is longer than 16 KB";
  const Page text = refusal_page(refusal, "ID");
  CHECK(text.status == 431);
  CHECK(text.body == "Error occurred\n\nREQUEST_HEADER_TOO_LARGE\n");
  refusal.accept = "text/html";
  const std::string html = refusal_page(refusal, "ID").body;
  CHECK_THAT(html, ContainsSubstring("<title>431: REQUEST_HEADER_TOO_LARGE</title>"));
  CHECK_THAT(html, ContainsSubstring("<code>Cookie</code> is longer than 16 KB"));
}

TEST_CASE("a configuration problem is the bare message", "[pages][error]") {
  const Page page = bare_failure_page("vercel.json:1:2: no");
  CHECK(page.status == 500);
  CHECK(page.headers.empty());
  CHECK(page.body == "vercel.json:1:2: no");
}

TEST_CASE("a file that is no function says what is there and what Vercel looks for",
          "[pages][not_a_function]") {
  NotAFunction file;
  file.file = "api/user.py";
  file.line = 3;
  file.reason =
      "line 3 defines `def handler(event, context)`; Vercel looks for "
      "`class handler(BaseHTTPRequestHandler)` or `app`";
  CHECK(not_a_function_headline(file) == "api/user.py is not a function:");
  const std::vector<std::string> lines = not_a_function_lines(file);
  REQUIRE(lines.size() == 2);
  CHECK_THAT(lines[0],
             StartsWith("line 3 defines `def handler(event, context)`; Vercel looks for"));
  CHECK(std::all_of(lines.begin(), lines.end(), [](const auto& l) { return l.size() <= 78; }));
  const PageDetails details = not_a_function_details(file);
  CHECK(details.headline == "api/user.py is not a function");
  CHECK(details.where == "api/user.py:3");
  CHECK_THAT(details.seen, ContainsSubstring("Line 3 defines `def handler(event, context)`"));
}

TEST_CASE("a function of another language is said not to run here", "[pages][not_a_function]") {
  NotAFunction file;
  file.file = "api/page.php";
  file.reason = "its runtime \"vercel-php@0.7.3\" is not run here: localfn runs .py files only";
  file.other_language = true;
  CHECK(not_a_function_headline(file) == "api/page.php is not run here:");
  const auto lines = not_a_function_lines(file);
  REQUIRE(lines.size() == 2);
  CHECK(lines[1] == "on Vercel it is a function and answers");
  const PageDetails details = not_a_function_details(file);
  CHECK(details.headline == "api/page.php is not run here");
  CHECK_THAT(details.seen, StartsWith("Its runtime"));
  REQUIRE(details.advice.size() == 1);
  CHECK(details.advice[0] == "On Vercel it is a function: there it answers, here it is 404.");
}

TEST_CASE("a syntax error keeps its layout and says that Vercel answers 404",
          "[pages][not_a_function]") {
  NotAFunction file;
  file.file = "api/x.py";
  file.line = 2;
  file.syntax_error = true;
  file.reason = "SyntaxError: '(' was never closed\n  api/x.py:2\n    print(\x1b[31m";
  CHECK(not_a_function_headline(file) == "api/x.py has a syntax error:");
  const auto lines = not_a_function_lines(file);
  REQUIRE(lines.size() == 4);
  CHECK(lines[2] == "    print(\\x1b[31m");
  CHECK_THAT(lines[3], ContainsSubstring("404"));
  CHECK_THAT(not_a_function_details(file).traceback, ContainsSubstring("never closed"));
}
