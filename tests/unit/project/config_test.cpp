#include "runtime/project/config.h"
#include "runtime/project/project.h"

#include "tests/support/catch.h"

using namespace localfn;

namespace {
Config read(const std::string& text) { return read_config(text, "/p/vercel.json"); }

std::string first_error(const std::string& text) {
  const Config config = read(text);
  return config.errors.empty() ? "none" : config.errors[0].format();
}
}  // namespace

TEST_CASE("what is not JSON is pointed at, and the usual mistakes are named") {
  struct Row { std::string text; int line; int column; const char* message; };
  for (const Row& row : {
           Row{"", 1, 1, "the file is empty"},
           {" \n", 2, 1, "the file is empty"},
           {"{\n  \"a\": 1,\n}", 3, 1, "not JSON: a comma before the closing bracket"},
           {"{\n  // x\n}", 2, 3, "not JSON: comments are not allowed"},
           {"{'a': 1}", 1, 2, "not JSON: strings stand in double quotes"},
           {"{\"a\": [1, 2", 1, 12, "not JSON: the file ends too early"},
           {"{\"a\" 1}", 1, 6, "not JSON: "},
           {"{\"a\": 1} x", 1, 10, "not JSON: "},
       }) {
    INFO(row.text);
    const Config config = read(row.text);
    REQUIRE(config.errors.size() == 1);
    CHECK_THAT(config.errors[0].message, StartsWith(row.message));
    CHECK(config.errors[0].line == row.line);
    CHECK(config.errors[0].column == row.column);
    CHECK(config.errors[0].platform == "Error: Couldn't parse JSON file /p/vercel.json.");
  }
}

TEST_CASE("values nested without end are refused, not followed") {
  CHECK_THAT(first_error(std::string(1'000'000, '[')), ContainsSubstring("nested more than"));
}

TEST_CASE("hostile bytes in vercel.json do not reach the terminal") {
  const std::string shown = first_error("{\"\x1b[31m\xFF\": }");
  CHECK(shown.find('\x1b') == std::string::npos);
  CHECK(shown.find('\xFF') == std::string::npos);
}

TEST_CASE("vercel.json is an object") {
  const Config config = read("[]");
  REQUIRE(config.errors.size() == 1);
  CHECK(config.errors[0].platform ==
        "Error: [INVALID_VERCEL_CONFIG] Invalid vercel.json - should be object.");
}

TEST_CASE("a wrong value is shown with its line and a caret") {
  CHECK(first_error("{\n  \"functions\": {\n    \"api/a.py\": { \"maxDuration\": 0 }\n  }\n}") ==
        "vercel.json:3:34: functions[\"api/a.py\"].maxDuration must be 1..3600 or \"max\", got 0\n"
        "        \"api/a.py\": { \"maxDuration\": 0 }\n"
        "                                     ^\n"
        "  platform: Error: [INVALID_VERCEL_CONFIG] Invalid vercel.json - "
        "`functions['api/a.py'].maxDuration` should be >= 1.");
}

