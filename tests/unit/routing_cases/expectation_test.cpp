#include "tests/unit/routing_cases/expectation.h"

#include "tests/support/catch.h"
#include "tests/unit/routing_cases/asked.h"

using namespace localfn::cases;

TEST_CASE("an expectation is read as it is written", "[cases]") {
  const Expected function = parse_expectation("function api/a b.py /x?y=1 201");
  CHECK(function.reaches == Reaches::Function);
  CHECK(function.file == "api/a b.py");
  CHECK(function.target == "/x?y=1");
  CHECK(function.status == 201);
  const Expected file = parse_expectation("static public/a b.txt");
  CHECK(file.file == "public/a b.txt");
  CHECK(file.status == 200);
  CHECK(parse_expectation("static 404.html 404").status == 404);
  CHECK(parse_expectation("redirect 307 /a b").target == "/a b");
  CHECK(parse_expectation("error 404 NOT_FOUND").code == "NOT_FOUND");
  CHECK(parse_expectation("proxy https://a.test/b?c").status == 0);
  for (const char* line : {"", "function", "function api/a.py", "redirect /x", "error NOT_FOUND",
                           "nothing /x"}) {
    INFO(line);
    CHECK_THROWS(parse_expectation(line));
  }
}

TEST_CASE("a comparison tells apart what differs", "[cases]") {
  Request request;
  parse_ask("POST /x?y", request);
  CHECK(request.method == "POST");
  CHECK(request.target == "/x?y");
  request.expected = parse_expectation("static a.txt");
  request.headers = {{"x-a", "1"}};
  request.absent_headers = {"x-b"};
  const Asked right{"static a.txt 200", {{"x-a", "0"}, {"x-a", "1"}}, {}, "file", "  file → yes\n"};
  CHECK(compare(request, right).empty());
  const Asked wrong{"static b.txt 200", {{"x-a", "2"}, {"x-b", ""}}, {}, "", ""};
  CHECK(compare(request, wrong).size() == 5);
}

TEST_CASE("a place is a line or a line and a column", "[cases]") {
  ExpectedProblem problem;
  parse_place("3:5", problem);
  CHECK(problem.line == 3);
  CHECK(problem.column == 5);
  ExpectedProblem line;
  parse_place("12", line);
  CHECK(line.line == 12);
  CHECK(line.column == 0);
}
