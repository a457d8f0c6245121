// Runs the rules over the sources of this very build.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/architecture/rules.h"
#include "tests/unit/architecture/source_text.h"

namespace localfn::architecture {
namespace {

namespace fs = std::filesystem;

const fs::path kTop = LOCALFN_SOURCE_DIR;

bool is_source(const fs::path& path) {
  static const std::set<std::string> endings{".h", ".hpp", ".cpp", ".cc", ".c", ".inc", ".ipp"};
  return endings.contains(path.extension().string());
}

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Paths relative to the top, of every C++ file under runtime/ and bindings/.
std::vector<std::string> sources() {
  std::vector<std::string> paths;
  for (const auto* folder : {"runtime", "bindings"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kTop / folder)) {
      if (entry.is_regular_file() && is_source(entry.path())) {
        paths.push_back(fs::relative(entry.path(), kTop).generic_string());
      }
    }
  }
  return paths;
}

}  // namespace

TEST_CASE("no source breaks a rule between the folders", "[architecture]") {
  for (const auto& path : sources()) {
    for (const auto& violation : violations(path, content_of(kTop / path))) {
      FAIL_CHECK(violation);
    }
  }
}

TEST_CASE("the rules see the sources of every part", "[architecture]") {
  std::set<std::string> parts;
  for (const auto& path : sources()) parts.insert(part_of(path));
  CHECK(parts == std::set<std::string>{"bindings", "runtime/base", "runtime/checks", "runtime/cli",
                                       "runtime/functions", "runtime/http", "runtime/packages",
                                       "runtime/patterns", "runtime/probes", "runtime/project",
                                       "runtime/routing", "runtime/rules"});
}

TEST_CASE("every file included by its name from the top exists", "[architecture]") {
  for (const auto& path : sources()) {
    for (const auto& include : includes_of(content_of(kTop / path))) {
      if (!include.quoted) continue;
      INFO(path << ":" << include.line << ": " << include.target);
      CHECK(fs::is_regular_file(kTop / include.target));
    }
  }
}

}  // namespace localfn::architecture
