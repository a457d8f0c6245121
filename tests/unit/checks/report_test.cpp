// The forms in which findings are shown.
#include "runtime/checks/report.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "runtime/checks/codes.h"
#include "tests/support/catch.h"

using namespace localfn::checks;
using nlohmann::json;

namespace {

Findings some() {
  Findings all{finding("syntax-error", {"api/a b.py", 3, 5}, "is not, valid: 100%", "correct it"),
               finding("cron-path", {"vercel.json", 0, 0}, "reaches nothing\x1b[2J"),
               finding("not-installed", {"", 0, 0}, "ä")};
  all[0].platform = "Error: one\ntwo";
  return all;
}

std::string text_of(const std::string& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("findings in text have place, severity, code and fix", "[checks][report]") {
  CHECK(to_text(some()) ==
        "api/a b.py:3:5: error: is not, valid: 100% [syntax-error]\n"
        "    platform: Error: one\n"
        "      two\n"
        "    fix: correct it\n"
        "vercel.json: warning: reaches nothing\\x1b[2J [cron-path]\n"
        ".: hint: ä [not-installed]\n"
        "1 error, 1 warning, 1 hint\n");
  CHECK(to_text({}) == "no problems found\n");
  CHECK(has_errors(some()));
  CHECK_FALSE(has_errors({finding("cron-path", {}, "")}));
}

TEST_CASE("findings in JSON have null for what is not known", "[checks][report]") {
  const json all = json::parse(to_json(some()));
  CHECK(all["summary"] == json{{"errors", 1}, {"warnings", 1}, {"hints", 1}});
  REQUIRE(all["findings"].size() == 3);
  CHECK(all["findings"][0] == json{{"code", "syntax-error"},
                                   {"severity", "error"},
                                   {"file", "api/a b.py"},
                                   {"line", 3},
                                   {"column", 5},
                                   {"message", "is not, valid: 100%"},
                                   {"fix", "correct it"},
                                   {"platform", "Error: one\ntwo"}});
  CHECK(all["findings"][1]["line"].is_null());
}

TEST_CASE("annotations of GitHub are escaped", "[checks][report]") {
  CHECK(to_github(some(), "web/") ==
        "::error file=web/api/a b.py,line=3,col=5,title=syntax-error::"
        "is not, valid: 100%25%0Afix: correct it\n"
        "::warning file=web/vercel.json,title=cron-path::reaches nothing\\x1b[2J\n"
        "::notice title=not-installed::ä\n");
}

TEST_CASE("SARIF has what version 2.1.0 demands", "[checks][report]") {
  const json all = json::parse(to_sarif(some(), "1.2.3", "web/"));
  CHECK(all["version"] == "2.1.0");
  REQUIRE(all["runs"].size() == 1);
  const json& run = all["runs"][0];
  const json& driver = run["tool"]["driver"];
  CHECK(driver["name"] == "localfn");
  CHECK(driver["version"] == "1.2.3");
  REQUIRE(driver["rules"].size() == all_codes().size());
  REQUIRE(run["results"].size() == 3);
  for (const json& result : run["results"]) {
    const json& rule = driver["rules"][result["ruleIndex"].get<std::size_t>()];
    CHECK(rule["id"] == result["ruleId"]);
    CHECK(rule["shortDescription"]["text"].is_string());
    CHECK(result["message"]["text"].is_string());
    const std::string level = result["level"];
    CHECK((level == "error" || level == "warning" || level == "note"));
  }
  const json& place = run["results"][0]["locations"][0]["physicalLocation"];
  CHECK(place["artifactLocation"] == json{{"uri", "web/api/a%20b.py"}, {"uriBaseId", "%SRCROOT%"}});
  CHECK(place["region"] == json{{"startLine", 3}, {"startColumn", 5}});
  CHECK_FALSE(run["results"][1]["locations"][0]["physicalLocation"].contains("region"));
  CHECK_FALSE(run["results"][2].contains("locations"));
}

TEST_CASE("bytes that are no UTF-8 leave JSON valid", "[checks][report]") {
  const Findings odd{finding("config", {"a\xff.json", 1, 1}, "\xff")};
  CHECK(json::parse(to_json(odd))["findings"].size() == 1);
  CHECK(json::parse(to_sarif(odd, "1", ""))["runs"].size() == 1);
}

TEST_CASE("findings come in the order of their places, each once", "[checks][report]") {
  Findings all{finding("config", {"b", 1, 0}, "x"), finding("config", {"a", 10, 0}, "x"),
               finding("config", {"a", 9, 0}, "x"), finding("config", {"b", 1, 0}, "x")};
  put_in_order(all);
  REQUIRE(all.size() == 3);
  CHECK(all[0].line == 9);
  CHECK(all[1].line == 10);
  CHECK(all[2].file == "b");
}

TEST_CASE("both READMEs list every code", "[checks][report]") {
  const std::string source = LOCALFN_SOURCE_DIR;
  for (const char* file : {"/README.md", "/runtime/checks/README.md"}) {
    const std::string text = text_of(source + file);
    for (const Code& each : all_codes()) {
      INFO(file << " lacks " << each.code);
      CHECK(text.find("`" + std::string(each.code) + "`") != std::string::npos);
    }
  }
}
