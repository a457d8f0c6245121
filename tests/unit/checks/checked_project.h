// A project in a temporary folder, checked without Python: what a file imports and opens is written
// into it as comments.
//
//   #> import: flask
//   #> write: data.json by open
//   #> write: data.json by open && ignore: write-outside-tmp
#pragma once

#include <algorithm>
#include <initializer_list>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/checks/check.h"
#include "runtime/checks/settings.h"
#include "tests/unit/project/project_fixture.h"

namespace localfn::testing {

class CheckedProject : public TestProject {
 public:
  using TestProject::TestProject;
  CheckedProject() : TestProject(std::initializer_list<TestFile>{}) {}

  checks::Plan plan = checks::Plan::Hobby;

  /// What check() finds and the project's settings leave of it.
  checks::Findings findings() {
    const auto project = current();
    const checks::Sources sources(*project, [](const auto& paths) { return observe(paths); });
    const checks::Settings settings = checks::read_settings(*project);
    checks::Findings found = checks::check({*project, sources, settings.plan.value_or(plan)});
    checks::apply(settings, sources, found);
    return found;
  }

  /// "api/a.py:3 error syntax-error", a line each.
  std::string found() {
    std::string text;
    for (const auto& each : findings()) {
      text += each.file + (each.line > 0 ? ":" + std::to_string(each.line) : "") + " " +
              std::string(checks::name_of(each.severity)) + " " + each.code + "\n";
    }
    return text;
  }

  /// A distribution of the project's environment, as pip leaves it.
  void install(const std::string& name, const std::string& module, const std::string& record = "") {
    options.venv = *this / ".venv";
    options.python = "3.11";
    const std::string folder = ".venv/lib/python3.11/site-packages/" + name + "-1.0.dist-info/";
    write(folder + "METADATA", "Metadata-Version: 2.1\nName: " + name + "\n");
    write(folder + "top_level.txt", module + "\n");
    write(folder + "RECORD", record);
  }

 private:
  static std::vector<wire::Entry> observe(const std::vector<std::string>& paths) {
    std::vector<wire::Entry> entries;
    for (const std::string& path : paths) {
      bool readable = false;
      std::istringstream text(read_all(path, readable));
      wire::Entry& entry = entries.emplace_back();
      std::uint32_t number = 0;
      for (std::string line; std::getline(text, line);) {
        ++number;
        if (line.starts_with("class handler")) {
          entry.found = true;
          entry.line = number;
        }
        if (line.find("syntax error") != std::string::npos) {
          entry.syntax_error = true;
          entry.line = number;
          entry.reason = "is not valid Python";
        }
        if (!line.starts_with("#> ")) continue;
        for (std::string_view rest = std::string_view(line).substr(3); !rest.empty();) {
          const auto end = std::min(rest.find(" && "), rest.size());
          note(rest.substr(0, end), number, entry);
          rest.remove_prefix(std::min(end + 4, rest.size()));
        }
      }
    }
    return entries;
  }

  /// "write: data.json by open".
  static void note(std::string_view words, std::uint32_t line, wire::Entry& entry) {
    const auto colon = words.find(": ");
    if (colon == std::string_view::npos)
      throw std::runtime_error("no observation: " + std::string(words));
    std::string said(words.substr(colon + 2));
    if (const auto by = said.find(" by "); by != std::string::npos) said.replace(by, 4, "\n");
    entry.observations.push_back({std::string(words.substr(0, colon)), said, line, 1});
  }
};

/// A function whose file says these things about itself, from its second line on.
inline TestFile function_with(const std::string& file, const std::string& lines) {
  return {file, "class handler: pass\n" + lines};
}

}  // namespace localfn::testing
