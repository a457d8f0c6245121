#include "runtime/packages/marker.h"

#include <optional>

#include "runtime/packages/requirement.h"
#include "tests/support/catch.h"

using namespace localfn::packages;

TEST_CASE("a marker holds or not on this Linux with this Python", "[packages][marker]") {
  struct Row {
    const char* marker;
    std::optional<bool> holds;
  };
  const Row rows[] = {
      {"sys_platform == 'linux'", true},
      {"sys_platform == \"win32\"", false},
      {"'linux' in sys_platform", true},
      {"platform_system != 'Windows'", true},
      {"os_name not in 'nt java'", true},
      {"python_version < '3.12'", true},
      {"python_version < '3.9'", false},  // by number, not by letter
      {"python_version >= '3.10'", true},
      {"python_version ~= '3.8'", true},
      {"python_version ~= '4.0'", false},
      {"python_version == '3.*'", true},
      {"python_version == '3.11.*'", true},
      {"'3.12' > python_version", true},
      {"extra == 'test'", false},
      {"python_version < '3.9' or sys_platform == 'linux'", true},
      {"python_version < '3.9' and sys_platform == 'linux'", false},
      {"(python_version < '3.9' or sys_platform == 'linux') and os_name == 'posix'", true},
      {"platform_machine == 'arm64'", std::nullopt},
      {"platform_machine == 'arm64' or os_name == 'posix'", true},
      {"platform_machine == 'arm64' and os_name == 'nt'", false},
      {"python_version <", std::nullopt},
      {"(python_version < '3.9'", std::nullopt},
      {"nonsense", std::nullopt},
      {"", std::nullopt},
      {"sys_platform == 'linux' trailing", std::nullopt},
  };
  for (const Row& row : rows) {
    INFO(row.marker);
    CHECK((marker_holds(row.marker, "3.11") == row.holds));
  }
  CHECK((marker_holds("python_version < '3.12'", "") == std::nullopt));
  CHECK((marker_holds(std::string(10'000, '('), "3.11") == std::nullopt));
}

TEST_CASE("a requirement is a name and what stands behind it", "[packages][requirement]") {
  const auto found = parse_requirement(" PyYAML[fast] >= 6 ; python_version < '3.12' ");
  REQUIRE(found);
  CHECK(found->name == "pyyaml");
  CHECK(found->shown == "PyYAML");
  CHECK(found->marker == "python_version < '3.12'");
  CHECK(parse_requirement("zope.interface==5")->name == "zope-interface");
  CHECK(parse_requirement("a__b.-C")->name == "a-b-c");
  CHECK(parse_requirement("name @ https://host/a;b.whl")->marker.empty());
  CHECK(parse_requirement("name(>=1)")->name == "name");
  for (const char* none : {"", "-r base.txt", "./folder", "https://host/x.whl", "../x", "a/b",
                           "git+https://host/x.git", "[extra]"}) {
    INFO(none);
    CHECK_FALSE(parse_requirement(none));
  }
}
