// What a project wants of `localfn check`: `[tool.localfn.check]` of its pyproject.toml, and
// comments in its Python.
//
//   [tool.localfn.check]
//   plan = "pro"
//   ignore = ["framework-preset"]
//   [tool.localfn.check.severity]
//   write-outside-tmp = "error"
//   [tool.localfn.check.per-file-ignores]
//   "api/old/*" = ["not-a-function"]
//
// pyproject.toml is where Python's tools are configured, and the platform reads nothing below
// `tool` but `tool.vercel`; unknown keys of vercel.json may be refused by it. Main thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/checks/check.h"

namespace localfn::checks {

struct Settings {
  std::optional<Plan> plan;
  std::set<std::string> ignored;
  std::map<std::string, Severity> severities;
  std::vector<std::pair<std::string, std::set<std::string>>> ignored_in;  ///< by a pattern of files
};

/// Throws UsageError for a wrong value, an unknown key and an unknown code. Without the file, or
/// without that table, everything is as it is by itself.
Settings read_settings(const Project& project);

/// "hobby" or "pro"; throws UsageError with `where` in front of anything else.
Plan read_plan(const std::string& where, const std::string& word);

/// The code as it is; throws UsageError with `where` in front of one that does not exist.
std::string read_code(const std::string& where, const std::string& word);

/// Drops what settings and comments ignore, and gives severities. Adds a finding for each comment
/// that ignores a code which does not exist.
void apply(const Settings& settings, const Sources& sources, Findings& findings);

}  // namespace localfn::checks