TEST_CASE("settings of functions are checked as the platform's schema does") {
  struct Row { const char* settings; const char* platform; };
  for (const Row& row : {
           Row{"{\"maxDuration\": 3601}", "should be <= 3600."},
           {"{\"maxDuration\": \"60\"}", "should be integer."},
           {"{\"maxDuration\": 1.5}", "should be integer."},
           {"{\"memory\": 64}", "should be >= 128."},
           {"{\"memory\": 20000}", "should be <= 10240."},
           {"{\"runtime\": 3}", "should be string."},
           {"{\"runtime\": \"python3.9\"}", "Function Runtimes must have a valid version, for example `now-php@1.0.0`."},
           {"{\"runtime\": \"@vercel/python\"}", "Function Runtimes must have a valid version"},
           {"{\"architecture\": \"x86\"}", "should be equal to one of the allowed values."},
           {"{\"includeFiles\": []}", "should be string."},
           {"{\"excludeFiles\": [\"a\"]}", "should be string."},
           {"{\"regions\": \"fra1\"}", "should be array."},
           {"{\"maxConcurrency\": 0}", "should be >= 1."},
           {"{\"supportsCancellation\": 1}", "should be boolean."},
           {"{}", "[invalid_function] Function must contain at least one property."},
           {"3", "`functions['api/a.py']` should be object."},
       }) {
    INFO(row.settings);
    const Config config = read(std::string("{\"functions\": {\"api/a.py\": ") + row.settings + "}}");
    REQUIRE(config.errors.size() == 1);
    CHECK_THAT(config.errors[0].platform, ContainsSubstring(row.platform));
  }
  for (const char* settings :
       {"{\"maxDuration\": 1}", "{\"maxDuration\": 3600}", "{\"maxDuration\": 6e1}",
        "{\"maxDuration\": \"max\"}", "{\"memory\": \"lots\"}", "{\"memory\": 128}",
        "{\"runtime\": \"@vercel/python@4.3.0\"}", "{\"experimentalTriggers\": [1]}",
        "{\"regions\": [\"fra1\"], \"includeFiles\": \"x/**\"}"}) {
    INFO(settings);
    CHECK(first_error(std::string("{\"functions\": {\"api/a.py\": ") + settings + "}}") == "none");
  }
}

TEST_CASE("the section functions has its own bounds") {
  CHECK_THAT(first_error("{\"functions\": []}"), ContainsSubstring("`functions` should be object."));
  CHECK_THAT(first_error("{\"functions\": {}}"), ContainsSubstring("fewer than 1 properties"));
  CHECK_THAT(first_error("{\"functions\": {\"\": {\"memory\": 128}}}"), ContainsSubstring("1..256"));
  CHECK_THAT(first_error("{\"functions\": {\"" + std::string(257, 'a') + "\": {\"memory\": 128}}}"),
             ContainsSubstring("1..256"));
  CHECK_THAT(first_error("{\"functions\": {\"/api/a.py\": {\"memory\": 128}}}"),
             ContainsSubstring("[invalid_function_source]"));
  std::string many;
  for (int i = 0; i < 51; ++i) {
    many += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":{\"memory\":128}";
  }
  CHECK_THAT(first_error("{\"functions\": {" + many + "}}"), ContainsSubstring("more than 50"));
  CHECK_THAT(first_error("{\"builds\": [{\"use\": \"@vercel/python\"}], \"functions\": {\"a\": {\"memory\": 128}}}"),
             ContainsSubstring("[FUNCTIONS_AND_BUILDS]"));
}

TEST_CASE("a setting that does not exist is named, with what was probably meant") {
  const std::string shown = first_error("{\"functions\": {\"api/a.py\": {\"maxduration\": 3}}}");
  CHECK_THAT(shown, ContainsSubstring("did you mean \"maxDuration\"?"));
  CHECK_THAT(shown, ContainsSubstring("`functions['api/a.py']` should NOT have additional property "
                                      "`maxduration`. Please remove it."));
}

TEST_CASE("all problems are collected") {
  const Config config = read(
      "{\"env\": {\"A\": 1, \"B\": null}, \"functions\": {\"api/a.py\": {\"maxDuration\": 0, "
      "\"memory\": 1}}}");
  CHECK(config.errors.size() == 4);
}

TEST_CASE("a key given twice is reported and its last value counts") {
  const Config config = read("{\"env\": {\"A\": \"1\",\n \"A\": \"2\"}}");
  REQUIRE(config.env.size() == 1);
  CHECK(config.env[0].value == "2");
  REQUIRE(config.warnings.size() == 1);
  CHECK(config.warnings[0] == "vercel.json:2:2: the key \"A\" is given twice; the last one counts");
}

