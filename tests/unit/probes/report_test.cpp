#include "runtime/probes/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

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
  CHECK(to_text(all[0]) == "ok   GET /                                    200      1.2 ms  api/a.py\n");
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
  CHECK_THAT(tap, StartsWith("TAP version 13\n1..3\nok 1 - GET /\nnot ok 2 - GET /b?x=<1>&\\x1b[31m \"\n# probes.json:7\n"));
  const auto json = nlohmann::json::parse(to_json(all));
  CHECK(json["passed"] == 2);
  CHECK(json["probes"][1]["failures"][0]["got"] == "one\ntwo: 50%");
}

TEST_CASE("GitHub shows a failure at its probe, and a slow one as a warning") {
  const std::string text = to_annotations(results());
  CHECK_THAT(text, StartsWith("::error file=probes.json,line=7,title=GET /b?x=<1>&\\x1b[31m#\"::"));
  CHECK_THAT(text, ContainsSubstring("two: 50%25%0A"));
  CHECK_THAT(text, ContainsSubstring("\n::warning file=api/a.py,title=slow::took 1.2 ms\n"));
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
}
