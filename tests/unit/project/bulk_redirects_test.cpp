// Bulk redirects: their three file forms, their problems, and their changes.
#include "runtime/project/bulk_redirects.h"

#include <fmt/format.h>

#include "runtime/project/csv.h"
#include "tests/support/catch.h"
#include "tests/unit/project/project_fixture.h"

using namespace localfn;
using namespace localfn::testing;

namespace {

std::string line_of(const rules::BulkRedirect& redirect) {
  return fmt::format("{} {} {}{}{} {}", redirect.source, redirect.destination, redirect.status,
                     redirect.case_sensitive ? " case" : "", redirect.preserve_query ? " query" : "",
                     redirect.place);
}

std::vector<std::string> parse(const std::string& name, const std::string& text) {
  std::vector<rules::BulkRedirect> redirects;
  std::vector<Diagnostic> errors;
  parse_bulk_redirects(SourceText(name, text), redirects, errors);
  std::vector<std::string> lines;
  for (const auto& redirect : redirects) lines.push_back(line_of(redirect));
  for (const auto& problem : errors) {
    lines.push_back(fmt::format("{}:{}:{}: {}", problem.file, problem.line, problem.column,
                                problem.message));
  }
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("the three forms of bulk redirects say the same") {
  CHECK(parse("r.json", R"([
    {"source": "/a", "destination": "/b", "permanent": true},
    {"source": "/c", "destination": "/d", "statusCode": 302, "caseSensitive": true,
     "preserveQueryParams": true}, {"source": "/e", "destination": "/f"}])") ==
        Lines{"/a /b 308 r.json:2", "/c /d 302 case query r.json:3", "/e /f 307 r.json:4"});
  CHECK(parse("r.jsonl", "{\"source\": \"/a\", \"destination\": \"/b\", \"permanent\": false}\r\n\n"
                         "{\"source\": \"/c\", \"destination\": \"/d\"}") ==
        Lines{"/a /b 307 r.jsonl:1", "/c /d 307 r.jsonl:3"});
  CHECK(parse("r.csv", "source,destination,permanent,statusCode,caseSensitive,preserveQueryParams\r\n"
                       "/a,\"/b,\"\"x\"\"\",true,,,\n\n/c,/d,,301,true,true\n/e,/f\n") ==
        Lines{"/a /b,\"x\" 308 r.csv:2", "/c /d 301 case query r.csv:4", "/e /f 307 r.csv:5"});
  CHECK(parse("r.csv", "").empty());
}

TEST_CASE("a bulk redirect with a problem is pointed at, the others hold") {
  CHECK(parse("r.json", R"([{"source": "/a"}, {"source": "/c", "destination": "/d"}])") ==
        Lines{"/c /d 307 r.json:1", "r.json:1:2: [0] needs \"destination\""});
  CHECK(parse("r.json", "{}") == Lines{"r.json:1:1: must be an array of redirects, got an object"});
  CHECK(parse("r.json", "[") ==
        Lines{"r.json:1:2: not JSON: the file ends too early; a bracket or quote is missing"});
  CHECK(parse("r.jsonl", "\n{\"source\": 1, \"destination\": \"/d\"}\nx\n") ==
        Lines{"r.jsonl:2:12: redirect.source must be a string, got 1",
              "r.jsonl:3:1: not JSON: while parsing value - invalid literal"});
  CHECK(parse("r.csv", "source,destination,status\n/a,/b,301\n/c,/d,x,y\n/e,/f,\n") ==
        Lines{"/e /f 307 r.csv:4",
              "r.csv:2:1: redirect.status is not known; did you mean \"statusCode\"?",
              "r.csv:3:1: the row has 4 fields, the first one names 3"});
  CHECK(parse("r.csv", "source,destination,statusCode\n/a,/b,304\n/c,/d,3x1\n") ==
        Lines{"r.csv:2:1: statusCode must be 301, 302, 303, 307 or 308, got 304",
              "r.csv:3:1: redirect.statusCode must be 301, 302, 303, 307 or 308, got \"3x1\""});
  CHECK(parse("r.csv", "source,destination\n/a,\"/b\n") ==
        Lines{"r.csv:2:1: a quoted field is not closed"});
}

TEST_CASE("bulk redirects of a file or folder are read, and read again when they change") {
  const std::string row = "source,destination\n/a,/b\n";
  TestProject project{"api/a.py", {"redirects/one.csv", row}, {"redirects/note.txt", "x"},
                      {"vercel.json", R"({"bulkRedirectsPath": "./redirects/"})"}};
  const auto places = [&] {
    std::string line;
    const auto current = project.current();
    for (const Diagnostic& problem : current->errors) line += problem.message;
    for (const auto& redirect : current->rules->spec().bulk_redirects) line += redirect.place + " ";
    return line;
  };
  CHECK(places() == "redirects/one.csv:2 ");
  project.write("redirects/one.csv", row + "/c,/d\n");
  CHECK(places() == "redirects/one.csv:2 redirects/one.csv:3 ");
  project.write("redirects/two.jsonl", "{\"source\": \"/e\", \"destination\": \"/f\"}\n");
  CHECK(places() == "redirects/one.csv:2 redirects/one.csv:3 redirects/two.jsonl:1 ");
  project.remove("redirects/one.csv");
  CHECK(places() == "redirects/two.jsonl:1 ");
  project.write("vercel.json", R"({"bulkRedirectsPath": "redirects/two.jsonl"})");
  CHECK(places() == "redirects/two.jsonl:1 ");
  project.write("redirects/two.jsonl", "\n\n{\"source\": \"/e\", \"destination\": \"/f\"}\n");
  CHECK(places() == "redirects/two.jsonl:3 ");
}

TEST_CASE("a bulk path that names nothing of use is a problem of vercel.json") {
  const auto message = [](const std::string& path) {
    TestProject project{"api/a.py", {"r.txt", ""},
                        {"vercel.json", "{\"bulkRedirectsPath\": \"" + path + "\"}"}};
    const auto current = project.current();
    return current->errors.size() == 1 ? current->errors[0].message : "?";
  };
  CHECK_THAT(message("r.csv"), ContainsSubstring("no file or folder of the project"));
  CHECK_THAT(message("r.txt"), ContainsSubstring("must name a .json, .jsonl or .csv file"));
  CHECK_THAT(message("../r.csv"), ContainsSubstring("must be a path inside the project"));
}

TEST_CASE("comma-separated rows keep quotes, line ends and places") {
  const std::string text = "a,\"b\r\nc\",d\r\n,\n\n\"\"\n\"x\"y,z";
  CsvReader rows(text);
  const auto first = rows.next();
  REQUIRE(first);
  CHECK(first->fields == std::vector<std::string>{"a", "b\r\nc", "d"});
  const auto second = rows.next();
  REQUIRE(second);
  CHECK(second->fields == std::vector<std::string>{"", ""});
  CHECK(second->offset == 12);
  const auto third = rows.next();
  REQUIRE(third);
  CHECK(third->fields == std::vector<std::string>{"xy", "z"});
  CHECK_FALSE(rows.next());
  CHECK_FALSE(rows.unclosed());
}