TEST_CASE("variables of vercel.json are checked") {
  CHECK_THAT(first_error("{\"env\": [\"A\"]}"), ContainsSubstring("env must be an object"));
  CHECK_THAT(first_error("{\"env\": {\"A\": 1}}"), ContainsSubstring("env.A must be a string, got 1"));
  const Config config = read("{\"env\": {\"9X\": \"1\", \"ok_1\": \"2\"}}");
  CHECK(config.errors.empty());
  REQUIRE(config.env.size() == 1);
  CHECK(config.env[0].name == "ok_1");
  REQUIRE(config.warnings.size() == 1);
  CHECK_THAT(config.warnings[0], StartsWith("vercel.json:1:10: env \"9X\" is ignored"));
}

TEST_CASE("what localfn leaves to the platform is said in one line each, when it is asked for") {
  const Config config = read(
      "{\"crons\": [{\"path\": \"/a\", \"schedule\": \"0 0 * * *\"}], \"images\": {\"sizes\": [1]},\n"
      "\"proxy\": {\"entrypoint\": \"p.ts\"}, \"services\": {\"a\": 1}, \"schedules\": [1],\n"
      "\"devCommand\": \"x\", \"buildCommand\": \"\", \"installCommand\": \"y\", \"regions\": 3}");
  CHECK(config.errors.empty());
  REQUIRE(config.warnings.size() == 6);
  CHECK_THAT(config.warnings[0], StartsWith("vercel.json:1:2: crons is checked, but nothing runs"));
  CHECK_THAT(config.warnings[2], StartsWith("vercel.json:2:1: proxy is not run"));
  CHECK_THAT(config.warnings[5], StartsWith("vercel.json:3:1: devCommand is not run"));
}

TEST_CASE("fluid is true or false") {
  CHECK(read("{\"fluid\": true}").fluid);
  CHECK_FALSE(read("{\"fluid\": false}").fluid);
  CHECK_FALSE(read("{}").fluid);
  for (const char* value : {"\"true\"", "1", "null", "{}"}) {
    INFO(value);
    const Config config = read("{\n  \"fluid\": " + std::string(value) + "\n}");
    REQUIRE(config.errors.size() == 1);
    CHECK_FALSE(config.fluid);
    CHECK_THAT(config.errors[0].format(),
               StartsWith("vercel.json:2:12: fluid must be true or false, got " +
                          std::string(value[0] == '{' ? "an object" : value) + "\n"));
  }
}

TEST_CASE("unknown top-level keys pass, misspelt ones with a hint") {
  CHECK(read("{\"fluid\": true, \"anything\": 3, \"build\": {\"env\": {}}}").warnings.empty());
  struct Row { const char* written; const char* meant; };
  for (const Row& row : {Row{"\"rewrite\": []", "rewrites"}, {"\"redirect\": []", "redirects"},
                         {"\"header\": []", "headers"}, {"\"route\": []", "routes"},
                         {"\"cleanURLs\": true", "cleanUrls"}, {"\"build\": []", "builds"},
                         {"\"trailingslash\": true", "trailingSlash"},
                         {"\"function\": {}", "functions"}, {"\"outputdir\": 1", ""}}) {
    INFO(row.written);
    const Config config = read(std::string("{") + row.written + "}");
    CHECK(config.errors.empty());
    REQUIRE(config.warnings.size() == (*row.meant == '\0' ? 0 : 1));
    if (*row.meant == '\0') continue;
    CHECK_THAT(config.warnings[0], ContainsSubstring("did you mean \"" + std::string(row.meant) + "\"?"));
  }
}

TEST_CASE("the first pattern that names or matches a file decides") {
  const Config config = read(
      "{\"functions\": {\"api/[id].py\": {\"maxDuration\": 1}, \"api/*.py\": {\"maxDuration\": 2}, "
      "\"api/**/*.py\": {\"maxDuration\": \"max\"}}}");
  REQUIRE(config.errors.empty());
  CHECK(config.settings_for("api/[id].py")->max_duration == 1);
  CHECK(config.settings_for("api/a.py")->max_duration == 2);
  CHECK(config.settings_for("api/n/a.py")->max_duration == 800);
  CHECK(config.settings_for("lib/a.py") == nullptr);
}

