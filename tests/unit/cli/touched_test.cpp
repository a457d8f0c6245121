#include "runtime/cli/touched.h"

#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::cli;

namespace {

using Chosen = std::set<std::size_t>;

struct Row {
  std::string path;
  std::string answered_by;
  bool passed = true;
};

Chosen touched(const std::vector<Row>& rows, const std::set<std::string>& changed) {
  std::vector<probes::Probe> probes;
  std::vector<ProbeState> states;
  for (const Row& row : rows) {
    probes::Probe probe;
    probe.path = row.path;
    probes.push_back(probe);
    states.push_back({row.answered_by, row.answered_by, row.answered_by, true, row.passed});
  }
  return touched_probes(probes, states, changed);
}

const std::vector<Row> kRows = {{"/a", "api/a.py"},
                                {"/b", "api/b.py"},
                                {"/a?2", "api/a.py"},
                                {"/x.txt", "public/x.txt"},
                                {"/nowhere", ""}};

}  // namespace

TEST_CASE("an edit touches the probes of the functions and files that changed") {
  CHECK(touched(kRows, {"api/a.py"}) == Chosen{0, 2});
  CHECK(touched(kRows, {"public/x.txt"}) == Chosen{3});
  CHECK(touched(kRows, {"README.md"}).empty());
}

TEST_CASE("what has failed is asked again, with the other probes of its function") {
  auto rows = kRows;
  rows[2].passed = false;
  CHECK(touched(rows, {"README.md"}) == Chosen{0, 2});
  rows = kRows;
  rows[4].passed = false;
  CHECK(touched(rows, {}) == Chosen{4});
}

TEST_CASE("a probe that something else answers than before is asked again") {
  std::vector<probes::Probe> probes(1);
  CHECK(touched_probes(probes, {{"api/new.py", "", "", true, true}}, {}) == Chosen{0});
  CHECK(touched_probes(probes, {{"api/new.py", "api/new.py", "", false, false}}, {}) == Chosen{0});
  CHECK(touched_probes(probes, {{"", "", "", true, true}}, {}).empty());
}

TEST_CASE("whoever needs a value brings along its keeper, and the keeper its function's probes") {
  std::vector<probes::Probe> probes(3);
  probes[0].path = "/login?first";
  probes[1].path = "/login";
  probes[1].keeps.push_back({"token", probes::Keep::Source::Json, "/token"});
  probes[2].path = "/me?${token}";
  const ProbeState login{"api/login.py", "api/login.py", "api/login.py", true, true};
  const ProbeState me{"api/me.py", "api/me.py", "api/me.py", true, true};
  CHECK(touched_probes(probes, {login, login, me}, {"api/me.py"}) == Chosen{0, 1, 2});
}
