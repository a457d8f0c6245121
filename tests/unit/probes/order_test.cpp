#include "runtime/probes/order.h"

#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::probes;

namespace {

Probe probe_of(const std::string& method, const std::string& path, const std::string& file = "p") {
  Probe probe;
  probe.method = method;
  probe.path = path;
  probe.file = file;
  return probe;
}

/// "[0 2][1] [3]": lanes in brackets, stages apart. A path's first letter names its function.
std::string stages(const std::vector<Probe>& probes) {
  std::string text;
  for (const auto& stage :
       stages_of(probes, [](const Probe& probe) { return probe.path.substr(0, 2); })) {
    if (!text.empty()) text += " ";
    for (const auto& lane : stage) {
      std::string indices;
      for (const auto index : lane) indices += (indices.empty() ? "" : " ") + std::to_string(index);
      text += "[" + indices + "]";
    }
  }
  return text;
}

}  // namespace

TEST_CASE("probes that only read are asked function by function, functions side by side") {
  CHECK(stages({probe_of("GET", "/a"), probe_of("GET", "/b"), probe_of("HEAD", "/a?1")}) ==
        "[0 2][1]");
}

TEST_CASE("a probe that may change something stays between those around it") {
  CHECK(stages({probe_of("GET", "/a"), probe_of("GET", "/b"), probe_of("POST", "/a"),
                probe_of("DELETE", "/b"), probe_of("GET", "/b"), probe_of("GET", "/a")}) ==
        "[0][1] [2 3] [4][5]");
}

TEST_CASE("so does one that waits, keeps a value or needs one") {
  Probe waits = probe_of("GET", "/b");
  waits.delay = milliseconds(1);
  CHECK(stages({probe_of("GET", "/a"), waits}) == "[0] [1]");
  Probe keeps = probe_of("GET", "/b");
  keeps.keeps.push_back({"id", Keep::Source::Json, "/id"});
  CHECK(stages({keeps, probe_of("GET", "/a")}) == "[0] [1]");
  CHECK(stages({probe_of("GET", "/b?${id}"), probe_of("GET", "/a")}) == "[0] [1]");
}

TEST_CASE("files of probes do not wait for each other") {
  CHECK(stages({probe_of("POST", "/a", "one"), probe_of("GET", "/a", "one"),
                probe_of("POST", "/a", "two")}) == "[0][2] [1]");
}

TEST_CASE("whoever needs a kept value brings along the probe that keeps it") {
  Probe login = probe_of("POST", "/a");
  login.keeps.push_back({"token", Keep::Source::Json, "/token"});
  Probe user = probe_of("GET", "/b");
  user.headers.emplace_back("Authorization", "Bearer ${token}");
  user.keeps.push_back({"id", Keep::Source::Json, "/id"});
  const std::vector<Probe> probes = {login, probe_of("GET", "/c"), user,
                                     probe_of("GET", "/d/${id}")};
  std::set<std::size_t> chosen = {3};
  add_keepers(probes, chosen);
  CHECK(chosen == std::set<std::size_t>{0, 2, 3});
  chosen = {1};
  add_keepers(probes, chosen);
  CHECK(chosen == std::set<std::size_t>{1});
}