TEST_CASE("a pattern that is the first match of no function is an error") {
  Config config = read(
      "{\"functions\": {\"api/a.py\": {\"memory\": 128}, \"api/*.py\": {\"memory\": 128}, "
      "\"lib/*.py\": {\"memory\": 128}, \"api/helo.py\": {\"memory\": 128}}}");
  check_patterns(config, {"api/a.py"}, {});
  REQUIRE(config.errors.size() == 3);
  CHECK(config.errors[1].platform ==
        "Error: [unused_function] The pattern \"lib/*.py\" defined in `functions` doesn't match any "
        "Serverless Functions inside the `api` directory.");
  CHECK(config.errors[1].column == 74);
  Config near = read("{\"functions\": {\"api/helo.py\": {\"memory\": 128}}}");
  check_patterns(near, {"api/hello.py"}, {});
  REQUIRE(near.errors.size() == 1);
  CHECK_THAT(near.errors[0].message, ContainsSubstring("did you mean \"api/hello.py\"?"));
}

TEST_CASE("a pattern for a file that is no function says that, and not that nothing matches") {
  Config config = read(
      "{\"functions\": {\"api/script.py\": {\"memory\": 128}, "
      "\"api/slips/*.py\": {\"memory\": 128}, \"api/a*.py\": {\"memory\": 128}, "
      "\"api/?.py\": {\"memory\": 128}}}");
  check_patterns(config, {"api/a.py"},
                 {{"api/script", {"api/script.py", 0, ""}},
                  {"api/slips/x", {"api/slips/x.py", 1, "", true}},
                  {"api/b", {"api/b.py", 0, ""}}});
  REQUIRE(config.errors.size() == 3);
  CHECK(config.errors[0].message ==
        "the pattern \"api/script.py\" matches \"api/script.py\", which is no function, so it sets "
        "nothing: it has no handler class and no app");
  CHECK_THAT(config.errors[1].message, ContainsSubstring("the file is not valid Python"));
  CHECK_THAT(config.errors[2].message, ContainsSubstring("is the first match of no function"));
}

TEST_CASE("a pattern without .py holds, with a warning that the platform refuses it") {
  Config config = read("{\"functions\": {\"api/hello\": {\"maxDuration\": 7}}}");
  check_patterns(config, {"api/hello.py"}, {});
  CHECK(config.errors.empty());
  CHECK(config.settings_for("api/hello.py")->max_duration == 7);
  REQUIRE(config.warnings.size() == 1);
  CHECK_THAT(config.warnings[0], ContainsSubstring("only without \".py\""));
}

TEST_CASE("each key that asks for what localfn leaves out has a message of its own") {
  struct Row { const char* member; const char* says; };
  for (const Row& row :
       {Row{R"("crons": [{"path": "/a", "schedule": "0 0 * * *"}])",
            "crons is checked, but nothing runs"},
        {R"("schedules": [1])", "schedules is not read: nothing runs by the clock here"},
        {R"("images": {"sizes": [16]})", "images is checked, but images are not optimised here"},
        {R"("proxy": {"entrypoint": "p.ts"})", "proxy is not run: localfn has no routing middleware"},
        {R"("services": {"a": 1})", "services is not read"},
        {R"("experimentalServices": {"a": 1})", "experimentalServices is not read"},
        {R"("experimentalServicesV2": {"a": 1})", "experimentalServicesV2 is not read"},
        {R"("buildCommand": "make")", "buildCommand is not run"},
        {R"("devCommand": "make")", "devCommand is not run"}}) {
    INFO(row.member);
    const Config config = read(std::string("{") + row.member + "}");
    CHECK(config.errors.empty());
    REQUIRE(config.warnings.size() == 1);
    CHECK_THAT(config.warnings[0], StartsWith(std::string("vercel.json:1:2: ") + row.says));
  }
}
