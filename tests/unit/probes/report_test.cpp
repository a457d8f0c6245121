#include "runtime/probes/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/probes/annotations.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::probes;

namespace {

std::vector<Result> results() {
  Result good;
  good.probe.name = "GET /";
  good.response.status = 200;
  good.response.took = microseconds(1234);
  good.function = "api/a.py";
  Result bad = good;
  bad.probe.name = "GET /b?x=<1>&\x1b[31m#\"";
  bad.probe.file = "probes.json";
  bad.probe.line = 7;
  bad.failures = {{"body", "a text with \"x\"", "one\ntwo: 50%"}};
  bad.log = {"printed <this>"};
  Result slow = good;
  slow.probe.name = "slow";
  slow.probe.limit = milliseconds(1);
  slow.slow = true;
  return {good, bad, slow};
}

}  // namespace

TEST_CASE("a line a probe, and under a failure all that is known of it") {
  const auto all = results();
  CHECK(to_text(all[0]) ==
        "ok   GET /                                    200      1.2 ms  api/a.py\n");
  CHECK_THAT(to_text(all[1]), ContainsSubstring("FAIL GET /b?x=<1>&\\x1b[31m#\""));
  CHECK_THAT(to_text(all[1]), ContainsSubstring("     probes.json:7\n     body\n"
                                                "       expected a text with \"x\"\n"
                                                "       got     \n         one\n         two: 50%\n"
                                                "     log\n       printed <this>\n"));
  CHECK_THAT(to_text(all[2]), ContainsSubstring("slow: over 1 ms"));
  CHECK(summary(all) == "2 passed, 1 failed, 1 slow");
  CHECK(summary({all[0]}) == "1 passed, 0 failed");
}

TEST_CASE("names and outputs do no harm to what reads the reports") {
  const auto all = results();
  const std::string junit = to_junit(all);
  CHECK_THAT(junit, ContainsSubstring("tests=\"3\" failures=\"1\""));
  CHECK_THAT(junit, ContainsSubstring("name=\"GET /b?x=&lt;1&gt;&amp;\\x1b[31m#&quot;\""));
  CHECK_THAT(junit, ContainsSubstring("printed &lt;this&gt;"));
  const std::string tap = to_tap(all);
  CHECK_THAT(tap, StartsWith("TAP version 13\n1..3\nok 1 - GET /\nnot ok 2 - GET "
                             "/b?x=<1>&\\x1b[31m \"\n# probes.json:7\n"));
  const auto json = nlohmann::json::parse(to_json(all));
  CHECK(json["passed"] == 2);
  CHECK(json["probes"][1]["failures"][0]["got"] == "one\ntwo: 50%");
}

TEST_CASE("GitHub shows a failure at its probe, and a slow one as a warning") {
  const std::string text = to_annotations(results());
  CHECK_THAT(text, StartsWith("::error file=probes.json,line=7,title=GET /b?x=<1>&\\x1b[31m#\"::"));
  CHECK_THAT(text, ContainsSubstring("two: 50%25%0A"));
  CHECK_THAT(text, ContainsSubstring(
                       "\n::warning file=api/a.py,title=slow::took 1.2 ms, more than 1 ms\n"));
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
}

TEST_CASE("in a workflow command only what GitHub decodes is encoded, and it stays one line") {
  Result bad;
  bad.probe.name = "a: 50%, b";
  bad.probe.file = "sub,dir/pro:bes.json";
  bad.probe.line = 3;
  bad.failures = {{"body", "100%, a:b\r", "x\ny"}};
  CHECK(to_annotations(std::vector<Result>{bad}) ==
        "::error file=sub%2Cdir/pro%3Abes.json,line=3,title=a%3A 50%25%2C b::"
        "     body%0A       expected 100%25, a:b\\x0d%0A       got     %0A         x%0A         "
        "y%0A\n");
  Diagnostic problem;
  problem.file = "probes.json";
  problem.line = 2;
  problem.column = 5;
  problem.message = "a probe needs a path";
  CHECK(to_annotations({problem}) ==
        "::error file=probes.json,line=2,col=5,title=localfn::a probe needs a path\n");
}

TEST_CASE("where texts have many lines their difference is shown instead") {
  Result bad;
  bad.probe.name = "x";
  bad.failures = {{"body", "a\nb\n", "a\nc\n", "  a\n- b\n+ c\n"}};
  CHECK_THAT(to_text(bad), ContainsSubstring("     body\n       - expected\n       + got\n"
                                             "         a\n       - b\n       + c\n"));
}

TEST_CASE("of a long log the traceback at its end is shown") {
  Result bad;
  bad.probe.name = "x";
  bad.failures = {{"status", "200", "500"}};
  for (int i = 0; i < 100; ++i) bad.log.push_back("line " + std::to_string(i));
  bad.log.push_back("ValueError: boom");
  const std::string text = to_text(bad);
  CHECK_THAT(text, ContainsSubstring("       line 9\n       … 71 lines more …\n       line 81\n"));
  CHECK_THAT(text, Catch::Matchers::EndsWith("       ValueError: boom\n"));
}

TEST_CASE("a function that was asked for its own sake is shown where it has raised") {
  Result bad;
  bad.probe.name = "GET /api/boom";
  bad.probe.file = "web/api/boom.py";
  bad.probe.line = 3;
  bad.function = "api/boom.py";
  bad.failures = {{"status", "anything below 500", "500"}};
  CHECK_THAT(to_annotations(std::vector<Result>{bad}),
             StartsWith("::error file=web/api/boom.py,line=3,"));
  bad.log = {"ValueError: boom", "  api/boom.py:18  do_GET", "    average()",
             "  api/boom.py:13  average", "  lib/x.py:99  x"};
  CHECK_THAT(to_annotations(std::vector<Result>{bad}),
             StartsWith("::error file=web/api/boom.py,line=13,"));
}
